"""What msmtp says in the languages of its users."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, tls, unclear
from panel.diagnosis.wording import Wording

MSMTP: tuple[Wording, ...] = (
    Wording(connection.DNS_NOT_FOUND, "msmtp 1.8 po", """
        host … kann nicht gefunden werden
        ne eblas loki retnodon
        no se puede localizar al host
        impossible de résoudre le nom d'hôte
        não foi possível localizar o host
        nu se poate localiza gazda
        не удалось обнаружить узел
        не могу да нађем домаћина
        kan inte hitta värd
        не вдалося встановити розташування вузла
        无法定位主机
    """, around=True),
    Wording(connection.CONNECTION_LOST, "msmtp 1.8 po", """
        der server sendete eine leere antwort
        la servilo sendis malplenan respondon
        el servidor envió una respuesta vacía
        le serveur a envoyé une réponse vide
        o servidor enviou uma resposta nula
        serverul a trimis un răspuns gol
        сервер вернул пустой ответ
        сервер је послао празан одговор
        servern skickade ett tomt svar
        сервером надіслано порожню відповідь
        服务器发送了空回复
    """),
    Wording(connection.CONNECTION_LOST, "msmtp 1.8 po", """
        netzwerk-lesefehler
        reta skriberaro
        error de lectura de red
        erreur de lecture réseau
        erro de leitura na rede
        eroare de citire în rețea
        ошибка чтения сети
        грешка читања мреже
        nätverksläsfel
        помилка читання у мережі
        网络读取错误
    """, around=True),
    Wording(connection.GREETING_REFUSED, "msmtp 1.8 po", """
        initiale ok-nachricht des servers kann nicht empfangen werden
        ne eblas akiri komencan mesaĝon ok de servilo
        no se puede recibir el mensaje inicial ok del servidor
        erreur de réception du message ok initial du serveur
        não foi possível obter a mensagem de ok inicial do servidor
        nu se poate primi mesajul ok inițial de la server
        не удалось получить начальный ok от сервера
        не могу добити почетну потврдну поруку са сервера
        kunde inte få initialt ok-meddelande från servern
        не вдалося отримати початкове повідомлення ok від сервера
        无法从服务器获取初始 ok 消息
    """, around=True),
    Wording(tls.STARTTLS_NOT_OFFERED, "msmtp 1.8 po", """
        der pop-server unterstützt über den stls-befehl kein tls
        la servilo ne regas tls-on per la komando stls
        el servidor pop3 no admite tls a través de la orden stls
        le serveur ne supporte pas tls via la commande starttls
        o servidor não suporta tls através do comando starttls
        serverul nu acceptă tls prin intermediul comenzii starttls
        сервер не поддерживает tls на основе команды starttls
        сервер не подржава „tls“ путем „starttls“ наредбе
        servern stöder inte tls via kommandot starttls
        на сервері не передбачено підтримки tls на основі команди starttls
        服务器不支持通过 starttls 命令启用 tls
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "msmtp 1.8 po", """
        der zertifikatseigner stimmt nicht mit dem hostnamen … überein
        la atestila estro ne kongruas kun la retnodnomo
        el propietario del certificado no el el mismo que el nombre del host
        le détenteur du certificat ne correspond pas au nom d'hôte
        o proprietário do certificado não combina com o nome do host
        proprietarul certificatului nu se potrivește cu numele de gazdă
        владелец сертификата не соответствует имени узла
        власник уверења не одговара домаћину
        certifikatägaren matchar inte värdnamnet
        запис власника сертифіката не відповідає назві вузла
        证书所有者与主机名 … 不匹配
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "msmtp 1.8 po", """
        der zertifikatsfingerabdruck passt nicht
        la atestilo fingropremaĵo ne kongruas
        la huella del certificado no coincide
        les empreintes de certificat ne correspondent pas
        a impressão digital do certificado não combina
        amprenta digitală a certificatului nu se potrivește
        отпечаток сертификата не совпадает с эталонным
        отисак уверења не одговара
        certifikatets fingeravtryck matchar inte
        відбиток сертифіката не збігається із еталонним
        证书指纹不匹配
    """),
    Wording(tls.CERTIFICATE_UNTRUSTED, "msmtp 1.8 po", """
        tls-zertifikatsüberprüfung ist fehlgschlagen
        tls-atestila aŭtentigo malsukcesis
        fallo en la verificación del certificado tls
        la vérification du certificat tls a échouée
        a verificação do certificado tls falhou
        verificarea certificatului tls a eșuat
        tls-сертификат не прошёл проверку
        потврђивање „tls“ уверења није успело
        tls-certifikatverifiering misslyckades
        сертифікат tls не пройшов перевірки
        tls 证书验证失败
        tls-zertifikatsüberprüfung ist fehlgeschlagen
        tls-atestila kontrolo malsukcesis
        fallo en la comprobación del certificado tls
        vérification du certificat tls impossible
        не удалось проверить tls-сертификат
        провера „tls“ уверења није успела
        tls-certifikatkontroll misslyckades
        не вдалося перевірити сертифікат tls
        tls 证书检查失败
    """, around=True),
    Wording(tls.TLS_HANDSHAKE, "msmtp 1.8 po", """
        tls-aushandlung fehlgeschlagen
        tls-manpremo malsukcesis
        fallo en el apretón de manos tls
        échec de la poignée de main tls
        o handshake de tls falhou
        negocierea tls a eșuat
        сбой при инициализации tls-подключения
        „tls“ руковање није успело
        tls-handskakning misslyckades
        помилка при ініціалізації tls
        tls 握手失败
    """, around=True),
    Wording(login.LOGIN_REFUSED, "msmtp 1.8 po", """
        authentifizierung fehlgeschlagen (methode … )
        aŭtentigo malsukcesis (metodo … )
        fallo en la autenticación (método … )
        échec de l'authentification (méthode … )
        a autenticação falhou (método … )
        autentificarea a eșuat (metoda … )
        сбой аутентификации (метод … )
        потврђивање идентитета није успело (начин … )
        autentisering misslyckades (metod … )
        не вдалося пройти розпізнавання (спосіб … )
        认证失败（方法 … ）
    """, around=True),
    Wording(login.AUTH_NOT_OFFERED, "msmtp 1.8 po", """
        der server unterstützt keine authentifizierung
        la servilo ne regas aŭtentigon
        el servidor no admite autenticación
        le serveur ne supporte pas l'authentification
        o servidor não suporta autenticação
        serverul nu acceptă autentificarea
        сервер не поддерживает аутентификацию
        сервер не подржава потврђивање идентитета
        servern stöder inte autentisering
        на сервері не передбачено підтримки розпізнавання
        服务器不支持身份验证
    """),
    Wording(login.AUTH_MECHANISM, "msmtp 1.8 po", """
        sichere authentifizierungsmethode kann nicht benutzt werden
        ne eblas uzi sekuran aŭtentigan metodon
        no se puede usar ningún método de autenticación seguro
        impossibilité d'utiliser une méthode d'authentification sécurisée
        não foi possível usar um método seguro de autenticação
        nu se poate utiliza o metodă de autentificare sigură
        не удалось задействовать безопасный метод аутентификации
        не могу да користим безбедни начин потврђивања идентитета
        kan inte använda en säker autentiseringsmetod
        неможливо скористатися безпечним способом розпізнавання
        无法使用安全的认证方法
        keine benutzbare authentifizierungsmethode verfügbar
        ne eblas trovi uzeblan aŭtentigan metodon
        no se puede encontrar ningún método usable de autenticación
        échec de la recherche d'une méthode d'authentification utilisable
        não foi possível encontrar um método usável de autenticação
        nu se poate găsi o metodă de autentificare utilizabilă
        не найден рабочий метод аутентификации
        не могу да нађем употребљив начин потврђивања идентитета
        kan inte hitta en användbar autentiseringsmetod
        не вдалося знайти придатний до використання спосіб розпізнавання
        找不到可用的认证方法
        der server unterstützt authentifizierungsmethode … nicht
        la servilo ne regas aŭtentigan metodon
        el servidor pop3 no admite el método de autenticación
        le serveur ne supporte pas la méthode d'authentification
        o servidor não suporta o método de autenticação
        serverul nu acceptă metoda de autentificare
        сервер не поддерживает метод аутентификации
        сервер не подржава … начин потврђивања идентитета
        servern stöder inte autentiseringsmetod
        на сервері не передбачено способу розпізнавання
        服务器不支持认证方法
    """),
    Wording(login.AUTH_REQUIRED, "msmtp 1.8 po", """
        authentifizierungsmethode … braucht einen benutzernamen
        aŭtentiga metodo … postulas salutnomon
        el método de autenticación … necesita un nombre de usuario
        la méthode d'authentification … requiert un nom d'utilisateur
        o método de autenticação … requer um nome de usuário
        metoda de autentificare … are nevoie de un nume de utilizator
        метод аутентификации … требует указать имя пользователя
        начин потврђивања идентитета тражи корисничко име
        autentiseringsmetod … behöver ett användarnamn
        для використання способу розпізнавання … слід вказати ім'я користувача
        认证方法 … 需要用户名
        authentifizierungsmethode … braucht ein passwort
        aŭtentiga metodo … postulas pasvorton
        el método de autenticación … necesita una contraseña
        la méthode d'authentification … requiert un mot de passe
        o método de autenticação … requer uma senha
        metoda de autentificare … necesită o parolă
        метод аутентификации … требует указать пароль
        начин потврђивања идентитета тражи лозинку
        autentiseringsmetod … behöver ett lösenord
        для використання способу розпізнавання … слід вказати пароль
        认证方法 … 需要密码
    """),
    Wording(unclear.CLIENT_REFUSED, "msmtp 1.8 po", """
        umschlagabsenderadresse fehlt
        envelope-from-retpoŝtadreso mankas
        falta la dirección del remitente
        adresse de l'expéditeur d'enveloppe est manquante
        falta o endereço envelope-from
        lipsește adresa expeditorului de pe plic
        пропущен адрес-обёртка «от» (envelope-from)
        недостаје адреса за „коверту шаље“
        kuvert-från-adress saknas
        пропущено адресу-обгортку «від» (envelope-from)
        缺少发件人地址
        keine empfänger gefunden
        neniuj ricevontoj trovitaj
        no se encontraron destinatarios
        aucun destinataire trouvé
        nenhum destinatário encontrado
        niciun destinatar găsit
        получатели не найдены
        нисам нашао примаоце
        inga mottagare hittades
        не знайдено отримувачів
        未找到收件人
    """),
)
