"""A login by OAuth2 that failed: what the server that gives tokens said, or the mail server of the token."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from panel.diagnosis.diagnose import diagnose
from panel.diagnosis.match import cause_of
from panel.mail.smtp.protocol import Failure, Stage
from tests.support.mail import reply

GOOGLE = '{"status": "400", "schemes": "Bearer", "scope": "https://mail.google.com/"}'
DOVECOT = (
    '{"status": "401", "schemes": "bearer", "scope": "mail", '
    '"openid-configuration": "https://id.example.jp/.well-known/openid-configuration"}'
)


def at_auth(said: str, reason: str = "", mechanism: str = "XOAUTH2") -> Failure:
    kind = "server_temporary" if said.startswith("4") else "server_permanent"
    return Failure(Stage.AUTH, kind, reply(said), f"{mechanism} {reason}".strip())


def at_token(cause: str, detail: str = "") -> Failure:
    return Failure(Stage.TOKEN, cause, None, detail)


@pytest.mark.parametrize(
    ("host", "said", "reason", "cause"),
    [
        ("smtp.gmail.com", "535 5.7.8 Username and Password not accepted. - gsmtp", GOOGLE, "oauth_token_refused"),
        ("smtp.gmail.com", "535 5.7.8 Username and Password not accepted. - gsmtp", "", "oauth_token_refused"),
        ("smtp.office365.com", "535 5.7.3 Authentication unsuccessful [X.OUTLOOK.COM]", "", "oauth_token_refused"),
        (
            "smtp.office365.com",
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled. [X.OUTLOOK.COM]",
            "",
            "smtp_auth_disabled",
        ),
        ("", "535 5.7.8 Error: authentication failed: (reason unavailable)", DOVECOT, "oauth_token_refused"),
        ("", "535 5.7.8 Error: authentication failed: (reason unavailable)", "", "login_unavailable"),
        ("", "535 5.7.8 No", '{"status": "invalid_token"}', "oauth_token_refused"),
        ("", "535 5.7.8 No", '{"status": "invalid_request"}', "oauth_token_refused"),
        ("", "535 5.7.8 No", '{"status": "insufficient_scope", "scope": "mail"}', "oauth_scope_wrong"),
        ("", "535 5.7.8 No", '{"status": "403"}', "oauth_scope_wrong"),
        ("", "535 5.7.8 No", '{"status": "401", "error": "AADSTS7000222: expired"}', "oauth_client_refused"),
        ("", "454 4.7.0 No", '{"status": "401"}', "oauth_token_refused"),
        ("", "535 5.7.8 No", "Token expired, sorry", "oauth_token_refused"),
        ("", "554 5.7.0 Zzz", "", "oauth_token_refused"),
        ("", "530 5.7.0 Authentication required", "", "oauth_token_refused"),
        ("", "454 4.7.0 Temporary authentication failure", "", "login_unavailable"),
        ("", "454 4.7.0 Too many login attempts", "", "too_many_logins"),
        ("", "421 4.3.2 Service shutting down", "", "login_unavailable"),
        ("", "454 4.7.0 No", '{"status": "500"}', "login_unavailable"),
    ],
)
def test_reply_and_reason_are_judged_together(host: str, said: str, reason: str, cause: str) -> None:
    assert cause_of(at_auth(said, reason), host=host).name == cause


@pytest.mark.parametrize(
    ("said", "reason", "cause"),
    [
        ("535 5.7.8 Error: authentication failed: (reason unavailable)", DOVECOT, "oauth_wrong_account"),
        ("535 5.7.8 Username and Password not accepted. - gsmtp", GOOGLE, "oauth_wrong_account"),
        ("535 5.7.3 Authentication unsuccessful [X.OUTLOOK.COM]", "", "oauth_wrong_account"),
        ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled.", "", "smtp_auth_disabled"),
        ("535 5.7.8 Error: authentication failed: (reason unavailable)", "", "login_unavailable"),
        ("535 5.7.8 No", '{"status": "403"}', "oauth_scope_wrong"),
        ("454 4.7.0 Too many login attempts", "", "too_many_logins"),
    ],
)
def test_the_token_of_another_account_is_told_as_far_as_nothing_else_is(said: str, reason: str, cause: str) -> None:
    failure = replace(at_auth(said, reason), cause="oauth_wrong_account")

    assert cause_of(failure).name == cause
    told = " ".join(step.translated(str) for step in diagnose(failure).do)
    assert ("sign in as the mailbox that sends" in told) is (cause == "oauth_wrong_account")


def test_a_password_that_is_refused_is_told_as_before() -> None:
    said = "535 5.7.8 Error: authentication failed: (reason unavailable)"

    assert cause_of(at_auth(said, mechanism="PLAIN")).name == "login_refused"


def test_a_server_that_offers_no_more_than_a_token_is_told_what_it_offers() -> None:
    offered = Failure(Stage.AUTH, "auth_mechanism", None, "XOAUTH2 OAUTHBEARER")

    assert cause_of(offered).name == "auth_mechanism"


@pytest.mark.parametrize(
    ("known", "said", "cause"),
    [
        ("oauth_signin_required", "invalid_grant: Token has been expired or revoked.", "oauth_signin_required"),
        (
            "oauth_signin_required",
            "invalid_grant: AADSTS50173: The provided grant has expired",
            "oauth_signin_required",
        ),
        ("oauth_signin_required", "invalid_grant: AADSTS65001: The user has not consented", "oauth_consent_missing"),
        ("oauth_signin_required", "invalid_grant: AADSTS53003: Access has been blocked", "oauth_flow_blocked"),
        ("oauth_signin_required", "invalid_grant: Invalid JWT Signature.", "oauth_client_refused"),
        ("oauth_client_refused", "invalid_client: AADSTS7000222: The provided client secret", "oauth_client_refused"),
        (
            "oauth_client_refused",
            "unauthorized_client: Unauthorized client or scope in request.",
            "oauth_consent_missing",
        ),
        ("oauth_consent_missing", "access_denied", "oauth_consent_missing"),
        ("oauth_scope_wrong", "", "oauth_scope_wrong"),
        ("oauth_wrong_account", "invalid_grant@example.org", "oauth_wrong_account"),
        ("oauth_answer_broken", "<p>invalid_client</p>", "oauth_answer_broken"),
        ("oauth_server_unreachable", "connection_refused", "oauth_server_unreachable"),
        ("server_permanent", "nobody knows", "oauth_server_unreachable"),
        ("address_denied", "169.254.169.254", "address_denied"),
    ],
)
def test_why_there_is_no_token_is_read_by_number_then_words_then_name(known: str, said: str, cause: str) -> None:
    assert cause_of(at_token(known, said)).name == cause


@pytest.mark.parametrize(
    ("failure", "first"),
    [
        (at_auth("535 5.7.8 No", GOOGLE), f"What the server said: {GOOGLE}"),
        (at_token("oauth_signin_required", "invalid_grant"), "What the server said: invalid_grant"),
        (
            at_token("oauth_server_unreachable", "certificate_untrusted"),
            "What the server said: The certificate's issuer is not known.",
        ),
    ],
)
def test_what_was_said_of_a_token_stands_before_what_to_do(failure: Failure, first: str) -> None:
    told = diagnose(failure, host="mail.example.jp").do[0]

    assert told.translated(str) == first


@pytest.mark.parametrize(
    "failure",
    [at_auth("535 5.7.8 No"), at_auth("535 5.7.8 No", mechanism="PLAIN"), at_token("oauth_answer_broken")],
)
def test_where_nothing_was_said_nothing_is_repeated(failure: Failure) -> None:
    assert not [step for step in diagnose(failure).do if step.message.startswith("What the server said")]


def test_a_login_by_password_loads_nothing_of_this() -> None:
    program = """
import sys
from panel.diagnosis.match import cause_of
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.outbox.delivery import sender
cause_of(Failure(Stage.AUTH, "server_permanent", Reply(535, ("5.7.8 No",)), "PLAIN"))
print([name for name in sys.modules if "oauth" in name and "causes" not in name or "token_login" in name])
"""

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert loaded.stdout == "[]\n"
