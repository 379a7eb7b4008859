"""What every template knows: functions of ours, macros, and the messages that failed."""

from __future__ import annotations

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from panel.services import Services
from tests.web.conftest import Browser


def rendered(app: Flask, text: str) -> str:
    with app.test_request_context("/"):
        return app.jinja_env.from_string(text).render()


def test_a_function_that_asks_for_the_context_is_given_it(app: Flask) -> None:
    @pass_context
    def named(context: Context, suffix: str) -> str:
        return f"{context.name}{suffix}"

    app.jinja_env.globals["named"] = named

    assert rendered(app, "{{ named('!') }}") == "None!"


def test_functions_and_macros_are_called_alike_in_a_loop_within_a_block(app: Flask) -> None:
    text = (
        "{% macro twice(word, end='.') %}{{ word }}{{ word }}{{ end }}{% endmacro %}"
        "{% block all %}{% for word in ('<', 'b') %}{% set end = '!' %}{{ twice(word, end=end) }}{{ joined(word) }}"
        "{% endfor %}{% endblock %}"
    )

    assert rendered(app, text) == "&lt;&lt;!&lt;bb!b"


def test_an_icon_is_the_same_however_often_it_is_shown(app: Flask) -> None:
    shown = rendered(app, "{{ icon('ok') }}|{{ icon('ok', 'turn') }}|{{ icon('ok') }}").split("|")

    assert shown[0] == shown[2]
    assert 'class="i turn"' in shown[1]
    assert "turn" not in shown[0]


def asked(services: Services, browser: Browser, path: str, *, htmx: bool = False) -> list[str]:
    """Get a page, and give the statements that SQLite ran for it."""
    statements: list[str] = []
    services.database._connection().set_trace_callback(statements.append)
    browser.get(path, htmx=htmx)
    services.database._connection().set_trace_callback(None)
    return statements


def test_a_page_asks_nothing_twice(browser: Browser, services: Services) -> None:
    for path in ("/outbox", "/settings", "/settings/status"):
        statements = asked(services, browser, path)

        assert statements
        assert not [each for each in set(statements) if statements.count(each) > 1], path


def test_a_fragment_that_does_not_show_how_many_failed_does_not_count_them(
    browser: Browser, services: Services
) -> None:
    assert [each for each in asked(services, browser, "/settings/edit") if " totals " in each]
    assert not [each for each in asked(services, browser, "/settings/edit", htmx=True) if " totals " in each]
