"""Thirty messages of all fates, which the demo pours through its outbox, and what its mail server says to each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from panel.mail.message.compose import Attachment, Draft


class SampleFate(NamedTuple):
    """What the demo's mail server answers to a recipient, after so many seconds; `once` that it takes the next try."""

    reply: str
    once: bool = False
    seconds: float = 0


SAMPLE_FATES: Mapping[str, SampleFate] = {  # by the part of an address before the @
    "later": SampleFate("451 4.7.1 Greylisted, please try again in a minute", once=True),
    "full": SampleFate("452 4.2.2 Mailbox full"),
    "unknown": SampleFate("550 5.1.1 User unknown"),
    "gone": SampleFate("550 5.1.1 This account has been closed"),
    "refused": SampleFate("554 5.7.1 Message rejected as spam"),
    "large": SampleFate("552 5.3.4 Message too big for this system"),
    "slow": SampleFate("", seconds=3),
}
_PEOPLE = ("sato", "suzuki", "takahashi", "tanaka", "ito", "watanabe", "yamamoto", "nakamura", "kobayashi", "kato")
_OTHERS = (*((name,) for name in SAMPLE_FATES), ("tanaka", "unknown"), ("later",), ("unknown",))  # each third message
_SUBJECTS = ("活動報告のお知らせ", "ご注文の確認", "会議室の予約", "Your monthly report", "Password changed")


def samples() -> Iterator[Draft]:
    """Give the drafts in the order in which they are handed in."""
    for number in range(3 * len(_OTHERS)):
        names = _OTHERS[number // 3] if number % 3 == 2 else (_PEOPLE[number % len(_PEOPLE)],)
        yield _draft(number, names)


def _draft(number: int, names: tuple[str, ...]) -> Draft:
    subject = f"{_SUBJECTS[number % len(_SUBJECTS)]} #{number + 1}"
    with_file = number % 10 == 4
    return Draft(
        to=tuple(f"{name}@example.net" for name in names),
        subject=subject,
        text=f"{subject}\n\nThis is a sample of the demo.\n",
        html=f"<h1>{subject}</h1><p>This is a sample of the demo.</p>" if number % 5 == 3 else None,
        attachments=(Attachment("report.csv", b"day,mails\n1,12\n", "text/csv"),) if with_file else (),
    )
