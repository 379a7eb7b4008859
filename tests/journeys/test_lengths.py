"""Nothing that comes in takes time by the square of its length: four times as much costs about four times as much."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from panel.checks.doctor import domain, sender_policy
from panel.cli.sendmail import aliases, command
from panel.diagnosis.diagnose import diagnose
from panel.diagnosis.explain import explain
from panel.diagnosis.explain.client_errors import seen_in
from panel.mail.limits import DEFAULT_LIMITS
from panel.mail.message import address, header, seven_bit
from panel.mail.message.compose import Attachment, Draft, compose
from panel.mail.message.envelope import Envelope
from panel.mail.message.normalize import addressed, normalize
from panel.mail.message.submission import Submission
from panel.mail.smtp.extensions import is_full
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.mail.smtp.redaction import Redaction
from panel.mail.smtp.transaction import Receipt
from panel.mail.text import readable
from panel.outbox.pace.rate import limit_in
from panel.server.smtpd import arguments
from panel.settings import parsing
from panel.settings.providers import by_host, nearest_host
from tests.support.lengths import UNITS, is_linear, is_near
from tests.support.mail import NOW

HOST = "app.example.org"


def _take(message: str, **more: object) -> Submission:
    raw = message.encode("utf-8", "surrogatepass")
    return normalize(raw, rcpt_to=["a@example.org"], now=NOW, host=HOST)


def _field(name: str) -> Callable[[str], object]:
    return lambda text: _take(f"{name}: {text}\r\n\r\nHi\r\n")


def _leave(text: str) -> Envelope:
    return _take(f"Reply-To: {text}\r\n\r\nHi\r\n").envelope("report@example.org", "Report")


def _draft(**parts: Callable[[str], object]) -> Callable[[str], object]:
    def read(text: str) -> Submission:
        given = {name: part(text) for name, part in parts.items()}
        return compose(Draft(**{"to": ("a@example.org",), "text": "Hi", **given}), now=NOW, host=HOST)

    return read


def _reply(text: str) -> Reply:
    return Reply(550, tuple(text.split("\n")))


def _redact(password: str) -> Callable[[str], object]:
    hidden = Redaction([("user", password)])
    return lambda text: hidden.hide(text.split("\n"))


def _in_7_bit(head: str) -> Callable[[str], object]:
    return lambda text: seven_bit.in_7_bit(f"{head}é {text}\r\n\r\nHi\r\n".encode("utf-8", "surrogatepass"))


DOORS: Mapping[str, Callable[[str], object]] = {
    **{name: getattr(parsing, name) for name in ("name", "user", "secret", "cap", "flag", "pem")},
    **{name: getattr(address, f"parse_{name}") for name in ("recipient", "host", "ehlo_name")},
    "local part": lambda text: address.parse_recipient(f"{text}@example.org"),
    "domain": lambda text: address.parse_recipient(f"a@{text}"),
    **{name: _field(name) for name in ("From", "Reply-To", "To", "Subject", "Date", "Message-ID", "Received", "X-Any")},
    **{name: _field(name) for name in ("Content-Type", "Content-Transfer-Encoding", "References", "Resent-To")},
    "From in a group": lambda text: _take(f"From: a:{text}\r\n\r\nHi\r\n"),
    "header": _take,
    "body": lambda text: _take(f"Subject: a\r\n\r\n{text}"),
    "MIME body": lambda text: _take(f"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n{text}"),
    "recipients of a header": lambda text: addressed(f"To: {text}\r\n\r\n".encode("utf-8", "surrogatepass")),
    "path of a command": lambda text: arguments.PATH.fullmatch(f"FROM:<@a:{text}> {text}"),
    "parameters of a command": lambda text: arguments.parameter_refusal(
        arguments.parameters(f"SIZE={text} {text}"), DEFAULT_LIMITS
    ),
    "recipient of the envelope": lambda text: normalize(b"a", rcpt_to=[text], now=NOW, host=HOST),
    "sender in place of From": lambda text: normalize(b"a", rcpt_to=["a@b.c"], sender=text, now=NOW, host=HOST),
    "address list": header.addresses,
    "what leaves": _leave,
    "in 7 bits, header": _in_7_bit("Subject: "),
    "in 7 bits, type": _in_7_bit("Content-Type: text/plain; name="),
    "in 7 bits, body": _in_7_bit("Subject: a\r\n\r\n"),
    "draft to": _draft(to=lambda text: (text,)),
    "draft subject": _draft(subject=str),
    "draft text": _draft(text=str),
    "draft html": _draft(html=str),
    "draft reply-to": _draft(reply_to=lambda text: (text,)),
    "draft header name": _draft(headers=lambda text: ((text, "a"),)),
    "draft header": _draft(headers=lambda text: (("X-Any", text),)),
    "draft file name": _draft(attachments=lambda text: (Attachment(text, b"a"),)),
    "draft file type": _draft(attachments=lambda text: (Attachment("a", b"a", text),)),
    "draft recipients": _draft(to=lambda text: (text[:1],) * len(text)),  # as many, without the time to make them
    "words of sendmail": lambda text: command.asked(text.split("a")),
    "recipients of sendmail": lambda text: command.asked([*text]),
    "options of sendmail": lambda text: command.asked([f"-{text}"]),
    "local name": lambda text: aliases.addresses_behind(text, {}),
    "reply": lambda text: diagnose(Failure(Stage.RCPT, "server_permanent", _reply(text)), host="smtp.example.org"),
    "reply to a login": lambda text: diagnose(Failure(Stage.AUTH, "server_permanent", _reply(text))),
    "reply of a full session": lambda text: is_full(Reply(451, (text,))),
    "reply with an interval": lambda text: limit_in(text),
    "reply with a queue id": lambda text: Receipt(Reply(250, (text,))).queue_id,
    "reply with a secret": _redact("secret-word"),
    "reply with a secret of one letter": _redact("aaaaaaaa"),
    "reply with a short secret": _redact("a1"),
    "bytes of a server": lambda text: readable(text.encode("utf-8", "surrogatepass")),
    "text to explain": explain.complaints,
    "reply to explain": lambda text: explain.complaints(f"550 {text}"),
    "dialogue to explain": lambda text: explain.complaints(f"C: RCPT TO:<a@b.example>\nS: 550 {text}"),
    "report to explain": lambda text: explain.complaints(f"Final-Recipient: a\nDiagnostic-Code: {text}"),
    "bounce to explain": lambda text: explain.complaints(f"Content-Type: text/html\n\n{text}"),
    "bounce in parts to explain": lambda text: explain.complaints(
        f"Content-Type: multipart/x; boundary=a\n\n--a{text}"
    ),
    # beyond what a type may be: a shorter one is opened, and reads something else
    "type of a bounce to explain": lambda text: explain.complaints(f"Content-Type: {'x' * 4_000}{text}\n\n550 no"),
    "several texts to explain": lambda text: explain.complaints(f"{text}\nsmtplib.SMTPServerDisconnected: {text}"),
    "host to explain": lambda text: explain.complaints("550 5.1.1 No", host=text),
    "words of a program": seen_in,
    "host name of a service": by_host,
    "misspelt host name": nearest_host,
    "record of a domain": domain._tags,
    "SPF record of a domain": lambda text: sender_policy.record_with("example.org", "mx", f"v=spf1 {text}"),
}


FEW = ("marks", "kana", "digits", "codes of lines", "tuples", "hosts")  # for what has hundreds of patterns


@pytest.mark.parametrize("door", DOORS)
def test_time_grows_with_the_length_and_not_with_its_square(door: str, is_long: bool) -> None:
    """Some thousand characters are enough to tell; in the long form it is as much as a header may hold."""
    names = FEW if not is_long and door.startswith(("reply", "dialogue", "report", "bounce")) else tuple(UNITS)
    for length in (1_000, 15_000, 60_000) if is_long else (1_000,):
        assert [name for name in names if not is_linear(DOORS[door], UNITS[name], length)] == []


PROSE = "We would like to know whether the parcel that was sent on Monday has arrived, and who took it in.\n"


def test_no_text_to_explain_takes_much_longer_than_prose(is_long: bool) -> None:
    length = 65_536 if is_long else 8_000

    assert [name for name in UNITS if not is_near(explain.complaints, UNITS[name], PROSE, length)] == []
