"""A reply in whatever clothing: escapes within escapes, entities, fields, and lines broken at a width."""

from __future__ import annotations

import json

import pytest

from panel.diagnosis.explain.explain import complaint_to_json, complaints
from panel.diagnosis.explain.undress import undressed
from panel.mail.text import harmless

REPLIES = {
    "5.7.1 <someone@example.com>: Relay access denied": (554, "relay_denied"),
    "5.7.60 SMTP; Client does not have permissions to send as this sender": (550, "sender_not_allowed"),
    "5.1.1 <nobody@example.com>: Recipient address rejected: User unknown": (550, "recipient_unknown"),
    "5.7.8 Error: authentication failed": (535, "login_refused"),
}
CLOTHES = {
    "fields behind": 'level=error msg="{words}" code={code}',
    "fields before": 'smtp code={code} text="{words}"',
    "object": '{{"response": "{words}", "responseCode": {code}}}',
    "object, code first": '{{"code": {code}, "message": "{words}"}}',
    "behind": "Mail could not be sent: {words} ({code})",
    "behind a comma": "could not close connection to SMTP server, {code} {words}",
    "tuple": "smtplib.SMTPResponseException: ({code}, b'{words}')",
    "debug of Rust": 'Permanent(Response {{ code: Code {{ severity: Permanent }}, message: ["{words}"] }})',
    "entities": "<p>{code} {words}</p>".replace("<p>", "&lt;p&gt;").replace("</p>", "&lt;/p&gt;"),
    "opensmtpd": 'smtp failed-command command="RCPT TO:&lt;a@b.example&gt;" result="{code} {words}"',
}


def causes(text: str) -> list[str]:
    return [each.diagnosis.cause.name for each in complaints(text)]


@pytest.mark.parametrize("clothing", CLOTHES)
def test_the_words_decide_wherever_the_code_stands(clothing: str) -> None:
    found = {words: causes(CLOTHES[clothing].format(words=words, code=code)) for words, (code, _) in REPLIES.items()}

    assert found == {words: [cause] for words, (_, cause) in REPLIES.items()}


@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_object_within_objects_is_read(times: int) -> None:
    text = "550 5.7.60 Client does not have permissions to send as this sender\r\n"
    for _ in range(times):
        text = json.dumps({"message": text, "level": "error"})

    assert causes(text) == ["sender_not_allowed"]


def test_a_code_that_only_escapes_follow_is_no_reply() -> None:
    text = r'{"m":"code 550 \\r\\n 550 5.7.60 Client does not have permissions to send as this sender"}'

    assert [str(each.failure.reply) for each in complaints(text)] == [
        "550 5.7.60 Client does not have permissions to send as this sender"
    ]


WRAPPED = """\
<someone@example.com>: host mx.example.com[2001:db8::1b] said: 550-5.7.25
    [2001:db8::25] The IP address sending this message does not
    550-5.7.25 have a PTR record setup. As a policy, we do not accept
    550-5.7.25 messages from IPs with missing PTR records. Please visit 550-5.7.25
    https://www.example.com/ip-practices 550 5.7.25 for more
    information. a1-20020si.12 (in reply to end of DATA command)
"""


@pytest.mark.parametrize("quote", ["", "> "])
def test_a_bounce_that_was_broken_at_a_width_is_told_once(quote: str) -> None:
    (only,) = complaints("".join(quote + line for line in WRAPPED.splitlines(keepends=True)))

    assert only.failure.cause == "ptr_missing"
    assert complaint_to_json(only, str)["stage"] == "data"
    assert str(only.failure.reply).startswith(
        "550 5.7.25 [2001:db8::25] The IP address sending this message does not have"
    )


def test_the_text_of_a_person_stays_as_it_is() -> None:
    text = "Dear all,\nthe R&D mails {do not\nleave}: what does 550 mean?\n    Taro"

    assert undressed(text) == text.replace("{do not\nleave}", "{do not leave}")


ASKED = (
    "How do I set up SMTP for my shop?",
    "Is it possible to send mail through port 25 from a virtual machine?",
    "Our mailbox is full of newsletters, how can I filter them?",
    "We have DMARC and DKIM set up. Do we need SPF as well?",
    "Our firewall allows 587 and 465, DNS is fine, SPF is set.",
    "SMTP settings: host smtp.example.org, port 587, TLS on, user taro",
    "mx postfix/smtp[1]: 4F2A1: to=<a@example.org>, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 12)",
    "メールの送信設定を教えてください。",
    "Error sending mail",
    "メールを送信できませんでした。",
    '[2026-11-26 09:00:00] production.ERROR: Something went wrong {"code":500,"message":"Internal Server Error"}',
    '{"status":404,"error":"Not Found","path":"/api/mail"}',
    "HTTP 503 Service Unavailable",
    "Order 552 was shipped, tracking 450-112",
    "Can I use OAuth instead of a password?",
    "I need the password for the account, can you send it to me?",
)


@pytest.mark.parametrize("text", ASKED)
def test_what_refuses_nothing_has_no_cause(text: str) -> None:
    assert causes(text) == []


@pytest.mark.parametrize(
    "hidden", [r"\u001b", r"\u0007", r"\u202e", r"\u0000", r"\ud800", "&#x202e;", "&#155;", "&#8294;"]
)
def test_no_escape_brings_back_what_could_steer_a_terminal_or_turn_a_line_around(hidden: str) -> None:
    (found,) = complaints(f"535 5.7.8 Error: {hidden}authentication failed")

    said = str(found.failure.reply)
    assert harmless(said) == said
    assert said.encode()
    assert found.failure.cause == "login_refused"


def test_two_halves_of_a_character_are_one() -> None:
    assert undressed(json.dumps("535 5.7.8 \U0001f600 authentication failed")) == (
        '"535 5.7.8 \U0001f600 authentication failed"'
    )


def test_what_a_server_said_ends_with_its_paragraph_and_goes_on_over_a_reply_alone() -> None:
    bounce = "host mx said: 550 5.7.1 not\nallowed here\n(in reply to RCPT TO command)"
    log = "it said: a word\n" + "another line\n" * 40 + "550 5.7.1 no (in reply to RCPT TO command)"

    assert undressed(bounce) == "host mx said: 550 5.7.1 not allowed here (in reply to RCPT TO command)"
    assert undressed(log) == log
    assert undressed(bounce.replace("not\n", "not\n\n")) == bounce.replace("not\n", "not\n\n")
