"""Texts as people paste them: replies, dialogues, logs, tracebacks and bounces give their failure, other text none."""

import base64
import quopri
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.diagnosis.explain.bounce import MOST_PASTED_BYTES
from panel.diagnosis.explain.explain import NamedServer, complaints
from panel.diagnosis.match import cause_of_reply
from panel.mail.smtp.protocol import Reply, Stage
from tests.support.explained import first_told
from tests.support.paths import DATA

POSTFIX = (
    "Nov 23 10:00:00 m postfix/smtp[1]: 4F1: to=<no@example.com>, relay=mx.example.com[192.0.2.1]:25, dsn=5.1.1, "
    "status=bounced (host mx.example.com[192.0.2.1] said: 550 5.1.1 <no@example.com>: Recipient address rejected: "
    "User unknown (in reply to RCPT TO command))"
)
PYTHON = r"""Traceback (most recent call last):
  File "send.py", line 550, in <module>
smtplib.SMTPAuthenticationError: (535, b'5.7.8 Username and Password not accepted.\n5.7.8 https://support.google.com/mail/?p=BadCredentials')"""
SMTPLIB = r"""send: 'ehlo [127.0.0.1]\r\n'
reply: b'250-mx.example.com\r\n'
reply: b'250 AUTH PLAIN\r\n'
send: 'AUTH PLAIN AGEAYg==\r\n'
reply: b'535 5.7.8 Error: authentication failed\r\n'
reply: retcode (535); Msg: b'5.7.8 Error: authentication failed'"""
SWAKS = """=== Connected to mail.example.org.
<-  220 mail.example.org ESMTP
 -> EHLO box
<-  250-mail.example.org
<-  250 SIZE
 -> MAIL FROM:<a@example.org>
<-  250 2.1.0 Ok
 -> RCPT TO:<c@example.com>
<** 554 5.7.1 <c@example.com>: Relay access denied
 -> QUIT
<-  221 Bye"""
PHPMAILER = """SERVER -> CLIENT: 220 smtp.example.com
CLIENT -> SERVER: EHLO x
SERVER -> CLIENT: 250 ok
CLIENT -> SERVER: AUTH LOGIN
SERVER -> CLIENT: 334 VXNlcm5hbWU6
CLIENT -> SERVER: <credentials hidden>
SERVER -> CLIENT: 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.
SMTP Error: Could not authenticate."""
NODEMAILER = """Error: Invalid login: 535-5.7.8 Username and Password not accepted. For more information, go to
535 5.7.8  https://support.google.com/mail/?p=BadCredentials x - gsmtp
    at SMTPConnection._formatError (/x.js:784:19)
  code: 'EAUTH', responseCode: 535, command: 'AUTH PLAIN'"""
POSTFIX_BOUNCE = """<nobody@example.com>: host mx.example.com[192.0.2.1] said: 550 5.1.1
    <nobody@example.com>: Recipient address rejected: User unknown in virtual
    mailbox table (in reply to RCPT TO command)"""
EXIM_BOUNCE = """  x@gmail.com
    host gmail-smtp-in.l.google.com [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<x@gmail.com>:
    550-5.1.1 The email account that you tried to reach does not exist. Please try
    550-5.1.1 double-checking the recipient's email address for typos or
    550 5.1.1 unnecessary spaces. - gsmtp"""
QMAIL_BOUNCE = """<nobody@example.com>:
192.0.2.1 does not like recipient.
Remote host said: 550 5.1.1 <nobody@example.com>... User unknown
Giving up on 192.0.2.1."""
QMAIL_SENDER = """<kijitora@example.org>:
Connected to 192.0.2.225 but sender was rejected.
Remote host said: 550 5.7.1 <root@nijo.example.jp>... Access denied"""
SENDMAIL_SENDER = """... while talking to smtp.example.com.:
>>> MAIL From:<info@example.jp> SIZE=1234
<<< 530 5.7.0 Must issue a STARTTLS command first"""
EXIM_LOG = (
    "2026-02-13 14:39:22 1RookS-000Pg8-VO == x@example.com R=dnslookup T=remote_smtp defer (-44): SMTP error from "
    "remote mail server after RCPT TO:<x@example.com>: host mx0.gmx.com [192.0.2.90]: 450 4.3.2 Too many mails (mail "
    "bomb), try again in 1 hour(s) 25 minute(s)"
)
EXCHANGE_BOUNCE = """Diagnostic information for administrators:
Generating server: TYCPR01MB0001.jpnprd01.prod.outlook.com
someone@example.com
Remote Server returned '554 5.7.0 < mx.example.com #5.7.1 smtp;554 5.7.1 <someone@example.com>: Relay access denied>'"""
SWIFT = (
    'Expected response code "250" but got code "550", with message "550 5.7.60 SMTP; Client does not have permissions '
    'to send as this sender"'
)
REPORT = """Final-Recipient: rfc822; x@example.com
Action: failed
Status: 5.2.2
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; 552 5.2.2 <x@example.com>: Mailbox
    is full"""


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("535 5.7.8 Error: authentication failed", "login_refused", "auth"),
        ("550-5.1.1 The account does not exist.\n550 5.1.1 no such user", "recipient_unknown", "rcpt"),
        ("550 Zork", "server_permanent", None),
        (POSTFIX, "recipient_unknown", "rcpt"),
        (QMAIL_SENDER, "sender_rejected", "mail"),
        (SENDMAIL_SENDER, "tls_required", "mail"),
        (EXIM_LOG, "rate_limited", "rcpt"),
        (EXCHANGE_BOUNCE, "relay_denied", "rcpt"),
        (SWIFT, "sender_not_allowed", "mail"),
        ("Net::SMTPError: 535-5.7.8 Username and Password not accepted.", "app_password_required", "auth"),
        (PYTHON, "app_password_required", "auth"),
        (SMTPLIB, "login_refused", "auth"),
        (SWAKS, "relay_denied", "rcpt"),
        (PHPMAILER, "smtp_auth_disabled", "auth"),
        (NODEMAILER, "app_password_required", "auth"),
        ("{ code: 'EAUTH', responseCode: 535, command: 'AUTH PLAIN' }", "login_refused", "auth"),
        (POSTFIX_BOUNCE, "recipient_unknown", "rcpt"),
        (EXIM_BOUNCE, "recipient_unknown", "rcpt"),
        (QMAIL_BOUNCE, "recipient_unknown", "rcpt"),
        (REPORT, "recipient_mailbox_full", "rcpt"),
        ("** x@a.example H=mx.a.example [192.0.2.1]: SMTP error from remote mail server after end of data: "
         "552 5.3.4 Message size exceeds limit", "message_too_large", "data"),
        ("host mx.a.example[192.0.2.1] refused to talk to me: 554 5.7.1 Client host [203.0.113.9] blocked using "
         "zen.spamhaus.org", "address_blocked", "greeting"),
        ("The server response was: 5.7.57 Client not authenticated to send mail.", "auth_required", "mail"),
        ("to=<x@a.example>, relay=mx.a.example. [192.0.2.1], dsn=5.1.1, stat=User unknown", "recipient_unknown",
         "rcpt"),
        ("Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'", "recipient_unknown", "rcpt"),
        ("poplib.error_proto: b'-ERR [AUTH] Authentication failed.'", "pop_login_refused", "pop"),
        ("571 relaying mail to example.com is not allowed", "relay_denied", "rcpt"),
        (f"SMTPRecipientsRefused: {{'a@b': (550, {'宛先が存在しません'.encode()!r})}}", "recipient_unknown", "rcpt"),
        ("> 554 5.7.1 <c@example.com>: Relay access denied", "relay_denied", "rcpt"),
    ],
)  # fmt: skip
def test_a_reply_is_found_in_what_programs_write(text, cause, stage):
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    ("text", "cause", "stage"),
    [
        ("ConnectionRefusedError: [Errno 111] Connection refused", "connection_refused", "connect"),
        ("connect to mx.example.com[192.0.2.1]:25: Connection timed out", "connect_timeout", "connect"),
        ("dial tcp 203.0.113.9:587: connect: permission denied", "connection_forbidden", "connect"),
        ("Error: connect EACCES 203.0.113.9:587", "connection_forbidden", "connect"),
        ("fsockopen(): unable to connect to smtp.example.org:587 (Permission denied)", "connection_forbidden",
         "connect"),
        ("connect to mx.example.com[192.0.2.1]:25: Operation not permitted", "connection_forbidden", "connect"),
        ("PermissionError: [Errno 13] Permission denied", "connection_forbidden", "connect"),
        ("java.net.SocketException: Permission denied: connect", "connection_forbidden", "connect"),
        ("System.Net.Sockets.SocketException (10013): An attempt was made to access a socket in a way forbidden by its "
         "access permissions.", "connection_forbidden", "connect"),
        ("[WinError 10013] アクセス許可で禁じられた方法でソケットにアクセスしようとしました。", "connection_forbidden",
         "connect"),
        ("socket.gaierror: [Errno -2] Name or service not known", "dns_not_found", "resolve"),
        ("php_network_getaddresses: getaddrinfo failed: Temporary failure in name resolution", "dns_unavailable",
         "resolve"),
        ("<x@gone.example>: Host or domain name not found. Name service error for name=gone.example type=MX: Host "
         "not found", "recipient_domain", "rcpt"),
        ("ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1007)", "tls_wrong_mode", "tls"),
        ("certificate verify failed: certificate has expired", "certificate_expired", "tls"),
        ("certificate verify failed: Hostname mismatch, certificate is not valid for 'a.example'",
         "certificate_hostname", "tls"),
        ("Error: self-signed certificate in certificate chain", "certificate_untrusted", "tls"),
        ("smtplib.SMTPNotSupportedError: STARTTLS extension not supported by server.", "starttls_not_offered",
         "starttls"),
        ("smtplib.SMTPNotSupportedError: SMTP AUTH extension not supported by server.", "auth_not_offered", "auth"),
        ("smtplib.SMTPServerDisconnected: Connection unexpectedly closed", "connection_lost", None),
        ("C: MAIL FROM:<a@b>\nS: 250 ok\nC: RCPT TO:<c@d>\nConnection closed by foreign host.", "connection_lost",
         "rcpt"),
        ("HTTP/1.1 400 Bad Request", "not_smtp", "greeting"),
        ("<x@gone.example>:\nSorry, I couldn't find any host named gone.example. (#5.1.2)", "recipient_domain", "rcpt"),
        ("User tanaka (tanaka@example.com) not listed in Domino Directory", "recipient_unknown", "rcpt"),
        ("curl: (67) Login denied", "login_refused", "auth"),
        ("certificate verify failed: EE certificate key too weak", "tls_handshake", "tls"),
        ("0x800CCC0F : '送信メール (SMTP) サーバーに接続できません。'", "connection_lost", None),
    ],
)  # fmt: skip
def test_what_a_program_saw_itself_is_found_where_no_server_replied(text, cause, stage):
    assert first_told(text) == (cause, stage)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dear support, I cannot send 500 mails. It took 450 ms. Thanks",
        "500 messages were sent today.",
        "C: EHLO x\nS: 250 ok\nC: MAIL FROM:<a@b>\nS: 250 2.1.0 ok",
        "Version 5.1.2 was installed at 10:55:00",
        "GET /index.html 404 Not Found",
        "PermissionError: [Errno 13] Permission denied: '/var/lib/app/mail.db'",
        "Name: Marks\nStreet:\n458 Walkman Dr.\nCity: Royal Oak\nState: MI\nPhone:\n500 500 500\nAge: 50\nHat: 55\n",
    ],
)
def test_where_nobody_refused_anything_nothing_is_found(text):
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "535 5.7.8 Error: authentication failed: generic failure",
        "smtplib.SMTPAuthenticationError: (535, b'5.7.8 Error: authentication failed: Connection lost to "
        "authentication server')",
        "poplib.error_proto: b'-ERR [SYS/TEMP] Temporary authentication failure.'",
    ],
)
def test_a_login_that_could_not_be_checked_is_explained_as_such(text):
    assert [each.diagnosis.cause.name for each in complaints(text)] == ["login_unavailable"]


COMMANDS = {"auth": "AUTH PLAIN", "mail": "MAIL FROM", "rcpt": "RCPT TO", "data": "end of DATA"}
WRAPPINGS = {
    "postfix": "to=<a@b.example> (host {host}[192.0.2.1] said: {reply} (in reply to {command} command))",
    "exim": "** a@b.example H={host} [192.0.2.1]: SMTP error from remote mail server after {command}: {reply}",
    "quoted": "Since today our shop says:\n\n> host {host} said: {reply} (in reply to {command} command)\n\nWhy?",
}


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_a_reply_in_a_log_has_the_cause_of_the_reply_alone(wrapping):
    wrong = []
    for row in (DATA / "replies_unseen.tsv").read_text("utf-8").splitlines()[1:]:
        _, host, stage, reply = row.split("\t")
        alone = cause_of_reply(Stage(stage), Reply(int(reply[:3]), (reply[4:],)), host)
        if stage in COMMANDS:
            text = WRAPPINGS[wrapping].format(host=host, reply=reply, command=COMMANDS[stage])
            wrong += [text] if [each.failure.cause for each in complaints(text)] != [alone] else []

    assert not wrong, "\n".join(wrong)


def test_a_dialogue_is_told_by_the_refusal_that_stood():
    text = "C: AUTH CRAM-MD5\nS: 535 no\nC: AUTH LOGIN\nS: 235 ok\nC: MAIL FROM:<a@b>\nS: 452 4.3.1 disk is full"

    assert [each.failure.stage for each in complaints(text)] == [Stage.MAIL]


def test_pipelined_replies_belong_to_their_commands():
    text = (
        "C: MAIL FROM:<a@b>\nC: RCPT TO:<c@d>\nC: DATA\n"
        "S: 250 ok\nS: 550 5.1.1 User unknown\nS: 554 5.5.1 Error: no valid recipients"
    )

    assert [(each.failure.stage, str(each.failure.reply)) for each in complaints(text)] == [
        (Stage.RCPT, "550 5.1.1 User unknown")
    ]


def test_each_recipient_of_a_program_s_error_is_told():
    text = "smtplib.SMTPRecipientsRefused: {'a@b': (550, b'5.1.1 User unknown'), 'c@d': (452, b'4.2.2 Mailbox full')}"

    assert [each.failure.cause for each in complaints(text)] == ["recipient_unknown", "recipient_mailbox_full"]


def test_the_server_and_its_port_are_read_from_the_text():
    assert (complaints(POSTFIX)[0].server.host, complaints(POSTFIX)[0].server.port) == ("mx.example.com", 25)


NOT_ACCEPTED = "Username and Password not accepted. For more information, go to https://support.google.com/mail/"


@pytest.mark.parametrize(
    "text",
    [
        f"[error] => Password command failed\n[detail] => {NOT_ACCEPTED}\n[smtp_code] => 535\n[smtp_code_ex] => 5.7.8",
        f"Error code: 535\nError message: {NOT_ACCEPTED}",
        f"SERVER -> CLIENT: {NOT_ACCEPTED}\nSERVER -> CLIENT: 535",
        f"SERVER -> CLIENT: 535-5.7.8 {NOT_ACCEPTED}\nSERVER -> CLIENT: 535 5.7.8",
        f"{NOT_ACCEPTED}\n535-5.7.8\n",
        f"535 5.7.8 {NOT_ACCEPTED}\nSMTP Error: Could not authenticate.\nSMTP code: 535 Additional SMTP info: 5.7.8",
    ],
)
def test_words_in_a_line_beside_a_bare_code_tell_more_than_it(text):
    assert first_told(text) == ("app_password_required", "auth")
    assert len(complaints(text)) == 1


def test_a_marked_reply_without_its_command_is_of_no_step_that_is_made_up():
    assert first_told("S: 220 mx.a.example ESMTP\nS: 550 Zork is not here") == ("server_permanent", None)
    assert first_told("S: 554 5.7.1 No SMTP service here")[1] == "greeting"


@pytest.mark.parametrize(
    ("later", "causes"),
    [
        ("INFO mail sent successfully to a@b.example", []),
        ("relay=mx[192.0.2.1]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as X)", []),
        ("mail was not sent successfully", ["connection_lost"]),
        ("the mail was sent\nSMTPServerDisconnected: Connection unexpectedly closed", ["connection_lost"]),
    ],
)
def test_what_a_program_got_over_is_no_cause(later, causes):
    text = f"smtplib.SMTPServerDisconnected: Connection unexpectedly closed\nretrying\n{later}"

    assert [each.failure.cause for each in complaints(text)] == causes


@pytest.mark.parametrize(
    "text",
    [
        "net/smtp.rb:630:in `open': Connection refused",
        'File "/usr/lib/python3.11/smtplib.py", line 398, in getreply\nConnection unexpectedly closed',
        "connect ECONNREFUSED 203.0.113.9:587 at TCPConnectWrap.afterConnect (net.js:1138:16)",
        "org.apache.Connector.java:12 server Connector.java Connection refused",
        "server mail.json: Connection refused",
        "com.sun.mail.util.MailConnectException: Connection refused",
        "smtp.connect(): Connection refused",
        "/etc/mail/sendmail.mc: Connection refused",
    ],
)
def test_a_source_file_is_no_server(text):
    assert complaints(text)[0].server == NamedServer()


@pytest.mark.parametrize("name", ["smtp.wp.pl", "mail.example.sh", "mail.ru", "smtp.example.org"])
def test_a_server_is_one_in_any_country_and_behind_a_source_file(name):
    assert complaints(f"net/smtp.rb:630: Connection refused - {name}:587")[0].server == NamedServer(name, 587)


def test_the_given_host_and_stage_win():
    found = complaints("550 5.7.0 Denied", stage=Stage.DATA, host="smtp.gmail.com")[0]

    assert (found.server.host, found.failure.stage) == ("smtp.gmail.com", Stage.DATA)


def test_a_misspelt_host_is_mended_in_one_click():
    found = complaints("Error: getaddrinfo ENOTFOUND smtp.gmial.com")[0]

    assert found.diagnosis.suggestion == {"smtp_host": "smtp.gmail.com"}


def bounce(diagnostic, words="Sorry."):
    """Build a bounce as RFC 3464 lays it out."""
    report = (
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example.org\n\n"
        f"Final-Recipient: rfc822; x@example.com\nAction: failed\nStatus: 5.0.0\n"
        f"Remote-MTA: dns; mx.example.com\nDiagnostic-Code: {diagnostic}\n"
    )
    original = "Content-Type: message/rfc822\n\nSubject: Error: 535 5.7.8 authentication failed\n\nbody\n"
    return (
        "From: MAILER-DAEMON@mail.example.org\nSubject: Undelivered Mail\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\n{words}\n--b\n{report}\n--b\n{original}\n--b--\n"
    )


def test_a_bounce_is_told_by_its_report_and_not_by_what_came_back():
    found = complaints(bounce("smtp; 550-5.2.2 The mailbox\n 550 5.2.2 is full"))

    assert [each.failure.cause for each in found] == ["recipient_mailbox_full"]
    assert found[0].server.host == "mx.example.com"


def test_a_bounce_takes_its_stage_from_the_words_beside_the_report():
    words = "host mx.example.com said: 550 Refused (in reply to end of DATA command)"

    assert complaints(bounce("smtp; 550 Refused", words))[0].stage is Stage.DATA


@pytest.mark.parametrize("charset", ["iso-2022-jp", "shift_jis", "utf-8", "euc-jp"])
@pytest.mark.parametrize("cte", ["base64", "quoted-printable"])
def test_japanese_bounces_are_read_in_every_encoding(charset, cte):
    message = EmailMessage()
    message["Subject"] = "bounce"
    message.set_content("配送できませんでした。\n550 5.1.1 宛先のユーザーが存在しません\n", charset=charset, cte=cte)

    assert "宛先のユーザーが存在しません" in str(complaints(message.as_bytes())[0].failure.reply)


@pytest.mark.parametrize("charset", ["iso-2022-jp", "cp932", "euc-jp"])
def test_raw_japanese_bytes_are_read(charset):
    assert "宛先" in str(complaints("エラーです\n550 宛先が存在しません".encode(charset))[0].failure.reply)


def test_a_body_is_decoded_without_its_header():
    text = "このメールは届きませんでした。\n550 5.1.1 宛先のユーザーが存在しません\n".encode()

    assert complaints(base64.encodebytes(text))[0].failure.cause == "recipient_unknown"
    assert complaints(quopri.encodestring(text))[0].failure.cause == "recipient_unknown"


def test_what_steers_a_terminal_is_left_out():
    assert "\x1b" not in str(complaints("550 5.1.1 \x1b[31mUser unknown")[0].failure.reply)


PIECES = st.sampled_from(
    ["550 ", "550-", "5.1.1 ", "(535, b'", "\\n", "\n", "C: ", "S: ", "RCPT TO:<a@b>", "-ERR ", "host a.example said: ",
     "Content-Type: multipart/report; boundary=b\n", "--b\n", "Diagnostic-Code: smtp; ", "<a ", "=", "\x1b$B", "  "]
)  # fmt: skip


@given(st.one_of(st.text(), st.binary(), st.lists(PIECES, max_size=60).map("".join)))
def test_no_text_is_an_error(text):
    assert all(each.diagnosis.what.translated(str) for each in complaints(text))


@pytest.mark.parametrize(
    "piece", ["550 ", "(535, b'", "a.", "<a", " ", "\n", "=20", "--b\n", "Status: 5.0.0\n\n", "5: "]
)
def test_a_text_that_is_far_too_long_is_no_error(piece):
    complaints("Final-Recipient: x\n\n" + piece * (2 * MOST_PASTED_BYTES // len(piece)))


def test_messages_nested_by_the_thousand_are_no_error():
    layers = (f"Content-Type: multipart/mixed; boundary=b{each}\n\n--b{each}\n" for each in range(2_000))

    assert complaints("".join(layers)) == []


REFUSAL = b"550 5.1.1 <taro@example.net>: Recipient address rejected: User unknown\r\n"
HEAD = b"From: MAILER-DAEMON@example.org\r\nMIME-Version: 1.0\r\nMessage-ID: <1@example.org>\r\n"
BROKEN = {
    "nested": b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(900)),
    "messages": b"Content-Type: message/rfc822\r\n\r\n" * 1500,
    "no charset": b"Content-Type: text/plain; charset=\x00\r\n\r\n",
    "a long charset": b"Content-Type: text/plain; charset=" + b"x" * 300 + b"\r\n\r\n",
    "a codec": b"Content-Type: text/plain; charset=rot13\r\n\r\n",
    "a codec of names": b"Content-Type: text/plain; charset=idna\r\n\r\n",
    "an undefined charset": b"Content-Type: text/plain; charset=undefined\r\n\r\n",
    "8-bit charset": b"Content-Type: text/plain; charset=\xe9\r\n\r\n",
    "extended charset": b"Content-Type: text/plain; charset*=\xff'x'%ff\r\n\r\n",
    "8-bit encoding": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: \xff\r\n\r\n",
    "8-bit type": b"Content-Type: \xff/\xff\r\n\r\n",
    "no base64": b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n=",
    "a broken continuation": b"Content-Type: text/plain; charset*0*=utf-8''%; charset*99999999999999999999=x\r\n\r\n",
    "a boundary that is none": b'Content-Type: multipart/report; boundary=""\r\n\r\n--\r\n',
    "a field of a report": b"Content-Type: message/delivery-status\r\n\r\n"
    b"Diagnostic-Code: \xff\r\nStatus: =?x?q?a?=\r\n\r\n",
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("as_text", [False, True])
def test_broken_mime_is_read_as_far_as_it_goes(kind: str, as_text: bool) -> None:
    pasted = HEAD + BROKEN[kind] + REFUSAL

    found = complaints(pasted.decode("utf-8", "surrogateescape") if as_text else pasted)

    assert [each.diagnosis.cause.name for each in found] in ([], ["recipient_unknown"])


@pytest.mark.parametrize("kind", ["nested", "messages", "no charset", "a codec", "8-bit charset"])
def test_a_refusal_in_broken_mime_is_found(kind: str) -> None:
    found = complaints(HEAD + BROKEN[kind] + REFUSAL)

    assert [each.diagnosis.cause.name for each in found] == ["recipient_unknown"]
