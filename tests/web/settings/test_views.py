"""The form of the settings: opened as page and as fragment, saved only when all is right."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from panel import clock
from panel.config import Config
from panel.services import Services, open_services
from panel.settings.fields.secret import SECRETS
from panel.settings.model import SECOND, Settings
from panel.web import create_app
from panel.web.settings.forms import TokenForm
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, SETTINGS, Browser, typed


@pytest.mark.parametrize("path", ["/settings", "/settings/edit", "/settings/status", "/history"])
def test_each_view_answers_as_page_and_as_fragment(browser: Browser, saved: Settings, path: str) -> None:
    page, fragment = browser.get(path), browser.get(path, htmx=True)

    assert page.status_code == fragment.status_code == 200
    assert "<!doctype html>" in page.text
    assert "<!doctype html>" not in fragment.text
    assert page.headers["Vary"] == fragment.headers["Vary"] == "HX-Request, Accept-Encoding, Sec-Fetch-Site, Cookie"


def test_restored_history_gets_the_page(browser: Browser) -> None:
    response = browser.get("/settings", htmx=True, headers={"HX-History-Restore-Request": "true"})

    assert "<!doctype html>" in response.text


@pytest.mark.both_doors
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
    services.settings.save(replace(saved, from_name="theirs"), base=1, by=actor("ken"), now=clock.now())

    response = browser.post("/settings", typed(from_name="mine"))

    assert response.status_code == 409
    assert "ken" in response.text
    assert "theirs" in response.text
    assert 'value="mine"' in response.text
    assert services.settings.current().settings.from_name == "theirs"
    assert browser.post("/settings", typed(from_name="mine", version="2")).status_code == 303


def test_the_form_does_not_take_the_panels_own_smtp_port(config: Config) -> None:
    listening = replace(config, smtp_listen=("127.0.0.1", 2525))
    services = open_services(listening)
    services.accounts.add("hanako", PASSWORD, by=actor(), now=clock.now())
    with create_app(listening, services).test_client() as client:
        browser = Browser(client)
        browser.get("/login")
        browser.post("/login", {"name": "hanako", "password": PASSWORD})
        browser.get("/settings/edit")

        answer = browser.post("/settings", typed(smtp_host="localhost", smtp_port="2525", version="0"))

    assert answer.status_code == 422
    assert "it would send to itself" in answer.text


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


def test_the_form_has_a_field_for_each_secret_and_one_to_erase_it() -> None:
    first = [name for name in SECRETS if not name.startswith(SECOND)]

    assert {each for name in first for each in (name, f"{name}_clear")} <= {*dir(TokenForm)}
