"""The panel inside another Flask application, under a prefix, with the login of that application."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from flask import Flask, Response, abort, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import CSRFProtect
from jinja2 import DictLoader

from panel import clock
from panel.access.rights import Role, Scope
from panel.config import Config
from panel.services import Services
from panel.web import create_app
from panel.web.api import RIGHTS
from panel.web.guard import OPEN
from panel.web.mount import Visitor, blueprint
from tests.support.actors import actor
from tests.web.conftest import PASSWORD, SETTINGS, Browser, typed


def shop(config: Config, services: Services, **asked) -> Flask:
    """Make an application with what applications have: a login, hooks, an error page, forms, a session of its own."""
    app = Flask("shop")
    app.config.update(SECRET_KEY="of the shop")
    CSRFProtect(app)

    @app.before_request
    def load_user() -> None:
        g.user = session.get("user")

    @app.after_request
    def sign(response: Response) -> Response:
        response.headers["X-Shop"] = "yes"
        return response

    @app.errorhandler(404)
    def missing(_fault: Exception) -> ResponseReturnValue:
        return "the shop has no such page", 404

    @app.get("/sign-in")
    def sign_in() -> ResponseReturnValue:
        session["user"] = request.args["name"]
        return redirect(request.args.get("next", "/"))

    @app.get("/")
    def index() -> str:
        return f'<a href="{url_for("mail_panel.show")}">mail</a>'

    @app.post("/order")
    def order() -> str:
        return "ordered"

    asked = {"who": lambda: g.user, "login": lambda: url_for("sign_in", name="花子"), **asked}
    app.register_blueprint(blueprint(config, services=services, **asked), url_prefix="/tools/mail")
    return app


@pytest.fixture
def app(config: Config, services: Services) -> Flask:
    return shop(config, services, role="administrator")


@pytest.fixture
def browser(stranger: Browser) -> Browser:
    stranger.client.get("/sign-in?name=花子")
    return stranger


def test_the_application_links_to_it(browser: Browser) -> None:
    link = re.findall('href="(.*?)"', browser.get("/").text)[0]

    assert browser.get(link).location == "/tools/mail/settings"


def test_who_is_signed_in_there_is_signed_in_here(browser: Browser) -> None:
    page = browser.get("/tools/mail/settings").text

    assert "<span>花子</span>" in page
    assert "Sign out" not in page


def test_every_link_and_file_stands_under_the_prefix(browser: Browser) -> None:
    page = browser.get("/tools/mail/settings").text

    links = re.findall(r'(?:href|src|action|hx-get|hx-post)="(/[^"]*)"', page)
    assert links
    assert all(link.startswith("/tools/mail/") for link in links)
    styles = [link for link in links if link.endswith(".css")]
    assert [browser.get(style).mimetype for style in styles] == ["text/css"] * 2


def test_the_manual_stands_under_the_prefix_with_its_pictures(browser: Browser) -> None:
    page = browser.get("/tools/mail/help/settings").text

    links = re.findall(r'(?:href|src)="(/[^"]*)"', page)
    [picture, *_] = [link for link in links if "/pictures/" in link]
    assert all(link.startswith("/tools/mail/") for link in links)
    assert "/tools/mail/help/sending-limit" in links
    assert browser.client.get(picture).mimetype == "image/png"


def test_a_form_is_saved_under_the_name_of_the_applications_user(browser: Browser, services: Services) -> None:
    browser.get("/tools/mail/settings/edit")

    saved = browser.post("/tools/mail/settings", typed(version="0", smtp_password="secret"))

    assert (saved.status_code, saved.location) == (303, "/tools/mail/settings")
    assert services.settings.current().saved_by == "花子"
    assert "report@example.org" in browser.get("/tools/mail/settings").text


def test_fragments_come_back_as_fragments(browser: Browser) -> None:
    form = browser.get("/tools/mail/settings/edit", htmx=True)
    wrong = browser.post("/tools/mail/settings", typed(version="0", smtp_port="0"), htmx=True)

    assert "<html" not in form.text
    assert (wrong.status_code, 'id="smtp_port-error"' in wrong.text) == (422, True)


def test_the_panels_own_form_token_is_asked_for(browser: Browser) -> None:
    browser.token = "made up"

    assert browser.post("/tools/mail/settings", typed(version="0")).status_code == 400


def test_another_site_cannot_save(browser: Browser) -> None:
    browser.get("/tools/mail/settings/edit")

    sent = browser.post("/tools/mail/settings", typed(version="0"), headers={"Origin": "https://evil.example"})

    assert sent.status_code == 403


def test_a_stranger_is_led_to_the_applications_login_from_every_page(
    stranger: Browser, config: Config, services: Services
) -> None:
    rules = create_app(config, services, mounted=True).url_map.iter_rules()
    pages = (rule for rule in rules if rule.endpoint not in OPEN and rule.endpoint not in RIGHTS)
    closed = [re.sub(r"<.*?>", "1", rule.rule) for rule in pages]

    for path in closed:
        answer = stranger.get(f"/tools/mail{path}")
        sent = stranger.post(f"/tools/mail{path}", {})
        led = answer.status_code == 302 and answer.location.startswith("/sign-in?name=")
        assert led or answer.status_code == 405, path
        assert sent.status_code in (400, 401, 405), path
    assert "next=%2Ftools%2Fmail%2Foutbox" in stranger.get("/tools/mail/outbox").location


def test_a_session_that_ended_is_told_to_htmx_and_keeps_what_was_typed(browser: Browser) -> None:
    browser.get("/tools/mail/settings/edit")
    browser.client.delete_cookie("session")

    asked = browser.get("/tools/mail/settings/status", htmx=True)
    sent = browser.post("/tools/mail/settings", typed(version="0"), htmx=True)

    assert asked.headers["HX-Redirect"].startswith("/sign-in?")
    assert (sent.status_code, sent.headers["HX-Reswap"]) == (401, "none")
    assert 'href="/sign-in?' in sent.text


def test_without_a_login_to_lead_to_it_is_closed(config: Config, services: Services) -> None:
    app = Flask("bare")
    app.register_blueprint(blueprint(config, who=lambda: None, services=services), url_prefix="/mail")

    assert app.test_client().get("/mail/settings").status_code == 403
    assert app.test_client().post("/mail/settings").status_code in (400, 401)


@pytest.mark.parametrize("path", ["login", "logout", "setup", "metrics"])
def test_the_panels_own_login_and_metrics_are_not_there(browser: Browser, path: str) -> None:
    assert browser.get(f"/tools/mail/{path}").status_code == 404


def test_who_asks_may_be_sent_away_by_the_application_itself(config: Config, services: Services) -> None:
    app = Flask("strict")
    app.register_blueprint(blueprint(config, who=lambda: abort(418), services=services), url_prefix="/mail")

    assert app.test_client().get("/mail/settings").status_code == 418


def test_no_header_makes_an_account(stranger: Browser) -> None:
    headers = {"Mail-Panel.Visit": "hanako", "mail-panel.visit": "hanako", "Remote-User": "hanako"}

    assert stranger.get("/tools/mail/settings", headers=headers).status_code == 302


def test_the_application_is_what_it_was(browser: Browser) -> None:
    browser.get("/tools/mail/settings")
    page = browser.get("/")

    assert "Content-Security-Policy" not in page.headers
    assert browser.get("/nothing").text == "the shop has no such page"
    assert "the shop" not in browser.get("/tools/mail/nothing").text
    assert browser.client.post("/order").status_code == 400  # its own forms are checked as before
    with browser.client.session_transaction() as kept:
        assert dict(kept) == {"user": "花子"}


@pytest.mark.parametrize("path", ["%FF", "outbox/%E3%81%82", "static/%2e%2e/%2e%2e/key", "outbox//1"])
def test_a_strange_address_is_nowhere(browser: Browser, path: str) -> None:
    assert browser.client.get(f"/tools/mail/{path}", follow_redirects=True).status_code == 404


def test_the_panels_pages_keep_their_protection(browser: Browser) -> None:
    page = browser.get("/tools/mail/settings")

    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


def test_a_prefix_before_the_prefix_is_kept(browser: Browser) -> None:
    page = browser.client.get("/tools/mail/settings", environ_overrides={"SCRIPT_NAME": "/shop"})

    assert 'href="/shop/tools/mail/outbox"' in page.text


def test_a_prefix_in_japanese_works(config: Config, services: Services) -> None:
    app = Flask("japanese")
    app.register_blueprint(blueprint(config, who=lambda: "ken", role="viewer", services=services), url_prefix="/メール")
    client = app.test_client()

    moved = client.get("/メール/")

    assert moved.location == "/%E3%83%A1%E3%83%BC%E3%83%AB/settings"
    assert 'href="/メール/outbox"' in client.get(moved.location).text


def test_the_api_stands_under_the_prefix_and_opens_by_token_alone(browser: Browser, services: Services) -> None:
    token = services.tokens.create("shop", [Scope.SEND], by=actor("ken"), now=clock.now())
    message = {"to": "hanako@example.org", "text": "Hello"}
    address = "/tools/mail/api/v1/messages"

    refused = browser.client.post(address, json=message)
    made = browser.client.post(address, json=message, headers={"Authorization": f"Bearer {token}"})

    assert (refused.status_code, refused.content_type) == (401, "application/problem+json")
    assert (made.status_code, made.location) == (202, "/tools/mail/api/v1/messages/1")


def test_a_test_of_a_visitor_leaves_the_account_of_the_same_name_alone(browser: Browser, services: Services) -> None:
    services.accounts.add("花子", PASSWORD, by=actor(), now=clock.now())
    services.settings.save(replace(SETTINGS, smtp_host="127.0.0.1", smtp_port=9), base=0, by=actor(), now=clock.now())
    browser.get("/tools/mail/settings")

    tested = browser.post("/tools/mail/settings/trial/saved", {"recipient": "taro@example.net", "mode": "check"})

    assert tested.status_code == 200
    assert services.accounts.list()[0].recipient == ""


def test_tokens_are_made_under_the_name_of_the_applications_user(browser: Browser, services: Services) -> None:
    tabs = re.search(r'<nav class="tabs".*?</nav>', browser.get("/tools/mail/access").text, re.DOTALL)
    assert tabs
    beside = re.findall(r'href="([^"]+)"', tabs[0])
    assert beside == ["/tools/mail/access", "/tools/mail/audit"]  # the accounts are the application's

    browser.post("/tools/mail/access/tokens", {"name": "shop", "scope": "send", "expires": "90d"})

    assert [(each.name, each.created_by) for each in services.tokens.list()] == [("shop", "花子")]


def visiting(config: Config, services: Services, **asked) -> Browser:
    """Give a browser before a shop that has 花子 signed in, and answers the panel's questions so."""
    browser = Browser(shop(config, services, **asked).test_client())
    browser.client.get("/sign-in?name=花子")
    return browser


@pytest.mark.parametrize(
    ("asked", "sees", "edits"),
    [
        ({"role": "viewer"}, 200, 403),
        ({"role": Role.ADMINISTRATOR}, 200, 200),
        ({"role": lambda: "administrator" if g.user == "花子" else None}, 200, 200),
        ({"role": lambda: None}, 302, 302),
        ({"who": lambda: Visitor(g.user, Role.OPERATOR), "role": "administrator"}, 200, 403),
        ({"who": lambda: Visitor(g.user, "administrator")}, 200, 200),
    ],
)
def test_the_application_says_what_its_user_may_do(
    config: Config, services: Services, asked: dict[str, object], sees: int, edits: int
) -> None:
    browser = visiting(config, services, **asked)

    assert browser.get("/tools/mail/settings").status_code == sees
    assert browser.get("/tools/mail/settings/edit").status_code == edits


def test_a_name_without_a_role_is_told_both_ways_to_give_one(config: Config, services: Services) -> None:
    browser = visiting(config, services)
    browser.client.application.testing = True

    with pytest.raises(TypeError, match=r'role="administrator".*Visitor\(\'花子\', "administrator"\)'):
        browser.get("/tools/mail/settings")


@pytest.mark.parametrize("name", ["", None])
def test_who_has_no_name_is_nobody(config: Config, services: Services, name: str | None) -> None:
    browser = visiting(config, services, who=lambda: Visitor(name, "administrator"))

    assert browser.get("/tools/mail/settings").status_code == 302


@pytest.mark.parametrize(
    "name",
    [" ", "report (token)", "root (command line)", "root（コマンドライン）", "a\nb", "a\u202eb", "\ud800", "x" * 255],
)
def test_a_name_that_would_pass_for_another_is_refused(config: Config, services: Services, name: str) -> None:
    browser = visiting(config, services, who=lambda: Visitor(name, "administrator"))
    browser.client.application.testing = True

    with pytest.raises(ValueError, match="The panel cannot know anybody as"):
        browser.get("/tools/mail/settings")


def test_a_name_with_a_comma_and_a_number_are_names(config: Config, services: Services) -> None:
    assert (
        visiting(config, services, who=lambda: "Sato, Ken", role="viewer").get("/tools/mail/settings").status_code
        == 200
    )
    assert visiting(config, services, who=lambda: Visitor(7, "viewer")).get("/tools/mail/settings").status_code == 200


def test_an_unknown_role_is_refused_when_it_is_given(config: Config, services: Services) -> None:
    with pytest.raises(ValueError, match="one of viewer, operator, administrator, not 'admin'"):
        shop(config, services, role="admin")


OUTER = """<!doctype html><html lang="ja"><head><title>{% block title %}{% endblock %} at the shop</title>
{% block head %}<link rel="stylesheet" href="/shop.css">{% endblock %}</head>
<body><a href="{{ url_for("index") }}">{{ g.user }}</a><main>{% block content %}{% endblock %}</main></body></html>"""


@pytest.fixture
def framed(config: Config, services: Services) -> Browser:
    """A browser before a shop that shows the panel within its own template."""
    browser = visiting(config, services, role="administrator", frame="outer.html")
    browser.client.application.jinja_loader = DictLoader({"outer.html": OUTER})
    return browser


@pytest.mark.parametrize(("path", "status"), [("settings/edit", 200), ("outbox", 200), ("nothing", 404)])
def test_a_page_stands_within_the_applications_template(framed: Browser, path: str, status: int) -> None:
    page = framed.get(f"/tools/mail/{path}")

    assert page.status_code == status
    assert [page.text.count(f"<{tag}") for tag in ("!doctype", "html", "title", "body", "main")] == [1] * 5
    assert page.text.index("/shop.css") < page.text.index("/tools/mail/static/panel.") < page.text.index("</head>")
    assert '<a href="/">花子</a><main>' in page.text
    assert " at the shop</title>" in page.text
    assert page.text.index('<div class="mail-panel"') < page.text.index('<symbol id="i-ok"') < page.text.index("<h1")
    assert int(page.headers["Content-Length"]) == len(page.data)


def test_what_a_page_within_a_template_may_do_is_the_applications_to_say(framed: Browser) -> None:
    page = framed.get("/tools/mail/settings")

    assert not {"Content-Security-Policy", "X-Frame-Options"} & {*page.headers.keys()}
    assert (page.headers["Cache-Control"], page.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


def test_fragments_and_files_stand_in_no_template(framed: Browser, services: Services) -> None:
    page = framed.get("/tools/mail/settings/edit").text
    fragment = framed.get("/tools/mail/settings/edit", htmx=True)
    saved = framed.post("/tools/mail/settings", typed(version="0", smtp_password="secret"), htmx=True)
    [style] = re.findall(r'href="(/tools/mail/static/.*?css)"', page)

    assert "/shop.css" not in fragment.text + saved.text + framed.get(style).text
    assert "Content-Security-Policy" in fragment.headers
    assert services.settings.current().saved_by == "花子"


@pytest.mark.parametrize("block", ["title", "head", "content"])
def test_a_template_that_lacks_a_block_is_told_so(framed: Browser, block: str) -> None:
    framed.client.application.testing = True
    framed.client.application.jinja_loader = DictLoader({"outer.html": OUTER.replace(f"block {block} ", "block x ")})

    with pytest.raises(LookupError, match=f"The template 'outer.html' has no block '{block}'"):
        framed.get("/tools/mail/settings")
