"""What is held of a message, as it leaves: with the sender of the settings, and the Reply-To that it came with."""

from __future__ import annotations

from panel.mail.message.submission import Submission
from panel.outbox.content.held import HeldMessage, held_message, held_to_json
from panel.outbox.outbox import Outbox
from panel.settings.model import Settings
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.mail import NOW, mail

SENDER = Settings(from_address="report@example.org")


def test_a_message_that_waits_is_held_whole(database: Database) -> None:
    submission: Submission = mail()._replace(reply_to="yamada@example.org")
    number = Outbox(database).enqueue(submission, by=actor(), now=NOW).number

    found = held_message(database, number)

    assert found is not None
    whole = found.as_it_leaves(SENDER)
    assert whole is not None
    assert whole.startswith(
        b"From: report@example.org\r\nReply-To: yamada@example.org\r\nMessage-ID: <1@app.example.org>"
    )
    assert whole.endswith(submission.message)
    assert [each.name for each in found.fields(SENDER)] == ["From", "Reply-To", "Message-ID", "Date"]


def test_nothing_is_held_of_what_is_not_there(database: Database) -> None:
    assert held_message(database, 7) is None


def test_where_it_was_redirected_is_told_also_where_nothing_of_it_is_kept() -> None:
    elsewhere, gone = Settings(redirect_to="staging@example.com"), HeldMessage(None, None, None, "", 1, False, None)

    assert held_to_json(gone, elsewhere)["redirected_to"] == "staging@example.com"
    assert held_to_json(gone, Settings())["redirected_to"] is None
    assert held_to_json(None, elsewhere)["redirected_to"] is None
