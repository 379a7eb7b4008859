"""The rows of a test: which are shown, and in what order."""

from __future__ import annotations

import pytest

from panel import clock
from panel.checks.trial.report import Mode, Outcome, Report, StageReport
from panel.mail.smtp.protocol import Stage
from panel.web.checks.stages import rows_of
from tests.web.conftest import Browser

FIRST = Report(Mode.SEND, "someone@example.net", "smtp.example.org", 465, clock.moment("2026-11-26T03:04:05Z"))


def rows(browser: Browser, *stages: StageReport, outcome: Outcome = Outcome.RUNNING) -> dict[str, str]:
    """Give the rows with how they stand."""
    with browser.client.application.test_request_context():
        return {row.name: row.status for row in rows_of(FIRST._replace(stages=stages, outcome=outcome))}


def test_a_login_by_password_has_no_row_for_a_token(browser: Browser) -> None:
    begun = StageReport(Stage.RESOLVE, "running")

    assert "token" not in rows(browser)
    assert "token" not in rows(browser, begun)
    assert "token" not in rows(browser, begun._replace(status="failed"), outcome=Outcome.FAILURE)


@pytest.mark.parametrize("status", ["running", "ok", "failed"])
def test_a_token_stands_before_all_else(browser: Browser, status: str) -> None:
    shown = rows(browser, StageReport(Stage.TOKEN, status))

    assert [*shown.items()][:2] == [("token", status), ("resolve", "waiting")]


def test_a_token_that_took_the_place_of_a_refused_one_is_told(browser: Browser) -> None:
    again = StageReport(Stage.TOKEN, "ok", 12.0, "refreshed")

    with browser.client.application.test_request_context():
        (row, *_) = rows_of(FIRST._replace(stages=(again,)))

    assert (row.status, row.state) == ("ok", "refreshed")


def test_implicit_tls_begins_before_the_greeting(browser: Browser) -> None:
    shown = rows(browser, StageReport(Stage.TOKEN, "ok"), StageReport(Stage.TLS, "ok"))

    assert [*shown][:5] == ["token", "resolve", "connect", "tls", "greeting"]
