"""Pages go out compressed to who takes that, where our own page asks; nothing else does."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask

from panel.services import Services
from panel.settings.model import Settings
from panel.web import create_app
from tests.web.conftest import Browser, sign_in

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
HTTPS = "https://panel.example.org"


def test_a_page_is_compressed_and_reads_the_same(browser: Browser, saved: Settings) -> None:
    plain = browser.get("/diagnosis/causes")
    small = browser.client.get("/diagnosis/causes", headers=GZIP)

    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) == len(small.data) < len(plain.data) / 3
    shown = gzip.decompress(small.data).decode()
    assert shown.startswith("<!doctype html>")
    assert shown.endswith("</html>")
    for response in (plain, small):
        assert {"Accept-Encoding", "Sec-Fetch-Site", "HX-Request"} <= set(response.vary.as_set(preserve_casing=True))
        assert "ETag" not in response.headers


@pytest.mark.parametrize(
    ("accepted", "coded"),
    [("gzip", True), ("*", True), ("br", False), ("gzip;q=0", False), ("gzip;q=0.1, identity", False), ("", False)],
)
def test_who_does_not_take_gzip_gets_none(browser: Browser, accepted: str, coded: bool) -> None:
    response = browser.client.get("/diagnosis/causes", headers={"Accept-Encoding": accepted})

    assert (response.headers.get("Content-Encoding") == "gzip") is coded


@pytest.mark.parametrize(
    ("site", "coded"),
    [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False), (None, False)],
)
def test_over_https_what_another_site_asks_for_is_plain(browser: Browser, site: str | None, coded: bool) -> None:
    heads = {**GZIP, **({"Sec-Fetch-Site": site} if site else {})}

    response = browser.client.get("/login", base_url="https://localhost", headers=heads)

    assert (response.headers.get("Content-Encoding") == "gzip") is coded


@pytest.mark.parametrize(("site", "coded"), [("same-origin", True), ("same-site", False), ("cross-site", False)])
def test_behind_a_proxy_that_names_no_scheme_the_browser_is_believed(browser: Browser, site: str, coded: bool) -> None:
    response = browser.client.get("/account", headers={**GZIP, "Sec-Fetch-Site": site})

    assert (response.headers.get("Content-Encoding") == "gzip") is coded


def test_what_is_no_page_goes_out_as_it_is(browser: Browser, saved: Settings) -> None:
    for path in ("/audit.csv", "/audit.jsonl", "/healthz", "/api/v1/openapi.json"):
        assert browser.get(path, headers=GZIP).headers.get("Content-Encoding") in (None, "identity"), path


def test_a_mounted_panel_leaves_it_to_the_application(services: Services) -> None:
    app: Flask = create_app(services.config, services, mounted=True)

    with app.test_client() as client:
        assert "Content-Encoding" not in client.get("/diagnosis/causes", headers=GZIP).headers


def test_two_answers_never_show_the_same_token(browser: Browser) -> None:
    tokens = []
    for _ in range(20):
        browser.get("/account")
        tokens.append(browser.token)

    assert len(set(tokens)) == 20
    pieces = [{token[at : at + 6] for at in range(0, len(token) - 5)} for token in tokens]
    assert not set.intersection(*pieces[:2])
    assert not pieces[0] & pieces[5]


def test_an_older_page_of_the_session_can_still_be_sent(browser: Browser) -> None:
    browser.get("/settings/edit")
    first = browser.token
    for _ in range(3):
        browser.get("/settings/edit")
    browser.token = first

    assert browser.post("/logout", {}).status_code == 303


@pytest.mark.parametrize("token", ["", "x", "====", "A" * 243, "é", "a.b.c"])
def test_a_token_that_is_none_is_refused(browser: Browser, token: str) -> None:
    browser.get("/settings/edit")

    assert browser.post("/logout", {"csrf_token": token}).status_code == 400


def test_a_token_of_another_session_is_refused(services: Services, browser: Browser) -> None:
    other = Browser(create_app(services.config, services).test_client())
    sign_in(other)
    token = browser.token

    assert other.post("/logout", {"csrf_token": token}).status_code == 400
    assert other.post("/logout", {}).status_code == 303
