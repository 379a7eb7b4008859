"""What mutt and NeoMutt say in the languages of their users."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, login, tls, unclear
from panel.diagnosis.wording import Wording

MUTT: tuple[Wording, ...] = (
    Wording(connection.DNS_NOT_FOUND, "NeoMutt 2026 po", """
        хостът … не може да бъде намерен
        no s'ha pogut trobar l'estació
        počítač … nelze nalézt
        kann host … nicht finden
        no se encontró la dirección del servidor
        impossible de trouver la machine
        a … host nem található
        tidak dapat menemukan host
        impossibile trovare l'host
        ホスト … が見つからなかった
        호스트를 찾을 수 없음
        kan adres van server … niet achterhalen
        host … nie został znaleziony
        não foi possível encontrar o servidor
        не удалось определить адрес сервера
        kunde inte hitta värden
        makinesi bulunamadı
        не вийшло знайти адресу
        无法找到主机
        找不到主機
    """),
    Wording(connection.CONNECTION_LOST, "NeoMutt 2026 po", """
        la sessió smtp ha fallat: error de lectura
        smtp relace selhala: chyba při čtení
        smtp-verbindung fehlgeschlagen: lesefehler
        sesión smtp fallida: error de lectura
        la session smtp a échoué : erreur de lecture
        smtp folyamat sikertelen: olvasási hiba
        sesi smtp gagal: kesalahan pembacaan
        sessione smtp fallita: errore di lettura
        smtp セッション失敗: 読み出しエラー
        smtp-sessie is mislukt: leesfout
        sesja smtp nie powiodła się: błąd odczytu
        sessão smtp falhou: erro de acesso
        ошибка smtp сессии: ошибка чтения
        smtp-session misslyckades: läsfel
        smtp oturumu başarısız oldu: okuma hatası
        помилка сесії smtp: помилка читання з сокета
        smtp 会话失败：读错误
        la sessió smtp ha fallat: error d'escriptura
        smtp relace selhala: chyba při zápisu
        smtp-verbindung fehlgeschlagen: schreibfehler
        sesión smtp fallida: error de escritura
        la session smtp a échoué : erreur d'écriture
        smtp folyamat sikertelen: írási hiba
        sesi smtp gagal: kesalahan penulisan
        sessione smtp fallita: errore di scrittura
        smtp セッション失敗: 書き込みエラー
        smtp-sessie is mislukt: schrijffout
        sesja smtp nie powiodła się: błąd zapisu
        sessão smtp falhou: erro de escrita
        ошибка smtp сессии: ошибка записи
        smtp-session misslyckades: skrivfel
        smtp oturumu başarısız oldu: yazma hatası
        помилка сесії smtp: помилка запису в сокет
        smtp 会话失败：写错误
    """),
    Wording(tls.CERTIFICATE_HOSTNAME, "NeoMutt 2026 po", """
        el propietari del certificat no concorda amb l'amfitrió
        vlastník certifikátu není totožný s názvem stroje
        zertifikatinhaber stimmt nicht mit rechnername … überein
        el propietario del certificado no coincide con el nombre del equipo
        le propriétaire du certificat ne correspond pas au nom
        a tanúsítvány tulajdonosa nem egyezik a szerver nevével
        il proprietario del certificato non corrisponde al nome host
        証明書所有者がホスト名に一致しない
        certificaateigenaar komt niet overeen met naam van de server
        właściciel certyfikatu nie odpowiada nazwie hosta
        titular do certificado não coincide com o hostname
        владелец сертификата не соответствует имени хоста
        certifikatets ägare stämmer inte överens med värdnamnet
        sertifika sahibi … makine adı ile uyuşmuyor
        власник сертифіката не відповідає назві хоста
        证书所有者与主机名称 … 不匹配
        avís: el nom d'estació del servidor no concorda amb el del certificat
        pozor: jméno serveru se neshoduje s jménem v certifikátu
        warnung: hostname des servers entspricht nicht dem zertifikat
        aviso: el nombre del servidor no coincide con el certificado
        attention ! le nom du serveur ne correspond pas au certificat
        figyelmeztetés: a szerver neve nem egyezik meg a tanúsítványba foglalttal
        perhatian: nama host server tidak cocok dengan sertifikat
        attenzione: il nome host del server non corrisponde al certificato
        警告: サーバのホスト名が証明書と一致しない
        waarschuwing: naam van de server komt niet overeen met certificaat
        ostrzeżenie: nazwa (hostname) serwera nie odpowiada certyfikatowi
        aviso: hostname do servidor não coincide com certificado
        предупреждение: имя сервера не соответствует сертификату
        varning: servervärdnamnet matchar inte certifikat
        uyari: sunucu makine adı ile sertifika uyuşmuyor
        увага: назва хоста сервера не відповідає сертифікату
        警告：服务器主机名与证书不匹配
    """),
    Wording(tls.CERTIFICATE_EXPIRED, "NeoMutt 2026 po", """
        сертификатът на сървъра е изтекъл
        el certificat del servidor ha expirat
        platnost certifikátu serveru vypršela
        zertifikat des servers ist abgelaufen
        certificado del servidor se ha vencido
        le certificat du serveur a expiré
        a szerver tanúsítványa lejárt
        sertifikat server sudah kadaluwarsa
        il certificato del server è scaduto
        サーバの証明書が期限切れ
        서버 인증서가 만기됨
        certificaat van de server is verlopen
        certyfikat serwera utracił ważność
        o certificado do servidor expirou
        срок действия сертификата истек
        servercertifikat har utgått
        sunucu sertifikasının süresi dolmuş
        строк дії сертифіката сервера вичерпано
        服务器证书已过期
        伺服器的驗証已過期
        сертификатът на сървъра все още не е валиден
        el certificat del servidor encara no és vàlid
        certifikát serveru není zatím platný
        zertifikat des servers ist noch nicht gültig
        certificado del servidor todavía no es válido
        le certificat du serveur n'est pas encore valide
        a szerver tanúsítványa még nem érvényes
        sertifikat server belum sah
        il certificato del server non è ancora valido
        サーバの証明書はまだ有効でない
        서버 인증서가 아직 유효하지 않음
        certificaat van de server is nog niet geldig
        certyfikat serwera nie uzyskał jeszcze ważności
        certificado do servidar ainda não é válido
        servercertifikat är inte giltigt än
        sunucu sertifikası henüz geçerli değil
        сертифікат сервера ще не дійсний
        服务器证书尚未有效
        伺服器的驗証還未有效
    """),
    Wording(tls.TLS_HANDSHAKE, "NeoMutt 2026 po", """
        не може да бъде установена tls връзка
        no s'ha pogut negociar la connexió tls
        nelze navázat tls spojení
        konnte keine tls-verbindung realisieren
        no se pudo negociar una conexión tls
        impossible de négocier la connexion tls
        nem lehetett megtárgyalni a tls kapcsolatot
        tidak dapat negosiasi hubungan tls
        impossibile negoziare la connessione tls
        tls 接続を確立できなかった
        tls 연결 할수 없음
        kon tls connectie niet onderhandelen
        połączenie tls nie zostało wynegocjowane
        incapaz de negociar conexão tls
        не удалось установить tls-соединение
        kunde inte förhandla fram tls-anslutning
        tls bağlantısı pazarlığı yapılamadı
        не вийшло домовитись про tls з'єднання
        无法协商 tls 连接
    """, around=True),
    Wording(login.LOGIN_REFUSED, "NeoMutt 2026 po", """
        неуспешна sasl идентификация
        l'autenticació sasl ha fallat
        sasl autentizace selhala
        sasl authentifizierung fehlgeschlagen
        auntenticación sasl falló
        l'authentification sasl a échoué
        sasl hitelesítés sikertelen
        authentikasi sasl gagal
        sasl 認証に失敗した
        sasl 인증에 실패함
        uwierzytelnianie sasl nie powiodło się
        autenticação sasl falhou
        sasl-autentisering misslyckades
        sasl kimlik doğrulaması başarısız
        помилка аутентифікації sasl
        sasl 认证失败
        sasl 驗證失敗
    """, around=True),
    Wording(login.AUTH_NOT_OFFERED, "NeoMutt 2026 po", """
        el servidor smtp no admet autenticació
        smtp server nepodporuje autentizaci
        smtp-server unterstützt keine authentifizierung
        el servidor smtp no soporta autenticación
        le serveur smtp ne supporte pas l'authentification
        smtp szerver nem támogatja a azonosítást
        server smtp tidak mendukung authentikasi
        il server smtp non supporta l'autenticazione
        smtp サーバがユーザ認証をサポートしていない
        smtp-server ondersteunt geen authenticatie
        serwer smtp nie wspiera uwierzytelniania
        servidor smtp não oferece suporte à autenticação
        smtp сервер не поддерживает аутентификацию
        smtp-server stöder inte autentisering
        smtp sunucusu kimlik doğrulamayı desteklemiyor
        smtp-сервер не підтримує аутентифікації
        smtp 服务器不支持认证
    """),
    Wording(unclear.CLIENT_REFUSED, "NeoMutt 2026 po", """
        no s'ha indicat el remitent (from)
        adresa odesílatele nezadána
        keine absenderadresse angegeben
        no se especificó dirección de origen
        pas d'adresse from donnée
        nincs küldő cím megadva
        nessun indirizzo "from" fornito
        from アドレスが指定されていない
        geen van-adres opgegeven
        nie podano adresu źródłowego
        endereço remetente não foi fornecido
        не указан адрес отправителя
        ingen avsändaradress angiven
        hiçbir kimden: adresi verilmedi
        не вказано адресу from
        没有给出发信地址
        l'url d'smtp no és vàlid
        neplatné smtp url
        ungültige smtp-url
        url smtp incorrecta
        url smtp invalide
        érvénytelen smtp url
        url smtp tidak valid
        url del server smtp non valido
        不正な smtp url
        ongeldig smtp-url
        błędny url smtp
        url smtp inválida
        неверный smtp url
        ogiltig smtp-url
        geçersiz smtp url'si
        неправильний smtp url
        无效的 smtp 链接(url)
        tots els protocols de connexió tls/ssl disponibles estan inhabilitats
        všechny dostupné protokoly pro tls/ssl byly zakázány
        alle verfügbaren tls/ssl-protokolle sind deaktiviert
        todos los protocolos para conexiones tls/ssl deshabilitados
        tous les protocoles disponibles pour une connexion tls/ssl sont désactivés
        tls/ssl kapcsolat minden elérhető protokollja le van tiltva
        semua protokol yg tersedia utk tls/ssl tidak aktif
        disabilitati tutti i protocolli di connessione disponibili per tls/ssl
        tls/ssl 接続に利用可能なプロトコルがすべて無効
        alle beschikbare protocollen voor tls/ssl-verbinding uitgeschakeld
        wszystkie dostępne protokoły połączenia tls/ssl zostały zablokowane
        todos protocolos disponíveis para tls/ssl estão desativados
        запрещены все доступные протоколы для tls/ssl-соединения
        alla tillgängliga protokoll för tls/ssl-anslutning inaktiverade
        ssl/tls bağlantısı için var olan bütün protokoller devre dışı
        усі доступні протоколи для tls/ssl заборонені
        所有用于 tls/ssl 连接的可用协议已禁用
    """),
)
