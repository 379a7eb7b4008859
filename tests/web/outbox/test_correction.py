"""The addresses of those who have not got a message: corrected in place, each in its own input."""

from __future__ import annotations

import html
import re

from panel import clock
from panel.access.rights import Role
from panel.services import Services
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, Browser, sign_in
from tests.web.outbox.conftest import fail, fail_two_of_three, put


def test_a_failed_message_goes_to_a_corrected_recipient(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)
    browser.get(f"/outbox/{number}")

    done = browser.post(f"/outbox/{number}/retry", {"recipient": "jiro@example.net"})

    entry = services.outbox.get(number)
    assert entry
    assert (done.status_code, entry.state, entry.recipients[0].address) == (303, "queued", "jiro@example.net")


def test_a_wrong_correction_is_told_at_its_field_and_changes_nothing(browser: Browser, services: Services) -> None:
    number = put(services)
    fail(services, number)
    browser.get(f"/outbox/{number}")

    told = browser.post(f"/outbox/{number}/retry", {"recipient": "jiro"})

    assert told.status_code == 422
    assert 'id="recipient-error"' in told.text
    assert 'value="jiro"' in told.text
    assert services.outbox.get(number).state == "failed"


def test_an_operator_sends_again_but_to_nobody_else(browser: Browser, services: Services) -> None:
    services.accounts.add("ken", PASSWORD, by=actor(), now=clock.now())
    services.accounts.set_role("hanako", Role.OPERATOR, by=actor(), now=clock.now())
    sign_in(browser)
    number = put(services)
    fail(services, number)
    page = browser.get(f"/outbox/{number}").text

    elsewhere = browser.post(f"/outbox/{number}/retry", {"recipient": "hanako@example.net"})
    again = browser.post(f"/outbox/{number}/retry", {})

    entry = services.outbox.get(number)
    assert entry
    assert 'name="recipient"' not in page
    assert (elsewhere.status_code, "An administrator may do this." in elsewhere.text) == (403, True)
    assert (again.status_code, entry.recipients[0].address) == (303, "taro@example.net")


def fields_of(page: str) -> dict[str, list[str]]:
    """Give what the form of the correction would post if nobody typed anything."""
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input[^>]* name="(instead_of|recipient)"[^>]*? value="([^"]*)"', page):
        fields.setdefault(name, []).append(html.unescape(value))
    return fields


def test_the_correction_is_prefilled_with_addresses_that_are_accepted(browser: Browser, services: Services) -> None:
    number = fail_two_of_three(services)
    page = browser.get(f"/outbox/{number}").text

    fields = fields_of(page)
    done = browser.post(f"/outbox/{number}/retry", fields)

    assert fields["recipient"] == ["nobody@example.net", "nemo@example.net"]
    assert "it is not sent to them again: taro@example.net" in page
    assert done.status_code == 303
    assert services.outbox.get(number).state == "queued"


def test_of_several_that_failed_each_is_corrected_in_its_own_input(browser: Browser, services: Services) -> None:
    number = fail_two_of_three(services)
    browser.get(f"/outbox/{number}")
    typed: dict[str, list[str]] = {
        "instead_of": ["nobody@example.net", "nemo@example.net"],
        "recipient": ["jiro@example.net", "x"],
    }

    wrong = browser.post(f"/outbox/{number}/retry", typed)
    typed["recipient"][1] = "nobody@example.net"
    done = browser.post(f"/outbox/{number}/retry", typed)

    entry = services.outbox.get(number)
    assert entry
    assert (wrong.status_code, done.status_code) == (422, 303)
    assert 'id="recipient2-error"' in wrong.text
    assert 'value="jiro@example.net"' in wrong.text
    assert [each.address for each in entry.recipients] == ["taro@example.net", "jiro@example.net", "nobody@example.net"]


def test_a_correction_of_somebody_who_is_not_left_is_refused(browser: Browser, services: Services) -> None:
    number = fail_two_of_three(services)
    browser.get(f"/outbox/{number}")

    one = browser.post(f"/outbox/{number}/retry", {"recipient": "jiro@example.net"})
    sent = browser.post(f"/outbox/{number}/retry", {"instead_of": "taro@example.net", "recipient": "jiro@example.net"})

    assert (one.status_code, sent.status_code) == (422, 422)
    assert services.outbox.get(number).state == "failed"
