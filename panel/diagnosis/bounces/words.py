"""Reads reports in words of their own: of Exim, qmail, sendmail, Exchange and whoever writes as they do.

Nothing in them is sure: whom they name counts only where the message that is meant went to that address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from panel.diagnosis.bounces.report import MOST_REPORTED, Fate, Reported
from panel.diagnosis.bounces.status import MOST_SAID
from panel.diagnosis.explain.bounce import before_copy, decoded_lines, without_tags
from panel.diagnosis.needed import has_any
from panel.mail.message.header import addresses
from panel.mail.patterns import pattern_of

MOST_WITHIN = 50  # addresses within the lines of a text that begins none with one
MOST_TOLD_BYTES = 64 * 1024  # octets of what a report says to people
FAILED_RECIPIENTS = "x-failed-recipients"  # of Exim, and of Gmail
# How those begin that name the recipients they are about, in small letters; who writes so is said behind it.
_SIGNS = (
    "this message was created automatically by mail delivery software",  # Exim
    "a message that you sent could not be delivered",
    "a message that you have sent could not be delivered",
    "this is the qmail-send program",
    "i wasn't able to deliver your message",
    "this is the mail system at host",  # Postfix
    "this is the postfix program at host",
    "the following addresses had permanent fatal errors",  # sendmail
    "the following addresses had transient non-fatal errors",
    "the original message was received at",
    "your message did not reach some or all of the intended recipients",  # Exchange
    "did not reach the following recipient",
    "delivery has failed to these recipients",
    "delivery to the following recipient",  # Exchange, Gmail
    "your message wasn't delivered to",
    "your message to the following recipients cannot be delivered",  # Sun, PMDF
    "could not be delivered to the following recipient",
    "unable to deliver message to the following",
    "this is the dragonfly mail agent",
    "this is the mailer-daemon, please do not reply",  # OpenSMTPD
    "trying to deliver the mail to the following recipients",  # Amazon WorkMail
    "以下の宛先にメールを配信できませんでした",
    "メールを配信できませんでした",
    "メッセージを配信できません",
)
_FROM_SYSTEM = pattern_of(r"\b(?:mailer-daemon|postmaster|mail delivery (?:system|subsystem))\b", re.IGNORECASE)
_UNDELIVERED = pattern_of(
    r"undeliver|(?:mail|message) failed|returning (?:to sender|message)|cannot send message|not (?:be )?deliver"
    r"|delivery (?:status|fail|problem|report)|mail (?:delivery|failure)|failure notice|returned mail"
    r"|配信(?:でき|不能|エラー|失敗)|送信できません",
    re.IGNORECASE,
)
_DELAYED = pattern_of(
    r"warning message only|do not need to resend|delivery (?:is |has been |temporarily |status notification )?\(?delay"
    r"|has not yet been delivered|will be retried for|transient non-fatal errors",
    re.IGNORECASE,
)
_ADDRESS = r"(\"[^\"\s]{1,64}\"@[\w.-]{1,253}|[^\s<>@\"(),:;\[\]]{1,64}@[\w.-]{1,253})"
_NAMED = pattern_of(rf"^[ \t>*-]{{0,8}}(?:\d{{1,3}}\. )?[<\"]?{_ADDRESS}[>\"]?(?=[:\s<(]|\Z)", re.MULTILINE)
_WITHIN = pattern_of(rf"(?<=[<\"\s:]){_ADDRESS}")  # a line


def told_to_people(kind: str, content: bytes, charset: str) -> str:
    """Give what a report says to people, without the copy of the message that follows in some."""
    text = decoded_lines(content[:MOST_TOLD_BYTES], charset)
    return before_copy(without_tags(text) if kind == "text/html" else text)


def recipients_in(text: str, first: Callable[[str], str]) -> tuple[Reported, ...]:
    """Give whom a report names, with what stands behind each; none where it is none. Nobody is named in some.

    `first` gives a field of its header by the name in small letters.
    """
    listed = [address for _, address in addresses(first(FAILED_RECIPIENTS)) if "@" in address][:MOST_REPORTED]
    if not (listed or _is_report(text, first)):
        return ()
    fate = Fate.DELAYED if _DELAYED.search(text) or _DELAYED.search(first("subject")) else Fate.BOUNCED
    of_each = dict(told(text))
    named = listed or [*of_each] or [""]
    return tuple(Reported(each, fate=fate, said=of_each.get(each.lower(), text)[:MOST_SAID]) for each in named)


def _is_report(text: str, first: Callable[[str], str]) -> bool:
    """Say whether a text is one of those that are known, or comes from a mail system that tells of no delivery."""
    if has_any(_SIGNS, text.lower()):
        return True
    return bool(_FROM_SYSTEM.search(first("from")) and (_UNDELIVERED.search(first("subject"))))


def told(text: str) -> Iterator[tuple[str, str]]:
    """Give each address that a line begins with, in small letters, and what stands from there to the next.

    Where no line begins with one, each that stands within a line, and all of the text.
    """
    found = list(islice(_NAMED.finditer(text), MOST_REPORTED))
    if not found:
        yield from ((each[1].lower(), text[:MOST_SAID]) for each in islice(_WITHIN.finditer(text), MOST_WITHIN))
    ends = [*(each.start() for each in found[1:]), len(text)]
    for each, end in reversed([*zip(found, ends, strict=False)]):
        yield each[1].lower(), text[each.start() : end][:MOST_SAID]
