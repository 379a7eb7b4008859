"""What MAIL and RCPT say where a report is asked for, and how a server refuses to hear it."""

from __future__ import annotations

import pytest

from panel.mail.dsn.envid import MOST_ENVID, envid_of
from panel.mail.dsn.parameters import mail_parameters, may_mean_parameters, rcpt_parameters
from panel.mail.dsn.xtext import MOST_ORCPT


def test_the_header_alone_comes_back_under_our_number() -> None:
    assert mail_parameters("105.1c0ffee5@example.org") == " RET=HDRS ENVID=105.1c0ffee5@example.org"
    assert mail_parameters("a=b+c") == " RET=HDRS ENVID=a+3Db+2Bc"


def test_a_recipient_is_named_as_we_have_meant_it() -> None:
    assert rcpt_parameters("failure,delay", "a+b@example.net") == " NOTIFY=FAILURE,DELAY ORCPT=rfc822;a+2Bb@example.net"


def test_a_very_long_address_goes_without_its_second_writing() -> None:
    assert rcpt_parameters("never", "=" * 250 + "@x.jp") == " NOTIFY=NEVER"


def test_no_command_is_longer_than_every_server_takes() -> None:
    envid = envid_of(10**18 - 1, "<x@y>", "a" * 255)

    assert len(mail_parameters(envid)) <= len(" RET=HDRS ENVID=") + MOST_ENVID
    longest = max((f"{'=' * n}@x.jp" for n in range(1, 249)), key=lambda each: len(rcpt_parameters("never", each)))
    assert len(rcpt_parameters("failure,delay,success", longest)) <= 500 + len(" NOTIFY=FAILURE,DELAY,SUCCESS ORCPT=")
    assert MOST_ORCPT == 500


@pytest.mark.parametrize(
    "reply",
    [
        (555, "5.5.4", "Unsupported option: ENVID=105"),  # Postfix
        (501, "5.5.4", "Syntax: RCPT TO:<address>"),
        (501, None, "NOTIFY=FAILURE,DELAY: malformed address"),  # Exim
        (555, None, "syntax error (#5.5.4)"),  # qmail
        (504, "5.5.4", "Command parameter not implemented"),
        (500, "5.5.2", "Line too long"),
        (550, "5.7.1", "DSN is not allowed here"),
        (553, None, "RET parameter not supported"),
    ],
)
def test_a_refusal_that_may_be_about_them_is_known(reply: tuple[int, str | None, str]) -> None:
    assert may_mean_parameters(*reply)


@pytest.mark.parametrize(
    "reply",
    [
        (550, "5.1.1", "User unknown"),
        (501, "5.1.3", "Bad recipient address syntax"),
        (501, "5.1.7", "Bad sender address syntax"),
        (553, "5.7.1", "Sender address rejected: not owned by user"),
        (554, None, "Relay access denied"),
        (451, "4.5.4", "NOTIFY is not known just now"),
        (421, None, "DSN: too many errors"),
        (250, None, "NOTIFY"),
    ],
)
def test_one_about_the_address_is_not(reply: tuple[int, str | None, str]) -> None:
    assert not may_mean_parameters(*reply)
