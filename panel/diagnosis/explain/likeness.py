"""What tells a server's reply from any other number: a status of RFC 3463, its words, or who is said to say it."""

from __future__ import annotations

import re

from panel.diagnosis.needed import has_any, needed_by

_STATUS = re.compile(r"#?[45]\.\d{1,3}\.\d")
_THINGS = re.compile(
    r"(?!(?:this|is|was|has|does|bogus|us|access|address|always|yes|process|previous|various|business|ms|pass)\b)"
    r"[a-z]{2,20}s\b"
)
_COUNTED = re.compile(
    r"(?:of|out of|in|from|total|x|and|or|to|at|on|by|more|new|done|ok|passed|skipped|left|free)\b|[-+*/%=<]? ?\d"
    r"|[\w ]{2,30}(?:, | \+ |: )\d|(?:[a-z]{2,20} ){1,2}in \d",
    re.IGNORECASE,
)
_OF_COUNTS = re.compile(
    r"\b(?:exit (?:code|status)|lines?|rows?|pages?|port|pid|uid|gid|id|total|count|sum|size|length|bytes?|took"
    r"|duration|elapsed|width|height|weight|price|amount|progress|version|http|pos|offset|index|step|epoch|build)\W{1,4}\Z",
    re.IGNORECASE,
)
_OF_SERVERS = re.compile(
    r"mail|smtp|rcpt|recipient|sender|relay|helo\b|ehlo|mta\b|mx\b|spam|virus|user|account|auth|log ?ins?\b|password"
    r"|credential|domain|host|address|dns|spf\b|dkim|dmarc|tls|ssl|encrypt|grey|listed|\brbl|reputation|unsolicited|deliver|bounce"
    r"|https?://|@|<|\[\d|message|quota|mechanism|syntax error|bad sequence|sorry|polic(?:y|ies)|throttl|session"
    r"|not permitted|connection|try again|temporar|command|verif|reject|den(?:y|ied)|refus|block|resource|service"
    r"|宛先|メール|拒否|認証|ユーザ|送信|受信|サーバ|アドレス|ドメイン|迷惑|接続|容量|パスワード|邮|郵|用户|拒|认证|授权|密码|域名|连接"
    r"|거부|사용자|인증|메일|пользоват|ящик|адрес|отправ|отказ|аутентиф|парол|спам|сообщ|postfach|empfänger|absender"
    r"|abgelehnt|anmeld|destinat|exp[eé]dit|bo[iî]te|remitente|buz[oó]n|rechaz|usuario|utilisateur",
    re.IGNORECASE,
)
_OF_TROUBLE = re.compile(
    r"error|fail|invalid|unknown|\bnot\b|n't\b|\bno\b|unable|cannot|unavailab|exceed|limit|too |\bbad\b|require|must\b"
    r"|full\b|disk|storage|size|closing|timeout|time ?d? ?out|allow|permi|access|unrecogni[sz]ed|implement|support"
    r"|disabled|expired|suspend|busy|prohibit|violat|later|content|local|suspicious|again|エラー|失敗|制限|失败|错误|限|오류|ошибк|fehler"
    r"|erforderlich|ungültig|unbekannt|nicht|échec|erreur|requis|inconnu|requier|desconocid",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:said|answered|replied|responded|respon[sd]e?s?|repl(?:y|ies)|returned|server|error|failed|rejected|refused"
    r"|code|login|smtp|mail|rcpt|data|message|got|status|reason|diagnostic|from|received|recv)\b[^\n]{0,60}\Z"
    r"|^[\s>\"'(\[]{0,20}\Z|^.{0,60}(?:<|>|\]):?\s{0,4}\Z",
    re.IGNORECASE | re.DOTALL,
)


def is_like_reply(before: str, gap: str, words: str, *, alone: bool) -> bool:
    """Say whether a number looks like the code of a reply, by what stands before it in its line and behind it.

    `alone` stands a line that is all of a text: then what begins it is hardly any other number, unless it counts.
    """
    if _STATUS.match(words):
        return True
    if _COUNTED.match(words) or _OF_COUNTS.search(before[-40:]):
        return False
    words, begins = words[:400], not before.strip("> \t\"'([")
    is_told = begins or _TOLD.search(before[-80:]) is not None
    if _THINGS.match(words.lower()) and not (is_told and words[:1].isupper()):
        return False  # 550 rows, but not: 554 DNS lookup failed
    if _OF_SERVERS.search(words):
        return True
    if _OF_TROUBLE.search(words):
        return is_told
    return alone and begins and gap == " " and words.isascii() and words[:1].isupper()


def can_hold_replies(text: str) -> bool:
    """Say whether a text has something of what tells a reply from any other number."""
    return has_any(_OF_REPLIES, text.lower()) or _STATUS.search(text) is not None


_OF_REPLIES = tuple(part for each in (_OF_SERVERS, _OF_TROUBLE) for part in needed_by(each.pattern))


def is_about_servers(words: str) -> bool:
    """Say whether words are of those that servers refuse with."""
    return bool(_OF_SERVERS.search(words) or _OF_TROUBLE.search(words))
