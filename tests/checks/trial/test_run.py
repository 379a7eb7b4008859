"""The test send as one act: noted, run, kept, and told."""

from __future__ import annotations

import select
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest

from panel import clock, logs
from panel.checks.trial.failure import report_to_json, told_notices
from panel.checks.trial.order import Order, first_report
from panel.checks.trial.report import Mode, Outcome
from panel.checks.trial.run import TrialRun
from panel.checks.trial.store import PER_MINUTE, TRIAL_SILENCE, TooManyTrials, TrialStore
from panel.mail.net.policy import Policy
from panel.mail.smtp.protocol import Stage
from panel.outbox.pace.pace import Reason, Terms
from panel.outbox.pace.slot import Slot
from panel.outbox.pace.store import PaceStore
from panel.settings.model import Settings
from panel.storage.database import Database
from tests.support.actors import actor
from tests.support.engines import forbid_update
from tests.support.scripted import ScriptedServer, greets, is_silent
from tests.support.servers import PASSWORD, USER, Authority, SmtpServer
from tests.support.waiting import WITHIN

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def store(database: Database) -> TrialStore:
    return TrialStore(database)


@pytest.fixture
def settings(submission: SmtpServer, authority: Authority) -> Settings:
    return Settings(
        from_address="report@example.org",
        from_name="連絡係",
        smtp_host="localhost",
        smtp_port=submission.port,
        smtp_user=USER,
        smtp_password=PASSWORD,
        ca_certificate=authority.pem,
    )


def noted(store: TrialStore, settings: Settings, **order: Any) -> TrialRun:
    asked = Order(settings, order.pop("recipient", "taro@example.net"), by=actor(), **order)
    slot = Slot(PaceStore(store._database), Terms(0), "other")
    return TrialRun(asked, store=store, policy=Policy(), slot=slot, fingerprint="f", now=NOW)


def test_a_test_that_succeeds_is_kept_with_all_its_stages(store: TrialStore, settings: Settings) -> None:
    trial = noted(store, settings)

    report = trial.run()

    kept = store.get(trial.number, NOW)
    assert kept
    assert report.accepted_at
    to_the_ms = report._replace(ms=kept.report.ms, accepted_at=clock.moment(clock.stamp(report.accepted_at)))
    assert kept.report == to_the_ms
    assert report.outcome is Outcome.SUCCESS
    assert [each.stage for each in report.stages] == [stage for stage in Stage if stage is not Stage.TOKEN]
    assert {each.status for each in report.stages} == {"ok", "skipped"}
    assert (report.auth, report.queue_id) == ("PLAIN", "4F1C2A")


def test_the_message_names_what_was_tested_and_no_secret(
    store: TrialStore, settings: Settings, submission: SmtpServer
) -> None:
    noted(store, settings, version=7, locale="ja").run()

    message = message_from_bytes(submission.messages[0].raw, policy=policy.default)
    text = message.get_content()
    assert message["From"].addresses[0].display_name == "連絡係"
    assert "2026-11-24 09:00:00 UTC" in text
    assert str(submission.port) in text
    assert "7" in text
    assert PASSWORD not in text


def test_a_recipient_in_the_senders_domain_gets_a_notice(store: TrialStore, settings: Settings) -> None:
    assert noted(store, settings, recipient="ken@EXAMPLE.org").run().notices == ("same_domain",)


@pytest.mark.parametrize(("mib", "noticed"), [(25, ()), (40, ("server_takes_less",))])
def test_a_server_that_takes_less_than_the_settings_is_noticed(
    store: TrialStore, settings: Settings, mib: int, noticed: tuple[str, ...]
) -> None:
    report = noted(store, replace(settings, max_message_bytes=mib * 1024 * 1024)).run()

    assert (report.notices, report.size_max) == (noticed, 32 * 1024 * 1024)
    assert [("at most 32 MiB" in each) for each in told_notices(report, str)] == [True] * len(noticed)


def test_a_check_ends_before_data(store: TrialStore, settings: Settings, submission: SmtpServer) -> None:
    report = noted(store, settings, mode=Mode.CHECK).run()

    assert report.outcome is Outcome.SUCCESS
    assert Stage.DATA not in {each.stage for each in report.stages}
    assert submission.messages == []


def test_a_failure_is_told_with_field_and_remedy(store: TrialStore, settings: Settings) -> None:
    report = noted(store, replace(settings, smtp_password="wrong")).run()

    failure = report_to_json(1, report, str)["failure"]
    assert (failure["cause"], failure["stage"], failure["field"]) == ("login_refused", "auth", "smtp_password")
    assert failure["do"]


@pytest.mark.parametrize(("password", "waits"), [("wrong", False), (PASSWORD, True)])
def test_only_a_test_that_came_to_mail_begins_an_interval(
    store: TrialStore, settings: Settings, password: str, waits: bool
) -> None:
    terms, pace = Terms(1, interval_ms=60_000), PaceStore(store._database)

    noted(store, replace(settings, smtp_password=password)).run()

    assert bool(pace.slot(terms, clock.instant())) is waits


def test_any_process_may_stop_a_test(store: TrialStore, settings: Settings) -> None:
    reached = threading.Event()

    with ScriptedServer(*greets(), lambda peer: reached.set(), is_silent) as scripted:
        trial = noted(store, replace(settings, smtp_port=scripted.port, smtp_auth=False, smtp_password="", tls=False))
        running = threading.Thread(target=trial.run)
        running.start()
        assert reached.wait(10)
        store.ask_to_stop(trial.number)
        running.join(10)

    kept = store.get(trial.number, NOW)
    assert kept
    assert kept.report.outcome is Outcome.STOPPED


def test_a_test_ends_as_it_has_where_no_rule_can_be_asked_about_it(
    store: TrialStore,
    settings: Settings,
    submission: SmtpServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def stumble(_: object) -> None:
        raise ValueError

    logs.configure("text")
    monkeypatch.setattr("panel.checks.trial.failure.diagnosed", stumble)
    submission.replies["MAIL"] = "550 No."

    report = noted(store, settings).run()

    assert report.outcome is Outcome.FAILURE
    log = capsys.readouterr().err
    assert "judgement_fault test=1" in log
    assert "test_ended test=1 outcome=failure cause=server_permanent stage=mail" in log


def test_a_test_has_its_slot_from_when_it_is_noted(store: TrialStore, settings: Settings) -> None:
    noted(store, settings)

    refused = PaceStore(store._database).begin_test("test/other", Terms(0), clock.instant())

    assert refused
    assert refused.reason is Reason.BUSY


def test_a_test_that_is_refused_or_only_checks_takes_no_slot(store: TrialStore, settings: Settings) -> None:
    for _ in range(PER_MINUTE):
        checked = noted(store, settings, mode=Mode.CHECK)
        store.finish(checked.number, first_report(Order(settings, "", by=actor()), NOW).stopped(), 1)
    with pytest.raises(TooManyTrials):
        noted(store, settings)

    assert PaceStore(store._database).slot(Terms(0), clock.instant()) is None


def test_a_test_whose_process_dies_at_its_end_is_found_stopped_and_keeps_its_slot(
    store: TrialStore, settings: Settings, submission: SmtpServer
) -> None:
    forbid_update(store._database, "trials", "outcome")
    trial = noted(store, settings)

    with pytest.raises(Exception, match="forbidden"):
        trial.run()

    found = store.get(trial.number, clock.now() + 2 * TRIAL_SILENCE)
    wait = PaceStore(store._database).slot(Terms(0), clock.instant())
    assert submission.messages
    assert found
    assert found.report.outcome is Outcome.STOPPED
    assert wait
    assert wait.reason is Reason.BUSY  # nobody knows what the server has seen: until the lease runs out


def test_the_end_of_a_test_wakes_who_waits_for_its_slot(store: TrialStore, settings: Settings) -> None:
    trial = noted(store, settings)
    with store._database.notifier.waiter("worker") as waiter:
        waiter.wait(0)  # from here on it hears what a server tells
        trial.run()

        assert select.select(waiter.sources(), [], [], WITHIN)[0]


def test_a_source_address_that_this_machine_has_not_is_the_cause(store: TrialStore, settings: Settings) -> None:
    asked = replace(settings, smtp_host="198.51.100.1", source_address="192.0.2.1")

    failure = report_to_json(1, noted(store, asked).run(), str)["failure"]

    assert (failure["cause"], failure["stage"], failure["field"]) == ("source_address", "connect", "source_address")
    assert any("192.0.2.1 -> 198.51.100.1" in step for step in failure["do"])
