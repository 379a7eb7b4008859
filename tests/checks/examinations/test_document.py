"""Findings are stored as sentences with their values, and come back in any language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from panel.checks.doctor.finding import Finding, problem, unknown, warning
from panel.checks.examinations.document import findings_from_json, findings_to_json
from panel.i18n import Text, catalogue
from panel.settings.fields.labels import LABELS

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def back(finding: Finding) -> Finding:
    [found] = findings_from_json(findings_to_json([finding]))
    return found


def test_a_finding_comes_back_with_all_that_it_says() -> None:
    one = replace(
        warning("spf", "%(domain)s", "Publish it", record='a TXT "v=spf1 -all"', domain="例え.example"),
        server="second",
        field="tls",
        ends="2026-12-15",
    )

    found = back(one)

    assert (found.name, found.status, found.record) == (one.name, one.status, one.record)
    assert (found.server, found.field, found.ends) == (one.server, one.field, one.ends)
    assert (str(found.what), str(found.do)) == ("例え.example", "Publish it")


def test_a_sentence_in_a_sentence_is_told_in_the_readers_language() -> None:
    found = back(unknown("oauth_age", "%(service)s %(days)d", service=Text(LABELS["from_name"]), days=3))

    assert found.what.translated(catalogue("ja").gettext) == "送信元表示名 3"


def test_a_path_and_a_fault_are_kept_as_they_are_said() -> None:
    found = back(problem("home", "%(path)s: %(fault)s", path=Path("/srv/a"), fault=OSError("full")))

    assert str(found.what) == "/srv/a: full"
    assert found.do is None


def test_the_days_are_those_that_are_left_when_it_is_read() -> None:
    moment = replace(warning("certificate", "%(days)d", days=20), ends="2026-12-15T16:23:25Z")
    day = replace(warning("oauth_secret", "%(days)d", "in %(days)d", days=20), ends="2026-12-15")

    assert str(back(moment).counted(NOW).what) == "18"
    assert str(back(day).counted(NOW).what) == "18"
    assert str(back(day).counted(NOW).do) == "in 18"
    assert str(back(day).counted(NOW.replace(year=2027)).what) == "0"
