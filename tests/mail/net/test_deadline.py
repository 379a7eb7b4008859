"""One deadline, within another or not, with one stop button."""

from __future__ import annotations

from panel.mail.net.deadline import Deadline


def test_a_shorter_deadline_has_the_same_stop_button_and_never_more_time() -> None:
    deadline = Deadline(1)

    assert deadline.shorter(60).remaining() <= 1
    deadline.shorter(60).stop()
    assert deadline.stopped
