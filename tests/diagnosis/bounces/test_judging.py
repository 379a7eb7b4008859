"""Why mail came back, by what a report says of one recipient."""

from __future__ import annotations

import pytest

from panel.diagnosis.bounces.judging import Judged, judge_reported
from panel.diagnosis.bounces.report import Fate, Reported


def reported(said: str = "", status: str = "", server: str = "", fate: Fate = Fate.BOUNCED) -> Reported:
    return Reported("hanako@example.org", fate=fate, status=status, said=said, server=server)


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (reported("550 5.1.1 User unknown", "5.1.1"), "recipient_unknown"),
        (
            reported("552-5.2.2 The email account that you tried to reach is over quota.", "5.2.2"),
            "recipient_mailbox_full",
        ),
        (reported("", "5.1.1"), "recipient_unknown"),
        (
            reported(
                "550 5.7.26 This mail has been blocked because the sender is unauthenticated.",
                "5.7.26",
                "gmail-smtp-in.l.google.com",
            ),
            "sender_authentication",
        ),
        (reported("554 5.7.1 Message rejected as spam", "5.7.1"), "content_rejected"),
        (reported("", ""), "server_permanent"),
        (reported("something", "4.4.7"), "server_temporary"),
        (reported("x", fate=Fate.DELAYED), "server_temporary"),
    ],
)
def test_the_cause(given: Reported, cause: str) -> None:
    assert judge_reported(given).cause == cause


def test_what_arrived_has_no_cause() -> None:
    said = reported("250 2.1.5 Ok", "2.1.5", fate=Fate.DELIVERED)

    assert judge_reported(said) == Judged(None, None, "250 2.1.5 Ok")


@pytest.mark.parametrize("fate", Fate)
def test_what_is_said_is_masked_cut_and_cannot_steer(fate: Fate) -> None:
    said = reported(f"550 no \x1b[2J\u202e password=hunter2hunter2 {'y' * 5_000}", "5.0.0", fate=fate)

    reply = judge_reported(said).reply

    assert reply
    assert "hunter2" not in reply
    assert reply.isprintable()
    assert len(reply) <= 1_000


def test_without_a_word_the_status_is_told() -> None:
    assert judge_reported(reported(status="5.0.0")).reply == "5.0.0"
