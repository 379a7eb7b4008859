"""What git send-email says in the languages of its users."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection, tls, unclear
from panel.diagnosis.wording import Wording

GIT: tuple[Wording, ...] = (
    Wording(connection.CONNECT_TIMEOUT, "git 2.55 po, git-send-email", """
        подсистемата за smtp не може да се инициализира
        no s'ha pogut inicialitzar smtp correctament
        konnte smtp nicht korrekt initialisieren
        no es posible inicializar smtp adecuadamente
        impossible d'initialiser smtp
        ní féidir smtp a thionscnamh i gceart
        tidak dapat menginisialisasi smtp dengan benar
        impossibile inizializzare smtp in modo adeguato
        smtp를 제대로 초기화할 수 없습니다
        nie można prawidłowo zainicjować smtp
        incapaz inicializar smtp devidamente
        не удалось инициализировать smtp
        kan inte initiera smtp korrekt
        smtp düzgünce başlatılamıyor
        не вдалося правильно ініціалізувати smtp
        không thể khởi tạo smtp đúng cách
        无法正确地初始化 smtp
        無法正確地初始化 smtp
    """, around=True),
    Wording(tls.STARTTLS_NOT_OFFERED, "git 2.55 po, git-send-email", """
        сървърът не поддържа „starttls“
        el servidor no admet starttls
        server unterstützt kein starttls
        el servidor no soporta starttls
        le serveur ne supporte pas starttls
        ní thacaíonn freastalaí le starttls
        peladen tidak mendukung starttls
        il server non supporta starttls
        서버에서 starttls를 지원하지 않습니다
        serwer nie wspiera starttls
        o servidor insustenta starttls
        сервер не поддерживает starttls
        servern stöder inte starttls
        sunucu starttls desteklemiyor
        сервер не підтримує starttls
        máy chủ không hỗ trợ starttls
        服务器不支持 starttls
        伺服器不支援 starttls
    """),
    Wording(tls.STARTTLS_FAILED, "git 2.55 po, git-send-email", """
        неуспешно изпълнение на starttls
        starttls ha fallat
        starttls fehlgeschlagen
        falló starttls
        échec de starttls
        theip ar starttls
        starttls gagal
        starttls non riuscito
        starttls 실패
        nie można wykonać starttls
        falhou starttls
        ошибка starttls
        starttls misslyckades
        starttls başarısız oldu
        starttls завершився невдало
        starttls gặp lỗi
        starttls 失败
        starttls 失敗
    """, around=True),
    Wording(unclear.CLIENT_REFUSED, "git 2.55 po, git-send-email", """
        сървърът за smtp не е настроен правилно
        el servidor smtp requerit no està correctament definit
        der erforderliche smtp-server ist nicht korrekt definiert
        el servidor smtp no está definido adecuadamente
        le serveur smtp nécessaire n'est pas défini correctement
        níl an freastalaí smtp riachtanach sainmhínithe i gceart
        peladen smtp yang diperlukan tidak dijelaskan dengan baik
        il server smtp richiesto non è definito in modo adeguato
        필요한 smtp 서버를 제대로 지정하지 않았습니다
        wymagany serwer smtp nie jest prawidłowo zdefiniowany
        o servidor smtp necessário está definido incorretamente
        требуемый smtp сервер не был правильно объявлен
        nödvändig smtp-server har inte angivits korrekt
        gerekli smtp sunucusu düzgünce tanımlanmamış
        потрібний smtp-сервер не визначено належним чином
        máy chủ smtp chưa được định nghĩa đúng cách
        要求的 smtp 服务器未被正确定义
        要求的 smtp 伺服器未被正確定義
    """),
)
