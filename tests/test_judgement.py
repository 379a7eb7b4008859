"""What one try means: whose fault it was, and what may be tried again by itself."""

from __future__ import annotations

import pytest

from panel.judgement import Effect, Judgement, refused
from panel.smtp import Failure, Stage
from tests.mail import HOST, reply


def judged(stage: Stage, *, said: str = "", cause: str = "") -> Judgement:
    answer = reply(said) if said else None
    kind = cause or ("server_temporary" if answer and answer.transient else "server_permanent")
    return refused(Failure(stage, kind, answer), {}, ("hanako@example.org",), host=HOST, logged_in=True)


@pytest.mark.parametrize(
    ("stage", "said", "cause"),
    [
        (Stage.AUTH, "535 5.7.8 authentication failed", ""),
        (Stage.AUTH, "550 5.7.1 Service unavailable; client host blocked using zen.spamhaus.org", ""),
        (Stage.AUTH, "454 4.7.0 Too many login attempts", ""),
        (Stage.POP, "500 [AUTH] invalid password", "pop_login_refused"),
    ],
)
def test_a_refused_login_is_not_repeated(stage: Stage, said: str, cause: str) -> None:
    judgement = judged(stage, said=said, cause=cause)

    assert (judgement.effect, judgement.probed) == (Effect.HOLD, False)


@pytest.mark.parametrize(
    ("stage", "said", "cause"),
    [
        (Stage.AUTH, "454 4.7.0 Temporary authentication failure", ""),
        (Stage.AUTH, "535 5.7.8 Error: authentication failed: Connection lost to authentication server", ""),
        (Stage.AUTH, "550 5.3.0 Internal error", ""),
        (Stage.POP, "500 Cannot reach the authentication server", "pop_login_refused"),
        (Stage.POP, "500 [SYS/TEMP] Mail system overloaded", "pop_login_refused"),
        (Stage.CONNECT, "", "connection_forbidden"),
        (Stage.AUTH, "421 4.3.2 Service shutting down", ""),
        (Stage.AUTH, "", "connection_lost"),
        (Stage.AUTH, "", "auth_not_offered"),
        (Stage.POP, "", "pop_unreachable"),
        (Stage.POP, "500 [IN-USE] mailbox is locked", "pop_login_refused"),
        (Stage.MAIL, "421 4.3.2 Service shutting down", ""),
        (Stage.MAIL, "", "connection_lost"),
    ],
)
def test_a_server_that_cannot_just_now_holds_the_queue_until_it_can(stage: Stage, said: str, cause: str) -> None:
    judgement = judged(stage, said=said, cause=cause)

    assert (judgement.effect, judgement.probed) == (Effect.HOLD, True)


@pytest.mark.parametrize("stage", [Stage.RCPT, Stage.DATA])
def test_what_breaks_off_at_one_message_stops_no_other(stage: Stage) -> None:
    assert judged(stage, said="421 4.3.2 Service shutting down").effect is Effect.NONE
    assert judged(stage, cause="connection_lost").effect is Effect.NONE
