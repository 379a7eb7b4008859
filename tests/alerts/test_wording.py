"""A notice says in the reader's language what is wrong and what to do, and nothing that a stranger wrote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from panel.alerts.alert import LEVELS, Alert, Level
from panel.alerts.incident import Incident, IncidentState
from panel.alerts.notice import Notice, NoticeType
from panel.alerts.sentences import SENTENCES
from panel.alerts.wording import field_of, notice_of
from panel.diagnosis.causes.table import CAUSES
from panel.i18n import LOCALES

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "days": 7,
    "date": "2026-12-04",
    "minutes": 61,
    "hours": 25,
    "host": "mail.example",
    "number": 6,
    "of": 50,
    "percent": 92,
    "megabytes": 48,
    "server": "smtp.example.org",
}


def incident(alert: Alert = Alert.HELD, cause: str | None = None, **given: Any) -> Incident:
    """Give one that fires."""
    reminded_at = given.pop("reminded_at", None)
    since = NOW - timedelta(minutes=5)
    facts = given or None
    return Incident(
        91, alert, LEVELS[alert], IncidentState.FIRING, since, cause, facts, fired_at=NOW, reminded_at=reminded_at
    )


def notice(found: Incident | None, *, type: NoticeType = NoticeType.FIRING, locale: str = "en") -> Notice:
    return notice_of(type, found, locale=locale, at=NOW, url="https://panel.example/mail", panel="mail.example")


def held(**given: Any) -> Incident:
    """Give a hold by a refused password."""
    facts = {"stage": "auth", "reply": "535 5.7.8 Go away, admin@example.org", "mail_host": "smtp.example.org", **given}
    return incident(Alert.HELD, "login_refused", **facts)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("alert", Alert)
def test_each_alert_has_its_sentences_in_each_language(alert: Alert, locale: str) -> None:
    fires = notice(incident(alert, **FACTS), locale=locale)
    over = notice(incident(alert, **FACTS), type=NoticeType.RESOLVED, locale=locale)

    assert fires.what
    assert "%" not in fires.what.replace("92 %", "").replace("92%", "")
    assert over.what != fires.what
    assert over.do == ()


@pytest.mark.parametrize("alert", [each for each in Alert if each not in (Alert.HELD, Alert.SIGN_IN_REQUIRED)])
def test_each_says_what_to_do_even_where_no_cause_is_known(alert: Alert) -> None:
    assert notice(incident(alert, **FACTS)).do


@pytest.mark.parametrize(
    ("alert", "name"), [(alert, name) for alert, each in SENTENCES.items() for name in each.instead]
)
def test_another_sentence_is_said_where_a_fact_asks_for_it(alert: Alert, name: str) -> None:
    plain = {key: value for key, value in FACTS.items() if key not in SENTENCES[alert].instead}

    assert notice(incident(alert, **plain, **{name: 50})).what != notice(incident(alert, **plain)).what


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("facts", [{}, {"date": None}, {"stage": "a stage of before", "days": None}])
@pytest.mark.parametrize("alert", Alert)
def test_a_fact_that_was_not_stored_is_a_question_mark(alert: Alert, facts: dict[str, Any], locale: str) -> None:
    fires = notice(incident(alert, "login_refused", **facts), locale=locale)

    assert fires.what
    assert ("?" in fires.what) is ("%(" in SENTENCES[alert].what)
    assert "%(" not in fires.what
    assert "None" not in fires.what


@pytest.mark.parametrize("cause", CAUSES)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_cause_can_be_told(cause: str, locale: str) -> None:
    told = notice(incident(Alert.HELD, cause), locale=locale)

    assert told.cause == cause
    assert told.what
    assert all(told.do)


def test_a_hold_says_why_and_what_to_do_in_the_words_of_its_cause() -> None:
    told = notice(held(field="smtp_password", waiting=41, oldest_waiting_seconds=310, settings_version=8))

    assert told.what.startswith("All mail is held. ")
    assert told.do
    assert (told.id, told.level, told.since) == ("inc_91", Level.CRITICAL, NOW - timedelta(minutes=5))
    assert (told.field, told.waiting, told.oldest_waiting_seconds, told.settings_version) == (
        *("smtp_password", 41, 310, 8),
    )


def test_the_servers_own_words_stand_in_their_own_field_alone() -> None:
    told = notice(held())

    assert told.reply == "535 5.7.8 Go away, admin@example.org"
    assert "Go away" not in f"{told.what}{told.do}"


def test_what_a_token_server_said_is_left_out() -> None:
    told = notice(incident(Alert.HELD, "oauth_signin_required", stage="token", detail="invalid_grant: user sato left"))

    assert told.do
    assert "sato" not in f"{told.what}{told.do}"


def test_a_reader_of_japanese_reads_japanese() -> None:
    told = notice(held(), locale="ja")

    assert told.what.startswith("すべてのメールの送信を保留しています。")
    assert all(not step.isascii() for step in told.do)


def test_a_reminder_says_since_when() -> None:
    assert "2026-11-27 08:55" in notice(held_again()).what
    assert "08:55" not in notice(held_again(), type=NoticeType.UPDATED).what
    assert "08:55" not in notice(held()).what


def held_again() -> Incident:
    return incident(Alert.HELD, "login_refused", reminded_at=NOW)


def test_a_notice_leads_to_the_page_that_shows_more() -> None:
    assert notice(held()).url == "https://panel.example/mail/settings"
    assert notice(incident(Alert.FAILING, **FACTS)).url == "https://panel.example/mail/outbox?state=failed"


def test_without_a_public_address_a_notice_leads_nowhere() -> None:
    told = notice_of(NoticeType.FIRING, held(), locale="en", at=NOW, url=None, panel="mail.example")

    assert told.url is None


def test_a_test_is_no_incident() -> None:
    told = notice(None, type=NoticeType.TEST)

    assert (told.alert, told.level, told.do) == (None, Level.INFO, ())
    assert told.what.startswith("This is a test.")


def test_one_that_was_told_of_while_nothing_could_be_kept_has_one_name() -> None:
    told = notice(incident(Alert.DATABASE, told_as="inc_mail_20261127", host="mail.example"))

    assert told.id == "inc_mail_20261127"


def test_the_field_to_change_is_that_of_the_cause() -> None:
    assert field_of(held()) == "smtp_password"
    assert field_of(incident(Alert.PAUSED, hours=25)) is None
    assert notice(held()).field == "smtp_password"


def test_the_field_of_the_second_server_is_its_own() -> None:
    assert field_of(held(server="second")) == "second_smtp_password"
    assert field_of(incident(Alert.HELD, "pop_login_refused", stage="pop", server="second")) == "pop_password"
