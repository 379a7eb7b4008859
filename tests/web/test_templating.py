"""What every template knows: functions of ours, macros, and the messages that failed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, pass_context
from jinja2.runtime import Context, Undefined
from markupsafe import Markup, escape

from panel.outbox.state import State
from panel.services import Services
from panel.web.templating import in_markup
from tests.support.paths import ROOT
from tests.support.traced import traced
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


class Shown(str):
    def __html__(self) -> str:
        return f"<b>{escape(str(self))}</b>"


class Hidden(str):
    def __str__(self) -> str:
        return "<hidden>"


VALUES = st.one_of(
    st.text(),
    st.text(alphabet="&<>'\"ab;#"),
    st.text().map(Markup),
    st.text().map(Shown),
    st.text().map(Hidden),
    st.integers(),
    st.sampled_from([None, True, 1.5, Decimal("1e3"), State.SENT, Undefined(name="x"), b"<", ["<"], escape]),
)


@given(VALUES)
def test_what_is_shown_is_escaped_as_jinja_does(value: object) -> None:
    assert "".join([in_markup(value)]) == str(escape(value))


def test_every_character_is_escaped_as_jinja_does() -> None:
    characters = map(chr, range(0x3000))

    assert not [each for each in characters if str(in_markup(each)) != str(escape(each))]


@pytest.mark.parametrize(
    "text",
    [
        "{{ value }}<{{ value }}",
        "{% set held %}{{ value }}{% endset %}{{ held }}{{ held|length }}",
        "{% set held = value %}{{ held ~ '<' ~ value }}{{ held + '<' }}",
        "{% macro show(given) %}<b>{{ given }}</b>{{ caller() if caller }}{% endmacro %}{{ show(value) ~ '<' }}"
        "{% call show(value) %}{{ value }}{% endcall %}",
        "{% filter upper %}{{ value }}{% endfilter %}{{ [value, value]|join('<') }}{{ value|e }}",
        "{% for each in value %}{{ each }}{{ loop.index }}{% endfor %}{{ '%s<'|format(value) }}",
        "{{ {'title': value}|xmlattr }}{{ value|truncate(4) }}",
        "{% autoescape false %}{{ value }}{% endautoescape %}{{ value|safe }}{{ value|replace('<', '>') }}",
    ],
)
@pytest.mark.parametrize("value", ["<i>&amp;'\"", "plain", Markup("<i>")])
def test_a_template_shows_what_jinja_alone_would(app: Flask, text: str, value: str) -> None:
    with app.test_request_context("/"):
        shown = app.jinja_env.from_string(text).render(value=value)

    assert shown == Environment(autoescape=True).from_string(text).render(value=value)


def asked(services: Services, browser: Browser, path: str, *, htmx: bool = False) -> list[str]:
    """Get a page, and give the statements that the database ran for it."""
    with traced(services.database) as statements:
        browser.get(path, htmx=htmx)
    return statements


def test_a_page_asks_nothing_twice(browser: Browser, services: Services) -> None:
    for path in ("/outbox", "/settings", "/settings/status"):
        statements = asked(services, browser, path)

        assert statements
        assert not [each for each in set(statements) if statements.count(each) > 1], path


def test_a_fragment_that_does_not_show_how_many_failed_does_not_count_them(
    browser: Browser, services: Services
) -> None:
    assert [each for each in asked(services, browser, "/settings/edit") if "seen_at IS NULL" in each]
    assert not [each for each in asked(services, browser, "/settings/edit", htmx=True) if "seen_at IS NULL" in each]


def handed_to_templates() -> Iterator[tuple[str, str]]:
    """Name the values that views hand to their templates, each with its module."""
    for file in sorted((ROOT / "panel" / "web").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "render":
                yield from ((file.name, each.arg) for each in node.keywords if each.arg)


def test_no_view_takes_a_name_that_every_template_knows(app: Flask) -> None:
    handed = [*handed_to_templates()]

    assert len(handed) > 50
    assert [each for each in handed if each[1] in app.jinja_env.globals] == []


def test_what_is_typed_into_a_field_for_a_secret_can_be_shown_everywhere(app: Flask) -> None:
    """One macro makes them all, each with its button."""
    templates = ROOT / "templates"
    made = {path.name for path in templates.rglob("*.html") if 'type="password"' in path.read_text("utf-8")}
    macro = app.jinja_env.from_string(
        '{% from "_field.html" import secret_box %}{{ secret_box("a", "off", name="b") }}'
    )

    assert made == {"_field.html"}
    with app.test_request_context():
        assert macro.render().startswith(
            '<span class="grip"><input id="a" name="b" type="password" autocomplete="off">'
            '<button type="button" class="js" data-shows="a" aria-pressed="false"'
        )
