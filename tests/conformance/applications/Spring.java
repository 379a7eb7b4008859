// Sends by the sender that Spring Boot makes of application.properties, as its MailProperties are applied to it.
import java.io.FileReader;
import java.util.Properties;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.mail.javamail.JavaMailSenderImpl;
import org.springframework.mail.javamail.MimeMessageHelper;

public class Spring {
    static final String MAIL = "spring.mail.", MORE = MAIL + "properties.";

    public static void main(String[] given) throws Exception {
        var said = new Properties();
        said.load(new FileReader(given[0]));
        var sender = new JavaMailSenderImpl();
        sender.setHost(said.getProperty(MAIL + "host"));
        sender.setPort(Integer.parseInt(said.getProperty(MAIL + "port")));
        sender.setUsername(said.getProperty(MAIL + "username"));
        var password = said.getProperty(MAIL + "password");
        sender.setPassword(password == null ? null : password.replace("${MAIL_TOKEN}", System.getenv("MAIL_TOKEN")));
        sender.setProtocol(said.getProperty(MAIL + "protocol", "smtp"));
        sender.setDefaultEncoding("UTF-8");
        for (var name : said.stringPropertyNames())
            if (name.startsWith(MORE)) sender.getJavaMailProperties().put(name.substring(MORE.length()), said.getProperty(name));
        var message = sender.createMimeMessage();
        var helper = new MimeMessageHelper(message, true, "UTF-8");
        helper.setFrom("shop@example.org", "お店");
        helper.setTo(given[1]);
        helper.setBcc(given[2]);
        helper.setSubject(given[3]);
        helper.setText(given[4]);
        helper.addAttachment("表.csv", new ByteArrayResource("番号\n1\n".getBytes("UTF-8")), "text/csv");
        sender.send(message);
    }
}
