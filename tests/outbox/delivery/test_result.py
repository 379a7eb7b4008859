"""What one try means: whose fault it was, and what may be tried again by itself."""

from __future__ import annotations

import pytest

from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.delivery.result import DeliveryResult, Effect, refused
from panel.outbox.pace.healing import Again
from tests.support.mail import HOST, reply


def judged(stage: Stage, *, said: str = "", cause: str = "") -> DeliveryResult:
    answer = reply(said) if said else None
    kind = cause or ("server_temporary" if answer and answer.transient else "server_permanent")
    return refused(Failure(stage, kind, answer), {}, ("hanako@example.org",), host=HOST, logged_in=True)


LOST = "535 5.7.8 Error: authentication failed: Connection lost to authentication server"


@pytest.mark.parametrize(
    ("stage", "said", "cause", "again"),
    [
        (Stage.AUTH, "535 5.7.8 authentication failed", "", Again.IF_WORKED),
        (Stage.AUTH, "454 4.7.8 Wrong password", "", Again.IF_WORKED),
        (Stage.AUTH, "550 5.7.1 Service unavailable; client host blocked using zen.spamhaus.org", "", Again.IF_WORKED),
        (Stage.POP, "500 [AUTH] invalid password", "pop_login_refused", Again.IF_WORKED),
        (Stage.AUTH, "454 4.7.0 Too many login attempts", "", Again.SELDOM),
        (Stage.POP, "500 Too many failed logins", "pop_login_refused", Again.SELDOM),
        (Stage.AUTH, "454 4.7.0 Temporary authentication failure", "", Again.LATER),
        (Stage.AUTH, LOST, "", Again.LATER),
        (Stage.AUTH, "550 5.3.0 Internal error", "", Again.LATER),
        (Stage.POP, "500 Cannot reach the authentication server", "pop_login_refused", Again.LATER),
        (Stage.POP, "500 [SYS/TEMP] Mail system overloaded", "pop_login_refused", Again.LATER),
        (Stage.POP, "500 [IN-USE] mailbox is locked", "pop_login_refused", Again.LATER),
        (Stage.CONNECT, "", "connection_forbidden", Again.SOON),
        (Stage.AUTH, "421 4.3.2 Service shutting down", "", Again.LATER),
        (Stage.AUTH, "", "connection_lost", Again.LATER),
        (Stage.AUTH, "", "auth_not_offered", Again.SOON),
        (Stage.AUTH, "", "auth_mechanism", Again.SOON),
        (Stage.POP, "", "pop_unreachable", Again.SOON),
        (Stage.TOKEN, "", "oauth_server_unreachable", Again.RENEWAL),
        (Stage.TOKEN, "", "oauth_answer_broken", Again.RENEWAL),
        (Stage.TOKEN, "", "oauth_signin_required", Again.NEVER),
        (Stage.TOKEN, "", "oauth_client_refused", Again.NEVER),
        (Stage.AUTH, "", "oauth_token_refused", Again.IF_WORKED),
        (Stage.MAIL, "421 4.3.2 Service shutting down", "", Again.SOON),
        (Stage.MAIL, "", "connection_lost", Again.SOON),
    ],
)
def test_a_hold_looks_again_as_its_cause_bears_it(stage: Stage, said: str, cause: str, again: Again) -> None:
    result = judged(stage, said=said, cause=cause)

    assert (result.effect, result.again) == (Effect.HOLD, again)


def test_without_its_words_a_result_is_the_same() -> None:
    result = judged(Stage.DATA, said="552 5.3.4 Message too large")._replace(opened=True)

    wordless = result.wordless

    assert (wordless.effect, wordless.opened, wordless.needed_no_session) == (result.effect, True, False)
    assert [each.state for each in wordless.recipients] == [each.state for each in result.recipients]
    assert "large" not in repr(wordless).replace("message_too_large", "")


@pytest.mark.parametrize("stage", [Stage.RCPT, Stage.DATA])
def test_what_breaks_off_at_one_message_stops_no_other(stage: Stage) -> None:
    assert judged(stage, said="421 4.3.2 Service shutting down").effect is Effect.NONE
    assert judged(stage, cause="connection_lost").effect is Effect.NONE
