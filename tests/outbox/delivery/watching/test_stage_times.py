"""How long the stages of a try took: with the session that was opened for it, and of the last try alone."""

from __future__ import annotations

import pytest

from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.watching.stage_times import MOST, StageTimes, read_stage_times, stage_times_of
from tests.support.sending import Office
from tests.support.servers import Loop, SmtpServer


def test_what_was_noted_is_given_once() -> None:
    times = StageTimes()
    times.note(Stage.CONNECT, 70.4)
    times.note(Stage.DATA, 0.2)

    assert times.take() == "connect=70 data=0"
    assert times.take() == ""


def test_a_session_without_end_is_bounded() -> None:
    times = StageTimes()
    for _ in range(10_000):
        times.note(Stage.RCPT, 1)

    assert read_stage_times(times.take()) == [(Stage.RCPT, MOST)]


@pytest.mark.parametrize("written", [None, "", "=", "data", "data=x", "nothing=5", "data=-1"])
def test_what_cannot_be_read_is_left_out(written: str | None) -> None:
    assert read_stage_times(written) == []


@pytest.mark.parametrize("offers", [(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def test_the_first_message_bears_the_session_and_the_next_ones_their_own(
    office: Office, loop: Loop, offers: tuple[str, ...]
) -> None:
    server = SmtpServer(offers=offers).start(loop)
    office.use(server)
    numbers = [office.enqueue(number=number) for number in range(3)]
    office.worker().run_once()

    first, second, _ = ([stage for stage, _ in stage_times_of(office.database, each)] for each in numbers)

    assert {Stage.CONNECT, Stage.EHLO, Stage.MAIL, Stage.RCPT, Stage.DATA} <= {*first}
    assert {*second} == {Stage.MAIL, Stage.RCPT, Stage.DATA}


def test_a_refused_try_tells_its_stages(office: Office, loop: Loop) -> None:
    server = SmtpServer().start(loop)
    server.replies["RCPT"] = "550 5.1.1 No such user"
    office.use(server)
    number = office.enqueue()
    office.worker().run_once()

    stages = [stage for stage, _ in stage_times_of(office.database, number)]

    assert stages[-2:] == [Stage.MAIL, Stage.RCPT]
