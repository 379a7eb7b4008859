"""What fires is seen by everybody, acknowledged by operators, and judged by numbers that administrators set."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from panel import clock
from panel.access.rights import Role
from panel.alerts.alert import Alert
from panel.alerts.destination import Destination
from panel.alerts.thresholds import THRESHOLDS
from panel.alerts.wording import what_to_do
from panel.services import Services
from panel.settings.model import Settings
from tests.support.actors import actor
from tests.support.mail import hold
from tests.web.alerts.conftest import REFUSED, WITHOUT_PACE, Fire, fail_message, hold_mail, keep_notice
from tests.web.conftest import PASSWORD, Browser

HTMX = pytest.mark.parametrize("htmx", [False, True], ids=["page", "fragment"])


@pytest.fixture
def visitor(stranger: Browser, services: Services) -> Callable[[Role], Browser]:
    """Sign somebody in who has a role; there is an administrator, too."""
    services.accounts.add("sato", PASSWORD, by=actor(), role=Role.ADMINISTRATOR, now=clock.now())

    def signed_in(role: Role) -> Browser:
        services.accounts.add(role, PASSWORD, by=actor(), role=role, now=clock.now())
        stranger.get("/login")
        assert stranger.post("/login", {"name": role, "password": PASSWORD}).status_code == 303
        stranger.get("/outbox")
        return stranger

    return signed_in


def firing(text: str) -> str:
    found = re.search(r'data-firing="(\d+)"', text)
    assert found
    return found[1]


@HTMX
def test_without_a_destination_the_page_offers_each_kind(browser: Browser, saved: Settings, htmx: bool) -> None:
    shown = browser.get("/alerts", htmx=htmx)

    assert shown.status_code == 200
    assert ("<html" in shown.text) is not htmx
    assert firing(shown.text) == "0"
    assert "Nobody is told yet when mail stops." in shown.text
    assert len(re.findall(r"/alerts/new\?kind=", shown.text)) == 5


def test_what_is_not_told_of_yet_is_not_called_in_order(
    browser: Browser, services: Services, saved: Settings, webhook: Destination
) -> None:
    services.thresholds.set({"held.minutes": "10"}, by=actor(), now=clock.now())
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    hold(services.database, REFUSED, after_success=True, terms=WITHOUT_PACE)  # which is looked at again by itself

    shown = browser.get("/alerts").text

    assert firing(shown) == "0"
    assert "Nothing is wrong" not in shown
    assert "It is told of if it lasts: Mail on hold" in shown
    assert re.search(r'data-condition="held".*?class="badge warn"', shown, re.DOTALL)


@HTMX
def test_what_fires_stands_on_top_the_worst_first(
    browser: Browser, services: Services, saved: Settings, webhook: Destination, htmx: bool
) -> None:
    fail_message(services)
    held = hold_mail(services)

    shown = browser.get("/alerts", htmx=htmx).text

    assert firing(shown) == "2"
    assert re.findall(r'data-alert="(\w+)"', shown) == ["held", "failing"]
    assert "All mail is held." in shown
    assert f'action="/alerts/{held}/acknowledge"' in shown
    assert re.findall(r'data-condition="held".*?badge (\w+)', shown, re.DOTALL) == ["bad"]


def test_what_is_gone_and_not_over_yet_says_until_when_it_is_waited_for(
    browser: Browser, services: Services, saved: Settings, webhook: Destination, fire: Fire
) -> None:
    number = fire(Alert.FAILING, minutes=20)
    now = clock.now()
    came_and_went = [clock.stamp(now - timedelta(minutes=each)) for each in (20, 15, 10, 5)]
    with services.database.writing() as write:
        write.run("UPDATE incidents SET changes = ? WHERE number = ?", (json.dumps(came_and_went), number))

    shown = browser.get("/alerts").text

    assert firing(shown) == "1"
    ends = re.search(r"It is gone since .*? so it is over at (\d\d:\d\d) if it stays away", shown)
    assert ends
    assert ends[1] == (now + timedelta(minutes=25)).strftime("%H:%M")
    found = services.incidents.get(number)
    assert found
    assert [each for each in what_to_do(found, str) if each in shown] == []


@HTMX
def test_the_course_says_who_was_told_and_what_comes_next(
    browser: Browser, services: Services, webhook: Destination, held: int, htmx: bool
) -> None:
    for outcome, tries in (("delivered", 1), ("delivered", 3), ("waiting", 2), ("failed", 7), ("summed", 0)):
        keep_notice(services, webhook.number, held, outcome, tries=tries)

    shown = browser.get("/alerts", htmx=htmx).text

    for said in ("noticed", "localhost", "after 3 tries", "tries so far: 2", "could not be told", "with others"):
        assert said in shown
    assert "reminder, if it goes on" in shown


@pytest.mark.parametrize("role", Role)
def test_each_role_sees_it_and_what_it_may_do(visitor: Callable[[Role], Browser], held: int, role: Role) -> None:
    shown = visitor(role).get("/alerts").text

    assert "All mail is held." in shown
    assert "secret words of a server" not in shown
    assert (f"/alerts/{held}/acknowledge" in shown) is (role is not Role.VIEWER)
    administrators = ("/alerts/1/test", "/alerts/1/edit", "/alerts/new", 'name="waiting.minutes"')
    assert [each in shown for each in administrators] == [role is Role.ADMINISTRATOR] * 4
    assert "secret-path" not in shown


@HTMX
def test_what_is_acknowledged_says_by_whom_and_is_not_told_of_again(
    visitor: Callable[[Role], Browser], services: Services, held: int, htmx: bool
) -> None:
    operator = visitor(Role.OPERATOR)

    done = operator.post(f"/alerts/{held}/acknowledge", {}, htmx=htmx)

    assert (done.status_code, done.location) == (303, "/alerts")
    shown = operator.get("/alerts", htmx=htmx).text
    assert "Acknowledged by operator" in shown
    assert "reminder, if it goes on" not in shown
    found = services.incidents.get(held)
    assert found
    assert found.acknowledged_by == "operator"
    operator.post(f"/alerts/{held}/acknowledge", {}, htmx=htmx)
    assert "somebody has acknowledged it" in operator.get("/alerts", htmx=htmx).text
    rows = services.database.rows("SELECT account, object FROM audit WHERE action = 'alert_acknowledged'")
    assert [(row["account"], row["object"]) for row in rows] == [("operator", f"incident/{held}")]


def test_nothing_changes_without_the_token_of_the_form(browser: Browser, services: Services, fire: Fire) -> None:
    number = fire(Alert.HELD)

    for path in (f"/alerts/{number}/acknowledge", "/alerts/conditions", "/alerts/new"):
        refused = browser.post(path, {"csrf_token": "", "waiting.minutes": "7", "kind": "ping"})
        assert refused.status_code == 400
    found = services.incidents.get(number)
    assert found
    assert found.acknowledged_at is None
    assert services.thresholds.current().waiting_minutes == THRESHOLDS["waiting.minutes"].default


# The conditions


@HTMX
def test_the_numbers_are_kept(browser: Browser, services: Services, htmx: bool) -> None:
    browser.get("/alerts")
    typed = {name: str(known.most) for name, known in THRESHOLDS.items()}

    assert browser.post("/alerts/conditions", typed, htmx=htmx).location == "/alerts"

    assert services.thresholds.current().by_name() == {name: known.most for name, known in THRESHOLDS.items()}
    shown = browser.get("/alerts", htmx=htmx).text
    assert {*re.findall(r'name="([a-z_.]+)" value="\d+" inputmode', shown)} == {*THRESHOLDS}


@HTMX
@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "10081", "1" * 5000, "<script>"])
def test_each_wrong_number_is_said_at_its_field(browser: Browser, services: Services, text: str, htmx: bool) -> None:
    browser.get("/alerts")

    refused = browser.post("/alerts/conditions", {"waiting.minutes": text, "disk.megabytes": "x"}, htmx=htmx)

    assert refused.status_code == 422
    for name in ("waiting.minutes", "disk.megabytes"):
        assert f'id="{name}-error"' in refused.text
        assert f'<a href="#{name}">' in refused.text
    assert "<script>" not in refused.text.partition("<main")[2]
    assert services.thresholds.current().waiting_minutes == THRESHOLDS["waiting.minutes"].default


def test_what_is_off_says_so(browser: Browser, services: Services) -> None:
    services.thresholds.set({"bounced.count": "0"}, by=actor(), now=clock.now())

    shown = browser.get("/alerts").text

    states = dict(re.findall(r'data-condition="(\w+)".*?<span class="badge (\w+)"', shown, re.DOTALL))
    assert {alert for alert, tone in states.items() if tone == "idle"} == {Alert.BOUNCED, Alert.SILENT}


# What was


@HTMX
def test_what_was_is_listed_page_by_page(browser: Browser, services: Services, fire: Fire, htmx: bool) -> None:
    numbers = [fire(Alert.WAITING, minutes=60 * (50 - each), over=True) for each in range(45)]

    pages, address = [], "/alerts"
    while address:
        shown = browser.get(address, htmx=htmx).text
        pages.append([int(each) for each in re.findall(r'data-ended="inc_(\d+)"', shown)])
        found = re.search(r'href="(/alerts\?before=\d+)#past"', shown)
        address = found[1] if found else ""

    assert [len(each) for each in pages] == [20, 20, 5]
    assert [each for page in pages for each in page] == numbers[::-1]


def test_what_is_older_than_90_days_is_not_shown(browser: Browser, fire: Fire) -> None:
    fire(Alert.WAITING, minutes=timedelta(days=91) / timedelta(minutes=1), over=True)

    assert "data-ended" not in browser.get("/alerts").text
