"""A login by OAuth2 is told from one with a password, by its method or by the server's challenge."""

from __future__ import annotations

import base64

import pytest

from panel.diagnosis.explain.explain import complaint_to_json, complaints
from panel.diagnosis.explain.sign_in import is_by_token
from tests.support.explained import first_told

OUTLOOK = "535 5.7.3 Authentication unsuccessful [FR3P281CA0094.DEUP281.PROD.OUTLOOK.COM]"
GMAIL = "535-5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8 BadCredentials - gsmtp"
WHY = base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}').decode()


@pytest.mark.parametrize(
    "text",
    [
        f"AUTH XOAUTH2 dXNlcj0=\n{OUTLOOK}",
        f"C: AUTH OAUTHBEARER\nS: 334 \nC: bixhPWE=\nS: {OUTLOOK}",
        f"send: 'AUTH XOAUTH2 dXNlcj1hAWF1dGg9\\r\\n'\nreply: b'{OUTLOOK}\\r\\n'",
        f"smtplib.SMTPAuthenticationError: (535, b'{OUTLOOK[4:]}')\n  smtp.docmd('AUTH', 'XOAUTH2 ' + token)",
        f"(334, b'{WHY}')",
        f'Authenticator XOAUTH2 returned 535 "{OUTLOOK}"',
        f"334 {WHY}\n{GMAIL}",
        f"SERVER -> CLIENT: 334 {WHY}\nSMTP ERROR: AUTH command failed: 334 {WHY}\nSMTP Error: Could not authenticate.",
        f"javax.mail.AuthenticationFailedException: 334 {WHY}",
        '334 decoded: {"status":"401","schemes":"bearer","scope":"mail"}\n535 5.7.8 Error: authentication failed:',
        f"DEBUG SMTP: Attempt to authenticate using mechanisms: XOAUTH2\nAuthenticationFailedException: {OUTLOOK}",
        f"$mail->AuthType = 'XOAUTH2';\nSMTP Error: Could not authenticate. {OUTLOOK}",
        f"auth: {{ type: 'OAuth2', user: 'a@example.org' }}\nError: Invalid login: {OUTLOOK}",
        f"MailKit.Security.AuthenticationException: {OUTLOOK}\n  new SaslMechanismOAuth2 (user, token)",
    ],
)
def test_a_refused_login_by_token_is_one(text: str) -> None:
    told = complaint_to_json(complaints(text)[0], str)

    assert told["cause"] == "oauth_token_refused"
    assert told["stage"] == "auth"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        # the method is offered, and another one was used
        ("S: 250-AUTH XOAUTH2 LOGIN\nC: AUTH LOGIN\nS: 334 VXNlcm5hbWU6\nS: 535 5.7.8 authentication failed", "login"),
        (
            "DEBUG SMTP: Attempt to authenticate using mechanisms: LOGIN PLAIN DIGEST-MD5 NTLM XOAUTH2\nDEBUG SMTP: "
            "AUTH LOGIN command trace suppressed\n535 5.7.8 Error: authentication failed",
            "login",
        ),
        ("AUTH XOAUTH2 dXNl\nAUTH PLAIN AGEAYg==\n535 5.7.8 Error: authentication failed", "login"),
        ("Auth methods available on the server: LOGIN,PLAIN,XOAUTH2\n535 5.7.8 Error: authentication failed", "login"),
        ("334 UGFzc3dvcmQ6\n535 5.7.8 Error: authentication failed", "login"),
    ],
)
def test_a_login_with_a_password_stays_one(text: str, cause: str) -> None:
    assert complaints(text)[0].diagnosis.cause.name == f"{cause}_refused"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (
            f"AUTH XOAUTH2 dXNl\n{OUTLOOK[:9]}139 SmtpClientAuthentication is disabled for the Tenant.",
            "smtp_auth_disabled",
        ),
        ("AUTH XOAUTH2 dXNl\n235 2.7.0 Accepted\nRCPT TO:<a@example.com>\n550 5.1.1 User unknown", "recipient_unknown"),
        (
            "invalid_grant of last week\n550 5.1.1 <a@example.com>: Recipient address rejected: User unknown",
            "recipient_unknown",
        ),
        (
            "token of https://login.microsoftonline.com is there\nconnect to smtp.office365.com[203.0.113.1]:587: "
            "Connection timed out",
            "connect_timeout",
        ),
    ],
)
def test_what_has_another_reason_keeps_it(text: str, cause: str) -> None:
    assert complaints(text)[0].diagnosis.cause.name == cause


def test_what_the_server_of_tokens_said_tells_more_than_the_mail_server() -> None:
    text = f"AADSTS7000222: The provided client secret keys for app 'x' are expired.\n{OUTLOOK}"

    told = complaints(text)[0]

    assert told.diagnosis.cause.name == "oauth_client_refused"
    assert told.failure.reply is not None
    assert told.failure.reply.code == 535


def test_an_answer_of_http_is_shown_as_no_reply_of_a_mail_server() -> None:
    told = complaints('send failed: 400 Bad Request {"error": "invalid_grant", "error_description": "Bad Request"}')[0]

    assert told.diagnosis.cause.name == "oauth_signin_required"
    assert told.failure.reply is None


@pytest.mark.parametrize("text", ["334 ey", "334 eyJub3RoaW5nIjoxfQ==", "334 " + "ey" + "A" * 4_001, "XOAUTH2", ""])
def test_what_is_no_challenge_is_taken_for_none(text: str) -> None:
    assert not is_by_token(text)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("ClientAuthError: network_error: Network request failed\n at executePost", "oauth_server_unreachable"),
        ("AADSTS7000216: 'client_assertion', 'client_secret' or 'request' is required", "oauth_client_refused"),
        ('{"error":{"code":"ErrorAccessDenied","message":"Access is denied. Check credentials and try again."}}',
         "oauth_consent_missing"),
        ("XOAUTH2 authentication failed: xoauth2handler got: {u'error': u'invalid_grant'}", "oauth_signin_required"),
        ("XOAUTH2 authentication failed", "oauth_token_refused"),
        ("The resource principal named https://graph.example was not found in the tenant named a.example",
         "oauth_scope_wrong"),
        ("Caught exception while requesting OAuth 2.0 credentials: <HTTPError 401: 'Unauthorized'>",
         "oauth_client_refused"),
        ("Caught exception while requesting OAuth 2.0 credentials for a@a.example: <HTTPError 400: 'Bad Request'>",
         "oauth_signin_required"),
    ],
)  # fmt: skip
def test_a_sign_in_elsewhere_is_no_refused_password(text: str, cause: str) -> None:
    assert first_told(text) == (cause, "auth")
