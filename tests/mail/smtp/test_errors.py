"""One tree for what ends a session; a stop, and what the session gives its caller, stand beside it."""

from __future__ import annotations

import pytest

from panel.mail.net.errors import ConnectionLost, NoProtocol, NoRoute, SessionError, Stopped, TimeIsUp
from panel.mail.smtp.errors import Broken, DeliveryFailed, PopFailed, Refused
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.mail.smtp.stages import Nobody, Stages

REPLY = Reply(550, ("5.7.1 No",))


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (NoRoute("dns_not_found", "here"), Failure(Stage.RCPT, "dns_not_found", None, "here")),
        (ConnectionLost(), Failure(Stage.RCPT, "connection_lost")),
        (NoProtocol(), Failure(Stage.RCPT, "protocol_error")),
        (TimeIsUp(), Failure(Stage.RCPT, "reply_timeout")),
        (Refused(REPLY), Failure(Stage.RCPT, "server_permanent", REPLY)),
        (Broken("reply_timeout", "x", uncertain=True), Failure(Stage.RCPT, "reply_timeout", None, "x", uncertain=True)),
        (PopFailed("pop_login_refused", REPLY, "x"), Failure(Stage.RCPT, "pop_login_refused", REPLY, "x")),
        (ConnectionResetError(104, "reset"), Failure(Stage.RCPT, "connection_lost")),
    ],
)
def test_whatever_ends_a_session_is_told_as_the_failure_of_its_stage(fault: Exception, failure: Failure) -> None:
    with pytest.raises(DeliveryFailed) as caught, Stages(Nobody()).run(Stage.RCPT):
        raise fault

    assert caught.value.failure == failure
    assert isinstance(fault, SessionError | OSError)


def test_a_stop_passes_through_a_stage() -> None:
    with pytest.raises(Stopped), Stages(Nobody()).run(Stage.RCPT):
        raise Stopped

    assert not issubclass(Stopped, SessionError)
