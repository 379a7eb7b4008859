"""When a report is asked for."""

from __future__ import annotations

import pytest

from panel.mail.dsn.notify import for_all, parse_notify
from panel.mail.message.address import BadValue


@pytest.mark.parametrize(
    ("given", "notify"),
    [
        ("never", "never"),
        ("NEVER", "never"),
        ("failure", "failure"),
        ("success, DELAY,failure", "failure,delay,success"),
        (["delay", "failure", "delay"], "failure,delay"),
        (["never"], "never"),
    ],
)
def test_words_are_read_in_any_order(given: str | list[str], notify: str) -> None:
    assert parse_notify(given) == notify


@pytest.mark.parametrize("given", ["", ",", "never,failure", "always", "failure delay", [], [""], "failure," * 500])
def test_other_words_are_refused(given: str | list[str]) -> None:
    with pytest.raises(BadValue):
        parse_notify(given)


@pytest.mark.parametrize(
    ("wanted", "notify"),
    [
        ([], None),
        ([None, None], None),
        ([None, "never"], "failure,delay"),
        (["never", "never"], "never"),
        (["never", "delay"], "delay"),
        (["success", "failure"], "failure,success"),
    ],
)
def test_the_recipients_of_one_message_get_what_any_wants(wanted: list[str | None], notify: str | None) -> None:
    assert for_all(wanted) == notify
