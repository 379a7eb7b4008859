"""Words about the login: nobody can check it just now, something must come first, or it is wrong."""

# fmt: off

from __future__ import annotations

from panel.diagnosis.causes import login, sender
from panel.diagnosis.rules.rule import Rule, one

# A password that is wrong, an account that is closed, a lock after failures: none of them heals by itself, whatever
# else is said ("Invalid credentials, try again later").
_AT_FAULT = r"""
    \b(wrong|incorrect|invalid|bad|mismatch\w*|mistyped|erroneous|unknown|unrecogni[sz]ed|no such|expired|correct
    |right|valid|new)\b( \w+|[/,'-]){0,3} ?(user|pass|credential|log-?in\b|account|(api )?key|secret|auth\w* data
    |combination)
    (user|pass|credential|log-?in\b|account|(api )?key\b|mailbox)\w*( \w+|[/,:'-]){0,4} (wrong|incorrect|invalid|bad
    |mismatch\w*|unknown|expired|disabled|deactivated|suspended|frozen|inactive|closed|abnormal|not (found|valid
    |correct|accepted|match\w*|recogni[sz]ed|exist\w*|allowed|permitted|enabled|active)|(does|do
    |did)(n't| not) (exist|match))
    (?<!not )(?<!n't )(?<!able to )(?<!while )(check|verify|confirm|re-?enter|re-?type|reset|change
    |update)( \w+){0,2} (user|pass|credential|log-?in|identity|account)
    too (many|often|much|frequent)|rate[- ]?limit|pre-?auth\w* failed|exceed\w*|attempts|repeated(ly)?|brute
    |excessive|frequency|throttl\w*
    \b(?<!database is )(?<!table is )(lock(ed|out)|block(ed|ing)?|banned|suspended|frozen|penali[sz]\w*
    |black-?list\w*|blocklist\w*|spam\w*|abus\w*)
    browser|web ?mail|captcha|suspicious|unusual|2-?step|two-?factor|\bmfa\b|less secure|oauth|bearer|basic auth
    app(lication)?[- ]?(specific )?pass|not (enabled|allowed|permitted|supported|activated|subscribed|authori[sz]ed)
    (?<!temporarily )(?<!currently )(disabled|deactivated|switched off|turned off)|\b(for|by|of) (this
    |your) (account|user|mailbox|plan|tenant|domain|organi[sz]ation)|polic(y|ies)|\bupgrade|payment|subscription
    |no (secret|verifier)|\bsmtp flag
    (パスワード|ユーザー?名?|\bid\b|アカウント|メールアドレス).{0,16}(違|誤|間違|正し|一致|存在|無効|停止|凍結|期限
    |確認)
    ロック|回数|回以上|連続|繰り返|続いた|続け|凍結|制限|不正|海外|国外|拒否
    (密码|账号|用户|授权码).{0,8}(错|误|不正确|不存在|异常|冻结)|频率|次数|锁定|冻结|授权码
    비밀번호.{0,12}(틀|일치|올바르|잘못)|횟수|잠[겼금]|차단
    парол.{0,20}(неверн|неправильн)|(неверн|неправильн)\w*.{0,30}(парол|логин|им)|слишком много|заблокир
    falsch|ungültig|gesperrt|zu (viele|oft)|(inkorrekt|incorrect|errat|inválid|invalide|erron)\w*
    trop de|verrouill|bloqu\w*|demasiad|troppi|bloccat|muitas|suspens
"""
# What a refusal is made of that speaks of the server's own trouble.
_PARTS = {
    "CANNOT_REACH": r"""
        (lost|losing|cannot|can ?not|can't|could ?n[o']t|could not|unable|failed|failure|failing|error|no|problem
        |trouble|refused|timeout|timed out|impossible)( \w+){0,3}? (connect\w*|contact\w*|reach\w*|communicat\w*
        |access\w*|talk\w*|open\w*|query\w*|read\w*|look ?up|search\w*|load\w*|start\w*|bind\w*|us(e|ing)|respon\w+
        |answer\w*|request\w*|waiting)
    """,
    "BACK_END": r"""
        ((auth\w*|sasl|log-?in|credential|password|identity|user ?-?data\w*|account)( \w+)? ?-?(server|service|daemon
        |process|provider|back-?end|module|socket|subsystem|system|source|database|store|agent|controller|handler|helper
        |worker|proxy|cluster)s?|saslauthd|ldap|radius|mysql|pgsql|postgre\w*|mariadb|sqlite|\bsql\b|redis|\bdb\b
        |database|directory|pass ?db|user ?db|kerberos|\bkdc\b|\bpam\b|active directory|domain controller|back-?end
        |vchkpw|vpopmail|dovecot|imap server)(?! (auth\w*|log-?in|bind|password|user|credential))
    """,
    "IS_DOWN": r"""
        (\bdown\b|(?<!reason )unavailable|unreachable|(not|n't|never|no)( \w+)? (available|reachable|respon\w+|running
        |ready|answer\w*|connected|work\w*|accessible|contacted|found running)|time\w*[ -]?out|timed out|offline|error
        |fail(ed|s|ure|ing)?\b|fault|problem|trouble|busy|overload\w*|refused|crash\w*|maintenance|closed|lost
        |restart\w*|no response|dead|gone|locked|stopped|hiccup|outage|broken|died|exhausted|interrupted)
    """,
}


def _named(block: str) -> str:
    """Put the parts where a block names them."""
    for name, part in _PARTS.items():
        block = block.replace(f"{{{name}}}", one(part))
    return block


# Where the server cannot check a password just now, whatever code stands before the words.
LOGIN_LATER = (
    # Where the words name the login themselves: Cyrus SASL, Postfix, Dovecot, Exim, sendmail, qmail, Exchange …
    Rule(login.LOGIN_UNAVAILABLE, at="auth", codes="4 535 525 55", words=_named(r"""
        temporar\w*( \w+){0,3} (auth\w*|log-?in|sign-?in|sasl)\b
        (auth\w*|log-?in|sign-?in|sasl|credentials?|password)( \w+|[:;,.()'-]+){0,8} ?(temporar\w*|transient)
        {CANNOT_REACH}( \w+|[:'-]){0,4} {BACK_END}
        connect\w*( \w+){0,3} {BACK_END}.{0,30}{IS_DOWN}
        connect\w*( \w+){0,2} {IS_DOWN}( \w+){0,3} {BACK_END}
        auth\w*( \w+|[:;,.()-]+){0,6} ?generic failure
        internal( \w+)? (auth\w*|log-?in|sasl) (error|fail\w*|problem|fault)
        auth\w*( \w+|[:;,.()-]+){0,6} ?(internal|unexpected|system|server|i/o|io|local)( \w+)? (error|fail\w*|problem
        |fault)
        (unable|cannot|can ?not|can't|could ?n[o']t|could not|not able|not possible|impossible)( \w+){0,2} (auth\w*
        |log-?in|log you in|sign[- ]in|(check|verify|validate)( \w+){0,2} (password|credentials?
        |log-?in)).{0,20}(at (present|this|the|that)|now|currently|moment|because|due to)
        auth\w*( \w+){0,2} (not|im)[ -]?possible (at|now|right|currently|for the)
        (can't|cannot|unable to|could not) auth\b
        認証.{0,24}(一時的|メンテ|システム障害|混雑|混み合|タイムアウト|応答(が|し)|利用できない状態)
        一時的.{0,20}(認証|ログイン)
        認証(サーバー?|システム|基盤|サービス|データベース|\bdb\b|用).{0,24}(接続|応答|障害|エラー|停止|利用でき|混|失敗
        |つなが|繋が|通信|異常|不具合|ダウン)
    """), unless=_AT_FAULT),
    # RFC 3206 section 4
    Rule(login.LOGIN_UNAVAILABLE, at="auth pop", words=r"^\[sys/temp\]"),
    # At the login itself fewer words will do
    Rule(login.LOGIN_UNAVAILABLE, at="auth pop", codes="4 535 525 55", words=_named(r"""
        {BACK_END}( \w+|[:;,.()'-]+){0,5} ?{IS_DOWN}
        (invalid|unexpected|malformed|empty|no) {BACK_END} (reply|response|answer)
        (generic|transient) failure
        temporar\w*
        something went wrong|\b(on|at) our (side|end)\b
        (internal|system|server|unexpected|i/o|io|local|configuration|software|application|processing|script
        |plugin)( \w+)? (error|failure|fault|problem|malfunction|exception)
        \b(try|retry)( again| it| back)? ?(later|shortly|soon|in( \w+){1,3} (second|minute|hour)
        |after( \w+){1,3} (second|minute|hour|while|moment))
        (try|come back) (again )?(in|after) (a |some |few ){1,2}(few )?(second|minute|hour|while|moment|time)
        (retry|later) ?$
        (?<!reason )(?<!user )(?<!mailbox )unavailable
        (service|server|system|host|facility|mechanism|authentication)( \w+){0,2} (not (available|ready|responding)|down
        |busy|overload\w*|offline|out of service)
        (system|server|we|i|is|are|too|currently) busy
        maintenance|shutting down|restarting(?! authentication process)|starting up|overload\w*|high load|out of memory
        |no memory|resources?\b
        time[d -]{0,2}out|no (response|reply|answer) from|premature eof|broken pipe
        \boops\b|\bunable to (open|write|read|fork|create|start|execute|run)\b|can't fork|problem with child
        at (present|this time|the moment|this moment)|right now|for the time being|currently not possible
        一時的|しばらく|時間を(おい|置い|空け|あけ|開け)|内部(エラー|障害)|システム(エラー|障害|が)|メンテナンス|混(雑
        |み合)|高負荷
        サーバー?.{0,12}(エラー|障害|応答|停止|ダウン|混)|(データベース|db|ldap).{0,16}(接続|エラー|障害|応答|異常|停止)
        現在.{0,20}(利用|認証|ログイン|サービス|処理).{0,12}(できません|できない|停止)|タイムアウト|のちほど|後ほど
        (系统|服务器|服务)(繁忙|忙|错误|异常|内部|不可用|维护)|稍[后後](再试|重试|再試)|暂时|暫時|内部错误|维护中
        일시적|잠시 ?후|인증 ?서버 ?오류|내부 오류|점검 ?중|서버 오류
        временн\w+|позже|внутренн\w+ ошибка|недоступ\w+|сбой
        vorübergehend|sp(ä|ae)ter (noch ?mal|erneut|wieder)|interner( \w+)?fehler|nicht (verfügbar|erreichbar)|wartung
        temporaire\w*|réessay\w+|plus tard|erreur interne|indisponible|momentan\w+
        temporal\w*|más tarde|mas tarde|error interno|no disponible|temporane\w+|più tardi|errore interno
        non disponibile|temporári\w+|temporari\w+|mais tarde|erro interno|indisponível
    """), unless=_AT_FAULT + r"""
        ^\[auth\]|\[sys/perm\]|\[in-use\]|\[login-delay\]
    """),
    Rule(login.LOGIN_REFUSED, at="auth", codes="5", words=r"""
        (auth\w*|log-?in|sasl)( \w+)? (server|service|back-?end)( \w+){0,2} (reject\w*|refused|denied)
    """),
)

# From where nobody may sign in: hosters in Japan have a switch for this, which is on by default
ABROAD = (
    Rule(login.LOGIN_REGION, words=r"""
        access( \w+){0,2} (from|in) (this|your|that|foreign|other|an? \w+|the current) (country|countries|region)
        (access|log-?ins?|log(ging)? in|auth\w*|sign(ing)?-? ?ins?|smtp|relay\w*|sending)( \w+){0,6} (from
        |outside|in)( \w+){0,2} (country|countries|abroad|overseas|foreign (ip|address|network|host)\w*)\b
        (foreign|overseas)( \w+)? (ips?|address(es)?|country|countries|access|hosts?|log-?ins?
        |network)\b( \w+){0,4} (not|n't|denied|reject\w*|restrict\w*|block\w*|prohibit\w*|refused|disabled)
        \b(your |this )?country( \w+| \(\w+\)){0,3} (is |are )?(not|n't) (allowed|permitted|authori[sz]ed|accepted)
        \bgeo-?(ip|block|fenc|restrict)\w*
        (日本)?(国外|海外).{0,24}(制限|拒否|許可|できません|禁止)
    """),
    # Sakura's filter for addresses abroad says no more than this
    Rule(login.LOGIN_REGION, provider="sakura", codes="550", enhanced="5.7.1", words=r"command rejected"),
)

# A sign-in by POP, one by SMTP, or TLS must come first; or there were too many
FIRST = (
    Rule(login.POP_REQUIRED, at="mail rcpt data", words=r"""
        \b(a?pop3?)\b[ /]?(apop)? ?(before|auth\w*|login|first|check|access).{0,20}(smtp|required|needed|first
        |authori[sz]ation)?
    """),
    Rule(login.POP_REQUIRED, words=r"""
        pop ?before ?smtp
        pop ?(-|_) ?before
        (receive|check|retrieve|fetch|read|get|download) (your )?(new )?(e?-?mails?|mailbox|messages) (first|before)
        (receive|check|retrieve|fetch|read|get|download) (your )?(\w+ )?(e?-?mails?|mailbox|messages)( \w+)? (by|via
        |with|using|over) a?pop
        (must|please|need to).{0,30}\b(via|by|with|using)? ?a?pop3?\b.{0,20}(first|before|auth)
        受信(して|操作).{0,20}(から|先)
        (送信|送る)(の|する)?前に.{0,16}受信
        \bpop3?(サーバー?)?.{0,6}認証
    """),
    Rule(login.AUTH_REQUIRED, words=r"""
        (turn|switch) on smtp auth
        unless you (are |have )?(log|auth|sign)
        [;:.] ?(please )?authenticate$
        smtp auth\w*.{0,30}(in|of) your (mail|e-?mail) client
    """),
    Rule(login.TLS_REQUIRED, words=r"""
        (only|not)( \w+){0,2} (over|via|on|with|using) (an? )?(encrypted|secured?|tls|ssl)
        \b(ssl|tls)([ /-]\w+){1,4} (is |are )?(required|needed|mandatory)
        (must|have to|need to|please|should).{0,30}\b(starttls|tls|ssl)\b
        \b(starttls|tls|ssl|encryption|encrypted (connection|session)|secure (connection
        |channel))\b( \w+){0,2} (is |are |be )?(strictly )?(required?|requiered|mandatory|needed|necessary)
    """),
    Rule(login.TLS_REQUIRED, words=r"""
        (requires?|required|needs?|only (accepts?|allow\w*)|only (over|with|via|on)|without|not (allowed|available
        |permitted|supported)( \w+){0,3} (on|over|without)) (a |an |using |use of )?(secured? |encrypted |plain ?text[ ]
        |unencrypted |insecure |clear ?text )?(starttls|tls|ssl|encryption|(secured?|encrypted|unencrypted|insecure
        |plain ?text|clear ?text) (connection|channel|session|link|authentication))
    """),
    Rule(login.TLS_REQUIRED, words=r"""
        (plain ?text|clear ?text|unencrypted|insecure) (\w+ )?(connections?|sessions?|log-?ins?|auth\w*
        |access) (are |is )?(disallowed|not (allowed|permitted|enabled|supported|accepted)|disabled|refused|rejected
        |denied)
        \buse starttls
        \bencrypt\w* (your|the) (session|connection)
        (not|only)( \w+){0,3} (until|before|unless|after)( \w+){0,3} (starttls|tls|ssl|encrypt\w*)\b
        (暗号化|tls|ssl|starttls).{0,12}(必要|必須|(使用|接続|利用|設定)して(ください|から)|有効にして)
        暗号化され(ていない|ていません)
    """),
    # Too often, too many
    Rule(login.TOO_MANY_LOGINS, words=r"""
        (too many|maximum|max|limit|exceeded|repeated|multiple|excessive)( \w+){0,5} (log-?ins?|auth\w*|sign-?ins?
        |password)\b.{0,40}
    """),
    Rule(login.TOO_MANY_LOGINS, words=r"""
        account.{0,30}(temporar\w+ )?(locked|lockout|blocked).{0,40}(log-?in|auth|password|attempt|fail|tempor)
        (locked|blocked) (out )?(due to|after|because of).{0,40}(attempt|fail|auth|login)
        brute.?force
        too much auth
        (log-?in|auth\w*|sign-?in|password) (attempts?|failures?)( \w+){0,3} (exceed\w*|limit|too many)
    """),
    Rule(login.TOO_MANY_LOGINS, at="auth pop", codes="4 5", words=r"""
        too (many|much|often|frequent\w*)(?!( \w+){0,3} (connections?|sessions?|processes|clients))
        temporar\w* (blocked|locked|banned|suspended)|rate[- ]?limit|throttl|slow down
    """),
    Rule(login.TOO_MANY_LOGINS, words=r"""
        (ログイン|認証|パスワード).{0,20}(回数|回以上|連続|繰り返|続い|続け)
        (アカウント|しばらく|一時的に).{0,16}ロック
    """),
)

LOGIN = (
    Rule(login.APP_PASSWORD_REQUIRED, link=r"""
        service\.mail\.qq\.com/.{0,60}no=1001256
    """),
    # Logins
    Rule(login.OAUTH_TOKEN_REFUSED, words=r"""
        (oauth\w*|bearer|access|refresh|id)[ _-]?token
        invalid[_ ](token|grant)
        token ((is|has|was) )?(been )?(expired|invalid|revoked|refused|rejected)
        \bxoauth2?\b.{0,30}(fail|invalid|expired|denied)
        トークン
    """),
    Rule(login.APP_PASSWORD_REQUIRED, words=r"""
        app(lication)?[- ]?(specific|generated)?[- ]?pass(word|code)
        application[- ]specific
        (enter|use|with|need|requires?)( \w+){0,3} authori[sz]ation (code|password)
        (client|third[- ]party)[- ]specific pass(word|code)
        授[权權][码碼]|授权密码|专用密码|独立密码
        専用の?(メール)?パスワード
        アプリ.{0,6}パスワード
    """),
    Rule(login.WEB_LOGIN_REQUIRED, words=r"""
        to continue( \w+){0,3}, (please )?(sign|log) ?-?in
        prove( that)? you are not a robot
        log ?-?in (via|with|through|using|at|on|to) (your |the )?(web|browser|our web|account|https|webmail)
        (sign|log) ?-?in( \w+){0,6} (browser|web\w*)
        (suspicious|unusual) (log|sign|auth|activity|account)
        (verify|confirm|validate) (your|the) (account|identity)
        (complete|solve|pass)( \w+){0,2} captcha
        account.{0,20}(security check|unlock)
        unblock (your|the|me)
        (ブラウザ|web|ウェブ).{0,12}ログイン
    """),
    Rule(login.SMTP_AUTH_DISABLED, at="auth", words=r"""
        (smtp|client)[ -]?(client)?[ -]?(auth\w*|access|service|submission|log-?in|relay|server)?( \w+){0,4} (is|are|was
        |has been)? ?(currently )?(disabled|deactivated|switched off|turned off|not (yet )?(enabled|activated|active
        |available|allowed|open))( \w+){0,6}(account|tenant|mailbox|user|plan|organi[sz]ation|domain|you)?
        security ?defaults
        conditional access
        does not have access rights
        (service|protocol) (is )?not (open|enabled|activated)
        user has no permission
        open smtp flag
        access( to)? smtp .{0,20}denied
        smtp.{0,20}(無効|利用できません|許可されて)
    """),
    Rule(login.OAUTH_REQUIRED, at="auth", words=r"""
        (basic|password|plain|legacy|username and password)[ -]?(based )?auth\w*.{0,30}(not supported|no longer|disabled
        |deprecated|not (allowed|permitted)|blocked)
        oauth.{0,12}(is )?(required|only|must|needed)
        (must|please|only|requires?) (\w+ ){0,2}oauth
        modern auth
    """),
    Rule(login.AUTH_NOT_OFFERED, at="auth", codes="500 502 503 530 538", words=r"""
        auth\w*( \w+){0,5} (not|isn't|n't) (yet )?(advertised|enabled|offered|available|implemented|supported|allowed
        |permitted|configured|active)(?!.{0,20}(mechanism|type|method))
        (command|auth)( \w+){0,3} (not|un)[ -]?(recogni[sz]ed|implemented|known|supported)
        (un(known|recogni[sz]ed|implemented|supported)|invalid|bad|no such) command
    """),
    Rule(login.AUTH_NOT_OFFERED, at="auth", words=r"""
        authentication (is )?not (allowed|available|offered|supported) (on|here|at|for)[ ]
    """),
    Rule(login.AUTH_MECHANISM, words=r"""
        (mechanism|authentication (type|method|scheme)|auth (type|method|scheme)|scheme|sasl method
        |sasl)( \w+){0,4} (not|un|in|n't|isn't)[ -]?(recogni[sz]ed|supported|available|implemented|known|valid|allowed
        |offered|sufficient|permitted|correct)
        (un(recogni[sz]ed|known|supported|implemented)|invalid|no (such|common|worthy|supported|acceptable|suitable)
        |not supported|bad|disallowed)( \w+){0,3} (auth\w* )?(mechanisms?|(authentication )?(type|method|scheme)|mechs?)
        (type|method|mechanism)( \w+){0,2} (too weak|not supported|unsupported|unrecogni[sz]ed|unknown)
        no( \w+)? mechanisms? available
        \b(cram-md5|digest-md5|plain|login|ntlm|gssapi|scram\S*)\b( \w+){0,2} not (supported|available|enabled|allowed)
        認証方式
    """),
    Rule(login.LOGIN_REFUSED, at="auth", codes="5", words=r"""
        (auth\w*|log-?in|sign-?in|password|credentials?|user ?names?|user)( \w+| /|/\w+|,){0,5} (fail\w*|unsuccessful
        |denied|incorrect|wrong|invalid|rejected|refused|not (accepted|valid|correct|match\w*|recogni[sz]ed|found)
        |mismatch|is bad|not good|reject)
        (fail\w*|incorrect|wrong|invalid|bad|unknown|unrecogni[sz]ed|check|verify)( \w+| /|/\w+|,|\"\w+\"
        |'\w+'){0,4} (auth\w*|log-?in|password|credentials?|user ?name|api ?key)
        credentials
        auth\w* fail
        \bauth error
        (ユーザー?|パスワード|ログイン|id|アカウント).{0,24}(違い|誤り|間違|正しく|一致しま|失敗|できません)
        認証.{0,12}(失敗|エラー|できません|拒否)
        密码
        认证失败
    """),
    # a server that says 4yz to a wrong password means the password all the same
    Rule(login.LOGIN_REFUSED, at="auth", codes="4", words=r"""
        \b(wrong|incorrect|invalid|bad)( \w+| or|[/,]){0,3} (user|pass|credential|log-?in\b)
        (user|pass|credential|log-?in\b)\w*( \w+|[/,]){0,3} (wrong|incorrect|invalid|bad|not (accepted|valid|correct
        |match\w*))
        password transition
        (パスワード|ユーザー?名?|\bid\b).{0,16}(違|誤|間違|正し|一致)
    """),
    Rule(sender.SENDER_NOT_ALLOWED, words=r"""
        same (as|with) (the )?(auth|login|user|account)
        (different|other)( \w+| <\w+>|-){0,5} than (the one )?(you|your|the) (\w+ )?(sign|log|auth|account|user)
        (match|equal)\w*( \w+){0,4} (auth\w*|log-?in|account|user)
        not owned by
    """),
    Rule(login.AUTH_REQUIRED, at="ehlo mail rcpt data", words=r"""
        auth\w*( \w+){0,4} (is |are )?(strictly )?(required|needed|necessary|mandatory|first|before)
        (must|need to|have to|please|should|not yet|requires?|required|needs)( \w+){0,5} (authenticat\w*|smtp[ -]auth\w*
        |auth( first| before|$)|log-?in\b|log in|sign in|smtp ?auth)
        (not|un|n't|isn't)[ -]?(been |yet )?(properly )?authenticated
        not logged in
        log-?in (is )?(required|first)
        (anonymous|unauthenticated) (senders?|clients?|users?|relay|mail|sending|access)
        smtp[ -]?auth.{0,12}(required|必要|必須)
        認証(を|の)(行|設定|有効|使用)
        認証(が|は)?(され|行われ|でき)?て(い)?(ません|ない)
        (turn(ed)?|switch(ed)?|enable\w*)( \w+){0,3} (in|on|for|of) your (e-?mail|mail) (client|program|software)
        (認証|ログイン).{0,12}(必要|必須|して(から|ください))
        (未认证|需要认证)
    """),
)

# A server speaks its own language, and names the command all the same.
ENCRYPTION = (
    Rule(login.TLS_REQUIRED, at="ehlo auth mail rcpt data", codes="4 5", words=r"\bstarttls\b", unless=r"""
        (un|not |n't )(recogni[sz]|support|implement|avail|know|enabl|offer|permit|allow)
        unknown|already|after starttls|bad command|advertis|ready to start|can't starttls
        invalid command(?!.{0,20}must)
        \b(kein|nicht|pas|non|não|nie|geen|niet)\b|\bno (admite|soporta)|не поддерж|不支持|不支援
        サポートして(い(ない|ません)|お)
        지원하지
    """),
)
