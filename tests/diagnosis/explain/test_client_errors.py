"""What administrators paste, as far as it is short: which causes are found, and which are taken for others."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.explain.client_errors import WORDINGS
from panel.diagnosis.explain.explain import NO_REASON, NOTHING_FOUND, complaints, explain
from tests.support.explained import first_told
from tests.support.paths import DATA


class Pasted(NamedTuple):
    """A text, what it was labelled with, and what was found."""

    causes: tuple[str, ...]
    kind: str
    text: str
    found: str


def pasted() -> Iterator[Pasted]:
    for line in (DATA / "pasted.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            causes, kind, _, text = line.split("\t")
            told = complaints(json.loads(text))
            yield Pasted(tuple(causes.split("|")), kind, text, told[0].diagnosis.cause.name if told else "none")


@pytest.fixture(scope="module")
def asked() -> list[Pasted]:
    return list(pasted())


def wrong(row: Pasted) -> bool:
    return row.found not in row.causes and row.found != "none" and not CAUSES[row.found].generic


@pytest.mark.parametrize("kind", ["client", "clothing", "oauth", "other-language", "report"])
def test_most_texts_have_their_cause_and_hardly_one_has_a_wrong_one(kind: str, asked: list[Pasted]) -> None:
    rows = [row for row in asked if row.kind == kind]
    confusions: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        confusions[row.causes[0]][row.found if row.found not in row.causes else "right"] += 1
    for cause in sorted(confusions):  # the table of confusions
        print(f"{cause:26} {confusions[cause].pop('right', 0):4}  {dict(confusions[cause]) or ''}")

    right = sum(row.found in row.causes for row in rows)
    mistaken = [f"{row.causes} taken for {row.found}: {row.text}" for row in rows if wrong(row)]

    assert right >= 0.8 * len(rows)
    assert len(mistaken) <= max(1, 0.06 * len(rows)), "\n".join(mistaken)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("サーバーの名前が証明書と一致しません。", "certificate_hostname"),
        ("SMTP サーバ smtp.example.jp は STARTTLS をサポートしていないため、送信できません。", "starttls_not_offered"),
        ("Der Server unterstützt kein STARTTLS!", "starttls_not_offered"),
        ("服务器不支持 STARTTLS！", "starttls_not_offered"),
        ('{:error, {:no_more_hosts, {:missing_requirement, ~c"mail.example.org", :tls}}}', "starttls_not_offered"),
        ('{:error, {:no_more_hosts, {:missing_requirement, ~c"mail.example.org", :auth}}}', "auth_not_offered"),
        ('{:error, {:no_more_hosts, {:permanent_failure, ~c"smtp.example.org", :auth_failed}}}', "login_refused"),
    ],
)
def test_words_that_many_programs_share_are_found_in_other_languages(text: str, cause: str) -> None:
    assert [each.diagnosis.cause.name for each in complaints(text)] == [cause]


def test_each_label_is_a_cause() -> None:
    labels = {cause for row in pasted() for cause in row.causes}

    assert labels - {"none"} <= CAUSES.keys()


def test_each_family_of_programs_says_more_than_a_few_sentences() -> None:
    named = {row.said_by.split()[0].strip(",") for row in WORDINGS}

    assert {"Go", "Python", "lettre", "nodemailer", "PHPMailer", "Postfix", "Exim", "OpenSSL", "GnuTLS"} <= named


NET = "System.Net.Mail.SmtpException: Failure sending mail.\n ---> System.Net.WebException: "
SPRING = "org.springframework.mail.MailSendException: Mail server connection failed; nested exception is "


@pytest.mark.parametrize(
    "text",
    [
        "javax.mail.MessagingException: Could not connect to SMTP host: smtp.a.example, port: 587",
        f"{SPRING}com.sun.mail.util.MailConnectException: Couldn't connect to host, port: a.example, 25; timeout 5000",
        "org.simplejavamail.MailException: Was unable to connect to SMTP server",
        "SMTP Error: Could not connect to SMTP host. Failed to connect to server",
        "SMTPエラー: SMTPホストに接続できませんでした。",
        "SMTP-Fehler: Konnte keine Verbindung zum SMTP-Host herstellen.",
        "Error SMTP: Imposible conectar al servidor SMTP.",
        "SMTP 錯誤：無法連線到 SMTP 主機。",
        "SMTP Error (-1): Connection to server failed.",
        "PHP Warning:  stream_socket_client(): unable to connect to ssl://smtp.a.example:465 (Unknown error)",
        'TransportException: Connection could not be established with host "ssl://smtp.a.example:465"',
        f"{NET}Unable to connect to the remote server",
        "Unable to initialize SMTP properly. Check config and use --smtp-debug. VALUES: server=mail.a.example port=25",
        'result="TempFail" stat="Network error on destination MXs"',
        "ssmtp: Cannot open mailhub:25",
    ],
)
def test_a_connection_that_failed_without_a_reason_has_no_cause(text: str) -> None:
    assert explain(text) == ([], NO_REASON)


def test_a_text_about_something_else_lacks_no_reason() -> None:
    assert explain("How do I set up SMTP for my shop?") == ([], NOTHING_FOUND)


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("java.net.ConnectException: Connection refused", "connection_refused"),
        ("java.net.ConnectException: Die Wartezeit f\u00c3\u00bcr die Verbindung ist abgelaufen", "connect_timeout"),
        ("java.net.UnknownHostException: smtp.a.example", "dns_not_found"),
    ],
)
def test_the_reason_that_stands_below_is_told(reason: str, cause: str) -> None:
    text = (
        f"MessagingException: Could not connect to SMTP host: a.example, port: 465;\n  nested exception is:\n{reason}"
    )

    assert complaints(text)[0].diagnosis.cause.name == cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("setroubleshoot: SELinux is preventing php-fpm from name_connect access on port 587.", "connection_forbidden"),
        ("The issuer certificate of a locally looked up certificate could not be found", "certificate_untrusted"),
        ("ERROR can't STARTTLS: 2.0.0 Ready to start TLS", "starttls_failed"),
        ("(TLS error from 'mx.a.example': STARTTLS not advertised by host.)", "starttls_not_offered"),
        ("SENT_EHLO: Smtp server does not advertise AUTH capability, code: 0", "auth_not_offered"),
        ("2016/02/16 12:25:25 worker.go:193: EOF", "connection_lost"),
        ("SMTP NOTICE: EOF caught while checking if connected\nSMTP Error: Could not authenticate.", "connection_lost"),
        ("SMTP Error: Could not authenticate.", "login_refused"),
    ],
)
def test_the_words_that_tell_more_count(text: str, cause: str) -> None:
    assert first_told(text)[0] == cause


SESSION = "220 mx.a.example ESMTP\nehlo b.example\n250 HELP\nmail from: x@b.example\n250 Ok\nquit\n"


@pytest.mark.parametrize(
    "text",
    [
        f"$ telnet localhost 25\n{SESSION}221 Bye\nConnection closed by foreign host.",
        "Certificates are checked from now on. Set VERIFY=false if using self-signed certificates.",
        "2025-08-25T08:00:02.981+01:00 ERROR 1 --- [pay-mail-sender] [main] c.c.Consumer : The error is in exception",
        '198.51.100.8 - - [16/Feb/2016:12:22:39 +0400] "POST /api/send_test_email HTTP/1.1" 500 58 "-" "Mozilla/5.0"',
        "[main][INFO] up\n" * 8
        + "[auth][ERROR] Error decoding JWT\n[api][ERROR] Invalid or expired JWT. IP: 192.0.2.1",
    ],
)
def test_what_ended_well_or_is_no_mail_has_no_cause(text: str) -> None:
    assert complaints(text) == []


def test_a_session_that_breaks_off_before_its_end_is_lost() -> None:
    assert first_told(f"{SESSION}Connection closed by foreign host.")[0] == "connection_lost"


def test_who_has_greeted_did_not_fail_to_answer() -> None:
    text = "[S] 220 mx.a.example Microsoft ESMTP MAIL Service\n[C] EHLO b.example\nWinsock error[10060]: A connection"

    assert first_told(text) == ("reply_timeout", "ehlo")
