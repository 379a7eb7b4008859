"""What a text from anywhere complains about: the failures in a reply, a dialogue, a log, a traceback or a bounce."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from panel.diagnosis.causes.connection import CONNECTION_LOST, REPLY_TIMEOUT
from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.diagnose import Diagnosis, diagnose, failure_to_json
from panel.diagnosis.explain import bounce
from panel.diagnosis.explain.client_errors import fault_in
from panel.diagnosis.explain.dialogue import FoundReply
from panel.diagnosis.explain.replies import last_stage, replies, stage_in
from panel.diagnosis.match import cause_of_reply
from panel.i18n import N_, Translate
from panel.mail.smtp.protocol import Failure, Stage

MAX_HOST_NAME = 253  # characters of a name (RFC 1035 section 2.3.4)
NOTHING_FOUND = N_(
    "No refusal by a server was found in this text. Paste the lines that begin with a number such as 535 or 550, "
    "or the whole bounce message."
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
    host = host[:MAX_HOST_NAME]
    plain = list(bounce.texts(text))
    found = [replies(each) for each in plain]
    server = next(filter(None, (_server(each, host) for each in plain)), NamedServer(host))
    elsewhere = _stage_of_all(plain, found)
    for of_text in found:
        refused = _distinct(
            _of_reply(each, stage or each.stage or elsewhere, _server(each.around, host) or server) for each in of_text
        )
        if refused:
            return refused
    faults = (_of_client(each, stage, server) for each in plain)
    return [each for each in faults if each][:1]


def _of_reply(found: FoundReply, stage: Stage | None, server: NamedServer) -> Complaint | None:
    """Make a failure of a reply; what may be none has to name its cause, else it says nothing."""
    cause = CAUSES[cause_of_reply(stage, found.reply, server.host)]
    if cause.generic and not found.sure:
        return None
    if stage is None and not cause.generic:
        stage = cause.usual_stage
    return Complaint(Failure(stage or Stage.QUIT, cause.name, found.reply), stage, server)


def _stage_of_all(texts: list[str], found: list[list[FoundReply]]) -> Stage | None:
    """Look for the stage in all that was pasted, where that tells of one reply only."""
    single = {str(each.reply)[:40] for of_text in found for each in of_text}
    return next(filter(None, map(stage_in, texts)), None) if len(single) == 1 else None


def _of_client(text: str, known: Stage | None, server: NamedServer) -> Complaint | None:
    fault = fault_in(text)
    if fault is None:
        return None
    stage = fault.usual_stage
    if stage not in _REACHING:
        reached = last_stage(text) if fault in (CONNECTION_LOST, REPLY_TIMEOUT) else None
        stage = known or reached or stage_in(text) or stage
    return Complaint(Failure(stage, fault.name), stage, server)


_REACHING = (Stage.RESOLVE, Stage.CONNECT)


def _distinct(found: Iterable[Complaint | None]) -> list[Complaint]:
    """Leave out what was said twice, and what failed only because of a failure before it."""
    kept: dict[tuple[str, str], Complaint] = {}
    for each in found:
        if each and not (kept and _follows(each)):
            kept.setdefault((each.failure.cause, str(each.failure.reply)[:40]), each)
    return list(kept.values())


def _follows(complaint: Complaint) -> bool:
    """Say whether a refusal follows from an earlier one: no DATA without a recipient, nothing after a lost login."""
    reply = complaint.failure.reply
    return bool(
        reply and reply.code in (503, 554) and re.search(r"(?i)no valid recipients|need (?:rcpt|mail)", reply.text)
    )


_HOSTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bhost ([a-z0-9][\w.-]{2,252})(?:\[| said:)",
        r"\brelay=([a-z0-9][\w.-]{2,252})",
        r"\bH=([a-z0-9][\w.-]{2,252}) ",
        r"\bserver ([a-z0-9][\w.-]{1,252}\.[a-z]{2,20})\b",
        r"\b(?:enotfound|eai_again|econnrefused|lookup|resolve(?: host)?:?)"
        r" ['\"]?([a-z0-9][\w.-]{1,252}\.[a-z]{2,20})\b",
        r"(?:ssl|tls|tcp|smtps?)://([a-z0-9][\w.-]{2,252})",
        r"\bname=([a-z0-9][\w.-]{2,252})",
        r"\b(?:host|hostname|server|to|trying)['\"]?[ :=]{1,3}['\"]?"
        r"([a-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){1,6})(?=[:\[\s'\",]|$)",
        r"\b(?!mail\.smtp\.)((?:smtp|mail|mx|relay)[\w-]{0,30}(?:\.[\w-]{1,63}){0,6}\.(?-i:[a-z]{2,20}))\b",
        r"^[^\n]{0,20}\b220[ -]([a-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){1,6})",
    )
)


def _server(text: str, known: str) -> NamedServer | None:
    """Find the server that a text names, and its port; of the one that is known, the port."""
    for name in [known] if known else _named(text):
        port = re.search(rf"{re.escape(name)}(?:\[[\d.a-f:]{{2,45}}\])?[: ](?:port )?(\d{{2,5}})\b", text)
        if port or not known:
            return NamedServer(name, int(port[1]) if port and int(port[1]) < 65536 else None)
    return None


def _named(text: str) -> Iterator[str]:
    found = (pattern.search(text) for pattern in _HOSTS)
    return (each[1].rstrip(".") for each in found if each)
