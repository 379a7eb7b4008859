"""The server of the from address: proposed in the form, saved by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from panel.config import Config
from panel.services import Services
from tests.support.dns_server import DnsServer
from tests.web.conftest import Browser, typed

ZONE = {
    ("_submissions._tcp.example.org", "SRV"): ["0 1 465 smtp.example.net."],
    ("_pop3s._tcp.example.org", "SRV"): ["0 1 995 pop.example.net."],
    ("company.example", "MX"): ["10 aspmx.l.google.com."],
    ("odd.example", "MX"): ["10 mx.odd.example."],
    ("_submission._tcp.odd.example", "SRV"): ["0 1 465 smtp.odd.example."],
}


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    with DnsServer(ZONE, broken=["broken.example"]) as server:
        yield Config(home=tmp_path / "home", locale="en", resolver=server.address)


def find(browser: Browser, address: str, *, htmx: bool = True) -> tuple[int, str]:
    response = browser.post("/settings/preset", typed(from_address=address, version="0", find="yes"), htmx=htmx)
    return response.status_code, response.text


@pytest.mark.parametrize("htmx", [True, False])
def test_a_server_that_the_domain_announces_is_filled_in(browser: Browser, services: Services, htmx: bool) -> None:
    status, page = find(browser, "report@example.org", htmx=htmx)

    assert status == 200
    assert ("<!doctype html>" in page) is not htmx
    assert 'value="smtp.example.net"' in page
    assert 'name="smtp_port" value="465"' in page
    assert "names smtp.example.net in the DNS" in page
    assert "This is a proposal" in page
    assert "pop.example.net, port 995" in page
    assert services.settings.current().number == 0


def test_who_takes_the_mail_is_filled_in_with_its_interval(browser: Browser) -> None:
    _, page = find(browser, "report@company.example")

    assert 'value="smtp.gmail.com"' in page
    assert 'value="6000"' in page
    assert "probably sends it, too" in page


def test_an_unusual_port_gets_its_mode(browser: Browser) -> None:
    _, page = find(browser, "report@odd.example")

    assert '<option value="starttls" selected>' in page


def test_an_address_without_a_server_changes_nothing(browser: Browser) -> None:
    status, page = find(browser, "report@nothing.example")

    assert status == 200
    assert "No server was found for nothing.example" in page
    assert 'id="part-server"' not in page


def test_a_resolver_that_does_not_answer_is_no_word_about_the_domain(browser: Browser) -> None:
    _, page = find(browser, "report@broken.example")

    assert "name look-up got no answer" in page
    assert "No server was found" not in page


@pytest.mark.parametrize("address", ["", "report", "a@b@c", "<script>@example.org"])
def test_no_address_is_told_as_such(browser: Browser, address: str) -> None:
    status, page = find(browser, address)

    assert status == 422
    assert "Enter the from address first" in page
    assert "<script>" not in page


def test_the_passwords_that_are_typed_stay_in_the_page(browser: Browser) -> None:
    _, page = find(browser, "report@example.org")

    assert 'id="smtp_password"' not in page
    assert 'id="pop_password"' not in page


def test_the_button_stands_beside_the_address(browser: Browser) -> None:
    assert 'id="find-go"' in browser.get("/settings/edit").text
