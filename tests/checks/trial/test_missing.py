"""Where to look for a test email that was taken and is not there."""

from __future__ import annotations

from datetime import UTC, datetime

from panel.checks.trial.missing import places_to_look, said_of_sender
from panel.checks.trial.report import Mode, Outcome, Report
from tests.support.dns_server import DnsServer

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SENT = Report(
    Mode.SEND,
    "taro@example.net",
    "smtp.sendgrid.net",
    587,
    NOW,
    outcome=Outcome.SUCCESS,
    accepted_at=NOW,
    queue_id="4F1C2A",
    from_address="report@example.org",
    mail_from="bounces@example.org",
)


def places(report: Report) -> str:
    return "\n".join(map(str, places_to_look(12, report)))


def test_spam_folder_bounce_and_log_are_named_with_what_to_search_for() -> None:
    told = places(SENT)

    assert "taro@example.net" in told
    assert "[#12]" in told
    assert "greylisting" in told
    assert "bounces@example.org" in told
    assert "4F1C2A" in told


def test_without_a_queue_id_the_log_is_searched_by_time_and_recipient() -> None:
    told = places(SENT._replace(queue_id=None))

    assert "smtp.sendgrid.net searched for mail to taro@example.net at 2026-11-27T09:00:00.000Z" in told


def test_the_doctor_looks_at_the_sender_and_at_the_server_that_were_tested() -> None:
    zone = {
        ("example.org", "TXT"): ['"v=spf1 mx -all"'],
        ("_dmarc.example.org", "TXT"): ['"v=DMARC1; p=reject"'],
    }

    with DnsServer(zone) as server:
        found = {each.name: each for each in said_of_sender(SENT, server.address)}

    assert set(found) == {"spf", "dkim", "dmarc"}
    assert found["spf"].status == "problem"
    assert "include:sendgrid.net" in found["spf"].record  # of this service, not of the one in force
    assert found["dmarc"].status == "problem"


def test_of_a_test_from_before_and_of_an_address_literal_the_doctor_knows_nothing() -> None:
    assert said_of_sender(SENT._replace(from_address="", mail_from=""), None) == []
    assert said_of_sender(SENT._replace(from_address="a@[192.0.2.1]"), None) == []
