"""The settings' pages: each asked twice, as page and as fragment; saved only when all is right."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask

from panel import clock
from panel.config import Config
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.settings.providers import PROVIDERS
from panel.web import create_app
from tests.support.servers import Authority
from tests.web.conftest import PASSWORD, SETTINGS, Browser, typed
from tests.web.outbox.test_views import put


@pytest.mark.parametrize("path", ["/settings", "/settings/edit", "/settings/status", "/history"])
def test_each_view_answers_as_page_and_as_fragment(browser: Browser, saved: Settings, path: str) -> None:
    page, fragment = browser.get(path), browser.get(path, htmx=True)

    assert page.status_code == fragment.status_code == 200
    assert "<!doctype html>" in page.text
    assert "<!doctype html>" not in fragment.text
    assert page.headers["Vary"] == fragment.headers["Vary"] == "HX-Request, Cookie"


def test_restored_history_gets_the_page(browser: Browser) -> None:
    response = browser.get("/settings", htmx=True, headers={"HX-History-Restore-Request": "true"})

    assert "<!doctype html>" in response.text


def test_the_first_page_says_that_nothing_is_set_up(browser: Browser) -> None:
    assert "Not set up yet" in browser.get("/settings").text


def test_what_is_entered_is_saved(browser: Browser, services: Services) -> None:
    done = browser.post("/settings", typed(smtp_password="typed-secret", version="0", from_name="活動報告"))

    assert (done.status_code, done.location) == (303, "/settings")
    version = services.settings.current()
    assert (version.number, version.saved_by, version.saved_from) == (1, "hanako", "127.0.0.1")
    assert version.settings == replace(SETTINGS, smtp_password="typed-secret", from_name="活動報告")
    assert "Settings saved" in browser.get("/settings").text


def test_what_is_in_force_already_makes_no_version_and_is_said_so(
    browser: Browser, services: Services, saved: Settings
) -> None:
    before = services.settings.newest()

    done = browser.post("/settings", typed())

    assert done.status_code == 303
    assert services.settings.newest() == before
    assert "No change" in browser.get("/settings").text


def test_a_blank_password_keeps_the_stored_one(browser: Browser, services: Services, saved: Settings) -> None:
    browser.post("/settings", typed(send_interval_ms="5000"))

    assert services.settings.current().settings == replace(saved, send_interval_ms=5000)


@pytest.mark.parametrize("mask", ["********", "●●●●●●●●", "••••"])
def test_a_mask_is_never_saved(browser: Browser, services: Services, saved: Settings, mask: str) -> None:
    response = browser.post("/settings", typed(smtp_password=mask))

    assert response.status_code == 422
    assert "That is the mask of SMTP password" in response.text
    assert services.settings.current().settings == saved


def test_without_the_key_file_nothing_is_saved_and_the_page_says_why(
    browser: Browser, services: Services, saved: Settings
) -> None:
    services.config.key_path.unlink()

    for path in ("/settings", "/settings/edit"):
        assert browser.get(path).status_code == 200
    response = browser.post("/settings", typed(smtp_password="another"))

    assert response.status_code == 503
    assert "There is no key at" in response.text
    assert services.settings.current().settings == saved


def test_the_erase_box_forgets_the_password(browser: Browser, services: Services, saved: Settings) -> None:
    without_login = {name: text for name, text in typed().items() if name != "smtp_auth"}

    browser.post("/settings", {**without_login, "smtp_password_clear": "y"})

    assert services.settings.current().secrets_set == frozenset()


@pytest.mark.parametrize("path", ["/settings", "/settings/trial"])
def test_another_host_asks_for_the_password_on_save_and_on_test(
    browser: Browser, services: Services, saved: Settings, path: str
) -> None:
    response = browser.post(path, typed(smtp_host="evil.example.org", recipient="a@example.com"), htmx=True)

    assert response.status_code == 422
    assert "SMTP host has changed" in response.text
    assert services.settings.current().number == 1


def test_every_wrong_field_is_told_at_its_place(browser: Browser, services: Services) -> None:
    response = browser.post("/settings", typed(from_address="nobody", smtp_port="0", send_interval_ms="six"))

    assert response.status_code == 422
    for field in ("from_address", "smtp_port", "send_interval_ms", "smtp_password"):
        assert f'id="{field}-error"' in response.text
    assert 'id="errors"' in response.text
    assert 'value="nobody"' in response.text
    assert services.settings.current().number == 0


def test_no_page_holds_a_password(browser: Browser, saved: Settings) -> None:
    texts = [
        browser.get("/settings").text,
        browser.get("/settings/edit").text,
        browser.get("/history/1").text,
        browser.post("/settings", typed(smtp_password="typed-secret", smtp_port="0")).text,
        browser.post("/settings", typed(smtp_password="typed-secret", version="0")).text,
    ]

    assert not any("stored-secret" in text or "typed-secret" in text for text in texts)


def test_a_missing_field_is_an_error_and_a_missing_box_means_no(
    browser: Browser, services: Services, saved: Settings
) -> None:
    sent = typed()
    assert (
        browser.post("/settings", {name: text for name, text in sent.items() if name != "from_name"}).status_code == 422
    )

    browser.post("/settings", {name: text for name, text in sent.items() if name != "smtp_auth"})

    assert services.settings.current().settings.smtp_auth is False


def test_an_unknown_field_is_ignored(browser: Browser, services: Services, saved: Settings) -> None:
    assert browser.post("/settings", typed(role="administrator", verify="no")).status_code == 303


def test_a_field_that_is_there_twice_is_refused(browser: Browser, saved: Settings) -> None:
    sent = {**typed(), "csrf_token": browser.token, "smtp_host": ["a.example.org", "b.example.org"]}

    assert browser.client.post("/settings", data=sent).status_code == 422


def test_a_stale_form_is_shown_what_changed_and_keeps_what_was_typed(
    browser: Browser, services: Services, saved: Settings
) -> None:
    services.settings.save(replace(saved, from_name="theirs"), base=1, by="ken", now=clock.now())

    response = browser.post("/settings", typed(from_name="mine"))

    assert response.status_code == 409
    assert "ken" in response.text
    assert "theirs" in response.text
    assert 'value="mine"' in response.text
    assert services.settings.current().settings.from_name == "theirs"
    assert browser.post("/settings", typed(from_name="mine", version="2")).status_code == 303


def test_an_old_version_is_loaded_into_the_form_and_not_saved(
    browser: Browser, services: Services, saved: Settings
) -> None:
    services.settings.save(replace(saved, from_name="newer"), base=1, by="ken", now=clock.now())

    response = browser.get("/settings/edit?version=1")

    assert 'name="version"' in response.text
    assert 'value="2"' in response.text
    assert "newer" not in response.text
    assert services.settings.current().number == 2


def test_a_version_that_is_not_there_is_404(browser: Browser) -> None:
    assert browser.get("/settings/edit?version=9").status_code == 404
    assert browser.get("/history/9").status_code == 404


def test_a_service_fills_its_values_in_and_saves_nothing(browser: Browser, services: Services) -> None:
    response = browser.post("/settings/preset", typed(preset="gmail", version="0"))

    assert 'value="smtp.gmail.com"' in response.text
    assert services.settings.current().number == 0


def test_the_interval_is_worked_out_with_a_margin(browser: Browser) -> None:
    response = browser.post("/settings/pace", typed(per_minute="12", margin="20"), htmx=True)

    assert 'value="6000"' in response.text
    assert 'id="part-pace"' in response.text


def test_a_limit_that_is_no_number_is_told(browser: Browser) -> None:
    assert browser.post("/settings/pace", typed(per_minute="many", margin="20"), htmx=True).status_code == 422


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"smtp_port": "465"}, "first byte"),
        ({"smtp_port": "587"}, "STARTTLS"),
        ({"smtp_port": "2525", "tls_mode": "implicit"}, "first byte"),
    ],
)
def test_the_tls_box_is_explained_by_the_port(browser: Browser, changed: dict[str, str], words: str) -> None:
    assert words in browser.post("/settings/tls", typed(**changed), htmx=True).text


def test_the_status_is_silent_while_nothing_changes(browser: Browser, services: Services, saved: Settings) -> None:
    [address] = re.findall(r'hx-get="(/settings/status\?seen=[^"]+)"', browser.get("/settings").text)
    assert browser.get(address).status_code == 204

    put(services)

    assert browser.get(address).status_code == 200


def test_an_unreadable_password_is_told_and_asked_for(
    app: Flask, browser: Browser, services: Services, saved: Settings
) -> None:
    with services.database.writing() as write:
        write.run("UPDATE settings SET smtp_password = x'01020304'")

    assert "cannot be read" in browser.get("/settings").text.lower()
    assert browser.post("/settings", typed()).status_code == 422
    assert browser.client.get("/readyz").status_code == 503


def test_an_authority_that_was_added_is_named_with_its_end(
    browser: Browser, services: Services, authority: Authority
) -> None:
    services.settings.save(replace(SETTINGS, ca_certificate=authority.pem), base=0, by="ken", now=clock.now())

    page = browser.get("/settings", headers={"Accept-Language": "ja"}).text

    [fact] = re.findall(r"<dt>CA証明書</dt>.*?</div>", page, re.DOTALL)
    assert "追加の認証局" in fact, fact
    assert re.search(r"（[^（]+、\d{4}-\d\d-\d\d まで）", fact), fact


def test_both_languages_are_chosen_by_visitor_browser_and_panel(browser: Browser) -> None:
    assert 'lang="en"' in browser.get("/login").text or browser.get("/settings").text
    assert '<html lang="ja"' in browser.get("/settings", headers={"Accept-Language": "ja"}).text
    assert '<html lang="en"' in browser.get("/settings", headers={"Accept-Language": "fr"}).text
    assert '<html lang="ja"' in browser.get("/settings?lang=ja").text
    assert '<html lang="ja"' in browser.get("/settings", headers={"Accept-Language": "en"}).text


def test_history_shows_before_and_after_without_the_secret(
    browser: Browser, services: Services, saved: Settings
) -> None:
    changed = replace(saved, smtp_port=465, smtp_password="third-secret")
    services.settings.save(changed, base=1, by="ken", now=clock.now())

    page = browser.get("/history/2").text

    assert "587" in page
    assert "465" in page
    assert "third-secret" not in page
    assert "/settings/edit?version=1" in page or 'name="version" value="1"' in page


def test_the_form_does_not_take_the_panels_own_smtp_port(config: Config) -> None:
    listening = replace(config, smtp_listen=("127.0.0.1", 2525))
    services = open_services(listening)
    services.accounts.add("hanako", PASSWORD, now=clock.now())
    with create_app(listening, services).test_client() as client:
        browser = Browser(client)
        browser.get("/login")
        browser.post("/login", {"name": "hanako", "password": PASSWORD})
        browser.get("/settings/edit")

        answer = browser.post("/settings", typed(smtp_host="localhost", smtp_port="2525", version="0"))

    assert answer.status_code == 422
    assert "it would send to itself" in answer.text


@pytest.mark.parametrize(
    ("preset", "typed_user", "user", "said"),
    [
        ("gmail", "", "report@example.org", "report@example.org"),
        ("sendgrid", "", "apikey", "apikey"),
        ("yahoo_japan", "", "report", "report"),
        ("gmail", "apikey", "report@example.org", "report@example.org"),  # what the service before had filled in
        ("sendgrid", "report@example.org", "apikey", "apikey"),
        ("gmail", "somebody", "somebody", "The user somebody is left as you typed it"),
        ("ses_tokyo", "AKIAEXAMPLE", "AKIAEXAMPLE", "hands out"),
        ("ses_tokyo", "apikey", "", "hands out"),
    ],
)
def test_a_service_fills_the_user_in_the_form_that_it_wants_and_nothing_that_was_typed(
    browser: Browser, preset: str, typed_user: str, user: str, said: str
) -> None:
    for htmx in (True, False):
        response = browser.post(
            "/settings/preset",
            typed(preset=preset, version="0", smtp_user=typed_user, from_address="report@example.org"),
            htmx=htmx,
        )

        field = re.search(r'<input id="smtp_user"[^>]*value="([^"]*)"', response.text)
        note = re.search(r'<div id="preset-note".*?</div>', response.text, re.DOTALL)
        assert field
        assert note
        assert field[1] == user
        assert said in note[0]


def test_every_service_says_the_user_that_it_wants(browser: Browser) -> None:
    for each in PROVIDERS:
        answer = browser.post(
            "/settings/preset", typed(preset=each.name, smtp_user="", from_address="a.b@example.org"), htmx=True
        )
        wanted = {"address": "a.b@example.org", "local_part": "a.b", "word": each.user_word, "given": ""}
        field = re.search(r'<input id="smtp_user"[^>]*value="([^"]*)"', answer.text)
        assert field
        assert field[1] == wanted[each.user_form], each.name


def test_a_service_by_its_first_button_fills_in_a_fixed_user(browser: Browser) -> None:
    page = browser.get("/settings/edit?preset=sendgrid").text

    assert re.search(r'<input id="smtp_user"[^>]*value="apikey"', page)


def test_no_interval_for_a_service_with_a_known_limit_is_asked_about_once(browser: Browser, services: Services) -> None:
    blank = typed(version="0", smtp_host="smtp.gmail.com", send_interval_ms="", smtp_password=PASSWORD)

    asked = browser.post("/settings", blank)
    assert asked.status_code == 422
    assert 'name="paced" value="6000"' in asked.text
    assert services.settings.current().number == 0

    assert browser.post("/settings", {**blank, "unpaced": "yes"}).status_code == 303
    again = {**blank, "version": "1", "from_name": "Another", "smtp_password": ""}
    assert browser.post("/settings", again).status_code == 303
    assert services.settings.current().settings.send_interval_ms == 0

    other = {**again, "version": "2", "smtp_host": "smtp.office365.com", "smtp_password": PASSWORD}
    assert browser.post("/settings", other).status_code == 422


def test_the_offered_interval_is_saved_in_one_click(browser: Browser, services: Services) -> None:
    blank = typed(version="0", smtp_host="smtp.gmail.com", send_interval_ms="0", smtp_password=PASSWORD)

    assert browser.post("/settings", {**blank, "paced": "6000"}).status_code == 303

    assert services.settings.current().settings.send_interval_ms == 6_000


def test_no_interval_for_a_server_whose_limit_is_not_known_is_saved(browser: Browser, services: Services) -> None:
    blank = typed(version="0", smtp_host="mail.example.org", send_interval_ms="", smtp_password=PASSWORD)

    assert browser.post("/settings", blank).status_code == 303


def retype(text: str) -> list[str]:
    return re.findall(r'name="retype" value="(\w+)"', text)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"smtp_port": "0"}, 422), ({"version": "7"}, 409), ({"untested": ""}, 422)],
    ids=["a field is wrong", "somebody else saved", "not tested"],
)
def test_a_password_that_was_typed_is_asked_for_again(
    browser: Browser, services: Services, saved: Settings, wrong: dict[str, str], status: int
) -> None:
    """No page shows it, and blank would keep the saved one."""
    shown = browser.post("/settings", typed(**{"smtp_password": "new-secret", **wrong}))
    assert shown.status_code == status
    assert retype(shown.text) == ["smtp_password"]
    assert "Type it again: a page does not keep a password." in shown.text

    again = browser.post("/settings", typed(smtp_password="", retype="smtp_password"))

    assert again.status_code == 422
    assert "Type the password again" in again.text
    assert retype(again.text) == ["smtp_password"]
    assert services.settings.current().number == 1
    assert browser.post("/settings", typed(smtp_password="new-secret", retype="smtp_password")).status_code == 303
    assert services.settings.current().settings.smtp_password == "new-secret"


def test_a_password_is_not_asked_for_again_where_none_is_used(
    browser: Browser, services: Services, saved: Settings
) -> None:
    without = {name: text for name, text in typed(retype="smtp_password").items() if name != "smtp_auth"}

    assert browser.post("/settings", without).status_code == 303


def test_a_test_is_not_sent_with_the_saved_password_in_place_of_the_typed_one(
    browser: Browser, services: Services, saved: Settings
) -> None:
    asked = browser.post("/settings/trial", typed(retype="smtp_password", recipient="taro@example.net"), htmx=True)

    assert asked.status_code == 422
    assert "Type the password again" in asked.text
