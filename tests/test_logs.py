"""The log: one event a line, whatever a stranger put into it."""

from __future__ import annotations

import json
import logging
import threading
from contextlib import suppress
from io import StringIO

import pytest

from panel import logs

HOSTILE = 'x\n2026-11-23T09:00:00Z INFO signed_in account=hanako \x1b[31m \x9b \u202etxt \u2028 \U000e0001 "\\'


pytestmark = pytest.mark.usefixtures("own_log")


def written(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.split("\n")[:-1]


def test_an_event_is_a_word_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")

    logs.info("accepted", message=12, reply="250 2.0.0 Ok", queue="", cause=None)

    [line] = written(capsys)
    assert line.split(" ", 1)[1] == 'INFO accepted message=12 reply="250 2.0.0 Ok" queue=""'


def test_what_happens_at_any_rate_is_told_once_in_a_while_with_the_number_of_the_others() -> None:
    at = [0.0]
    seldom = logs.Seldom(lambda: at[0])

    told = [seldom.left_out("full") for _ in range(1000)]
    other = seldom.left_out("other")
    at[0] = logs.SELDOM_SECONDS
    later = seldom.left_out("full")
    at[0] *= 3
    quiet = seldom.left_out("full")

    assert told == [0] + 999 * [None]
    assert (other, later, quiet) == (0, 999, 0)


def test_a_line_that_stands_for_others_says_for_how_many(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")
    at = [0.0]
    seldom = logs.Seldom(lambda: at[0])

    for _ in range(3):
        seldom.warning("listener_full", sessions=100)
    at[0] = logs.SELDOM_SECONDS
    seldom.error("listener_full", sessions=100)

    first, second = [line.split(" ", 1)[1] for line in written(capsys)]
    assert (first, second) == ("WARNING listener_full sessions=100", "ERROR listener_full sessions=100 left_out=2")


def test_the_same_is_an_object_where_json_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")

    logs.warning("not_accepted", message=12, reply="550 使えません", cause=None)

    event = json.loads(capsys.readouterr().err)
    assert event.pop("at").endswith("Z")
    assert event == {"level": "WARNING", "event": "not_accepted", "message": 12, "reply": "550 使えません"}


@pytest.mark.parametrize("style", ["text", "json"])
def test_no_value_begins_a_line_or_turns_it_around(style: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(style)

    logs.warning("sign_in_refused", address=HOSTILE)

    [line] = written(capsys)
    assert line.isprintable()
    value = line.partition("address=")[2] if style == "text" else line.partition('"address":')[2][:-1]
    assert json.loads(value) == HOSTILE  # and nothing of it is lost


def test_a_traceback_is_one_event_without_values(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    secret = "hidden"

    with pytest.raises(ValueError, match="6") as caught:
        raise ValueError(f"{len(secret)}\n2026 INFO signed_in")
    logs.error("request_failed", caught.value, path="/settings")

    [line] = written(capsys)
    assert "ValueError: 6" in json.loads(line)["traceback"]
    assert "hidden" not in line


def test_the_lines_of_a_traceback_are_indented_in_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")

    logs.error("request_failed", ValueError("\n2026-11-23T09:00:00Z INFO signed_in\x1b"))

    first, *others = written(capsys)
    assert first.endswith("ERROR request_failed")
    assert others
    assert all(line.startswith("    ") and line.isprintable() for line in others)


def test_what_other_packages_say_is_an_event_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")

    logging.getLogger("waitress").warning("Worker %s\nfell silent", 7)
    logging.getLogger("waitress").info("not heard")

    [line] = written(capsys)
    assert line.endswith(r'WARNING log logger=waitress text="Worker 7\nfell silent"')


def test_a_thread_that_falls_over_is_an_event(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")

    thread = threading.Thread(target=lambda: [][0], name="heart")
    thread.start()
    thread.join()

    event = json.loads(capsys.readouterr().err)
    assert (event["event"], event["thread"]) == ("crashed", "heart")
    assert "IndexError" in event["traceback"]


class Writes(StringIO):
    """A stream that tells each write to it apart."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str) -> int:
        self.writes.append(text)
        return super().write(text)


def test_what_is_logged_together_is_one_write_in_its_order() -> None:
    stream = Writes()
    logs.configure("text", stream)

    with logs.together():
        for number in range(3):
            logs.info("accepted", message=number)
        thread = threading.Thread(target=lambda: logs.warning("heartbeat_failed"))
        thread.start()
        thread.join()
    logs.info("session_ended")

    told = [[line.split(" ", 2)[2] for line in each.splitlines()] for each in stream.writes]
    assert told == [
        ["heartbeat_failed"],
        ["accepted message=0", "accepted message=1", "accepted message=2"],
        ["session_ended"],
    ]


def test_what_was_logged_before_a_fault_is_written_all_the_same() -> None:
    stream = Writes()
    logs.configure("json", stream)

    with suppress(ZeroDivisionError), logs.together():
        logs.info("accepted", message=1)
        logs.info("accepted", message=1 // len(stream.writes))
    logs.info("accepted", message=2)

    assert [json.loads(each)["message"] for each in stream.writes] == [1, 2]


class Unspeakable:
    def __str__(self) -> str:
        raise ZeroDivisionError


def test_what_cannot_be_written_costs_its_neighbours_nothing() -> None:
    stream = Writes()
    logs.configure("text", stream)

    with logs.together():
        logs.info("accepted", message=1)
        logs.info("accepted", message=Unspeakable())
        logs.info("accepted", message=3)

    assert [each.split(" ", 2)[2] for each in stream.writes] == ["accepted message=1\n", "accepted message=3\n"]


def test_a_handler_of_the_application_hears_what_is_told_together(caplog: pytest.LogCaptureFixture) -> None:
    logs.configure("text", stream := Writes())
    logging.root.addHandler(caplog.handler)

    with logs.together():
        logs.info("accepted", message=1)
        logs.warning("lease_lost", message=2)

    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [
        ("INFO", "accepted"),
        ("WARNING", "lease_lost"),
    ]
    assert "".join(stream.writes).count("\n") == 2


def test_a_log_that_takes_nothing_stops_nobody() -> None:
    stream = Writes()
    logs.configure("text", stream)
    stream.close()

    with logs.together():
        logs.info("accepted", message=1)
    logs.info("accepted", message=2)
