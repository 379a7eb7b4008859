"""Finds a server's replies in a text: in a dialogue, in a log line, in a program's own words around them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from panel.diagnosis.explain.dialogue import (
    AFTER,
    POP_ERROR,
    Dialogue,
    FoundReply,
    as_reply,
    is_dialogue,
    refusals,
    trimmed,
)
from panel.diagnosis.explain.elsewhere import is_elsewhere
from panel.diagnosis.explain.likeness import can_hold_replies, is_about_servers, is_like_reply
from panel.diagnosis.needed import has_any, needed_by
from panel.mail.patterns import pattern_of
from panel.mail.smtp.protocol import Reply, Stage

MOST_REPLIES = 20  # replies of one text that are looked at
_BRIEF = 8  # lines of a text that is hardly about anything else than the reply in it
_WRAPPED = range(60, 101)  # a line as long as this was probably broken by a mail program


def replies(text: str) -> list[FoundReply]:
    """Give the refusals in a text, in their order; at most `MOST_REPLIES`."""
    if not (has_any(_CLUES, text) and _CLUE.search(text)):
        return []
    lines = text.split("\n")
    spoken = refusals(Dialogue(lines).replies()) if is_dialogue(lines) else []
    if found := spoken or stood(list(islice(_mentioned(lines), 4 * MOST_REPLIES))):
        return found[:MOST_REPLIES]
    clues = [line for line in lines if _CLUE.search(line) and not ("relay=none" in line and _NOBODY.search(line))]
    return list(islice(_in_fields(clues), MOST_REPLIES)) or list(islice(_statuses(clues), MOST_REPLIES))


_NOBODY = re.compile(r"\brelay=none\b")  # Postfix's own words, and its own status: no server was reached
_CLUES = ("4", "5", "-ERR")
_CLUE = re.compile(r"[45][0-7]\d|[45]\.\d|-ERR")  # a line without any of it has no refusal


def stood(found: list[FoundReply]) -> list[FoundReply]:
    """Leave out a login that was refused before a later step of the same text: another way of it has worked."""
    last = max((place for place, each in enumerate(found) if each.stage in _BEHIND_LOGIN), default=-1)
    return [each for place, each in enumerate(found) if each.stage is not Stage.AUTH or place > last]


_BEHIND_LOGIN = (Stage.MAIL, Stage.RCPT, Stage.DATA)


def words_alone(text: str) -> list[FoundReply]:
    """Give the lines of a brief text as refusals without a code: their words alone may be unmistakable."""
    lower = text.lower()
    lines = _telling_lines(text, lower)
    said = [_NUMBERED.sub(" ", line) for line in lines if _COMPLAINS.search(line) and not _ASKS.search(line)]
    if not said or any("oauth" in line.lower() for line in lines) or is_elsewhere(lower):
        return []  # these words are about a sign-in elsewhere
    return [FoundReply(Reply(0, (trimmed(line),)), stage_in(line), line, sure=False) for line in said]


def _telling_lines(text: str, lower: str) -> list[str]:
    """Give all lines of a brief text about mail or a login, and the last of a longer one that tell of trouble."""
    filled = (line[:_LONGEST_LINE] for line in map(str.strip, text.split("\n")) if line)
    lines = list(islice(filled, _BRIEF + 1))
    if len(lines) <= _BRIEF:
        return lines if _is_of_mail(text, lower) or _is_of_logins(lower) else []
    if not (has_any(_TROUBLES, lower) and _is_of_mail(text, lower)):
        return []
    lines += filled
    return [*islice((line for line in reversed(lines) if _tells_of_trouble(line)), _LAST)][::-1]


def _is_of_mail(text: str, lower: str) -> bool:
    return has_any(_WORDS_OF_MAIL, lower) or (has_any(_SIGNS_OF_MAIL, lower) and _OF_MAIL.search(text) is not None)


def _is_of_logins(lower: str) -> bool:
    return has_any(_WORDS_OF_LOGINS, lower) or (has_any(_POLICIES, lower) and _OF_POLICIES.search(lower) is not None)


def _tells_of_trouble(line: str) -> bool:
    return has_any(_TROUBLES, line.lower()) and _TROUBLE.search(line) is not None


_TROUBLES = ("error", "fatal", "exception", "critical")
_TROUBLE = re.compile(r"\b(?:error|fatal|exception|critical)\b", re.IGNORECASE)
_LAST = 3  # lines of a longer text that tell of trouble: its end tells how it ended
_LONGEST_LINE = 400  # characters of a line whose words are taken for a refusal
_COMPLAINS = re.compile(
    r"[^\x00-\x7f]|fail|error|reject|refus|den(?:y|ied)|\bno[tn]?\b|n't\b|cannot|invalid|exceed|exception|unable|block"
    r"|required|must|too |un(?:known|authori[sz]ed|able)|illegal|expired|disabled|full\b|limit|bad\b|disallow",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?\s*$|\b(?:i|my|our|how (?:do|can|to)|we (?:have|are|use|want|need|get))\b|か。?$|ください。?$"
    r"|\b(?:key|name|type|value|import|attribute|syntax|modulenotfound)error\b|\bno module named",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?<![\w.])\d{1,3}\.\d{1,3}\.\d{1,3}(?![\w.])")  # a version, or a status without its place


def last_stage(text: str) -> Stage | None:
    """Give the stage that a dialogue had come to, or None where the text is none."""
    lines = text.split("\n")
    return Dialogue(lines).reached() if is_dialogue(lines) else None


def is_over(text: str) -> bool:
    """Say whether a dialogue came to its proper end, with nothing refused that it did not get over."""
    return "221" in text and Dialogue(text.split("\n")).is_over()


def ended_well(text: str) -> bool:
    """Say whether a message left at last: nothing tells of trouble in the line that says so, nor after it."""
    said = deque(_LEFT.finditer(text), maxlen=1)
    return bool(said) and not _STILL_TROUBLE.search(text, text.rfind("\n", 0, said[0].start()) + 1)


_LEFT = re.compile(
    r"\b250 2\.\d\.\d|\bstatus=sent\b|\bqueued as\b|\bsuccessfully (?:sent|delivered)\b"
    r"|\b(?:sent|delivered) successfully\b|\b(?:mail|message) (?:was |has been )?(?:sent|delivered)\b",
    re.IGNORECASE,
)
_STILL_TROUBLE = re.compile(
    r"error|fail|exception|disconnect|refused|timed? ?-?out|lost|closed|reset|\bnot\b|n't\b|unable"
    r"|status=deferred|unreach",
    re.IGNORECASE,
)


def stage_in(text: str) -> Stage | None:
    """Guess the stage from the words that mail programs put around a reply."""
    lower = text.lower()
    known = (stage for stage, parts, pattern in _STAGE_WORDS if has_any(parts, lower) and pattern.search(lower))
    return next(known, None)


# What a text needs of an alternative is sought first: two of them are written out where one would need little of it.
_STAGE_WORDS = tuple(
    (stage, needed_by(words), pattern_of(words))
    for stage, words in (
        (Stage.STARTTLS, r"(?:in reply to|after|command:? ?['\"]?|sending) ?starttls"),
        (
            Stage.AUTH,
            r"in reply to auth|after auth\b|after pipelined auth\b|authentication(?:error|failedexception)|\beauth\b"
            r"|(?<!security\.authentication\.)authenticationexception"
            r"|\bauth (?:plain|login|cram-md5|digest-md5|ntlm|xoauth2|oauthbearer|scram-\S{1,20}|gssapi)\b"
            r"|command[:= ]{1,3}['\"]?auth|invalid login|sasl authentication failed"
            r"|(?:password|username|auth) command failed",
        ),
        (
            Stage.DATA,
            r"in reply to data|in reply to end of data|after data|after end of data|after sending data"
            r"|after pipelined (?:data|end of data|sending data)|smtpdataerror|data (?:end )?command failed"
            r"|data not accepted|command[:= ]{1,3}['\"]?data"
            r"|sending (?:end of data|message body)",
        ),
        (
            Stage.RCPT,
            r"in reply to rcpt|after rcpt to|after pipelined rcpt to|recipientsrefused|rcpt to command failed"
            r"|command[:= ]{1,3}['\"]?rcpt|sending rcpt|does not like recipient|recipient\(?s?\)? failed"
            r"|following recipients",
        ),
        (
            Stage.MAIL,
            r"in reply to mail|after mail from|after pipelined mail from|senderrefused|mail from command failed"
            r"|command[:= ]{1,3}['\"]?mail|sending mail from|from address failed|sender was rejected",
        ),
        (Stage.EHLO, r"(?:in reply to|after|rejected|command[:= ]{1,3}['\"]?) ?ehlo|ehlo (?:command|handshake)"),
        (
            Stage.EHLO,
            r"(?:in reply to|after|rejected|command[:= ]{1,3}['\"]?) ?helo|helo (?:command|handshake)|smtpheloerror",
        ),
        (
            Stage.GREETING,
            r"refused to talk to me|after initial connection|smtpconnecterror|initial server greeting"
            r"|\b[45]\d\d[ -][a-z][\w-]{0,62}(?:\.[\w-]{1,63}){1,6} e?smtp\b"
            r"|invalid greeting",
        ),
        (Stage.POP, r"poplib|error_proto|\bpop3?\b.{0,20}(?:error|failed)"),
    )
)

# What follows a number that is none of a reply's: "450 ms", "500 messages", and the words of HTTP.
_NO_REPLY = (
    r"(?!(?:ms|msec|sec|seconds?|min|minutes?|hours?|days?|bytes?|[kmg]i?b|mails|messages|emails|times|users|lines?"
    r"|internal server error|bad gateway|not found|forbidden|unauthorized|method not allowed"
    r"|request (?:time-?out|entity)|service unavailable|gateway time-?out|too many requests|payload too|unprocessable"
    r"|conflict|gone|bad request|unavailable for legal|unsupported media|payment required|precondition)\b"
    r"|[通件秒分日円行個名人回])"
)
_CODE = re.compile(r"[45](?:[0-5]\d|7[0-3])(?:[ -]|, [45]\.)\S")
_MENTION = re.compile(
    r"(?:^[\s>]{0,20}|[:;,='\"(#>\]][ \t]{0,3}|\b(?:said|was|with|returned|error|reply|response|code)[ \t]{1,3}"
    r"|(?<![\w.:/-])(?=[45]\d\d[ -]#?[45]\.\d{1,3}\.\d))"
    rf"(?<!http/1\.[01]\" )([45](?:[0-5]\d|7[0-3]))([ -]|, (?=[45]\.\d\.\d))(?=\S){_NO_REPLY}",
    re.IGNORECASE,
)
_WORDS_OF_MAIL = ("mail", "smtp", "rcpt", "recipient", "sender", "@")
_SIGNS_OF_MAIL = ("said", "4.", "5.")
_OF_MAIL = re.compile(r"\bsaid\b|\b[45]\.\d{1,3}\.\d{1,3}\b", re.IGNORECASE)
_WORDS_OF_LOGINS = (
    *("authenticat", "login", "log in", "username", "credential", "relay", "spam", "grey", "message too"),
    *("メッセージ", "邮", "郵", "認証", "认证", "授权"),
)
_POLICIES = ("spf", "dkim", "dmarc")
_OF_POLICIES = re.compile(r"\b(?:spf|dkim|dmarc)\b")
_BARE_CODE = re.compile(r"(?:response ?code|status ?code|error code)['\"]?[ :=]{0,4}([45][0-5]\d)\b", re.IGNORECASE)
# As lettre, Net_SMTP, mailsend 1.19, SwiftMailer and multifunction printers write what a server replied
_BARE_REPLY = re.compile(
    r"(?:smtp code:? |invalid response code received from server \((?:code: )?|expected smtp code \d{3}, got "
    r"|expected response code \d{3} but got code \"|smtpc: received error code\. \[)([45][0-5]\d)\b",
    re.IGNORECASE,
)
_ENHANCED = re.compile(r"[45]\.[0-7]\.\d")
_STATUS = re.compile(
    r"(?:\bdsn=|\bresponse was:?\s{0,3}|^\s{0,8}(?:status:\s{0,3}|#?)|[;:]\s{1,3}#?)"
    r"([45]\.[0-7]\.\d{1,3})(?:[ ,]{1,3}(?:stat=)?(.{0,1000}))?(?:$|\s)"
    r"|[\"'\[]([45]\.[0-7]\.\d{1,3}) ([^\"\n]{3,1000})"
)
_OF_STATUS = re.compile(r"dsn=|response was|status|#", re.IGNORECASE)
_NO_WRAP = re.compile(
    r"\s*(?:at |Giving up|File \"|\w+: ?['\"\d{\[]|[\w-]{2,40}: |---|\[?\d{4}-|[A-Z][a-z]{2} [ \d]\d )"
)


def _mentioned(lines: Sequence[str]) -> Iterator[FoundReply]:
    """Find replies in the middle of other words, one a line, and lines that go on after them."""
    filled = len(list(islice(filter(None, map(str.strip, lines)), _BRIEF + 1)))
    brief = filled <= _BRIEF
    can_be = filled == 1 or can_hold_replies("\n".join(lines))
    at = 0
    while at < len(lines):
        line, before = lines[at], lines[at - 1] if at else ""
        at += 1
        if not _CLUE.search(line):
            continue
        if pop := "-ERR" in line and POP_ERROR.search(line):
            yield FoundReply(Reply(500, (trimmed(pop[1]),)), Stage.POP, line)
        elif found := can_be and _CODE.search(line) and _MENTION.search(line):
            end = _end(lines, at, found[1], found[2])
            text = "\n".join([line[found.end() :], *(each.strip("> \t") for each in lines[at:end])])
            if not is_like_reply(line[: found.start(1)], found[2], text, alone=filled == 1):
                at = end if found[2] == "-" else at
                continue
            around = "\n".join([before if before.rstrip().endswith(":") else "", *lines[at - 1 : end]])
            at = end
            reply = as_reply(found[1], text, parted=found[2] == "-")
            sure = not 400 <= reply.code < 420 and (brief or _is_of_mail(around, around.lower()))  # 404 is HTTP's
            yield FoundReply(reply, stage_in(around), around, sure=sure)


_CODE_FIELD = re.compile(
    r"\b(?:(?:smtp|response|reply|status|error|server|return|result)[ _-]?)?(?:code|status)['\"]?\s{0,3}[:=]{1,2}"
    r"\s{0,3}['\"]?([45][0-5]\d)(?![\d.])",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[:=]\s{0,3}['\"]?[45][0-5]\d")
_NAMED = ("code", "status")
_CODE_BEHIND = re.compile(r"(?<=[\w.)>\"'])\s?[(\[]#?([45][0-5]\d)[)\]][\s.;,]{0,5}$")
_OF_WORDS = re.compile(
    r"\b(?:response|message|msg|text|reason|error|err|details?|description|reply|diagnostic|said|result)['\"]?\s{0,3}"
    r"[:=]{1,2}\s{0,3}(?:\"([^\"\n]{6,1000})\"|'([^'\n]{6,1000})')",
    re.IGNORECASE,
)
_ENHANCED_FIELD = re.compile(
    r"\b(?:enhanced(?:[ _]?(?:status)?[ _]?code)?|dsn|xcode|esc)['\"]?[:= ]{1,3}['\"]?([45]\.\d\.\d{1,3})", re.I
)


def _in_fields(lines: Sequence[str]) -> Iterator[FoundReply]:
    """Find replies whose code stands in a field of its own, or behind the words, as logs and objects have them."""
    for line in lines:
        code = _VALUE.search(line) and has_any(_NAMED, line.lower()) and _CODE_FIELD.search(line)
        code = code or (has_any(")]", line[-6:]) and _CODE_BEHIND.search(line, max(0, len(line) - 20)))
        if not code:
            continue
        texts = [each[1] or each[2] for each in _OF_WORDS.finditer(line)]
        words = max(texts, key=len, default=line[: code.start()] + line[code.end() :])
        status = _ENHANCED_FIELD.search(line)
        if not (status or is_about_servers(words)):
            continue
        said = f"{status[1]} {words}" if status and status[1] not in words else words
        yield FoundReply(Reply(int(code[1]), (trimmed(said[:1_000]),)), stage_in(line), line, sure=False)


def _statuses(lines: Sequence[str]) -> Iterator[FoundReply]:
    """Find what is passed on without its words: a bare reply code, or a status code alone."""
    for line in lines:
        told = "code" in line.lower()
        if bare := told and (_BARE_REPLY.search(line) or _BARE_CODE.search(line)):
            yield FoundReply(Reply(int(bare[1]), ("",)), stage_in(line), line, sure=bare.re is _BARE_REPLY)
        elif status := _ENHANCED.search(line) and _STATUS.search(line):
            number, words = status[1] or status[3], trimmed(status[2] or status[4] or "")
            if not (_OF_STATUS.search(status[0]) or line.strip() == number or is_about_servers(words)):
                continue  # the version of a program
            words = f"{number} {words}".strip()
            yield FoundReply(Reply(0, (words,)), stage_in(line), line, sure=False)


_QUOTES = re.compile(
    r"(?:\bserver response(?: was)?|\bserver (?:responded|replied|answered|said)|\bresponse from server"
    r"|サーバーの?(?:応答|返答)|der mail-server antwortete|le serveur (?:a répondu|répond)|el servidor respondió)"
    r"\s?[:：]\s{0,3}(\S.{5,1000})",
    re.IGNORECASE,
)


# Exim 4, src/smtp_in.c, and the bounces of Postfix, src/bounce/bounce_notify_util.c
_TOLD = re.compile(
    r"\brejected (?:after )?(RCPT|MAIL|DATA|EHLO|HELO)\b[^\n:]{0,300}: (\S.{5,1000})"
    r"|^<[^<>\s@]{1,64}@[^<>\s]{1,253}>: (\S.{5,1000})",
    re.MULTILINE,
)
_EXIM_STAGES = {"RCPT": Stage.RCPT, "MAIL": Stage.MAIL, "DATA": Stage.DATA, "EHLO": Stage.EHLO, "HELO": Stage.EHLO}
_COLONS = ":："
_SERVERS = ("Serve", "serve", "Servi", "servi", "サーバ")  # a line without any quotes none


def quoted(text: str) -> list[FoundReply]:
    """Give what a program says that a server said, without its code."""
    named = (line for line in text.split("\n") if has_any(_SERVERS, line)) if has_any(_SERVERS, text) else ()
    lines = islice(named, 4 * MOST_REPLIES)
    found = ((line, _QUOTES.search(line)) for line in lines if has_any(_COLONS, line))
    quotes = [(stage_in(line), line, each[1]) for line, each in found if each]
    quotes += ((_EXIM_STAGES.get(each[1] or ""), each[0], each[2] or each[3]) for each in _passed_on(text))
    return [FoundReply(Reply(0, (trimmed(words),)), stage, line, sure=False) for stage, line, words in quotes]


def _passed_on(text: str) -> Iterator[re.Match[str]]:
    """Find what a server tells of its own refusals in its log, or of another's in a bounce."""
    return islice(_TOLD.finditer(text), MOST_REPLIES) if has_any(("rejected ", ">: "), text) else iter(())


def _end(lines: Sequence[str], at: int, code: str, gap: str) -> int:
    """Find the end of a reply that goes on: lines of the same code, else lines that were broken."""
    first = at
    while at < len(lines) and at - first < 128:
        text = lines[at].strip("> \t")
        if gap == "-" and text.startswith(code):
            gap = text[3:4]
        elif gap == "-" or not _goes_on(lines[at - 1], lines[at]) or at - first > 8:
            break
        at += 1
    return at


def _goes_on(line: str, following: str) -> bool:
    """Say whether a line is the rest of the one before it, by its indentation or by where that one was broken."""
    if not (following.startswith((" ", "\t")) or len(line.rstrip()) in _WRAPPED) or not following.strip():
        return False
    return not (_NO_WRAP.match(following) or _MENTION.search(following) or AFTER.search(line))
