"""What operating systems say in the languages of their users: the errors of sockets and of names (glibc, Windows)."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import connection
from panel.diagnosis.wording import Wording

SYSTEMS: tuple[Wording, ...] = (
    Wording(connection.CONNECTION_REFUSED, "glibc 2.36, in the languages of its catalogues", """
        отказано свързване
        spojení odmítnuto
        opkobling nægtet
        verbindungsaufbau abgelehnt
        conexión rehusada
        yhteys torjuttu
        connexion refusée
        kapcsolat elutasítva
        koneksi ditolak
        connessione rifiutata
        接続を拒否されました
        연결이 거부됨
        verbinding is geweigerd
        połączenie odrzucone
        ligação recusada
        conexão recusada
        в соединении отказано
        förbindelsen förvägrad
        bağlantı reddedildi
        у з'єднанні відмовлено
        kết nối bị từ chối
        拒绝连接
        連線被拒絕
    """),
    Wording(connection.CONNECT_TIMEOUT, "glibc 2.36, in the languages of its catalogues", """
        просрочена мрежова операция
        spojení bylo příliš dlouho neaktivní
        opkoblingen overskred tidsgrænsen
        die wartezeit für die verbindung ist abgelaufen
        expiró el tiempo de conexión
        yhteys aikakatkaistu
        connexion terminée par expiration du délai d'attente
        időtúllépés a kapcsolatban
        koneksi kehabisan waktu
        connessione scaduta
        接続がタイムアウトしました
        연결 시간 초과
        verbinding is verlopen
        przekroczony czas oczekiwania na połączenie
        ligação expirada
        tempo esgotado para conexão
        время ожидания соединения истекло
        förbindelsens tidsgräns löpte ut
        bağlantıda zaman aşımı
        перевищено інтервал очікування з'єднання
        kết nối đã quá hạn
        连接超时
        連線超過時間
    """),
    Wording(connection.NETWORK_UNREACHABLE, "glibc 2.36, in the languages of its catalogues", """
        компютърът е изключен
        мрежата е изключена
        мрежата е недостъпна
        недостъпен адрес на гнездо (socket)
        няма маршрут до компютъра
        k počítači neexistuje cesta
        počítač není v provozu
        požadovanou adresu nelze přiřadit
        síť není dostupná
        síťování je mimo provoz
        ingen rute til værtsmaskinen
        kan ikke tildele den ønskede adresse
        netværket er ikke tilgængeligt
        netværket er nede
        værtsmaskinen er nede
        das netzwerk ist nicht aktiv
        das netzwerk ist nicht erreichbar
        der rechner ist nicht aktiv
        die angeforderte adresse kann nicht zugewiesen werden
        keine route zum zielrechner
        el 'host' no está operativo
        la red es inaccesible
        la red no está activa
        no existe ninguna ruta hasta el 'host'
        no se puede asignar la dirección solicitada
        kone on alhaalla
        pyydettyä osoitetta ei voi asettaa
        reititystä koneeseen ei ole
        verkko on poissa käytöstä
        verkkoa ei tavoiteta
        aucun chemin d'accès pour atteindre l'hôte cible
        l'hôte cible est arrêté ou en panne
        le réseau n'est pas accessible
        le réseau ne fonctionne pas
        ne peut attribuer l'adresse demandée
        a gép nem működik
        a hálózat elérhetetlen
        a hálózat nem működik
        nem sikerült a kért címet hozzárendelni
        nincs útvonal a gép felé
        host sedang turun
        jaringan sedang turun
        jaringan tidak dapat dicapai
        tidak ada rute ke host
        tidak dapat menempatkan permintaan alamat
        impossibile assegnare l'indirizzo richiesto
        l'host non è attivo
        la rete non è disponibile
        la rete non è raggiungibile
        nessun instradamento per l'host
        ネットワークが落ちています
        ネットワークに届きません
        ホストが落ちています
        ホストへの経路がありません
        要求アドレスに割り当てられません
        네트워크가 접근 불가능합니다
        네트워크가 죽었습니다
        요청한 주소를 배정할 수 없습니다
        호스트가 죽었습니다
        호스트로 갈 루트가 없음
        geen route naar host
        host is inactief
        kan verzochte adres niet toewijzen
        netwerk is onbereikbaar
        netwerk ligt plat
        brak trasy do hosta
        nie można przypisać żądanego adresu
        sieć jest niedostępna
        sieć jest wyłączona
        urządzenie jest wyłączone
        a rede está em baixo
        impossível atribuir o endereço pedido
        o anfitrião está em baixo
        rede inacessível
        sem caminho para o anfitrião
        a rede está fora de alcance
        a rede não responde
        host está desligado
        não foi possível acessar o endereço requisitado
        não há rota para o host
        невозможно назначить запрошенный адрес
        нет маршрута до узла
        сеть не работает
        сеть недоступна
        узел выключен
        ingen väg till värd
        kan inte tilldela begärd adress
        nätverket kan inte nås
        nätverket är nere
        värddator är nere
        ağ erişilebilir durumda değil
        ağ yok oldu
        i̇stenen adres bulunamıyor
        makina çökük
        makinaya ağ üzerinden yol yok
        вузол вимкнено
        мережу вимкнено
        не вдалося отримати доступ до мережі
        не вдалося призначити вказану адресу
        немає маршруту до вузла
        không có đường dẫn đến máy
        không thể gán địa chỉ đã yêu cầu
        không thể kết nối mạng
        máy không chạy
        mạng không hoạt động
        主机关闭
        无法指定被请求的地址
        没有到主机的路由
        网络不可达
        网络已关闭
        找不到通往該主機的路由路徑
        無法指定所需的位址
        無法接觸網路
        網路停擺
        遠端系統已停機了
    """),
    Wording(connection.CONNECTION_LOST, "glibc 2.36, in the languages of its catalogues", """
        едностранно прекъсване на връзката от отсрещната страна
        прекъснат канал
        софтуерно предизвикано прекъсване на връзката
        roura přerušena (sigpipe)
        software způsobil ukončení spojení (abort)
        spojení zrušeno druhou stranou
        forbindelsen brudt i den anden ende
        kanalen blev brudt
        programmet forårsagede forbindelsesafbrud
        das programm verursachte den abbruch der verbindung
        datenübergabe unterbrochen (broken pipe)
        die verbindung wurde vom kommunikationspartner zurückgesetzt
        conexión reinicializada por la máquina remota
        el programa provocó el fin de la conexión
        tubería rota
        katkennut putki
        ohjelmisto aiheutti yhteyden katkaisun
        vastapää sulki yhteyden
        connexion ré-initialisée par le correspondant
        le logiciel a provoqué l'abandon de la connexion
        relais brisé (pipe)
        a kapcsolatot bontotta a távoli fél
        a szoftver kapcsolatszakadást okozott
        törött adatcsatorna
        koneksi direset oleh peer
        perangkat lunak menyebabkan pembatalan koneksi
        pipa rusak
        connessione interrotta dal corrispondente
        connessione interrotta per un problema software
        pipe interrotta
        ソフトウェアが接続を中断しました
        接続が相手からリセットされました
        상대편이 연결을 끊음
        소프트웨어가 연결 중단을 초래했습니다
        파이프가 깨어짐
        gebroken pijp
        verbinding is verbroken door lokaal probleem
        verbinding is weggevallen
        oprogramowanie spowodowało przerwanie połączenia
        połączenie zerwane przez drugą stronę
        przerwany potok
        ligação reposta pelo peer
        o programa abortou a ligação
        túnel quebrado
        conexão fechada pela outra ponta
        pipe quebrado
        término de conexão causada por software
        обрыв канала
        программа вызвала разрыв соединения
        соединение разорвано другой стороной
        brutet rör
        förbindelse borttagen av partnern
        programvaran orsakade ett förbindelsebrott
        bağlantı karşıdan kesildi
        veri alınamıyor
        yazılım bağlantının kopmasına sebep oldu
        вузол розірвав з'єднання
        з'єднання розірвано програмним забезпеченням
        канал обірвано
        kết nối bị đặt lại bởi ngang hàng
        phần mềm đã gây ra kết nối hủy bỏ
        ống dẫn bị hỏng
        断开的管道
        由软件导致的连接断开
        连接被对方重设
        管線損壞
        軟體造成連線中斷
        連線被對方重設
    """),
    Wording(connection.DNS_NOT_FOUND, "glibc 2.36, in the languages of its catalogues", """
        не е асоцииран адрес за името на компютъра
        не е известно името на услугата
        jméno počítače nemá přiřazenu adresu
        neznámé jméno nebo služba
        ingen adresse associeret med værtsnavn
        navn eller tjeneste ukendt
        der name oder der dienst ist nicht bekannt
        zu diesem hostnamen gehört keine adresse
        no existe ninguna dirección asociada al nombre
        nombre o servicio desconocido
        konenimeen ei liity osoitetta
        nimeä tai palvelua ei tunneta
        aucune adresse associée avec le nom de l'hôte
        nom ou service inconnu
        a név vagy a szolgáltatás nem ismert
        nincs cím társítva a gépnévhez
        nama atau layanan tidak diketahui
        tidak ada alamat terasosiasi dengan hostname
        nessun indirizzo associato al nome host
        nome o servizio sconosciuto
        ホスト名にアドレスが割り当てられていません
        名前またはサービスが不明です
        이름 혹은 서비스를 알 수 없습니다
        호스트이름과 대응되는 주소가 없음
        aan hostnaam is geen adres verbonden
        naam of dienst is niet bekend
        brak adresu związanego z nazwą hosta
        ta nazwa lub usługa jest nieznana
        nome ou serviço desconhecidos
        sem endereço associado ao nome de servidor
        nome ou serviço desconhecido
        não há endereço associado com o nome
        неизвестное имя или служба
        с именем узла не связано ни одного адреса
        ingen adress associerad med värdnamn
        namn eller tjänst okänd
        i̇sim ya da servis bilinmiyor
        makina ismiyle ilişkili adres yok
        з даною назвою вузла не пов'язано жодної адреси
        невідома назва чи сервіс
        không có địa chỉ liên quan đến tên máy
        không rõ tên hoặc dịch vụ
        未知的名称或服务
        没有与主机名关联的地址
        名稱或服務未知
        沒有位址關聯至此主機名稱
    """),
    Wording(connection.DNS_UNAVAILABLE, "glibc 2.36, in the languages of its catalogues", """
        временен неуспех при определянето на име
        невъзстановим провал при анализа за име
        dočasná chyba při vyhodnocování jména
        neopravitelná chyba při vyhodnocení názvu
        midlertidig fejl i navneopslag
        uoverkommelig fejl i navneopslag
        nicht-behebbarer fehler in der namensauflösung
        temporärer fehler bei der namensauflösung
        fallo irrecuperable en la resolución del nombre
        fallo temporal en la resolución del nombre
        peruuttamaton virhe nimenselvityksessä
        tilapäinen virhe nimenselvityksessä
        échec non récupérable lors de la résolution du nom
        échec temporaire dans la résolution du nom
        helyreállíthatatlan névfeloldási hiba
        átmeneti névfeloldási hiba
        kegagalan sementara dalam resolusi nama
        kegagalan tidak terekover dalam resolusi nama
        errore irrecuperabile nella risoluzione del nome
        errore temporaneo nella risoluzione del nome
        名前解決で回復できない失敗が発生しました
        名前解決に一時的に失敗しました
        name resolution에서 복구할 수 없는 실패
        name resolution에서 일시적인 실패
        onherstelbaar probleem in naamsherleiding
        tijdelijk probleem in naamsherleiding
        odwzorowanie nazwy jest chwilowo niemożliwe
        wystąpił krytyczny błąd w odwzorowaniu nazw
        falha irrecuperável na resolução de nome
        falha temporária na resolução de nome
        falha temporário na resolução de nome
        временный сбой в разрешении имен
        неисправимая ошибка в разрешении имен
        icke återhämtningsbart fel i namnuppslagningen
        namnuppslagning misslyckades temporärt
        i̇sim çözümlemesinde düzeltilebilir olmayan bozukluk
        i̇sim çözünürlüğünde geçici başarısızlık
        критична помилка при розв'язанні назв
        тимчасова помилка розв'язання назв
        lỗi không thể phục hồi khi phân giải tên
        tạm thời không thể phân giải tên
        域名解析中出现不可修复的失败
        域名解析暂时失败
        解析名稱時發生暫時性錯誤
        解析名稱時發生無法復原錯誤
    """),
)
