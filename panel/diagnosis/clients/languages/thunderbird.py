"""What Thunderbird says in the languages of its users; English and Japanese stand among the mailers."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, content, login, recipient, sender, tls, unclear
from panel.diagnosis.wording import Wording

TRANSLATED: tuple[Wording, ...] = (
    Wording(connection.CONNECTION_REFUSED, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        die nachricht konnte nicht gesendet werden, weil der verbindungsaufbau mit dem smtp-server … fehlgeschlagen ist
        le message n'a pas pu être envoyé car la connexion au serveur sortant (smtp) … a échoué
        el mensaje no se ha podido enviar porque ha fallado la conexión al servidor de salida (smtp)
        non è stato possibile inviare il messaggio perché la connessione al server in uscita (smtp) … non è riuscita
        a mensagem não foi enviada porque a conexão com o servidor de envio (smtp) … falhou
        сообщение не может быть отправлено, так как не удалось установить соединение с сервером исходящей почты (smtp)
        因为无法连接到发件服务器（smtp） … ，邮件未能发送
        因為無法連線至寄件伺服器 (smtp) … ，無法寄出郵件
        smtp 서버( … )로 연결이 실패했기 때문에 메시지는 보낼 수 없습니다
        het bericht kon niet worden verzonden, omdat het verbinden met uitgaande (smtp-)server … is mislukt
        wysyłanie wiadomości się nie powiodło, ponieważ nie udało się połączyć z serwerem … poczty wychodzącej (smtp)
        meddelandet kunde inte skickas eftersom anslutning till utgående server (smtp) … misslyckades
        giden sunucusu (smtp) ile bağlantı başarısız olduğu için ileti gönderilemedi
        не вдалося надіслати повідомлення через збій з'єднання з сервером вихідної пошти (smtp)
        zprávu nelze odeslat, protože se nepodařilo připojit na smtp server
        verbindung mit server … fehlgeschlagen; die verbindung wurde verweigert
        impossible de se connecter au serveur … ; la connexion a été refusée
        no se pudo conectar con el servidor … ; la conexión fue rechazada
        non è possibile connettersi al server … ; la connessione è stata rifiutata
        não foi possível conectar-se ao servidor
        не удалось соединиться с сервером … ; в соединении отказано
        未能连接到服务器 … ；连接被拒绝
        伺服器 … 拒絕連線
        서버에 연결하지 못했습니다
        kon niet verbinden met server … ; de verbinding werd geweigerd
        nie można połączyć się z serwerem … ; połączenie zostało odrzucone
        det gick inte att ansluta till servern … ; anslutningen nekades
        sunucusuna bağlanılamadı
        неможливо з'єднатися з сервером … ; у з'єднанні відмовлено
        nelze se připojit k serveru … ; spojení bylo odmítnuto
    """),
    Wording(connection.DNS_NOT_FOUND, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        fehler beim senden der nachricht: smtp-server … ist unbekannt
        une erreur est survenue lors de l'envoi de l'e-mail : le serveur sortant (smtp) … est inconnu
        ha ocurrido un error al enviar el mensaje: el servidor de salida (smtp) … es desconocido
        si è verificato un errore durante l'invio della posta: server posta in uscita (smtp) … sconosciuto
        ocorreu um erro ao enviar mensagem: o servidor de envio (smtp) … não é conhecido
        ошибка отправления почты: сервер исходящей почты (smtp) … неизвестен
        发送邮件时出错：发件服务器（smtp） … 未知
        寄送郵件時發生錯誤：寄件伺服器（smtp） … 未知
        smtp서버( … )를 알 수 없습니다
        er is een fout opgetreden bij het verzenden van e-mail: uitgaande (smtp-)server … is onbekend
        wystąpił błąd podczas wysyłania wiadomości: serwer … poczty wychodzącej (smtp) jest nieznany
        ett fel uppstod när e-post skulle skickas: utgående server (smtp) … är okänd
        posta gönderirken bir hata meydana geldi: giden sunucusu (smtp) … bilinmiyor
        сталася помилка при надсиланні пошти: невідомий сервер вихідної пошти (smtp)
        při odesílání zprávy nastala chyba: smtp server … je neznámý
    """),
    Wording(connection.CONNECT_TIMEOUT, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        die verbindung mit dem smtp-server … ihre ablaufzeit (timeout) überschritten hat
        le message n'a pas pu être envoyé car la connexion au serveur sortant (smtp) … a expiré
        el mensaje no se ha podido enviar porque ha caducado la conexión al servidor de salida (smtp)
        non è stato possibile inviare il messaggio perché la connessione al server di posta in uscita (smtp) … è scaduta
        a mensagem não foi enviada porque a conexão com o servidor de envio (smtp) … expirou
        время ожидания соединения с сервером исходящей почты (smtp) … истекло
        消息未发送，因为与发件服务器（smtp） … 的连接超时
        因為與寄件伺服器 (smtp) … 間的連線逾時，無法寄出訊息
        smtp 서버( … ) 연결 시간이 초과되어 메시지를 보낼 수 없습니다
        de wachttijd voor de verbinding met uitgaande (smtp-)server … is verlopen
        upłynął limit czasu połączenia z serwerem … poczty wychodzącej (smtp)
        meddelandet kunde inte skickas eftersom anslutningen till utgående server (smtp) … gjorde timeout
        i̇leti gönderilemedi çünkü … giden sunucusu (smtp) ile bağlantı zaman aşımına uğradı
        завершився час очікування з'єднання з сервером вихідної пошти (smtp)
        zprávu se nepodařilo odeslat, protože spojení se smtp serverem … vypršelo
        zeitüberschreitung der verbindung mit dem server
        temps limite de connexion au serveur … dépassé
        la conexión al servidor … ha superado el tiempo de espera máximo
        connessione al server … fuori tempo massimo
        a conexão com o servidor … atingiu o tempo limite
        время ожидания соединения с сервером … истекло
        连接到服务器 … 超时
        與伺服器 … 的連線逾時
        서버로의 연결 시간이 초과되었습니다
        wachttijd voor verbinding met server … is verstreken
        przekroczono limit czasu połączenia z serwerem
        sunucusuna bağlantı zaman aşımına uğradı
        час очікування з'єднання з сервером … завершився
        spojení se serverem … vypršelo
    """),
    Wording(connection.CONNECTION_LOST, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        die verbindung mit dem smtp-server … mitten in der transaktion verloren wurde
        connexion au serveur sortant (smtp) … a été perdue pendant la transaction
        la conexión al servidor de salida (smtp) … se perdió en mitad de la transacción
        la connessione al server di posta in uscita (smtp) … è stata interrotta durante la trasmissione
        a mensagem não foi enviada porque a conexão com o servidor de envio (smtp) … foi perdida no meio da transação
        соединение с сервером исходящей почты (smtp) … было утеряно в середине транзакции
        消息未发送，因为与发件服务器（smtp） … 的连接在传输过程中中断
        因為與寄件伺服器 (smtp) … 間的連線在傳輸過程中中斷，無法寄出訊息
        smtp 서버( … )로 연결이 중간에 실패했습니다
        de verbinding met uitgaande (smtp-)server … in het midden van de transactie werd verbroken
        połączenie z serwerem … poczty wychodzącej (smtp) zostało przerwane w trakcie transakcji
        anslutningen till utgående server (smtp) … förlorades mitt under transaktionen
        i̇leti gönderilemedi çünkü işlem sırasında … giden sunucusu (smtp) ile bağlantı koptu
        з'єднання з сервером вихідної пошти (smtp) … було втрачене при виконанні операції
        zprávu se nepodařilo odeslat, protože spojení se smtp serverem … bylo ztraceno uprostřed transakce
        verbindung mit server … wurde zurückgesetzt
        la connexion au serveur … a été réinitialisée
        la conexión al servidor … se ha reiniciado
        connessione al server … reimpostata
        a conexão com o servidor … foi reiniciada
        соединение с сервером … было сброшено
        连接服务器 … 被重置
        與伺服器 … 的連線被重設
        서버로의 연결이 초기화되었습니다
        de verbinding met server … werd geherinitialiseerd
        połączenie z serwerem … zostało zresetowane
        anslutning till server … återställdes
        sunucusuyla bağlantı sıfırlandı
        з'єднання з сервером … було скинуто
    """),
    Wording(connection.NOT_SMTP, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        fehler beim senden der nachricht: der mail-server sendete eine ungültige begrüßung
        le serveur de courrier a envoyé un message d'accueil incorrect
        ocurrió un error al enviar el correo: el servidor de correo envió un saludo incorrecto
        il server di posta ha iniziato la conversazione in modo non corretto
        ocorreu um erro ao enviar mensagens: o servidor de mensagens enviou a saudação incorreta
        ошибка отправления почты: почтовый сервер отправил некорректное приветствие
        发送邮件时出错：邮件服务器发送了一个不正确的问候
        寄送郵件時發生錯誤：郵件伺服器傳送了不正確的握手訊息
        메일 서버가 부적절한 응답을 하였습니다
        er is een fout opgetreden bij het verzenden van e-mail: de mailserver stuurde een onjuiste begroeting
        wystąpił błąd podczas wysyłania wiadomości: serwer pocztowy wysłał nieprawidłowe powitanie
        ett fel uppstod när e-post skulle skickas: servern skickade en felaktig hälsning
        i̇letinin gönderilmesi sırasında bir hata oluştu: posta sunucusu geçersiz bir karşılama gönderdi
        виникла помилка при надсиланні пошти: поштовий сервер надіслав некоректне привітання
        poštovní server zaslal neočekávanou uvítací zprávu
    """),
    Wording(tls.STARTTLS_NOT_OFFERED, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        eine sichere verbindung mit dem smtp-server … kann nicht mit starttls aufgebaut werden, da der server diese
        impossible d'établir un lien sécurisé avec le serveur smtp … en utilisant « starttls » puisqu'il ne propose pas
        no es posible establecer un enlace seguro con el servidor de salida (smtp) … usando starttls ya que no anuncia
        impossibile stabilire un collegamento sicuro con il server di posta in uscita (smtp) … utilizzando starttls in
        não foi possível estabelecer uma conexão segura com o servidor de envio (smtp) … usando starttls, uma vez que
        он не заявил о поддержке этой возможности
        发送邮件时出错：无法与发件服务器（smtp） … 使用 starttls 建立安全连接，因为它不宣称支持此功能
        寄送郵件時發生錯誤：寄件伺服器（smtp） … 並未宣稱有 starttls 功能，故無法以 starttls 建立安全連線
        smtp 서버( … )에 starttls를 통한 보안 연결을 할 수 없습니다
        kan geen beveiligde verbinding met uitgaande (smtp-)server … tot stand brengen met starttls, aangezien de
        nie udało się nawiązać bezpiecznego połączenia z serwerem … poczty wychodzącej (smtp) przy użyciu starttls
        den inte annonserat den funktionen
        starttls kullanılarak … smtp sunucusuyla güvenli bir bağlantı sağlanamadı, çünkü sunucu bu özelliği sunmuyor
        не вдалося встановити безпечний зв'язок з сервером вихідної пошти (smtp) … з використанням starttls, тому що
        nelze se bezpečně připojit k smtp serveru … pomocí starttls, protože server tuto možnost nepodporuje
    """),
    Wording(login.LOGIN_REFUSED, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        der postausgangs-server (smtp) … kann nicht authentifiziert werden
        impossible de s'authentifier sur le serveur sortant (smtp)
        no se puede identificar al servidor de salida (smtp)
        autenticazione non riuscita col server di posta in uscita (smtp)
        não foi possível autenticar no servidor de envio (smtp)
        не удалось аутентифицироваться на сервере исходящей почты (smtp)
        无法向发件服务器（smtp） … 进行认证
        無法向寄件伺服器 (smtp) … 進行認證
        smtp 서버 인증에 실패했습니다
        kan niet authenticeren bij uitgaande (smtp-)server
        wystąpił błąd podczas wysyłania wiadomości: nie udało się uwierzytelnić z serwerem … poczty wychodzącej (smtp)
        kan inte autentisera till utgående server (smtp)
        giden sunucusunda (smtp) kimlik doğrulanamadı
        неможливо авторизуватися на сервері вихідної пошти (smtp)
        autentizace k smtp serveru … se nezdařila
        anmeldung auf dem server … mit benutzernamen … fehlgeschlagen
        échec de la connexion depuis le serveur … avec le nom d'utilisateur
        el inicio de sesión en el servidor … con el nombre de usuario … ha fallado
        accesso al server … con nome utente … non riuscito
        autenticação no servidor … com o usuário … falhou
        ошибка входа на сервер … с именем пользователя
        以用户名 … 登录服务器 … 失败
        以使用者名稱 … 登入帳號 … 失敗
        사용자의 … 서버 로그인을 실패하였습니다
        aanmelden bij server … met gebruikersnaam … is mislukt
        logowanie na serwerze … za pomocą nazwy użytkownika … się nie powiodło
        inloggning till servern … med användarnamnet … misslyckades
        sunucusuna … kullanıcı adıyla giriş başarısız oldu
        не вдалося увійти на сервер … з іменем користувача
        přihlášení k serveru … s uživatelským jménem … selhalo
    """),
    Wording(login.AUTH_MECHANISM, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        der smtp-server … scheint die übertragung verschlüsselter passwörter nicht zu unterstützen
        le serveur sortant (smtp) … ne semble pas gérer les mots de passe chiffrés
        el servidor de salida (smtp) … no parece admitir contraseñas cifradas
        il server in uscita (smtp) … sembra non essere in grado di gestire le password crittate
        parece que o servidor de envio (smtp) … não tem suporte a senhas criptografadas
        похоже, что сервер исходящей почты (smtp) … не поддерживает использование зашифрованных паролей
        发件服务器（smtp） … 似乎不支持加密过的密码
        這台寄件伺服器 (smtp) 可能不支援加密過的密碼
        smtp 서버는 암호화된 비밀번호 사용을 지원하지 않는것 같습니다
        de uitgaande (smtp-)server … lijkt geen versleutelde wachtwoorden te ondersteunen
        serwer … poczty wychodzącej (smtp) wydaje się nie obsługiwać uwierzytelniania przy pomocy szyfrowanych haseł
        den utgående servern (smtp) … stöder inte krypterade lösenord
        giden sunucusu (smtp) şifrelenmiş parolaları desteklemiyor
        схоже, сервер вихідної пошти (smtp) … не підтримує зашифровані паролі
        smtp server … nepodporuje šifrovaná hesla
        der smtp-server … erlaubt die ungesicherte übertragung des passworts im klartext nicht
        le serveur sortant (smtp) … n'autorise pas les mots de passe non chiffrés
        el servidor de salida (smtp) … no admite contraseñas no cifradas
        il server in uscita (smtp) … non gestisce le password in testo semplice
        o servidor de envio (smtp) … não permite senhas em texto puro
        сервер исходящей почты (smtp) … не разрешает использование обычных текстовых паролей
        发件服务器（smtp） … 不允许明文密码
        這台寄件伺服器 (smtp) 不接受未加密的密碼
        smtp 서버는 평문 비밀번호 사용을 허가하지 않습니다
        de uitgaande (smtp-)server … staat geen gebruik van plattetekstwachtwoorden toe
        serwer … poczty wychodzącej (smtp) nie zezwala na uwierzytelnianie przy pomocy haseł przesyłanych otwartym
        den utgående servern (smtp) … tillåter inte lösenord i klartext
        giden sunucusu (smtp) düz metin biçimindeki parolaları desteklemiyor
        сервер вихідної пошти (smtp) … не дозволяє використання звичайних паролів
        smtp server … nepodporuje nezašifrovaná hesla
        der smtp-server … unterstützt die gewählte authentifizierungsmethode nicht
        le serveur sortant (smtp) … ne gère pas la méthode d'authentification sélectionnée
        el servidor de salida (smtp) … no admite el mecanismo de identificación seleccionado
        il server in uscita (smtp) … non supporta il metodo di autenticazione selezionato
        o servidor de envio (smtp) … não oferece suporte ao método de autenticação selecionado
        сервер исходящей почты (smtp) … не поддерживает выбранный метод аутентификации
        发件服务器（smtp） … 不支持您所选择的认证方式
        這台 smtp 伺服器不支援您所選擇的認證方式
        의 smtp 서버는 선택한 인증 방식을 지원하지 않습니다
        de uitgaande (smtp-)server … ondersteunt de geselecteerde authenticatiemethode niet
        serwer … poczty wychodzącej (smtp) nie obsługuje wybranej metody uwierzytelniania
        den utgående servern (smtp) … stöder inte den valda autentiseringsmetoden
        giden sunucusu (smtp) sunucusu seçilen yetkilendirme yöntemini desteklemiyor
        сервер вихідної пошти (smtp) … не підтримує обраний метод автентифікації
        smtp server … nepodporuje zvolenou metodu autentizace
        das kerberos/gssapi-ticket wurde vom smtp-server … nicht akzeptiert
        le ticket kerberos/gssapi n'a pas été accepté par le serveur sortant (smtp)
        el tique kerberos/gssapi no ha sido aceptado por el servidor de salida (smtp)
        le credenziali kerberos/gssap non sono state accettate dal server di posta in uscita (smtp)
        o ticket kerberos/gssapi não foi aceito pelo servidor de envio (smtp)
        мандат kerberos/gssapi не был принят сервером исходящей почты (smtp)
        kerberos/gssapi 令牌没有被发件服务器（smtp） … 接受
        kerberos/gssapi 門標（ticket）沒有被 … 這台寄件伺服器接受
        smtp 서버에서 kerberos/gssapi 티켓을 허가하지 않았습니다
        het kerberos/gssapi-ticket werd niet geaccepteerd door de uitgaande (smtp-)server
        uwierzytelnianie przy pomocy kerberos/gssapi nie zostało zaakceptowane przez serwer smtp
        kerberos/gssapi biljetten accepterades inte av den utgående servern (smtp)
        kerberos/gssapi bileti … giden sunucusu (smtp) tarafından kabul edilmedi
        smtp server … nepřijal lístek kerberos/gssapi
    """),
    Wording(login.AUTH_REQUIRED, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        fehler beim senden der nachricht: passwort für … ist nicht verfügbar
        une erreur est survenue lors de l'envoi de l'e-mail : impossible d'obtenir le mot de passe pour
        ha ocurrido un error al enviar el mensaje: no se ha podido obtener la contraseña para
        si è verificato un errore durante l'invio della posta: impossibile ottenere la password per
        ocorreu um erro ao enviar mensagem: não foi possível obter a senha de
        ошибка отправления почты: не удалось получить пароль для
        发送邮件的时候出错：无法获取 … 的密码
        寄送郵件時發生錯誤：無法取得 … 的密碼，訊息並未送出
        서버( … )에 비밀번호가 맞지 않습니다
        er is een fout opgetreden bij het verzenden van e-mail: kon geen wachtwoord verkrijgen voor
        wystąpił błąd podczas wysyłania wiadomości: nie udało się uzyskać hasła dla konta
        ett fel uppstod när e-post skulle skickas: kunde inte hämta lösenord för
        posta gönderilirken bir hata oluştu: … parolasına ulaşılamadı
        сталася помилка при надсиланні пошти: не вдалося отримати пароль для
        při odesílání zprávy nastala chyba: nepodařilo se získat heslo pro
    """),
    Wording(content.MESSAGE_TOO_LARGE, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        die größe der zu sendenden nachricht übersteigt das globale größenlimit des servers
        le message que vous essayez d'envoyer excède la taille globale limite du serveur
        el tamaño del mensaje que está intentando enviar excede el límite global de tamaño del servidor
        la dimensione del messaggio che si sta tentando di inviare supera il limite globale del server
        o tamanho da mensagem que você quer enviar excede o limite global do servidor
        размер сообщения, которое вы пытаетесь отправить, превышает глобальный предел размера, допустимый сервером
        您尝试发送的消息大小超过了全局大小限制
        正在寄送的郵件超過了伺服器的大小上限
        보내시려는 메시지의 크기가 서버의 일반 크기 제한 보다 큽니다
        de grootte van het bericht dat u wilt verzenden overschrijdt de globalegroottelimiet van de server
        rozmiar wysyłanej wiadomości przekracza globalny limit rozmiaru wiadomości na serwerze
        storleken på meddelandet du försöker skicka överskrider den globala storleksgränsen för servern
        göndermeyi denediğiniz iletinin boyutu sunucunun genel boyut sınırını aşıyor
        розмір повідомлення, яке ви намагаєтесь надіслати, перевищує глобальне обмеження розміру сервера
        velikost odesílané zprávy překročila na serveru nastavený globální velikostní limit
    """),
    Wording(recipient.TOO_MANY_RECIPIENTS, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        die nachricht wurde nicht gesendet, weil die erlaubte anzahl an empfängern überschritten wurde
        le message n'a pas été envoyé car le nombre de destinataires autorisé a été dépassé
        el mensaje no se envió por exceder el número permitido de destinatarios
        il messaggio non è stato inviato perché il numero di destinatari supera il limite consentito
        a mensagem não foi enviada por exceder o número permitido de destinatários
        сообщение не было отправлено из-за превышения разрешённого количества получателей
        消息发送失败，因为收件人数量超出上限
        由於超過允許的收件者數量，訊息並未送出
        받는 사람 수의 한도를 초과하여 메시지가 전송되지 않았습니다
        het bericht is niet verzonden, omdat het toegestane aantal ontvangers wordt overschreden
        wiadomość nie została wysłana z powodu przekroczenia dozwolonej liczby adresatów
        meddelandet skickades inte på grund av att det tillåtna antalet mottagare överskrids
        i̇zin verilen alıcı sayısı aşıldığı için ileti gönderilmedi
        повідомлення не було надіслано через перевищення дозволеної кількості отримувачів
        zpráva nebyla odeslána, protože překročila povolený počet příjemců
    """),
    Wording(recipient.RECIPIENT_REJECTED, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        der lokale teil der empfängeradresse … enthält ascii-fremde zeichen
        des caractères non ascii sont présents dans la partie locale de l'adresse e-mail du destinataire … , mais votre
        hay caracteres no-ascii en la parte local de la dirección de destino … y su servidor no admite smtputf8
        la sezione locale dell'indirizzo del destinatario … contiene caratteri non ascii e il server in uso non
        existem caracteres não ascii na parte local do endereço do destinatário … e seu servidor não oferece suporte a
        в имени почтового ящика в адресе получателя … имеются не-ascii символы, а ваш сервер не поддерживает smtputf8
        收件人地址 … 的本地部分包含非 ascii 字符，但您的服务器尚不支持 smtputf8
        收件者地址 … 中的帳號名稱部分有非 ascii 字元，而您的寄件伺服器不支援 smtputf8
        수신자 주소 … 의 로컬 부분에 비 ascii 문자가 있으며 서버가 smtputf8을 지원하지 않습니다
        er komen niet-ascii-tekens voor in het lokale gedeelte van het ontvangeradres … en uw server ondersteunt geen
        w części adresu odbiorcy ( … ) opisującej użytkownika, znajdują się znaki spoza zakresu ascii, a używany serwer
        det finns tecken som inte är ascii i den lokala delen av mottagaradressen … och din server stöder inte smtputf8
        alıcı adresinin yerel kısmında ascii dışı karakterler var ve sunucunuz smtputf8 desteklemiyor
        локальна частина адреси отримувача … містить не ascii символи, а ваш сервер не підтримує smtputf8
        místní část adresy příjemce … obsahuje znaky mimo ascii, ale váš server nepodporuje smtputf8
    """),
    Wording(sender.SENDER_REJECTED, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        fehler beim senden der nachricht: die absenderadresse (von:) ist ungültig
        une erreur est survenue pendant l'envoi de l'e-mail : l'adresse de l'expéditeur (de :) n'est pas valide
        ha sucedido un error al enviar el correo: la dirección del remitente (de:) no es válida
        si è verificato un errore durante l'invio della posta: l'indirizzo del mittente (da:) non era valido
        o endereço do remetente (de:) estava inválido
        ошибка отправления почты: адрес отправителя (от:) некорректен
        发送邮件出错：发件人地址（from:）无效
        寄送郵件時發生錯誤，寄件地址無效
        메일 보내는 중 오류 발생: 보내는 사람 주소가 유효하지 않습니다
        er is een fout opgetreden bij het verzenden van e-mail: het adres van de afzender (van:) is ongeldig
        podczas wysyłania poczty wystąpił błąd: adres nadawcy jest nieprawidłowy
        ett fel uppstod när e-post skulle skickas: avsändarens adress (från:) var ogiltig
        posta gönderilirken hata oluştu: gönderen adresi (kimden:) adresi geçersiz
        помилка при надсиланні пошти: адреса відправника (від:) недійсна
        při odesílání e-mailu došlo k chybě: adresa odesílatele (od:) není platná
        fehler beim senden der nachricht: die sender-identität ist ungültig
        une erreur est survenue pendant l'envoi de l'e-mail : l'identité de l'expéditeur n'est pas valide
        ha sucedido un error al enviar el correo: la identidad del remitente no es válida
        si è verificato un errore durante l'invio della posta: l'identità del mittente non era valida
        a identidade do remetente estava inválida
        ошибка отправления почты: адрес отправителя некорректен
        发送邮件时出错：发送者身份无效
        寄送郵件時發生錯誤，寄件者身份無效
        메일 보내는 중 오류 발생: 보내는 사람 식별자가 유효하지 않습니다
        er is een fout opgetreden bij het verzenden van e-mail: de identiteit van de afzender is ongeldig
        podczas wysyłania poczty wystąpił błąd: tożsamość nadawcy jest nieprawidłowa
        ett fel uppstod när e-post skulle skickas: avsändarens identitet var ogiltig
        posta gönderilirken hata oluştu: gönderen kimliği geçersiz
        помилка при надсиланні пошти: недійсні дані відправника
        při odesílání e-mailu došlo k chybě: identita odesílatele není platná
    """),
    Wording(unclear.CLIENT_REFUSED, "Thunderbird 153 composeMsgs.properties, messenger.properties", """
        kein absender angegeben. bitte geben sie ihre e-mail-adresse in den konten-einstellungen an
        aucun expéditeur spécifié. veuillez indiquer votre adresse e-mail dans les paramètres du compte
        no se ha indicado remitente. añada su dirección de correo en la configuración de la cuenta
        nessun mittente specificato. aggiungere l'indirizzo email nelle impostazioni dell'account
        nenhum remetente foi especificado. adicione seu endereço de email nas configurações da conta
        не был указан отправитель. введите свой адрес электронной почты в параметрах учётной записи
        未指定发件人。请到账户设置中添加您的邮件地址
        未指定寄件者地址。請到「帳號設定」中加入您的電子郵件地址
        보내는 사람이 없습니다. 메일과 뉴스 그룹 설정에서 보내는 사람 설정을 완료해 주십시오
        er is geen afzender ingesteld. vul uw e-mailadres in bij de accountinstellingen
        nie określono nadawcy. wprowadź swój adres e-mail w konfiguracji kont programu
        det finns ingen avsändare angiven. fyll i din e-postadress i kontoinställningarna
        gönderen belirtilmedi. lütfen hesap ayarları bölümünde e-posta adresinizi girin
        не вказаний відправник. додайте свою адресу електронної пошти в налаштуваннях облікового запису
        nebyl zadán odesílatel. přidejte prosím vaši e-mailovou adresu v nastavení účtu pošty a diskusních skupin
        kein empfänger angegeben. bitte geben sie einen empfänger oder eine newsgruppe im adressfeld an
        aucun destinataire spécifié. veuillez saisir un destinataire ou un groupe de discussion dans la zone d'adressage
        no se especificaron destinatarios. introduzca un destinatario o grupo de noticias en el área de dirección
        non sono stati specificati destinatari. inserire un destinatario o un gruppo di discussione nel campo indirizzo
        nenhum destinatário foi especificado. insira um destinatário ou grupo de notícias na área de endereçamento
        не был указан адресат. укажите адресата или группу новостей в строке адреса
        没有指定收件人。请在地址区域输入一个收件人或者新闻组
        未指定收件者，請在地址欄中輸入收件者或新聞群組地址
        받는 사람이 없습니다. 받는 사람 또는 뉴스 그룹을 입력해 주십시오
        er zijn geen ontvangers opgegeven. voer een ontvanger of nieuwsgroep in in het adresseringsgebied
        nie określono żadnego adresata
        det finns inga mottagare angivna. fyll i mottagare eller namnet på en diskussionsgrupp i adressfältet
        alıcı belirtilmedi. adres alanında bir alıcı veya haber grubu girin
        не вказано отримувача. введіть отримувача або групу новин у полі адреси
        nebyl zadán příjemce. zadejte prosím příjemce nebo diskusní skupinu
    """),
)
