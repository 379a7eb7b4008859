"""Reports in words of their own, as servers and services write them."""

from __future__ import annotations

import pytest

from panel.diagnosis.bounces.judging import judge_reported
from panel.diagnosis.bounces.reading import read_report
from panel.diagnosis.bounces.report import Fate, MailReport

EXIM = """From: Mail Delivery System <Mailer-Daemon@mx.example.org>
Subject: Mail delivery failed: returning message to sender
X-Failed-Recipients: nobody@example.net

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  nobody@example.net
    host mx.example.net [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<nobody@example.net>:
    550 5.1.1 <nobody@example.net>: Recipient address rejected: User unknown

------ This is a copy of the message, including all the headers. ------

Return-path: <bounces@example.jp>
Message-ID: <1@app.example.org>
To: someone@else.example

body
"""
EXIM_WARNING = """From: Mail Delivery System <Mailer-Daemon@mx.example.org>
Subject: Warning: message 1Abc delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.org.

The message identifier is:     1Abc
The address to which the message has not yet been delivered is:

  nobody@example.net
    host mx.example.net [192.0.2.1]
    Delay reason: SMTP error from remote mail server after end of data:
    451 4.7.1 Greylisted, please try again

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals.
"""
QMAIL = """From: MAILER-DAEMON@mx.example.org
Subject: failure notice

Hi. This is the qmail-send program at mx.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<nobody@example.net>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 User unknown
Giving up on 192.0.2.1.

--- Below this line is a copy of the message.

Return-Path: <bounces@example.jp>
Message-ID: <1@app.example.org>

body
"""
SENDMAIL = """From: Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>
Subject: Returned mail: see transcript for details

The original message was received at Mon, 23 Nov 2026 09:00:00 GMT
from app.example.org [192.0.2.9]

   ----- The following addresses had permanent fatal errors -----
<nobody@example.net>
    (reason: 550 5.1.1 <nobody@example.net>... User unknown)

   ----- Transcript of session follows -----
... while talking to mx.example.net.:
>>> DATA
<<< 550 5.1.1 <nobody@example.net>... User unknown

   ----- Original message follows -----
Message-ID: <1@app.example.org>
"""
EXCHANGE = """From: System Administrator <postmaster@example.net>
Subject: Undeliverable: a
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

Your message

  To:      nobody@example.net
  Subject: a

did not reach the following recipient(s):

nobody@example.net on Mon, 23 Nov 2026 09:00:00 -0000
    The e-mail account does not exist at the organization this message was sent to.
    <mx.example.net #5.1.1 smtp;550 5.1.1 User unknown>

--b
Content-Type: message/rfc822

Message-ID: <1@app.example.org>

body
--b--
"""
GMAIL = """From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
Subject: Delivery Status Notification (Failure)
X-Failed-Recipients: nobody@example.net
References: <1@app.example.org>
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: quoted-printable

<p>Your message wasn't delivered to <b>nobody@example.net</b> because the address couldn't be found.</p><p>The respo=
nse was:</p><p>550 5.1.1 The email account that you tried to reach does not exist.</p>
"""
DRAGONFLY = """From: MAILER-DAEMON <>
Subject: Mail delivery failed

This is the DragonFly Mail Agent v0.13 at app.example.org.

There was an error delivering your mail to <nobody@example.net>.

mx.example.net [192.0.2.1] did not like our RCPT TO:
550 5.1.1 <nobody@example.net>: User unknown

Message headers follow.

Message-Id: <1@app.example.org>
"""


@pytest.mark.parametrize("text", [EXIM, QMAIL, SENDMAIL, EXCHANGE, GMAIL, DRAGONFLY])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_it_tells_who_why_and_of_which_message(text: str, end: str) -> None:
    found = read_report(text.replace("\n", end).encode())

    assert isinstance(found, MailReport), found
    [reported] = found.recipients
    assert (reported.final, reported.fate) == ("nobody@example.net", Fate.BOUNCED)
    assert judge_reported(reported).cause == "recipient_unknown"
    assert found.message_ids == ("<1@app.example.org>",)


def test_a_warning_is_a_delay() -> None:
    found = read_report(EXIM_WARNING.encode())

    assert isinstance(found, MailReport)
    [reported] = found.recipients
    assert reported.fate is Fate.DELAYED
    assert judge_reported(reported).cause == "greylisted"


def test_each_recipient_has_words_of_their_own() -> None:
    second = "<full@example.net>:\nRemote host said: 552 5.2.2 Mailbox full\n\n--- Below"
    found = read_report(QMAIL.replace("--- Below", second).encode())

    assert isinstance(found, MailReport)
    causes = {each.final: judge_reported(each).cause for each in found.recipients}
    assert causes == {"nobody@example.net": "recipient_unknown", "full@example.net": "recipient_mailbox_full"}


def test_who_only_writes_about_mail_reports_nothing() -> None:
    """A person, by any subject, who quotes nothing of a report."""
    text = "From: hanako@example.org\nSubject: failure notice\n\nMail to <nobody@example.net> fails: 550 5.1.1\n"

    assert not isinstance(read_report(text.encode()), MailReport)
    assert isinstance(read_report(text.replace("hanako@", "MAILER-DAEMON@").encode()), MailReport)
