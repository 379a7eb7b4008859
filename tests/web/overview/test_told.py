"""Who was told that mail is held stands in the course of the hold, on the first page."""

from __future__ import annotations

import re

import pytest

from panel import clock
from panel.alerts.alert import Alert
from panel.alerts.seen.told import NoticeOutcome
from panel.services import Services
from tests.support.actors import actor
from tests.web.alerts.conftest import keep_incident, keep_notice
from tests.web.conftest import Browser
from tests.web.overview.test_verdict import hold

pytestmark = pytest.mark.usefixtures("saved")


def course(browser: Browser) -> list[str]:
    found = re.search(r'<ol class="when".*?</ol>', browser.get("/settings").text, re.DOTALL)
    assert found
    return re.findall(r"</b>(.*?)</li>", found[0])


def test_where_nobody_is_told_the_course_says_nothing_of_it(browser: Browser, services: Services) -> None:
    hold(services)

    assert course(browser) == ["Settings changed (ken)", "Refused at: Sign-in"]


def test_the_course_names_who_was_told_first_and_who_could_not_be(browser: Browser, services: Services) -> None:
    hold(services)
    incident = keep_incident(services, Alert.HELD)
    heard = [add(services, f"<b>{name}</b>") for name in ("Office", "Night", "Chat")]
    failing = add(services, "Pager")
    for each in (*heard, heard[0]):  # the last one is a reminder
        keep_notice(services, each, incident, NoticeOutcome.DELIVERED)
    for outcome in (NoticeOutcome.FAILED, NoticeOutcome.WAITING):
        keep_notice(services, failing, incident, outcome)

    said = course(browser)

    assert said[:2] == ["Settings changed (ken)", "Refused at: Sign-in"]
    assert said[2:] == [
        "&lt;b&gt;Office&lt;/b&gt;, &lt;b&gt;Night&lt;/b&gt;, 1 more told",
        "Pager could not be told",
    ]


def test_who_was_told_of_something_else_is_not_named(browser: Browser, services: Services) -> None:
    hold(services)
    keep_notice(services, add(services, "Office"), keep_incident(services, Alert.DISK), NoticeOutcome.DELIVERED)

    assert len(course(browser)) == 2


def add(services: Services, name: str) -> int:
    """Add a destination, and give its number."""
    values = {"name": name, "url": "http://localhost/hook"}
    return services.destinations.add("webhook", values, actor("ken"), clock.now()).destination.number
