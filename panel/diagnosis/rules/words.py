"""The rules from a server's refusal to its cause: one readable row for each way of saying it.

A row names what must be true of the reply; what it leaves out does not matter. `words`, `unless` and `link` are
regular expressions over lower-case text: `words` over the reply without addresses, hosts and links, `unless` over the
same, where none of them may stand, `link` over the reply as it came. Gaps are bounded (`.{0,40}`), so no reply can
make a row slow.

Order is by specificity, and the first row that fits wins:
1. words that say that the server cannot check a password just now, whatever code stands before them (`LOGIN_ROWS`),
2. what one provider means by its own words or codes (`PROVIDER_ROWS`),
3. words that say the cause, the narrow before the wide: "relaying denied: authentication required" is about relaying,
   "sender verify failed: no such user" about the sender (`WORD_ROWS`),
4. enhanced codes of RFC 3463 and its registry, where the words say nothing (`CODE_ROWS`),
5. the plain reply code at its stage (`STAGE_ROWS`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: stages, reply codes (`4` is every 4yz) and enhanced codes (`X.7.8`, `5.7.30`) are parted by blanks."""

    cause: str
    words: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    at: str = ""
    codes: str = ""
    enhanced: str = ""
    provider: str = ""
    link: tuple[str, ...] = ()


# A password that is wrong, an account that is closed, a lock after failures: none of them heals by itself, whatever
# else is said ("Invalid credentials, try again later").
_LOGIN_AT_FAULT = (
    (
        r"\b(wrong|incorrect|invalid|bad|mismatch\w*|mistyped|erroneous|unknown|unrecogni[sz]ed|no such|expired|correct"
        r"|right|valid|new)\b( \w+|[/,'-]){0,3} ?(user|pass|credential|log-?in\b|account|(api )?key|secret"
        r"|auth\w* data|combination)"
    ),
    (
        r"(user|pass|credential|log-?in\b|account|(api )?key\b|mailbox)\w*( \w+|[/,:'-]){0,4}"
        r" (wrong|incorrect|invalid|bad|mismatch\w*|unknown|expired|disabled|deactivated|suspended"
        r"|frozen|inactive|closed"
        r"|abnormal|not (found|valid|correct|accepted|match\w*|recogni[sz]ed|exist\w*|allowed|permitted|enabled|active)"
        r"|(does|do|did)(n't| not) (exist|match))"
    ),
    (
        r"(?<!not )(?<!n't )(?<!able to )(?<!while )(check|verify|confirm|re-?enter|re-?type|reset|change|update)"
        r"( \w+){0,2} (user|pass|credential|log-?in|identity|account)"
    ),
    (
        r"too (many|often|much|frequent)|rate[- ]?limit|pre-?auth\w* failed|exceed\w*|attempts"
        r"|repeated(ly)?|brute|excessive|frequency|throttl\w*"
    ),
    (
        r"\b(?<!database is )(?<!table is )(lock(ed|out)|block(ed|ing)?|banned|suspended|frozen"
        r"|penali[sz]\w*|black-?list\w*"
        r"|blocklist\w*|spam\w*|abus\w*)"
    ),
    r"browser|web ?mail|captcha|suspicious|unusual|2-?step|two-?factor|\bmfa\b|less secure|oauth|bearer|basic auth",
    r"app(lication)?[- ]?(specific )?pass|not (enabled|allowed|permitted|supported|activated|subscribed|authori[sz]ed)",
    r"(?<!temporarily )(?<!currently )(disabled|deactivated|switched off|turned off)|\b(for|by"
    r"|of) (this|your) (account|user"
    r"|mailbox|plan|tenant|domain|organi[sz]ation)|polic(y|ies)|\bupgrade|payment|subscription"
    r"|no (secret|verifier)|\bsmtp flag",
    r"(パスワード|ユーザー?名?|\bid\b|アカウント|メールアドレス).{0,16}(違|誤|間違|正し|一致|存在|無効|停止|凍結|期限|確認)",
    r"ロック|回数|回以上|連続|繰り返|続いた|続け|凍結|制限|不正|海外|国外|拒否",
    r"(密码|账号|用户|授权码).{0,8}(错|误|不正确|不存在|异常|冻结)|频率|次数|锁定|冻结|授权码",
    r"비밀번호.{0,12}(틀|일치|올바르|잘못)|횟수|잠[겼금]|차단",
    r"парол.{0,20}(неверн|неправильн)|(неверн|неправильн)\w*.{0,30}(парол|логин|им)|слишком много|заблокир",
    r"falsch|ungültig|gesperrt|zu (viele|oft)|(inkorrekt|incorrect|errat|inválid|invalide|erron)\w*",
    r"trop de|verrouill|bloqu\w*|demasiad|troppi|bloccat|muitas|suspens",
)
_BACK_END = (
    r"((auth\w*|sasl|log-?in|credential|password|identity|user ?-?data\w*|account)( \w+)? ?-?"
    r"(server|service|daemon|process|provider|back-?end|module|socket|subsystem|system|source|database|store|agent"
    r"|controller|handler|helper|worker|proxy|cluster)s?"
    r"|saslauthd|ldap|radius|mysql|pgsql|postgre\w*|mariadb|sqlite|\bsql\b|redis|\bdb\b|database|directory|pass ?db"
    r"|user ?db|kerberos|\bkdc\b|\bpam\b|active directory|domain controller|back-?end|vchkpw|vpopmail"
    r"|dovecot|imap server)"
    r"(?! (auth\w*|log-?in|bind|password|user|credential))"
)
_IS_DOWN = (
    r"(\bdown\b|(?<!reason )unavailable|unreachable|(not|n't|never|no)( \w+)? (available|reachable|respon\w+|running"
    r"|ready|answer\w*|connected|work\w*|accessible|contacted|found running)|time\w*[ -]?out|timed out|offline|error"
    r"|fail(ed|s|ure|ing)?\b|fault|problem|trouble|busy|overload\w*|refused|crash\w*|maintenance|closed|lost|restart\w*"
    r"|no response|dead|gone|locked|stopped|hiccup|outage|broken|died|exhausted|interrupted)"
)
_CANNOT_REACH = (
    r"(lost|losing|cannot|can ?not|can't|could ?n[o']t|could not|unable|failed|failure|failing|error|no|problem|trouble"
    r"|refused|timeout|timed out|impossible)( \w+){0,3}? (connect\w*|contact\w*|reach\w*"
    r"|communicat\w*|access\w*|talk\w*"
    r"|open\w*|query\w*|read\w*|look ?up|search\w*|load\w*|start\w*|bind\w*|us(e|ing)|respon\w+|answer\w*|request\w*"
    r"|waiting)"
)
LOGIN_ROWS = (
    # Where the words name the login themselves: Cyrus SASL, Postfix, Dovecot, Exim, sendmail, qmail, Exchange …
    Rule(
        "login_unavailable",
        at="auth",
        codes="4 535 525 55",
        words=(
            r"temporar\w*( \w+){0,3} (auth\w*|log-?in|sign-?in|sasl)\b",
            r"(auth\w*|log-?in|sign-?in|sasl|credentials?|password)( \w+|[:;,.()'-]+){0,8} ?(temporar\w*|transient)",
            rf"{_CANNOT_REACH}( \w+|[:'-]){{0,4}} {_BACK_END}",
            rf"connect\w*( \w+){{0,3}} {_BACK_END}.{{0,30}}{_IS_DOWN}",
            rf"connect\w*( \w+){{0,2}} {_IS_DOWN}( \w+){{0,3}} {_BACK_END}",
            r"auth\w*( \w+|[:;,.()-]+){0,6} ?generic failure",
            r"internal( \w+)? (auth\w*|log-?in|sasl) (error|fail\w*|problem|fault)",
            (
                r"auth\w*( \w+|[:;,.()-]+){0,6} ?(internal|unexpected|system|server|i/o|io"
                r"|local)( \w+)? (error|fail\w*|problem|fault)"
            ),
            r"(unable|cannot|can ?not|can't|could ?n[o']t|could not|not able|not possible|impossible)( \w+){0,2}"
            r" (auth\w*|log-?in|log you in|sign[- ]in|(check|verify|validate)( \w+){0,2} (password"
            r"|credentials?|log-?in))"
            r".{0,20}(at (present|this|the|that)|now|currently|moment|because|due to)",
            r"auth\w*( \w+){0,2} (not|im)[ -]?possible (at|now|right|currently|for the)",
            r"(can't|cannot|unable to|could not) auth\b",
            r"認証.{0,24}(一時的|メンテ|システム障害|混雑|混み合|タイムアウト|応答(が|し)|利用できない状態)",
            r"一時的.{0,20}(認証|ログイン)",
            r"認証(サーバー?|システム|基盤|サービス|データベース|\bdb\b|用).{0,24}(接続|応答|障害|エラー|停止|利用でき|混|失敗|つなが|繋が|通信|異常|不具合|ダウン)",
        ),
        unless=_LOGIN_AT_FAULT,
    ),
    Rule("login_unavailable", at="auth pop", words=(r"^\[sys/temp\]",)),  # RFC 3206 section 4
    # At the login itself fewer words will do
    Rule(
        "login_unavailable",
        at="auth pop",
        codes="4 535 525 55",
        words=(
            rf"{_BACK_END}( \w+|[:;,.()'-]+){{0,5}} ?{_IS_DOWN}",
            rf"(invalid|unexpected|malformed|empty|no) {_BACK_END} (reply|response|answer)",
            r"(generic|transient) failure",
            r"temporar\w*",
            r"something went wrong|\b(on|at) our (side|end)\b",
            r"(internal|system|server|unexpected|i/o|io|local|configuration|software|application"
            r"|processing|script|plugin)"
            r"( \w+)? (error|failure|fault|problem|malfunction|exception)",
            r"\b(try|retry)( again| it| back)? ?(later|shortly|soon|in( \w+){1,3} (second|minute|hour)"
            r"|after( \w+){1,3} (second|minute|hour|while|moment))",
            r"(try|come back) (again )?(in|after) (a |some |few ){1,2}(few )?(second|minute|hour|while|moment|time)",
            r"(retry|later) ?$",
            r"(?<!reason )(?<!user )(?<!mailbox )unavailable",
            r"(service|server|system|host|facility|mechanism"
            r"|authentication)( \w+){0,2} (not (available|ready|responding)|down"
            r"|busy|overload\w*|offline|out of service)",
            r"(system|server|we|i|is|are|too|currently) busy",
            (
                r"maintenance|shutting down|restarting(?! authentication process)|starting up|overload\w*"
                r"|high load|out of memory|no memory|resources?\b"
            ),
            r"time[d -]{0,2}out|no (response|reply|answer) from|premature eof|broken pipe",
            r"\boops\b|\bunable to (open|write|read|fork|create|start|execute|run)\b|can't fork|problem with child",
            r"at (present|this time|the moment|this moment)|right now|for the time being|currently not possible",
            r"一時的|しばらく|時間を(おい|置い|空け|あけ|開け)|内部(エラー|障害)|システム(エラー|障害|が)|メンテナンス|混(雑|み合)|高負荷",
            r"サーバー?.{0,12}(エラー|障害|応答|停止|ダウン|混)|(データベース|db|ldap).{0,16}(接続|エラー|障害|応答|異常|停止)",
            r"現在.{0,20}(利用|認証|ログイン|サービス|処理).{0,12}(できません|できない|停止)|タイムアウト|のちほど|後ほど",
            r"(系统|服务器|服务)(繁忙|忙|错误|异常|内部|不可用|维护)|稍[后後](再试|重试|再試)|暂时|暫時|内部错误|维护中",
            r"일시적|잠시 ?후|인증 ?서버 ?오류|내부 오류|점검 ?중|서버 오류",
            r"временн\w+|позже|внутренн\w+ ошибка|недоступ\w+|сбой",
            (
                r"vorübergehend|sp(ä|ae)ter (noch ?mal|erneut|wieder)|interner( \w+)?fehler"
                r"|nicht (verfügbar|erreichbar)|wartung"
            ),
            r"temporaire\w*|réessay\w+|plus tard|erreur interne|indisponible|momentan\w+",
            r"temporal\w*|más tarde|mas tarde|error interno|no disponible|temporane\w+|più tardi|errore interno",
            r"non disponibile|temporári\w+|temporari\w+|mais tarde|erro interno|indisponível",
        ),
        unless=(*_LOGIN_AT_FAULT, r"^\[auth\]|\[sys/perm\]|\[in-use\]|\[login-delay\]"),
    ),
    Rule(
        "login_refused",
        words=(r"(auth\w*|log-?in|sasl)( \w+)? (server|service|back-?end)( \w+){0,2} (reject\w*|refused|denied)",),
        at="auth",
        codes="5",
    ),
)

PROVIDER_ROWS = (
    # Google, https://support.google.com/a/answer/3726730
    Rule("too_many_logins", words=(r"too many login",), provider="google"),
    Rule(
        "web_login_required",
        words=(
            r"log ?in (via|with|through|using) (your )?web browser",
            r"web login required",
        ),
        provider="google",
    ),
    Rule("web_login_required", codes="534", enhanced="5.7.14", provider="google"),
    Rule(
        "app_password_required",
        provider="google",
        link=(
            r"badcredentials",
            r"invalidsecondfactor",
        ),
    ),
    Rule(
        "oauth_token_refused",
        words=(
            r"oauth",
            r"access token",
            r"bearer",
            r"xoauth2",
        ),
        at="auth",
        provider="google",
    ),
    Rule(
        "app_password_required",
        words=(
            r"application-specific password",
            r"username and password not accepted",
        ),
        provider="google",
    ),
    Rule("app_password_required", at="auth", codes="534 535", provider="google"),
    Rule(
        "relay_denied",
        words=(
            r"mail relay denied",
            r"invalid credentials for relay",
            r"relay.{0,60}not registered",
        ),
        provider="google",
    ),
    Rule(
        "rate_limited",
        words=(
            r"peak smtp relay limit",
            r"receiving (e-?mail|mail) (too quickly|at a rate)",
        ),
        provider="google",
    ),
    Rule(
        "quota_exceeded",
        words=(r"(daily|user|relay).{0,20}(sending|relay)?.{0,20}(limit|quota) exceeded",),
        provider="google",
    ),
    Rule("quota_exceeded", enhanced="5.4.5", provider="google"),
    Rule("ptr_missing", words=(r"ptr record",), provider="google"),
    Rule("rate_limited", words=(r"unusual rate",), provider="google"),
    Rule("sender_authentication", enhanced="X.7.24 X.7.26 X.7.27 X.7.30 X.7.31 X.7.32 X.7.40", provider="google"),
    Rule("ptr_missing", enhanced="X.7.23 X.7.25", provider="google"),
    Rule("rate_limited", codes="4", enhanced="X.7.28", provider="google"),
    Rule("tls_required", enhanced="X.7.29", provider="google"),
    Rule(
        "address_blocked",
        words=(
            r"reputation of the sending ip",
            r"the ip you're using",
            r"ip (address )?(not in whitelist|is not allowed)",
        ),
        provider="google",
    ),
    Rule(
        "message_malformed",
        words=(
            r"rfc ?53\d\d",
            r"malformed",
            r"\bheaders?\b",
            r"encoded-word",
        ),
        at="data",
        provider="google",
    ),
    Rule(
        "content_rejected",
        words=(
            r"unsolicited",
            r"suspicious",
            r"potential security issue",
            r"this message (was|has been) blocked",
        ),
        provider="google",
    ),
    # Microsoft 365 and Outlook.com
    Rule(
        "too_many_connections",
        words=(
            r"concurrent connections? limit",
            r"maximum number of concurrent",
        ),
        provider="microsoft",
    ),
    Rule(
        "quota_exceeded",
        words=(
            r"submissionquota",
            r"submission quota",
            r"message submission rate for this client",
            r"tenant has exceeded",
        ),
        enhanced="5.X.X",
        provider="microsoft",
    ),
    Rule(
        "rate_limited",
        words=(
            r"message submission rate",
            r"submission rate limit",
        ),
        provider="microsoft",
    ),
    Rule(
        "too_many_logins",
        words=(
            r"account is (temporarily )?locked",
            r"too many (failed )?(log|auth)",
        ),
        at="auth",
        provider="microsoft",
    ),
    Rule(
        "login_refused",
        words=(
            r"credentials were incorrect",
            r"incorrect user ?name or password",
            r"invalid credentials",
        ),
        provider="microsoft",
    ),
    Rule(
        "oauth_required", words=(r"basic authentication is (not supported|disabled|no longer)",), provider="microsoft"
    ),
    Rule("oauth_required", enhanced="5.7.30", provider="microsoft"),
    Rule(
        "oauth_token_refused",
        words=(
            r"oauth",
            r"access token",
            r"token (is |has )?(expired|invalid)",
        ),
        at="auth",
        provider="microsoft",
    ),
    Rule(
        "smtp_auth_disabled",
        words=(
            r"smtpclientauth\w* is disabled",
            r"security ?defaults",
            r"conditional access",
            r"did not meet the criteria",
            r"blocked by.{0,40}polic",
            r"smtp auth\w* is disabled",
        ),
        provider="microsoft",
    ),
    Rule("smtp_auth_disabled", enhanced="5.7.139", provider="microsoft"),
    Rule("sender_mailbox_full", words=(r"storedrv\.submi.{0,200}quota",), provider="microsoft"),
    Rule("recipient_mailbox_full", words=(r"storedrv\.deliver.{0,200}quota",), provider="microsoft"),
    Rule(
        "sender_not_allowed",
        words=(
            r"sendasdenied",
            r"send as",
            r"bad outbound sender",
            r"unregistered domain",
        ),
        provider="microsoft",
    ),
    Rule("sender_not_allowed", enhanced="5.7.60 5.1.8 5.7.501 5.7.502 5.7.503 5.7.508 5.7.750", provider="microsoft"),
    Rule("auth_required", enhanced="5.7.57", provider="microsoft"),
    Rule(
        "relay_denied",
        words=(
            r"relay access denied",
            r"unable to relay",
            r"not permitted to relay",
        ),
        provider="microsoft",
    ),
    Rule("relay_denied", enhanced="5.7.54 5.7.64 5.7.367", provider="microsoft"),
    Rule(
        "recipient_unknown",
        words=(
            r"recipientnotfound",
            r"recipient not found",
            r"recipient address rejected: access denied",
        ),
        provider="microsoft",
    ),
    Rule("recipient_unknown", at="rcpt data", enhanced="5.1.10 5.4.1", provider="microsoft"),
    Rule(
        "recipient_rejected",
        words=(
            r"resolver\.rst\.(?!recipsize|\w*sizelimit)",
            r"not ?authenticated ?for",
            r"restricted",
            r"allowed senders? list",
        ),
        at="rcpt data",
        provider="microsoft",
    ),
    Rule("sender_authentication", enhanced="5.7.509 5.7.515 5.7.512 X.7.23 X.7.26", provider="microsoft"),
    Rule("ptr_missing", enhanced="X.7.25", provider="microsoft"),
    Rule(
        "address_blocked",
        enhanced="5.7.511 5.7.513 5.7.606 5.7.607 5.7.608 5.7.609 5.7.610 5.7.649 5.7.708",
        provider="microsoft",
    ),
    Rule("quota_exceeded", enhanced="5.7.705 5.1.90", provider="microsoft"),
    Rule(
        "rate_limited",
        words=(
            r"server busy.{0,60}from",
            r"temporarily rate limited",
            r"\brp-00\d",
        ),
        codes="4",
        provider="microsoft",
    ),
    Rule("rate_limited", enhanced="4.7.500 4.7.650 4.7.651 4.7.652", provider="microsoft"),
    Rule(
        "address_blocked",
        words=(
            r"part of their network is on our block",
            r"\b(dy|ou|sc)-00[1-4].{0,120}(dynamic|spamhaus|block)",
        ),
        provider="microsoft",
    ),
    # Amazon SES
    Rule("quota_exceeded", words=(r"(daily|24.?hour).{0,30}(quota|limit)",), provider="amazon"),
    Rule(
        "rate_limited",
        words=(
            r"throttling failure",
            r"maximum sending rate",
        ),
        provider="amazon",
    ),
    Rule(
        "sender_not_allowed",
        words=(
            r"not verified",
            r"sending (is )?(paused|disabled)",
            r"is not authorized to perform",
            r"account is (paused|suspended|shut)",
        ),
        provider="amazon",
    ),
    Rule(
        "recipient_rejected",
        words=(
            r"suppression list",
            r"address blacklisted",
        ),
        provider="amazon",
    ),
    Rule(
        "message_malformed",
        words=(r"(transaction failed|illegal|missing|duplicate|expected).{0,40}(header|mime|address|@)",),
        at="data",
        provider="amazon",
    ),
    # Yahoo (also AOL), Apple: both take app passwords only
    Rule(
        "too_many_logins",
        words=(
            r"too many bad auth",
            r"auth005",
        ),
        provider="yahoo",
    ),
    Rule("app_password_required", at="auth", codes="535", provider="yahoo"),
    Rule("content_rejected", words=(r"\[ph\d+\]",), provider="yahoo"),
    Rule("sender_rejected", words=(r"unresolvable",), provider="yahoo"),
    Rule(
        "rate_limited",
        words=(
            r"\[tss?0[1-9]\]",
            r"\[tss\d+\]",
            r"\[gl0\d\]",
            r"temporarily deferred",
        ),
        provider="yahoo",
    ),
    Rule("address_blocked", words=(r"\[(bl|cn|in|ip)\d+\]",), provider="yahoo"),
    Rule(
        "recipient_unknown",
        words=(
            r"this user doesn't have",
            r"delivery error: dd",
        ),
        provider="yahoo",
    ),
    Rule(
        "sender_authentication",
        words=(
            r"dmarc",
            r"for policy reasons.{0,80}(spf|dkim)",
        ),
        provider="yahoo",
    ),
    Rule("app_password_required", at="auth", codes="535", provider="apple"),
    # SendGrid, Mailgun, Postmark, Brevo, Zoho
    Rule(
        "quota_exceeded",
        words=(
            r"maximum credits",
            r"messaging limits",
        ),
        provider="sendgrid",
    ),
    Rule("auth_required", words=(r"unauthenticated senders not allowed",), provider="sendgrid"),
    Rule("login_refused", at="auth", codes="535", provider="sendgrid"),
    Rule(
        "sender_not_allowed",
        words=(
            r"not allowed to send",
            r"sandbox",
            r"free accounts",
            r"authori[sz]ed recipients?",
            r"is disabled",
        ),
        provider="mailgun",
    ),
    Rule(
        "sender_not_allowed",
        words=(
            r"sender signature",
            r"pending approval",
            r"server (is )?inactive",
            r"account is (pending|disabled)",
        ),
        provider="postmark",
    ),
    Rule(
        "recipient_rejected",
        words=(
            r"inactive recipient",
            r"marked .{0,20}inactive",
            r"hard bounce",
        ),
        provider="postmark",
    ),
    Rule(
        "web_login_required",
        words=(
            r"unusual (sending )?activity",
            r"outgoing blocked",
            r"unblock ?me",
        ),
        provider="zoho",
    ),
    Rule("sender_not_allowed", words=(r"relaying disallowed as",), provider="zoho"),
    # Yandex, Mail.ru, Tencent, NetEase
    Rule(
        "app_password_required",
        words=(
            r"授权码",
            r"application password",
            r"parol prilozheni",
            r"app(lication)?[- ]specific",
        ),
        provider="russia china",
    ),
    Rule(
        "smtp_auth_disabled",
        words=(
            r"does not have access rights",
            r"service is not open",
            r"has no permission",
        ),
        provider="russia china",
    ),
    Rule(
        "quota_exceeded",
        words=(
            r"received (today|this day)",
            r"今日",
            r"每天",
        ),
        provider="china",
    ),
    Rule(
        "rate_limited",
        words=(
            r"frequency limited",
            r"this hour",
            r"频率",
        ),
        provider="china",
    ),
    Rule(
        "content_rejected",
        words=(
            r"\bdt:(spm|sum)",
            r"content denied",
        ),
        provider="china",
    ),
)

WORD_ROWS = (
    # The server's own disk, not a mailbox
    Rule(
        "server_temporary", words=(r"write error", r"queue file", r"insufficient (system|disk) \w+(?! for)"), codes="4"
    ),
    # A mailbox of the sender's own, and logins: the words are the same as for recipients, only the stage parts them.
    Rule(
        "sender_mailbox_full",
        words=(
            r"(sender'?s?|your) (mailbox|account|inbox).{0,40}(full|quota|over|storage)",
            r"(差出人|送信者|送信元).{0,20}メールボックス.{0,20}(いっぱい|一杯|容量)",
        ),
    ),
    Rule(
        "sender_mailbox_full",
        words=(
            r"mailbox.{0,30}(is )?(full|over quota|size limit exceeded)",
            r"out of storage",
            r"over ?quota",
        ),
        at="auth mail",
    ),
    # The name in EHLO, told at once or late
    Rule(
        "local_hostname",
        words=(
            (
                r"\b(helo|ehlo)\b.{0,60}(reject|invalid|illegal|need|requir|bad|not |forged|fake|must"
                r"|should|expected|refus|denied|unknown|mismatch|resolv|syntax)"
            ),
        ),
    ),
    Rule(
        "local_hostname",
        words=(
            (
                r"(invalid|bad|bogus|illegal|forged|fake|malformed|unacceptable|reject\w*|impersonat\w*|non-?fqdn)"
                r".{0,30}\b(helo|ehlo)\b"
            ),
            r"access denied - invalid helo",
            r"\b(forging|faking|spoofing)( \w+){0,3} host ?name",
        ),
    ),
    Rule(
        "local_hostname",
        words=(
            r"(helo|ehlo).{0,20}(の|が|は).{0,20}(不正|拒否|無効)",
            r"ホスト名が(不正|無効)",
        ),
    ),
    # TLS
    Rule(
        "starttls_failed",
        words=(
            r"(tls|ssl|starttls) (is )?(currently |temporarily )?(not available|unavailable)",
            r"tls handshake failed",
            r"(cannot|can't|unable to) (start|initiali[sz]e) tls",
            r"tls (negotiation|setup) failed",
            r"tls engine",
        ),
    ),
    Rule("too_many_connections", words=(r"too many (new )?tls sessions",)),
    Rule(
        "pop_required",
        words=(
            (
                r"\b(a?pop3?)\b[ /]?(apop)? ?(before|auth\w*|login|first|check|access).{0,20}(smtp|required|needed"
                r"|first|authori[sz]ation)?"
            ),
        ),
        at="mail rcpt data",
    ),
    Rule(
        "pop_required",
        words=(
            r"pop ?before ?smtp",
            r"pop ?(-|_) ?before",
            (
                r"(receive|check|retrieve|fetch|read|get|download) (your )?(new )?(e?-?mails?|mailbox|messages)"
                r" (first|before)"
            ),
            (
                r"(receive|check|retrieve|fetch|read|get|download) (your )?(\w+ )?(e?-?mails?|mailbox|messages)"
                r"( \w+)? (by|via|with|using|over) a?pop"
            ),
            r"(must|please|need to).{0,30}\b(via|by|with|using)? ?a?pop3?\b.{0,20}(first|before|auth)",
            r"受信(して|操作).{0,20}(から|先)",
            r"(送信|送る)(の|する)?前に.{0,16}受信",
            r"\bpop3?(サーバー?)?.{0,6}認証",
        ),
    ),
    Rule(
        "auth_required",
        words=(
            r"(turn|switch) on smtp auth",
            r"unless you (are |have )?(log|auth|sign)",
            r"[;:.] ?(please )?authenticate$",
            r"smtp auth\w*.{0,30}(in|of) your (mail|e-?mail) client",
        ),
    ),
    Rule(
        "tls_required",
        words=(
            r"(only|not)( \w+){0,2} (over|via|on|with|using) (an? )?(encrypted|secured?|tls|ssl)",
            r"\b(ssl|tls)([ /-]\w+){1,4} (is |are )?(required|needed|mandatory)",
            r"(must|have to|need to|please|should).{0,30}\b(starttls|tls|ssl)\b",
            (
                r"\b(starttls|tls|ssl|encryption|encrypted (connection|session)|secure (connection"
                r"|channel))\b( \w+){0,2} (is |are |be )?(strictly )?(required?|requiered|mandatory|needed|necessary)"
            ),
        ),
    ),
    Rule(
        "tls_required",
        words=(
            (
                r"(requires?|required|needs?|only (accepts?|allow\w*)|only (over|with|via|on)|without|not (allowed"
                r"|available|permitted|supported)( \w+){0,3} (on|over|without)) (a |an |using |use of )?(secured? "
                r"|encrypted |plain ?text |unencrypted |insecure |clear ?text )?(starttls|tls|ssl|encryption"
                r"|(secured?|encrypted|unencrypted|insecure|plain ?text|clear ?text) (connection|channel|session|link"
                r"|authentication))"
            ),
        ),
    ),
    Rule(
        "tls_required",
        words=(
            (
                r"(plain ?text|clear ?text|unencrypted|insecure) (\w+ )?(connections?|sessions?|log-?ins?|auth\w*"
                r"|access) (are |is )?(disallowed|not (allowed|permitted|enabled|supported|accepted)|disabled|refused"
                r"|rejected|denied)"
            ),
            r"\buse starttls",
            r"\bencrypt\w* (your|the) (session|connection)",
            r"(not|only)( \w+){0,3} (until|before|unless|after)( \w+){0,3} (starttls|tls|ssl|encrypt\w*)\b",
            r"(暗号化|tls|ssl|starttls).{0,12}(必要|必須|(使用|接続|利用|設定)して(ください|から)|有効にして)",
            r"暗号化され(ていない|ていません)",
        ),
    ),
    # Too often, too many
    Rule(
        "too_many_logins",
        words=(
            (
                r"(too many|maximum|max|limit|exceeded|repeated|multiple|excessive)( \w+){0,5} (log-?ins?|auth\w*"
                r"|sign-?ins?|password)\b.{0,40}"
            ),
        ),
    ),
    Rule(
        "too_many_logins",
        words=(
            (
                r"account.{0,30}(temporar\w+ )?(locked|lockout|blocked).{0,40}(log-?in|auth|password|attempt|fail"
                r"|tempor)"
            ),
            r"(locked|blocked) (out )?(due to|after|because of).{0,40}(attempt|fail|auth|login)",
            r"brute.?force",
            r"too much auth",
            r"(log-?in|auth\w*|sign-?in|password) (attempts?|failures?)( \w+){0,3} (exceed\w*|limit|too many)",
        ),
    ),
    Rule(
        "too_many_logins",
        words=(
            r"too (many|much|often|frequent\w*)(?!( \w+){0,3} (connections?|sessions?|processes|clients))",
            r"temporar\w* (blocked|locked|banned|suspended)|rate[- ]?limit|throttl|slow down",
        ),
        at="auth pop",
        codes="4 5",
    ),
    Rule(
        "too_many_logins",
        words=(
            r"(ログイン|認証|パスワード).{0,20}(回数|回以上|連続|繰り返|続い|続け)",
            r"(アカウント|しばらく|一時的に).{0,16}ロック",
        ),
    ),
    # Before "too many …": what a blocked address did is not what this message did
    Rule(
        "address_blocked",
        words=(
            (
                r"your (ip|host|server|address)( address)?( \w+){0,3} (identified|known|marked|classified"
                r"|reported) as( an?)? spam"
            ),
            (
                r"(this|your) (ip|host|server|network|address)( address)? (has|is|have)( been)?( \w+)? (blocked"
                r"|banned|black-?listed)"
            ),
            (
                r"(ip|address|host|network)( address)? <ip> (is |has been |was )?(blocked|banned|black-?listed|denied"
                r"|refused|rejected)"
            ),
            (
                r"too many (spams?|junk|unwanted \w+|errors|bad commands|invalid recipients)( \w+){0,5} from (your"
                r"|the|this) "
            ),
        ),
    ),
    Rule(
        "greylisted",
        words=(
            r"gr[ae]y-?list",
            r"greylst",
            r"first (time|contact|encounter).{0,40}(try|retry|later|again)",
            r"(try|retry|later|again).{0,40}first (time|contact|encounter)",
            r"deferred.{0,20}first (time|connection)",
            r"(intentional|deliberate)\w* .{0,20}(defer|policy rejection|delay|temp)",
            r"(not|never|n't)( \w+)? (seen|met|heard from) (you|this|your)( \w+){0,3} before",
            r"(unknown|new|unfamiliar|first|unseen)( \w+)? sender[ /](and )?recipient",
            r"(初めて|初回|未知)の?.{0,20}(送信|再送)",
            r"triplet",
            r"(please )?(come back|retry|try again) in \d+ ?(s|sec|min|minute|:)",
            r"グレイ?リスト",
            r"グレ[イー]リスティング",
            r"グレーリスト",
        ),
    ),
    Rule(
        "too_many_recipients",
        words=(
            (
                r"(too many|maximum|max|exceed\w*|limit\w*|number of)( \w+){0,4} (recipients?|rcpts?|rcpt to"
                r"|addressees)\b(?!.{0,30}(per|this|in|last|past|an) ?(the )?(last |past )?\d* ?(hour|minute|day"
                r"|month|second|24|from))(?! from)(?!.{0,20}short)"
            ),
            r"(recipient|rcpt)s? (count|limit|number).{0,20}(exceed|reach|limit|too)",
            r"(no more|more|not more|at most|only) (than )?\d+ (recipients|rcpts)",
            r"宛先.{0,12}(数|件).{0,12}(多|超|上限)",
        ),
    ),
    Rule(
        "too_many_connections",
        words=(
            (
                r"(too many|maximum|max|limit (of|on)|exceeded( the)?( number"
                r"| limit)?( of)?) (\w+ ){0,4}(connections?|sessions?|clients|processes)\b"
            ),
            r"(connection|session)s? (rate |count |number )?(limit|quota|threshold).{0,20}(exceed|reach)?",
            r"concurren\w+ .{0,30}(limit|exceed|many)",
            r"server ports are busy",
            r"\d+ (connections|sessions)( \w+){0,2} (open|already|active|at once)",
            r"同時接続",
            r"接続数",
        ),
    ),
    Rule(
        "quota_exceeded",
        words=(
            (
                r"(dai?ly|per[- ]day|/ ?day|24[ -]?h|each day|a day|today|monthly|per month|this month|within a day"
                r"|one day).{0,60}\b(limit|quota|allow|maximum|exceed|cap|credit|volume)"
            ),
        ),
    ),
    Rule(
        "quota_exceeded",
        words=(
            (
                r"(limit|quota|maximum|exceed\w*|allowance|cap|credits?)\b.{0,80}(dai?ly|per[- ]day|/ ?day|24[ -]?h"
                r"|each day|a day|today|monthly|per month|this month|within a day|one day)"
            ),
        ),
    ),
    Rule(
        "rate_limited",
        words=(
            r"(1時間|1分|一時間|毎分|毎時|短時間|単位時間).{0,40}(送信|制限|上限|超|通)",
            r"(大量|連続)(送信|の?メール).{0,30}(制限|できません|停止)",
            r"送信(速度|間隔|頻度)",
            r"(送信|アクセス|メール)が集中",
            r"間隔を(あけ|空け|開け|おい|置い)",
        ),
    ),
    Rule(
        "quota_exceeded",
        words=(
            r"(1日|一日|24時間|日次|本日|1か月|1ヶ月|月間|当月).{0,30}(上限|制限|超|送信)",
            r"送信(可能)?(通)?数.{0,12}(上限|超)",
            r"送信(数)?(の)?(上限|制限)",
        ),
    ),
    Rule(
        "rate_limited",
        words=(
            (
                r"(hourly|per[- ](hour|minute|second)|/ ?(h|hr|hour|min|minute|s|sec|second)\b|this hour|an hour"
                r"|in \d+ (min|sec|hour)).{0,60}(limit|quota|allow|maximum|exceed)"
            ),
            (
                r"(limit|quota|max\w*|exceed\w*|allowed|many).{0,80}(hourly|per[- ](hour|minute|second)|/ ?(h|hr|hour"
                r"|min|minute|s|sec|second)\b|this hour|an hour|in \d+ (min|sec|hour))"
            ),
        ),
    ),
    Rule(
        "rate_limited",
        words=(
            r"exceed\w*( \w+){0,2} (hour|minute)(ly)? (limit|quota)",
            (
                r"\d+ (messages|mails|e-?mails|recipients)( \w+){0,3} (last|past|this|one|an) (\d+ )?(second|minute"
                r"|min|hour)"
            ),
            r"\brate[- ]?(limit|control|exceed|threshold)",
            (
                r"(sending|message|mail|submission|send|receiving|delivery|recipient|transfer) rate\b.{0,40}(exceed"
                r"|limit|too|high|reached)"
            ),
            r"(exceed\w*|maximum|max|high|unusual)( \w+){0,4} rate\b",
            r"rate.{0,20}(is )?(too high|exceed\w*|limit)",
        ),
    ),
    Rule("message_too_large", words=(r"too much( \w+)? data",), codes="552"),
    Rule(
        "rate_limited",
        words=(
            r"throttl",
            r"too many recipients from",
            r"(short|brief) (time|period|while|span)",
            (
                r"(too (much|many)(?! messages on)|excess\w*|unexpected|high|unusual) (volume of )?(e-?mails?"
                r"|messages?|mails?|spool|traffic|volume)\b(?! size)"
            ),
            r"too (fast|quick|rapid|frequent|often)",
            (
                r"(limit\w*|max\w*|only|most)( \w+){0,4} \d+( \w+){0,2} (per|in|every|within|/) ?\d* ?(second|minute"
                r"|min|hour)"
            ),
            r"slow(ing)? down",
            r"frequency (is )?limit",
            r"\bslower\b",
            r"sending (too )?fast",
            r"flood",
        ),
    ),
    Rule(
        "quota_exceeded",
        words=(
            (
                r"(sen(d|ding|t|der)|outgoing|outbound|mail|message|messages|submission|account|user"
                r"|relay)( \w+){0,2} (quota|limits?|allowance|credits?)\b.{0,25}(exceed\w*|reach\w*|used|exhaust\w*"
                r"|full|over)(?!.{0,20}size)"
            ),
            (
                r"(exceed\w*|reach\w*|used up|exhausted|over) (\w+ ){0,4}(send\w*|outgoing|outbound|mail|message"
                r"|messaging|submission|email|plan) (\w+ )?(quota|limits?|allowance|credits?)\b(?! size)"
            ),
            r"insufficient credits?",
            r"no (more )?credits?",
            r"out of credits?",
        ),
        at="connect greeting ehlo auth mail data",
    ),
    # The message itself
    Rule("message_malformed", words=(r"headers?( size)?( \w+)? (exceed|too (big|large|long))",)),
    Rule(
        "message_too_large",
        words=(
            r"(message|mail|e-?mail|attachment|data)s?( \w+){0,3} (is )?too (big|large|long)",
            r"(maximum|max)( \w+){0,3} size( \w+){0,2} exceeded",
            r"(larger|bigger) than (the )?(\w+ ){0,2}(maximum|max|limit|size|allowed)",
            (
                r"(message|mail|e-?mail|data|content|attachment|file|size|body)s?( \w+"
                r"| \([^)]{0,40}\)){0,4} (too (big|large|long)|exceed\w*|larger|over|bigger"
                r"|is more)\b( \w+){0,6}.{0,20}(size|limit|maximum|max|bytes|big|large|long|kb|mb|allowed|databytes"
                r"|fixed|permitted)"
            ),
            r"(?<!mailbox )size limit",
            r"message file too big",
            r"too (big|large).{0,20}(message|mail)",
            r"(メール|メッセージ|添付).{0,12}サイズ.{0,16}(超|大き|上限|制限)",
            r"サイズ(が|の).{0,8}(大き|超|上限)",
            r"(メール|メッセージ)の容量",
        ),
    ),
    Rule(
        "message_malformed",
        words=(
            r"bare (lf|cr|<)",
            r"(lone|stray|bare) (cr|lf|line ?feed|newline)",
            r"(line|header)s?( \w+){0,3} (too long|longer|exceed)",
            r"line length",
            r"(two|2|three|3|second|another) ('?\"?(from|date|to|cc|subject|sender|message-id)'?\"?:? )headers?",
            (
                r"(duplicate|multiple|more than one|several|missing|invalid|malformed|bad|illegal|no|lacks?|without"
                r"|ambiguous|required)( a| an| the| valid| of)?( valid)? ('?\"?(from|date|to|cc|subject|sender"
                r"|message-id|mime\S*)'?\"?:? )?(header|mime|rfc ?-?\d?822|content-type|encoding|from:)"
            ),
        ),
    ),
    Rule(
        "message_malformed",
        words=(
            r"(not|isn't|non)[ -]?(rfc[ -]?\d*[ -]?)?(compliant|conform\w*)",
            r"rfc ?-?(2822|5322|822)",
            r"8-?bit (data|char\w*|header)",
            r"non-ascii",
            r"header (field )?(error|syntax|violat|\w+ (missing|duplicat))",
            r"(from|date|message-id|to|subject):? (header )?(is |was )?(missing|duplicated?)",
            r"(nul|null) (char|byte|octet)",
            r"improper(ly)? (use of 8|format)",
            r"malformed",
            r"mime error",
            r"bad mime",
            r"smtputf8",
        ),
        at="data",
    ),
    Rule(
        "message_malformed",
        words=(
            r"ヘッダー?.{0,16}(不正|誤り|長|重複|ありません)",
            r"(形式|書式).{0,8}(不正|誤り)",
        ),
        at="data",
    ),
    Rule("message_malformed", link=(r"/smtplf\.html",)),  # qmail's word for a bare line feed
    # SPF, DKIM, DMARC of the sender
    Rule(
        "sender_authentication",
        words=(
            r"\b(spf|dkim|dmarc|adsp|sender id|senderid)\b",
            r"domainkeys",
            r"unauthenticated (e-?mail|mail|sender domain)",
            r"sender is unauthenticated",
            r"required authentication level",
            r"openspf",
            r"送信ドメイン認証",
            r"なりすまし",
        ),
    ),
    Rule(
        "sender_authentication",
        link=(
            r"\bopenspf\.",
            r"p=unauthenticated",
            r"spf\.(html|php)",
            r"/dmarc",
        ),
    ),
    # The sender, where its check borrows the recipient's words
    Rule(
        "sender_rejected",
        words=(
            r"sender( \w+){0,4} (verif(y|ication)|callout|check)( \w+){0,2} fail",
            r"(could|can)(no| no)t( \w+){0,2} verify( the)? sender",
            r"badmailfrom",
            r"sender address rejected: (unverified|undeliverable) address",
            r"sender address must contain",
            r"postmaster verification",
            r"(sender|return[- ]path|mail from)( address| domain| e-?mail)?( \w+){0,3} (black|block)[ -]?list",
            r"null sender",
            r"(unroutable|unrouteable) sender",
        ),
    ),
    # This machine's address
    Rule(
        "ptr_missing",
        words=(
            r"reverse[- ](dns|host|ip|look|name|map|resol|address|record)",
            r"\bptr\b",
            r"\brdns\b",
            r"(?<!relaying denied\. )ip name lookup failed",
            r"unresolvable (relay|client|sending) host",
            r"(cannot|can't|could not|unable to) (find|resolve|verify) your (reverse )?(host ?name|address|ip|dns)",
            r"no (reverse|ptr|host ?name|dns (name|entry|record)) (for|found|entry|record|resol|associated)",
            (
                r"(ip|client|host) ?(address|name)? (does not|doesn't) (resolve|have( \w+){0,2} (ptr|r?dns|reverse"
                r"|name|record))"
            ),
            r"fcrdns",
            r"possibly forged",
            (
                r"(forward|reverse)( \w+){0,3} (entry|record|lookup)( \w+){0,2} (does not|doesn't|do not|not) (point"
                r"|match|resolve)"
            ),
            r"generic (host|reverse)",
            r"逆引き",
        ),
    ),
    # Relaying; before addresses and logins, whose words it borrows ("Relaying denied. IP name lookup failed")
    Rule(
        "sender_not_allowed",
        words=(
            r"relaying (disallowed|denied|not allowed) as",
            r"sending as( \w+| <\w+>) (is |was )?(not|denied|disallowed|forbidden)",
            r"sender( address)?( is)? not (allowed|permitted|authori[sz]ed) to relay",
        ),
    ),
    Rule(
        "relay_denied",
        words=(
            (
                r"relay\w*( \w+| \(\w+\)| <\w+>|:){0,8}[ :.,-]{1,3}(is |was |are )?(access )?(denied|not (permitted"
                r"|allowed"
                r"|authori[sz]ed)|prohibited|disallowed|disabled|refused|forbidden|rejected|restricted|prevented"
                r"|failed|locked)"
            ),
        ),
    ),
    Rule(
        "relay_denied",
        words=(
            r"(not|n't|unable|refus\w+|never|no)( \w+){0,6} (to |be )?(relay(ed|ing)?)\b",
            r"(denied|prohibited|rejected|refused|blocked)[: ].{0,20}relay",
            r"no relay",
            r"(not|n't) (forward|deliver|route|send)( \w+){0,2} to (other|external|foreign|remote|outside)",
            r"insecure( \w+)? relay",
            r"relaying( \w+){0,3} to( \w+| <\w+>){1,3} is not",
            r"open relay",
            r"relay(ing)?.{0,60}(authenticat|login first|log in first)",
            r"rcpthosts",
            (
                r"(cannot|can't|will not|won't|do not|don't|unable to) (deliver|accept|forward|route"
                r"|gateway)( \w+){0,3} mail (for|to)"
            ),
            r"not (a |one of )?(local|our|my) (domain|host)",
            r"(do not|don't|does not|doesn't|not) (handle|accept|host|serve|relay)( any)? (e-?mails?|mail) for",
            r"delivery is not allowed to this",
            r"not (local|a gateway)",
            r"unauthori[sz]ed ip",
            r"不正?中継",
            r"(中継|転送).{0,12}(拒否|許可|できません|禁止)",
            r"リレー.{0,12}(拒否|許可|できません|禁止)",
        ),
    ),
    # Postfix with permit_sasl_authenticated, reject: nobody logged in
    Rule(
        "auth_required", words=(r"client host (rejected|denied): access denied",), at="connect greeting mail rcpt data"
    ),
    Rule(
        "address_blocked",
        words=(
            (
                r"(blocked|listed|rejected|refused|found|denied) (using|by|in|on|at|with) (the )?(\w+ ){0,3}(<?rbl"
                r"|dnsbl|block|black|deny|spamhaus|spamcop|barracuda|sorbs|reputation)"
            ),
            r"blocked using",
            r"(block|black|deny)[ -]?list",
            r"blocklisted",
            r"\b(dns|s|x|c|p|u)?b[lw]\b.{0,30}listed",
            r"\brbl\b",
            r"dnsbl",
            r"spamhaus",
            r"spamcop",
            r"barracuda ?(central|reputation)",
            r"\bsorbs\b",
            r"senderscore",
            r"proofpoint dynamic",
        ),
    ),
    Rule(
        "address_blocked",
        words=(
            (
                r"(your|client|sending|connecting|remote|source|host|the)( \w+){0,3} (ip|host|address|network|server"
                r"|isp|mta|netblock|client)\b( \w+| <\w+>| \[[^\]]{0,60}\]){0,4}[ :,-]{1,3}(\w+ ){0,4}(blocked|banned"
                r"|listed|denied|black|refused|rejected|blackhol\w*|poor|bad|low|reputation|prohibited)(?! recipient)"
            ),
            r"\b(poor|bad|low|negative)( \w+){0,4} reputation",
            r"\bip reputation",
            r"the ip you're using",
            r"directly to our servers",
            r"reputation( \w+){0,4} (poor|low|bad)",
            r"banned (sending )?ip",
            r"\bip( address)? (is |was |has been )?(rejected|refused|blocked|denied|banned)",
            r"(your|remote|sending|client) ?(remote ?)?(host|server|ip|address)( \w+){0,4} (spam\w*|suspicious\w*)",
            r"dynamic(ally)?( assigned)? (ip|address|allocation|host|range|or )",
            r"not( \w+){0,2} accept\w* (mail|e-?mails?|messages|connections?|traffic) from your",
            (
                r"(connections?|mail|e-?mail|messages?|traffic)( will)? ?(not|isn't|is not) (be )?(accepted|allowed"
                r"|permitted) (from|by|for) (this|your|that|<?ip|dynamic|the)( \w+)? ?(ip|host|address|network|server"
                r"|system|country)?"
            ),
            r"(ip|アドレス|接続元|ホスト).{0,20}(拒否|ブロック|ブラックリスト|制限)",
            r"接続(が|を|は).{0,6}拒否",
            r"(国外|海外).{0,20}(制限|拒否|許可|できません)",
        ),
    ),
    Rule(
        "address_blocked",
        words=(
            r"\b(blocked|banned|black-?listed)\b",
            r"you( are|'re)? not (allowed|permitted|authori[sz]ed|welcome)",
            r"your (access|connection)\b.{0,80} (rejected|denied|refused|blocked)",
        ),
        at="connect greeting",
        codes="5",
    ),
    Rule(
        "address_blocked",
        link=(
            r"spamhaus\.",
            r"spamcop\.",
            r"barracudacentral",
            r"barracudanetworks\.com/reputation",
            r"dnsbl",
            r"sorbs\.net",
            r"surriel",
            r"/rbl",
            r"bl\.spam",
            r"blocklist",
            r"abuseat\.org",
            r"abusix\.",
            r"uceprotect",
            r"csi\.cloudmark",
            r"senderscore",
            r"sendersupport\.olc",
            r"\bipcheck\.",
        ),
    ),
    # Logins
    Rule(
        "oauth_token_refused",
        words=(
            r"(oauth\w*|bearer|access|refresh|id)[ _-]?token",
            r"invalid[_ ](token|grant)",
            r"token ((is|has|was) )?(been )?(expired|invalid|revoked|refused|rejected)",
            r"\bxoauth2?\b.{0,30}(fail|invalid|expired|denied)",
            r"トークン",
        ),
    ),
    Rule(
        "app_password_required",
        words=(
            r"app(lication)?[- ]?(specific|generated)?[- ]?pass(word|code)",
            r"application[- ]specific",
            r"授权码",
            r"アプリ.{0,6}パスワード",
        ),
    ),
    Rule(
        "web_login_required",
        words=(
            r"log ?-?in (via|with|through|using|at|on|to) (your |the )?(web|browser|our web|account|https|webmail)",
            r"(sign|log) ?-?in( \w+){0,6} (browser|web\w*)",
            r"(suspicious|unusual) (log|sign|auth|activity|account)",
            r"(verify|confirm|validate) (your|the) (account|identity)",
            r"(complete|solve|pass)( \w+){0,2} captcha",
            r"account.{0,20}(security check|unlock)",
            r"unblock (your|the|me)",
            r"(ブラウザ|web|ウェブ).{0,12}ログイン",
        ),
    ),
    Rule(
        "smtp_auth_disabled",
        words=(
            (
                r"(smtp|client)[ -]?(client)?[ -]?(auth\w*|access|service|submission|log-?in|relay"
                r"|server)?( \w+){0,4} (is|are|was|has been)? ?(currently )?(disabled|deactivated|switched off"
                r"|turned off|not (yet )?(enabled|activated|active|available|allowed|open))( \w+){0,6}(account|tenant"
                r"|mailbox|user|plan|organi[sz]ation|domain|you)?"
            ),
            r"security ?defaults",
            r"conditional access",
            r"does not have access rights",
            r"(service|protocol) (is )?not (open|enabled|activated)",
            r"user has no permission",
            r"open smtp flag",
            r"access( to)? smtp .{0,20}denied",
            r"smtp.{0,20}(無効|利用できません|許可されて)",
        ),
        at="auth",
    ),
    Rule(
        "oauth_required",
        words=(
            (
                r"(basic|password|plain|legacy|username and password)[ -]?(based )?auth\w*.{0,30}(not supported"
                r"|no longer|disabled|deprecated|not (allowed|permitted)|blocked)"
            ),
            r"oauth.{0,12}(is )?(required|only|must|needed)",
            r"(must|please|only|requires?) (\w+ ){0,2}oauth",
            r"modern auth",
        ),
        at="auth",
    ),
    Rule(
        "auth_not_offered",
        words=(
            (
                r"auth\w*( \w+){0,5} (not|isn't|n't) (yet )?(advertised|enabled|offered|available|implemented"
                r"|supported|allowed|permitted|configured|active)(?!.{0,20}(mechanism|type|method))"
            ),
            r"(command|auth)( \w+){0,3} (not|un)[ -]?(recogni[sz]ed|implemented|known|supported)",
            r"(un(known|recogni[sz]ed|implemented|supported)|invalid|bad|no such) command",
        ),
        at="auth",
        codes="500 502 503 530 538",
    ),
    Rule(
        "auth_not_offered",
        words=(r"authentication (is )?not (allowed|available|offered|supported) (on|here|at|for) ",),
        at="auth",
    ),
    Rule(
        "auth_mechanism",
        words=(
            (
                r"(mechanism|authentication (type|method|scheme)|auth (type|method|scheme)|scheme|sasl method|sasl)"
                r"( \w+){0,4} (not|un|in|n't|isn't)[ -]?(recogni[sz]ed|supported|available|implemented|known|valid"
                r"|allowed|offered|sufficient|permitted|correct)"
            ),
            (
                r"(un(recogni[sz]ed|known|supported|implemented)|invalid|no (such|common|worthy|supported|acceptable"
                r"|suitable)|not supported|bad|disallowed)( \w+){0,3} (auth\w* )?(mechanisms?|(authentication )?(type"
                r"|method|scheme)|mechs?)"
            ),
            r"(type|method|mechanism)( \w+){0,2} (too weak|not supported|unsupported|unrecogni[sz]ed|unknown)",
            r"no( \w+)? mechanisms? available",
            (
                r"\b(cram-md5|digest-md5|plain|login|ntlm|gssapi|scram\S*)\b( \w+){0,2} not (supported|available"
                r"|enabled|allowed)"
            ),
            r"認証方式",
        ),
    ),
    Rule(
        "login_refused",
        words=(
            (
                r"(auth\w*|log-?in|sign-?in|password|credentials?|user ?names?|user)( \w+| /|/\w+|,){0,5} (fail\w*"
                r"|unsuccessful|denied|incorrect|wrong|invalid|rejected|refused|not (accepted|valid|correct|match\w*"
                r"|recogni[sz]ed|found)|mismatch|is bad|not good|reject)"
            ),
            (
                r"(fail\w*|incorrect|wrong|invalid|bad|unknown|unrecogni[sz]ed|check|verify)( \w+| /|/\w+|,|\"\w+\""
                r"|'\w+'){0,4} (auth\w*|log-?in|password|credentials?|user ?name|api ?key)"
            ),
            r"credentials",
            r"auth\w* fail",
            r"\bauth error",
            r"(ユーザー?|パスワード|ログイン|id|アカウント).{0,24}(違い|誤り|間違|正しく|一致しま|失敗|できません)",
            r"認証.{0,12}(失敗|エラー|できません|拒否)",
            r"密码",
            r"认证失败",
        ),
        at="auth",
        codes="5",
    ),
    Rule(  # a server that says 4yz to a wrong password means the password all the same
        "login_refused",
        words=(
            r"\b(wrong|incorrect|invalid|bad)( \w+| or|[/,]){0,3} (user|pass|credential|log-?in\b)",
            (
                r"(user|pass|credential|log-?in\b)\w*( \w+|[/,]){0,3} (wrong|incorrect|invalid|bad"
                r"|not (accepted|valid|correct|match\w*))"
            ),
            r"password transition",
            r"(パスワード|ユーザー?名?|\bid\b).{0,16}(違|誤|間違|正し|一致)",
        ),
        at="auth",
        codes="4",
    ),
    Rule(
        "sender_not_allowed",
        words=(
            r"same (as|with) (the )?(auth|login|user|account)",
            (
                r"(different|other)( \w+| <\w+>|-){0,5} than (the one )?(you|your|the) (\w+ )?(sign|log|auth|account"
                r"|user)"
            ),
            r"(match|equal)\w*( \w+){0,4} (auth\w*|log-?in|account|user)",
            r"not owned by",
        ),
    ),
    Rule(
        "auth_required",
        words=(
            r"auth\w*( \w+){0,4} (is |are )?(strictly )?(required|needed|necessary|mandatory|first|before)",
            (
                r"(must|need to|have to|please|should|not yet|requires?|required|needs)( \w+){0,5} (authenticat\w*"
                r"|smtp[ -]auth\w*|auth( first| before|$)|log-?in\b|log in|sign in|smtp ?auth)"
            ),
            r"(not|un|n't|isn't)[ -]?(been |yet )?(properly )?authenticated",
            r"not logged in",
            r"log-?in (is )?(required|first)",
            r"(anonymous|unauthenticated) (senders?|clients?|users?|relay|mail|sending|access)",
            r"smtp[ -]?auth.{0,12}(required|必要|必須)",
            r"認証(を|の)(行|設定|有効|使用)",
            r"認証(が|は)?(され|行われ|でき)?て(い)?(ません|ない)",
            (
                r"(turn(ed)?|switch(ed)?|enable\w*)( \w+){0,3} (in|on|for|of) your (e-?mail|mail) (client|program"
                r"|software)"
            ),
            r"(認証|ログイン).{0,12}(必要|必須|して(から|ください))",
            r"(未认证|需要认证)",
        ),
        at="ehlo mail rcpt data",
    ),
    # The sender
    Rule(
        "sender_not_allowed",
        words=(
            r"not owned by",
            r"owned by",
            r"send(ing)? ?as (denied|not|another)",
            r"sendas",
            r"send on behalf",
            (
                r"(not|n't|isn't|un)\s?(be |been |have )?(allowed|permitted|authori[sz]ed|entitled|have permissions?)"
                r" (for (you )?)?(to )?(send|use|submit|mail)( \w+){0,6}"
            ),
            (
                r"(sender|from|mail from|return-path|envelope)\b.{0,60}(must|should|has to|needs to|does not|doesn't"
                r"|not) (\w+ ){0,3}(match|equal|same|identical|correspond|agree|belong|verified|verif|registered"
                r"|authori[sz]ed|confirmed|validated|approved)"
            ),
        ),
    ),
    Rule(
        "sender_not_allowed",
        words=(
            r"(sender|from)( address| domain| e-?mail)?( \w+| <\w+>){0,3} not (allowed|permitted|authori[sz]ed)",
            (
                r"(sender|from|envelope|e-?mail|mail)( \w+|:|'){0,5} (mismatch\w*|differs?|unverified"
                r"|un-?authori[sz]ed|un-?registered|un-?approved)"
            ),
            (
                r"(unverified|unauthori[sz]ed|unregistered|unapproved|unconfigured|unvalidated|not (a )?(verified"
                r"|authori[sz]ed|registered|confirmed|approved|valid))( \w+){0,3} (sender|from|domain|identity)"
            ),
            r"(sender|from)( \w+){0,2} (not|must be|has to be|should be) (one|any|an address|an alias) of",
            r"(user|account|log-?in|you) (may|can|must) ?(not|n't) (use|send)( \w+){0,4} (sender|address|from|as)\b",
            r"(mail from|sender|from)( \w+){0,3} (not|\w+n't) (conform|correspond|comply|fit)",
            r"(ログイン|認証|アカウント|契約).{0,16}以外の?.{0,24}送信(は|が)?でき",
            r"(差出人|送信元|from).{0,24}(アカウント|契約).{0,16}(ものでは|では)?(ありません|ない)",
            (
                r"(credentials|log-?in|account|user)( \w+){0,3} (not|n't) match( \w+){0,3} (return-path|from|sender"
                r"|envelope)"
            ),
            r"sender (identity|signature)",
            r"same (as|with) (the )?(auth|login|user|account)",
            r"(match|equal)\w*( \w+){0,4} (auth\w*|log-?in|account|user)",
            r"can ?(no|'|n)?t? (only )?(send|use)( \w+){0,4} (from|as|own)",
            r"(差出人|送信元|送信者|from).{0,30}(許可|登録|一致|認証|異な|使用でき|利用でき)",
        ),
    ),
    Rule(
        "sender_not_allowed",
        words=(
            r"(domain|identity|(?<!sender )address)( \w+){0,2} (not|n't)( been)?( yet)? (verified|validated|confirmed)",
            r"verify your (domain|sender|from)",
        ),
        at="mail data",
    ),
    Rule(
        "recipient_unknown",
        words=(
            r"(address|mailbox|account|user|recipient)( \w+){0,2} not (configured|set up|provisioned)",
            (
                r"recipient( address)? (verif\w+ )?(rejected|failed|fail)?.{0,30}(user|mailbox|address|recipient)"
                r"( \w+){0,3} (unknown|not found|does ?n[o']t exist|doesn't exist|do not exist|not exist|no such"
                r"|non-?existent|nonexistent)"
            ),
        ),
        at="rcpt data",
    ),
    Rule(
        "sender_rejected",
        words=(
            (
                r"(sender|mail from|return[- ]path|envelope from|from)('?s)?:?( \w+| <\w+>){0,5}[ :.]{1,3}(domain"
                r"|host|address|name|mx)?( \w+){0,4} ?(does not|doesn't|not|un|no |can't|cannot|invalid|is |must|has)"
                r"( \w+){0,3} ?(exist|resolve|found|known|valid|dns|mx|a record|syntax|fully|reject\w*|denied|refused"
                r"|accept\w*|blocked|allowed)"
            ),
            (
                r"sender( \w+){0,4} (reject\w*|denied|refused|invalid|blocked|unknown|not found|not accept\w*"
                r"|blacklisted|undeliverable)"
            ),
            (
                r"(invalid|bad|unknown|malformed|unresolvable|illegal|unacceptable|non-?existent|blocked|fake|forged)"
                r"( \w+){0,2} (sender|return[- ]path|mail from|envelope from|originator)"
            ),
            r"domain of sender",
            r"(bogus|fake|forged|bad|wrong) (mail from|sender|return)",
            r"recursive cname",
            r"^<address>\W+access denied",
            r"invalid .?from.? (field|header|address)",
            r"sender( \w+){0,2} has no\b",
            r"sender address (could|can) ?not be verified",
            r"\bfrom:?( header)? (domain|address)( \w+){0,2} (invalid|not valid|unknown|missing)",
            r"(domain|host) ?name required for sender",
            r"mail from( \w+| <\w+>){0,3} (reject|denied|refused|not)",
            r"(差出人|送信元|送信者).{0,30}(存在|不正|無効|拒否|誤り|見つかり)",
        ),
    ),
    Rule(
        "sender_rejected",
        words=(
            (
                r"(domain|host|mx|address|name|user)( \w+| <\w+>){0,4} (does not (exist|resolve)|doesn't (exist"
                r"|resolve)|not (found|exist)|is not valid|invalid|unknown|unresolvable|syntax|fully)"
            ),
            r"(invalid|bad|unknown|illegal|no such|unresolvable)( \w+){0,2} (domain|host|address|user|mx)",
            r"can't find( \w+){0,3} mx",
            r"need fully",
        ),
        at="mail",
    ),
    Rule("sender_rejected", words=(r"dns (check|look-?up|validation)( \w+)? fail",), at="mail data", codes="5"),
    Rule("server_permanent", words=(r"no valid recipients",), at="data", codes="503 554"),
    Rule(
        "server_temporary",
        words=(r"(mailbox|address|recipient|user|account)( \w+){0,3} (temporarily )?(unavailable|busy|locked|in use)",),
        at="rcpt data",
        codes="4",
    ),
    Rule("server_temporary", words=(r"unverified address",), at="rcpt", codes="4"),
    Rule("too_many_recipients", words=(r"recipient|rcpt",), at="rcpt data", enhanced="X.5.3"),
    Rule("recipient_rejected", at="rcpt", enhanced="5.1.3"),
    Rule("recipient_unknown", words=(r"bad (destination )?(mailbox )?address",), at="rcpt", enhanced="5.1.1"),
    # Recipients: full, unknown domain, unknown mailbox, then any other refusal
    Rule(
        "recipient_mailbox_full",
        words=(
            (
                r"(mailbox|mail box|inbox|account|recipient|user|folder|maildir|mail ?drop|storage|quota"
                r"|disk)('?s)?( \w+| <\w+>){0,6} (is |are )?(already )?(full|over ?-?quota|over (the |its )?(storage "
                r"|disk )?(quota|limit|allocation)|exceed\w*|out of (storage|space|disk)|no (space|room)|too full"
                r"|above quota|has no space|insufficient (space|storage))"
            ),
            r"mailbox_full",
            r"(mailbox|inbox) (size |storage |space )?limit",
            (
                r"(exceed\w*|over|out of|insufficient|not enough|lack of) (the |its |their |his "
                r"|your )?(\w+ ){0,3}(mailbox|inbox|storage|quota|disk|mail ?dir)( space| allocation| quota| size"
                r"| limit)?"
            ),
            r"over ?quota",
            r"(メールボックス|受信箱|容量|受信トレイ|メール保存).{0,24}(いっぱい|一杯|満杯|満了|超|不足|オーバー|上限|空き)",
            r"空き(容量|領域)",
            r"容量オーバー",
            r"信箱.{0,4}满",
        ),
        at="rcpt data",
    ),
    Rule(
        "recipient_domain",
        words=(
            (
                r"\b(domain|host|mx|mail server|mail exchanger)"
                r"\b( \w+| <\w+>| for){0,5} ((unknown|not found|does ?n[o']t exist|doesn't exist|do not exist"
                r"|not exist|no such|non-?existent|nonexistent)|does not (resolve|accept)|doesn't (resolve|accept)"
                r"|not (resolv\w*|valid|routable|reachable)|un(known|routable|reachable|resolvable)|invalid|null mx"
                r"|could not be (found|resolved|reached)|point to|lookup fail\w*)"
            ),
            (
                r"(unknown|no such|invalid|bad|non-?existent|illegal|unresolvable|unrouteable|unroutable|no (route|mx"
                r"|mail server|mail exchanger|dns|a record)( \w+){0,2})( \w+){0,2} (domain|host|address|mx"
                r"|destination|record)"
            ),
            r"unrouteable",
            r"unroutable",
            r"nullmx",
            r"null mx",
            r"name service error",
            r"host unknown",
            r"(find|locate|resolve) (the |your )?(recipient|destination)('s)? domain",
            r"domain not found",
            r"host not found",
            (
                r"(cannot|can't|unable to|could not) (find|resolve|route|lookup)( \w+){0,4} (domain|host|mx|to"
                r"|address)"
            ),
            r"need fully-qualified",
            r"host ?name required",
            r"domain name required",
            r"(宛先)?ドメイン.{0,20}(存在しま|見つかり|不明|ありません|誤り)",
        ),
        at="rcpt",
    ),
    Rule(
        "recipient_unknown",
        words=(
            (
                r"(user|mailbox|recipient|account|address|addressee|alias|mail ?box|person|subscriber|inbox|name"
                r"|customer|member|destination|id|uid|rcpt)s?'?( \w+| <\w+>|:|\.\.\.|,|\(|\)|;|'|\"|=|-"
                r"|/){0,8} ?((unknown|not found|does ?n[o']t exist|do\w{0,2}n'?t exist|do not exist|not exist|no such"
                r"|non-?existent|nonexistent)|unavailable|disabled|inactive|invalid|suspended|closed|deactivated"
                r"|terminated|expired|frozen|locked|not (present|listed|valid|known|active|here|local|available"
                r"|recogni[sz]ed"
                r"|a valid|hosted|our customer|been found)|no longer|has moved|isn't (here|known)|is not (a "
                r"|an )?(valid|known|active|local|our)|undeliverable|discontinued)"
            ),
        ),
        at="rcpt data",
    ),
    Rule(
        "recipient_unknown",
        words=(
            (
                r"(unknown|no such|invalid|bad|non-?existent|unrecogni[sz]ed|illegal|undeliverable|inactive"
                r"|not a (valid|known)|no|disabled|unable to find|could not find|can(no|')t find)( \w+| <\w+>|'"
                r"|\"){0,3} (user|mailbox|recipient|account|address|person|alias|addressee|mail ?box|rcpt|inbox"
                r"|subscriber|customer|login)"
            ),
            r"recipient ?not ?found",
            r"not our customer",
            r"not (listed|found|present)( \w+){0,2} (directory|address book|name list|table)",
            r"recipient verif\w+( \w+){0,3} fail",
            r"no mailbox (here|by)",
            r"bad ?rcpt ?to",
            r"bad ?recipient",
            r"valid ?rcpt ?to",
            r"missing home directory",
            r"user ?unknown",
            r"(can't|cannot|can not) accept user",
            (
                r"(宛先|受信者|ユーザー?|メールアドレス|アドレス|アカウント).{0,30}(存在しま|存在しな|見つかりま|不明|ありません"
                r"|該当|不正|無効|誤り|解約|使われて|使用されて|登録され|登録がな|廃止|削除され|変更され)"
            ),
            r"宛先不明",
            r"(用户|收件人|邮箱).{0,8}(不存在|无效)",
        ),
        at="rcpt data",
    ),
    # Judged by content
    Rule(
        "content_rejected",
        words=(
            r"\bspam\w*",
            r"\bjunk",
            r"virus",
            r"malware",
            r"malicious",
            r"phish",
            r"unsolicited",
            r"\buce\b",
            r"\bube\b",
            r"trojan",
            r"infected",
            r"worm\b",
            r"bulk mail",
            (
                r"(content|message|mail|attachment|body|subject|url|link|file)s?( \w+| <\w+>){0,5} (reject\w*|denied"
                r"|refused|blocked|banned|prohibited|disallowed|suspicious|forbidden|objectionable|discard\w*|harmful"
                r"|not (accept\w*|allowed|permitted))( \w+){0,3}( content| polic| filter| attachment| scan| spam"
                r"| reason"
                r"| rule| security|$)"
            ),
            (
                r"(banned|blocked|forbidden|prohibited|dangerous|executable|illegal|suspicious|inappropriate"
                r"|restricted)( \w+){0,2} (content|attachment|file|extension|word|url|link|type)"
            ),
            r"content (filter|reject|violat|polic|denied|block)",
            r"\bbanned\b",
            r"attachments?( \w+| \.\w+){0,4} (not|never) (accepted|allowed|permitted)",
            r"message content",
            r"(polic\w+|filter)( \w+){0,3} (reject|violat|reason|restrict|block)",
            r"(迷惑メール|スパム|ウ[イィ]ルス|不正な添付|禁止.{0,8}添付|コンテンツ)",
        ),
        at="data",
        codes="5",
    ),
    Rule(
        "content_rejected",
        words=(
            (
                r"(classified|detected|identified|flagged|judged|considered|recogni[sz]ed|marked|looks like"
                r"|appears to be|rejected) (as |to be |for |because )?(\w+ ){0,3}(spam|junk|virus|malware|phish\w*"
                r"|unsolicited)"
            ),
            r"contains( a)? (virus|malware|spam)",
            r"(spam|virus|malware) (message|content|mail|detected|found|rejected|filter)",
            r"迷惑メール",
            r"ウ[イィ]ルス",
        ),
    ),
    Rule(
        "recipient_rejected",
        words=(
            (
                r"(recipient|rcpt|mailbox|user|group|list|account|address)s?( \w+| <\w+>|:){0,6} (reject\w*|denied"
                r"|refused|not accept\w*|does not accept|doesn't accept|doesn't want|only accept\w*|restricted"
                r"|not permitted|not allowed|blocked|prohibited|suppressed|unsubscribed)"
            ),
            r"(not|n't)( \w+){0,4} (recipient|group|mailing list|distribution list|list)",
            r"suppression",
            r"only (list )?(members|subscribers|owners)",
            r"(receiver|recipient|addressee)( \w+){0,2} (denied|refused|rejected|declined|blocked)",
            r"closed (system|group|list|mailing)",
            r"characters in (the )?(address|local)",
            r"recipient address must contain",
            r"(recipient|user|addressee) (has )?blocked",
            r"(recipient|user|addressee|mailbox owner)( \w+){0,2} (refuses|declines|rejects|blocks)",
            r"(does not|doesn't|cannot|can't|not) receive( any)? (e-?mails?|mail|messages) from",
            r"non-?members?|members?-only",
            r"<address>[): ]{1,3}(is )?blocked",
            r"(rejected|refused|denied|blocked|prohibited) by( the)? (destination|recipient)",
            r"(宛先|受信者).{0,20}(拒否|許可)",
            r"受信(を)?拒否",
            r"受信者側",
            r"(指定受信|受信設定|受信フィルタ)",
        ),
        at="rcpt data",
        codes="5",  # a 4yz may be lifted: it must not fail the message
    ),
    Rule(
        "sender_rejected",
        words=(
            r"access denied",
            r"not accept\w*",
            r"reject\w*",
            r"denied",
            r"refused",
        ),
        at="mail",
        enhanced="X.1.7 X.1.8",
    ),
    Rule(
        "greylisted",
        words=(r"service (currently |temporarily )?unavailable",),
        at="rcpt",
        codes="450",
        enhanced="4.3.2",
    ),
    Rule(
        "greylisted",
        words=(r"(please )?(try|retry)( again)? (later|in )",),
        at="rcpt",
        codes="450 451",
        enhanced="4.7.1",
    ),
)

# RFC 3463, RFC 4954 section 6, RFC 7372 section 3 and the registry of enhanced status codes
CODE_ROWS = (
    Rule("tls_required", enhanced="X.7.10 X.7.11"),
    Rule("auth_mechanism", at="auth", enhanced="X.7.4 X.7.9"),
    Rule("auth_mechanism", at="auth", codes="504", enhanced="X.5.4"),
    Rule("login_refused", enhanced="5.7.8 5.7.3 5.7.13 4.7.12"),
    Rule("sender_authentication", enhanced="X.7.20 X.7.21 X.7.22 X.7.23 X.7.24 X.7.26"),
    Rule("ptr_missing", enhanced="X.7.25"),
    Rule("rate_limited", enhanced="X.7.28"),
    Rule("sender_rejected", enhanced="X.1.7 X.1.8 X.7.27"),
    Rule("recipient_unknown", at="rcpt data", enhanced="5.1.1 5.1.6 5.2.1 5.1.0"),
    Rule("recipient_domain", at="rcpt data", enhanced="X.1.2 X.1.10 5.4.4"),
    Rule("recipient_rejected", at="rcpt", enhanced="5.1.3 5.1.4 5.2.4 5.7.2 5.7.17 5.7.18"),
    Rule("sender_mailbox_full", at="auth mail", enhanced="X.2.2"),
    Rule("recipient_mailbox_full", at="rcpt data", enhanced="X.2.2"),
    Rule("message_too_large", at="mail rcpt data", enhanced="X.2.3 X.3.4"),
    Rule("too_many_recipients", at="rcpt data", enhanced="X.5.3"),
    Rule("message_malformed", at="data", enhanced="5.6.1 5.6.2 5.6.3 5.6.7 5.6.8 5.6.9"),
    Rule("content_rejected", at="data", enhanced="5.6.0 5.7.7"),
    Rule("auth_required", at="mail rcpt data", codes="530", enhanced="5.7.0 5.5.1 5.7.1"),
)

STAGE_ROWS = (
    Rule("tls_required", codes="523 538"),
    Rule("auth_mechanism", at="auth", codes="504 534"),
    Rule("auth_not_offered", at="auth", codes="500 502 503"),
    Rule("login_refused", at="auth", codes="525 535 550"),
    Rule("login_unavailable", at="auth", codes="43 44 45"),  # RFC 4954 section 6
    Rule("local_hostname", at="ehlo", codes="501 504 550 553 554"),
    Rule("auth_required", at="mail rcpt data", codes="530"),
    Rule("message_too_large", at="data", codes="523"),
    Rule("sender_rejected", at="mail", codes="501 517 553"),
    Rule("message_too_large", at="mail", codes="552"),
    Rule(
        "content_rejected",
        words=(
            r"polic",
            r"5\.7\.1",
        ),
        at="data",
        codes="550 554",
    ),
    Rule("recipient_unknown", at="rcpt", codes="551"),
)

# At STARTTLS only these matter: whatever the words are, encryption did not begin.
STARTTLS_ROWS = (
    Rule("too_many_connections", words=(r"too many",), at="starttls", codes="421"),
    Rule("starttls_not_offered", at="starttls", codes="500 502 504"),
    Rule("starttls_failed", at="starttls", codes="4 5"),
)

RULES = (*STARTTLS_ROWS, *LOGIN_ROWS, *PROVIDER_ROWS, *WORD_ROWS, *CODE_ROWS, *STAGE_ROWS)
