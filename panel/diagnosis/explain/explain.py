"""What a text from anywhere complains about: the failures in a reply, a dialogue, a log, a traceback or a bounce."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from panel.diagnosis.causes import connection, login, unclear
from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.diagnose import Diagnosis, diagnose, failure_to_json
from panel.diagnosis.explain import bounce
from panel.diagnosis.explain.client_errors import Seen, seen_in
from panel.diagnosis.explain.dialogue import FoundReply
from panel.diagnosis.explain.replies import ended_well, is_over, last_stage, quoted, replies, stage_in, words_alone
from panel.diagnosis.explain.secrets.masking import without_secrets
from panel.diagnosis.explain.services import host_of_service
from panel.diagnosis.explain.sign_in import cause_with_token, fault_at_sign_in
from panel.diagnosis.explain.undress import undressed
from panel.diagnosis.match import cause_of_reply
from panel.diagnosis.needed import has_any, needed_by
from panel.i18n import N_, Translate
from panel.mail.smtp.protocol import Failure, Reply, Stage

MAX_HOST_NAME = 253  # characters of a name (RFC 1035 section 2.3.4)
NOTHING_FOUND = N_(
    "No refusal by a server was found in this text. Paste what the program itself said, from its first error to its "
    "last, with every line that begins with a number such as 535 or 550, or the whole bounce message. If there is no "
    "such text, send a test email and run the doctor (mail-panel doctor): they need none."
)
NO_REASON = N_(
    "This text says that there was no connection to the server, but not why: a wrong name, a closed port and a "
    "firewall all look like that. Paste what stands around it, too: the words in brackets behind it, the lines that "
    "begin with “Caused by” or “nested exception”, or what the program says with its debug output on. Or send a test "
    "email with the same server and port: it tells the reason."
)


@dataclass(frozen=True, slots=True)
class NamedServer:
    """The server that a text names; without a name it names none."""

    host: str = ""
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Complaint:
    """A failure, and where it happened as far as the text says; without a stage the words would be the same at any."""

    failure: Failure
    stage: Stage | None
    server: NamedServer

    @property
    def of_status(self) -> bool:
        """Say whether a log's status alone tells it: its words are the sending program's own, or a reply's in short."""
        return self.failure.reply is not None and not self.failure.reply.code

    @property
    def diagnosis(self) -> Diagnosis:
        """Give what happened and what to do, in the words for its server."""
        return diagnose(self.failure, host=self.server.host, port=self.server.port)


def complaint_to_json(complaint: Complaint, translate: Translate) -> dict[str, Any]:
    """Give the public `failure` object; its stage is null where the text does not tell it."""
    stage = str(complaint.stage) if complaint.stage else None
    return {**failure_to_json(complaint.diagnosis, translate), "stage": stage}


def complaints(text: str | bytes, *, stage: Stage | None = None, host: str = "") -> list[Complaint]:
    """Find the failures in a text, the first cause first; none where nobody refused anything.

    `stage` and `host` are what the reader knows; what the text says is taken where they are not given. Of the text
    `bounce.MOST_PASTED_BYTES` are read.
    """
    return explain(text, stage=stage, host=host).complaints


class Explanation(NamedTuple):
    """The failures in a text, or what is missing of one in which none was found."""

    complaints: list[Complaint]
    missing: str


def explain(text: str | bytes, *, stage: Stage | None = None, host: str = "") -> Explanation:
    """Find the failures in a text as `complaints` does, and what to ask for where there are none."""
    host = without_secrets(host)[:MAX_HOST_NAME]
    texts = [PastedText(_readable(each)) for each in bounce.texts(text)]
    plain = [each.text for each in texts]
    server = next(filter(None, (_server(each, host) for each in plain)), None)
    server = server or NamedServer(host or host_of_service(plain))
    found = (
        _in_replies(texts, stage, host, server)
        or _first(_of_reply(each, stage or each.stage, server) for text in plain for each in quoted(text))
        or _first(_of_client(each, stage, server) for each in texts)
        or _first(_in_words(each, stage, server) for each in plain)
    )
    if found:
        return Explanation(found, "")
    return Explanation([], NO_REASON if any(each.seen.is_untold for each in texts) else NOTHING_FOUND)


def _readable(text: str) -> str:
    """Undress a text, and mask its secrets: as they are dressed, and what comes to light."""
    masked = without_secrets(text)
    plain = undressed(masked)
    return plain if plain == masked else without_secrets(plain)


class PastedText:
    """A text without what programs put around it, and what the sending program saw, which is looked for once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def seen(self) -> Seen:
        return seen_in(self.text)


def _in_replies(texts: list[PastedText], stage: Stage | None, host: str, server: NamedServer) -> list[Complaint]:
    """Find what servers refused; a status without a reply yields to what the program says of it by itself."""
    plain = [each.text for each in texts]
    found = list(map(replies, plain))
    elsewhere = _stage_of_all(plain, found)
    for of_text in found:
        refused = _distinct(
            _of_reply(each, stage or each.stage or elsewhere, _server(each.around, host) or server) for each in of_text
        )
        if refused and all(map(_is_bare, refused)) and (told := _in_words("\n".join(plain), stage, server)):
            return [told]
        if refused and all(each.of_status for each in refused):
            return _told_beside(texts, stage, server, refused) or refused
        if refused:
            return [_with_token(refused[0], plain), *refused[1:]]
    return []


def _is_bare(complaint: Complaint) -> bool:
    """Say whether a reply has no words but codes and a link."""
    reply = complaint.failure.reply
    return reply is not None and len(_BARE.sub("", reply.text)) < 4


_BARE = re.compile(r"https?:\S{1,400}|additional smtp info|[\W\d]", re.IGNORECASE)


def _in_words(text: str, stage: Stage | None, server: NamedServer) -> Complaint | None:
    """Find a refusal in words without a code; of several about the login the one that tells most."""
    found = list(filter(None, (_of_reply(each, stage or each.stage, server) for each in words_alone(text))))
    richer = (each for each in found if CAUSES[each.failure.cause].about_login and each.failure.cause != _LOGIN_REFUSED)
    of_login = bool(found) and found[0].failure.cause == _LOGIN_REFUSED
    return (next(richer, None) if of_login else None) or next(iter(found), None)


_LOGIN_REFUSED = login.LOGIN_REFUSED.name


def _told_beside(
    texts: list[PastedText], stage: Stage | None, server: NamedServer, refused: list[Complaint]
) -> list[Complaint]:
    """Find what tells more than a status does: the program's own words, or those that it quotes."""
    own = [
        each for each in _first(_of_client(each, stage, server) for each in texts) if not each.diagnosis.cause.generic
    ]
    wordless = all(each.failure.reply and " " not in each.failure.reply.text for each in refused)
    said = (_of_reply(each, stage or each.stage, server) for pasted in texts for each in quoted(pasted.text))
    return own or (_first(said) if wordless else [])


def _first(found: Iterable[Complaint | None]) -> list[Complaint]:
    return list(islice(filter(None, found), 1))


def _of_reply(found: FoundReply, stage: Stage | None, server: NamedServer) -> Complaint | None:
    """Make a failure of a reply; what may be none has to name its cause, else it says nothing."""
    cause = CAUSES[cause_of_reply(stage, found.reply, server.host)]
    if cause.generic and not found.sure:
        return None
    if stage is None and not cause.generic:
        stage = cause.usual_stage
    return Complaint(Failure(stage or Stage.QUIT, cause.name, found.reply), stage, server)


def _with_token(refused: Complaint, texts: list[str]) -> Complaint:
    """Read a refused login anew where a token was used for it, or could not be had."""
    before = CAUSES[refused.failure.cause]
    cause = cause_with_token(before, texts)
    if cause is before:
        return refused
    reply = refused.failure.reply
    of_mail = reply if reply and not 400 <= reply.code < 420 else None  # 400 and 401 are those of HTTP
    return replace(refused, failure=Failure(Stage.AUTH, cause.name, of_mail), stage=Stage.AUTH)


def _stage_of_all(texts: list[str], found: list[list[FoundReply]]) -> Stage | None:
    """Look for the stage in all that was pasted, where that tells of one reply only."""
    single = {str(each.reply)[:40] for of_text in found for each in of_text}
    return next(filter(None, map(stage_in, texts)), None) if len(single) == 1 else None


def _of_client(pasted: PastedText, known: Stage | None, server: NamedServer) -> Complaint | None:
    """Make a failure of what the program saw, with a step where the text or the cause tells of one."""
    text = pasted.text
    fault = fault_at_sign_in(text, pasted.seen.fault)
    if fault is None:
        return None
    if ended_well(text):
        return None
    stage = fault.cause.usual_stage
    if fault.cause is connection.CONNECTION_LOST:
        if is_over(text):
            return None
        if said := _said_behind(text, server):
            return said
    if fault.cause is connection.CONNECT_TIMEOUT and (reached := last_stage(text)) in _ANSWERED:
        return Complaint(Failure(reached, connection.REPLY_TIMEOUT.name), reached, server)
    if fault.cause in _AT_ANY_STEP:
        told = known or fault.stage or last_stage(text) or stage_in(text)
        return Complaint(Failure(told or Stage.QUIT, fault.cause.name), told, server)
    if fault.cause.usual_stage not in _REACHING:
        stage = known or fault.stage or stage
    return Complaint(Failure(stage, fault.cause.name), stage, server)


def _said_behind(text: str, server: NamedServer) -> Complaint | None:
    """Read what a program tells behind the end of a session: a server may have refused the login as it hung up."""
    found = _BEHIND_END.search(text)
    said = _of_reply(FoundReply(Reply(0, (found[1],)), None, found[0], sure=False), None, server) if found else None
    return said if said and CAUSES[said.failure.cause].about_login else None


_BEHIND_END = re.compile(r"(?:disconnected|closed(?: unexpectedly)?): ([^\n]{12,400})", re.IGNORECASE)
_ANSWERED = (Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.MAIL, Stage.RCPT, Stage.DATA)
_REACHING = (Stage.RESOLVE, Stage.CONNECT)
_AT_ANY_STEP = (
    *(connection.CONNECTION_LOST, connection.REPLY_TIMEOUT, connection.PROTOCOL_ERROR),
    *(unclear.CLIENT_REFUSED, unclear.SERVER_TEMPORARY, unclear.SERVER_PERMANENT),
)


def _distinct(found: Iterable[Complaint | None]) -> list[Complaint]:
    """Leave out what was said twice, what failed only because of a failure before it, and codes beside the words."""
    kept: dict[tuple[str, str], Complaint] = {}
    for each in found:
        if each and not (kept and _follows(each)):
            kept.setdefault((each.failure.cause, str(each.failure.reply)[:40]), each)
    told = [each for each in kept.values() if not _is_bare(each)]
    return told or list(kept.values())


def _follows(complaint: Complaint) -> bool:
    """Say whether a refusal follows from an earlier one: no DATA without a sender and a recipient that were taken."""
    reply = complaint.failure.reply
    return bool(
        reply and reply.code in (503, 554) and re.search(r"(?i)no valid recipients|need (?:rcpt|mail)", reply.text)
    )


_HOSTS = tuple(
    (tuple(map(str.lower, needed_by(pattern))), re.compile(pattern, re.IGNORECASE))
    for pattern in (
        r"\bhost ([a-z0-9][\w.-]{2,252})(?:\[| said:)",
        r"\brelay=([a-z0-9][\w.-]{2,252})",
        r"\bH=([a-z0-9][\w.-]{2,252}) ",
        r"\bserver ([a-z0-9][\w.-]{1,252}\.[a-z]{2,20})\b",
        r"\b(?:enotfound|eai_again|econnrefused|lookup|resolve(?: host)?:?)"
        r" ['\"]?([a-z0-9][\w.-]{1,252}\.[a-z]{2,20})\b",
        r"(?:ssl|tls|tcp|smtps?)://(?:[^\s/@]{0,200}@)?([a-z0-9][\w.-]{2,252})(?![^\s/@]{0,200}@)",
        r"\bname=([a-z0-9][\w.-]{2,252})",
        r"\b(?:host|hostname|server|to|trying)['\"]?[ :=]{1,3}['\"]?"
        r"([a-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){1,6})(?=[:\[\s'\",]|$)",
        r"(?<![\w.\\-])(?<![\w.]/)(?!mail\.smtp\.)((?:smtp|mail|mx|relay)[\w-]{0,30}(?:\.[\w-]{1,63}){0,6}"
        r"\.(?-i:[a-z]{2,20}))\b(?!\.\w|\(|/\w+\.\w)",
        r"^[^\n]{0,20}\b220[ -]([a-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){1,6})",
    )
)


_NAMED_WITHIN = 8_000  # characters of a text in which its server is looked for


def _server(text: str, known: str) -> NamedServer | None:
    """Find the server that a text names, and its port; of the one that is known, the port."""
    for name in [known] if known else _named(text):
        port = re.search(rf"{re.escape(name)}(?:\[[\d.a-f:]{{2,45}}\])?[: ](?:port )?(\d{{2,5}})\b", text)
        if port or not known:
            return NamedServer(name, int(port[1]) if port and int(port[1]) < 65536 else None)
    return None


# How names end that are none of hosts: of pages, of source files, of settings, and of what is called in a program.
_OF_FILES = re.compile(
    r"\.(?:html?|php|phtml|aspx|jsp|[cm]?js|[jt]sx?|vue|py[cx]?|rb|java|class|jar|kt|scala|go|c|cc|cpp|cxx|h|hpp|rs|cs|vb"
    r"|fs|exs?|erl|beam|hs|lua|pm|pl|sh|bash|ps1|bat|exe|dll|so|json|ya?ml|toml|ini|conf|cfg|cnf|cf|env|properties|xml"
    r"|[ct]sv|txt|md|rst|log|out|err|db|sqlite|sql|lock|pid|sock|tmp|bak|eml|mbox|msg|pem|crt|cer|key|csr|zip|gz|tar|tgz"
    r"|bz2|xz|png|jpg|pdf|service|socket|timer|mc|map"
    r"|host|port|user(?:name)?|pass(?:word)?|auth|from|to|send(?:mail)?|debug|enable|ssl|(?:start)?tls|timeout|client|error"
    r"|util|message|internal|connect(?:ion)?|login|quit|helo|ehlo|transport|server|driver|default|mailer)$",
    re.IGNORECASE,
)
_OF_COUNTRIES = re.compile(r"\.[\w-]+\.(?:py|rs|pl|sh|cc|md|so|pm|ps|mc)$", re.I)  # smtp.wp.pl, but not send.pl


def _named(text: str) -> Iterator[str]:
    within = text[:_NAMED_WITHIN]
    lower = within.lower()
    for parts, pattern in _HOSTS:
        if not has_any(parts, lower):
            continue
        found = (each[1].rstrip(".") for each in islice(pattern.finditer(within), 20))
        if name := next(filter(_is_host, found), None):
            yield name


def _is_host(name: str) -> bool:
    """Say whether a name may be a host's by how it ends; a file may end as a country does."""
    return not _OF_FILES.search(name) or _OF_COUNTRIES.search(name) is not None
