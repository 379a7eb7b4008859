"""What a program says of something else than mail: of a database, a web page, a shell, a build."""

from __future__ import annotations

import re

from panel.diagnosis.needed import has_any, needed_by

_OF_MAIL = (
    *("mail", "smtp", "imap", "pop3", "postfix", "exim", "outlook", "thunderbird", "mutt", "starttls", "recipient"),
    *(" mx", "mx.", "sasl", "swaks", "oauth", "microsoftonline", "googleapis", "accounts.google", "aadsts"),
)
_OF_MAIL_PORTS = re.compile(r"(?::|\bport['\"]?[ =:]{1,3})(?:25|465|587|2525|110|143|993|995)(?![\d:.])")
_SERVICES = (
    r"\bhttps?://(?!(?:docs|curl|go|learn|support|help)\.|aka\.ms)"
    r"|\b(?:postgres(?:ql)?|mysql|mariadb|redis|mongodb(?:\+srv)?|amqps?|ldaps?|s?ftp|ssh|git|wss?|tcp|unix)://",
    r"\b(?:psycopg\d?|postgres(?:ql)?|pg_\w{2,20}|mysql\w{0,12}|mariadb|redis|mongod?b?|rabbitmq|kafka|elasticsearch"
    r"|memcached?|sqlstate|ora-\d{5}|websocket|upstream|urllib3|httpx|net/http|net::http|faraday)\b",
    r"\b(?:sshd?|scp|rsync|rclone|git|docker|podman|kubectl|kubelet|apt(?:-get)?|npm|yarn|pip3?|wget|gzip|tar|unzip"
    r"|psql|systemd|cron|ntpd|snmp|ping|nfs|mount|restic|borg|certbot|ansible)(?:\[\d{1,7}\])?(?:: | err!)",
    r"\bdjango\.db\b|\bsqlalchemy\b|\bjdbc\b|\bcould not translate host name\b"
    r"|\bssh2\b|\barn:aws|\bsorry, too many clients|\bfatal: (?:password )?authentication failed|\brelation \""
    r"|\b(?:duplicate key|unique constraint|deadlock)\b|\bapi rate limit"
    r"|\[preauth\]|\bfatal: unable to access\b|\bregistry\b|\bsyntax ?error\b|\bparse error\b|\bwhile parsing\b"
    r"|\b(?:write error|stdout): broken pipe",
    r"(?:command|process|tests?|build|lock|query|job|task|step|script|worker|statement|hook)\b[^\n]{0,80}\btimed out",
    r"(?:\d\.\d{1,3}|[a-z\]]):(?:22|80|443|389|636|1433|1521|2375|3306|5432|5672|6379|6443|8080|8443|9092|9200|11211"
    r"|27017)(?![\d:.])",
    r"\bport['\"]?[ =:]{1,3}(?:22|80|443|389|636|3306|5432|5672|6379|8080|9200|27017)(?![\d:.])",
)
_OTHER = tuple((needed_by(each), re.compile(each)) for each in _SERVICES)
_MAIL_PORTS = needed_by(_OF_MAIL_PORTS.pattern)


_OF_SHELLS = re.compile(
    r"^(?:(?:ba|z|da)?sh|su|sudo|chown|chmod|id|crontab|user(?:add|mod|del)|group(?:add|mod|del)|passwd|rm|cp|mv|ls|cat|grep"
    r"|find|mkdir|ln|dd|df|make|g?cc|ld|cmake|cargo)(?:\[\d{1,7}\])?: ",
    re.MULTILINE,
)


def is_elsewhere(text: str) -> bool:
    """Say whether a text in lower case names another service, or another kind of work, and nothing of mail."""
    if _OF_SHELLS.match(text):
        return True
    if has_any(_OF_MAIL, text) or (has_any(_MAIL_PORTS, text) and _OF_MAIL_PORTS.search(text)):
        return False
    return any(has_any(parts, text) and pattern.search(text) for parts, pattern in _OTHER)
