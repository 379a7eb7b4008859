"""What every template knows: its names, its filters, and who asks for the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from functools import cache, partial
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import Template
from jinja2.runtime import Context, Macro
from markupsafe import Markup, escape

from panel import clock
from panel.errors import DatabaseError
from panel.home import machine_name
from panel.i18n import LOCALES, N_, catalogue, joined
from panel.settings.staging import staging_text
from panel.web.alerts.state import alert_state, nobody_is_told
from panel.web.assets import JOINED, Assets, folder
from panel.web.context import account, in_force, is_inside, leave_parts, may, services, signs_out, visit
from panel.web.guides.about import help_url
from panel.web.render import link, linking
from panel.web.rules.field_links import edit_link
from panel.web.standing import standing, withheld_now
from panel.web.text import (
    actor_name,
    at,
    gettext,
    label,
    language_url,
    locale,
    ngettext,
    own_now,
    second,
    seconds,
    size,
    when,
)

_TO_ESCAPE = re.compile("[&<>'\"]").search


def in_markup(value: object) -> str:
    """Give a value as `markupsafe.escape` does; markup, and text with nothing to escape in it, is not made anew."""
    if type(value) is Markup:
        return value
    if type(value) is str:
        return escape(value) if _TO_ESCAPE(value) else value
    return str(value) if type(value) is int else escape(value)


_CALLED_AT_ONCE = (FunctionType, MethodType, BuiltinMethodType)


class _Scope(Context):
    """Jinja's context, which calls a function or method of ours at once: none of them asks for the context."""

    def call(self, obj: Any, *args: Any, **values: Any) -> Any:
        if type(obj) is Macro:
            args = (self.eval_ctx, *args)
        elif type(obj) not in _CALLED_AT_ONCE or hasattr(obj, "jinja_pass_arg"):
            return super().call(obj, *args, **values)
        values.pop("_loop_vars", None)
        values.pop("_block_vars", None)
        return obj(*args, **values)


class _Page(Template):
    """Jinja's template, which escapes by `in_markup` what it shows, and is handed in one piece to what includes it."""

    @classmethod
    def from_code(cls, *args: Any, **values: Any) -> Template:
        made = super().from_code(*args, **values)
        made.root_render_func.__globals__["escape"] = in_markup  # after the import that stands first in the code
        made.root_render_func = partial(_in_one_piece, made.root_render_func)
        return made


def _in_one_piece(render: Callable[[Context], Iterator[str]], context: Context) -> Iterator[str]:
    """Join the pieces of a template, else each of them passes through every template around it."""
    yield "".join(render(context))


class Templates(Environment):
    """Jinja with the names that every template knows in one plain dict: each import of a macro compares them."""

    context_class = _Scope
    template_class = _Page

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self._known: dict[str, Template] = {}

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> Template:
        """Give a template; one that is known, and has no names of its own, without a look at its file or a lock."""
        if globals or self.auto_reload or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        if name not in self._known:
            self._known[name] = super().get_template(name, parent)
        return self._known[name]

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **(d or {})}


def prepare_templates(app: Flask) -> None:
    """Give every template its names and filters."""
    assets = Assets(folder("static"), JOINED)
    app.add_url_rule("/static/<path:filename>", "static", assets.serve)
    app.extensions["mail-panel-links"] = {}
    names = {"_": _sentence, "joined": joined_sentences, "pgettext": _in_context, "ngettext": _counted, "url_for": link}
    app.jinja_env.globals.update(
        names,
        leave=leave_parts,
        asset=assets.url,
        help_url=help_url,
        edit_link=edit_link,
        ehlo_default=machine_name,
        unseen_failures=_unseen_failures,
        standing=standing,
        in_force=in_force,
        now=clock.now,
        demo=lambda: services().config.demo,
        alert_state=alert_state,
        nobody_is_told=nobody_is_told,
        staging_text=staging_text,
        withheld_now=withheld_now,
        icon=_icons(app.jinja_env),
        settings_file=app.extensions["mail-panel"].config.settings_file,
    )
    app.jinja_env.filters.update(when=when, at=at, second=second, seconds=seconds, size=size, actor_name=actor_name)
    app.context_processor(partial(_page_context, assets))


JAPAN = N_("UTC+09:00")  # a zone with a name of its own in a catalogue; the others are said as they are


def _page_context(assets: Assets) -> dict[str, object]:
    """Give every page who asks, its language, and the way back to the application around it."""
    language, page_link = locale(), linking()
    return {
        "_": sentences(language),
        "url_for": page_link,
        "asset": assets.urls(page_link),
        "account": account(),
        "may": may,
        "own_accounts": visit() is None,
        "own_login": visit() is None and signs_out(),
        "inside": is_inside(),
        "locale": language,
        "other_locale": next(each for each in LOCALES if each != language),
        "language_url": language_url,
        "back_url": services().config.back_url,
        "label": label,
        "zone": _zone,
    }


def _unseen_failures() -> int:
    """Count the failures that nobody has seen; none where the data does not answer, which the page itself tells of."""
    with suppress(DatabaseError):
        return services().outbox.unseen_failures()
    return 0


def _zone() -> str:
    return gettext(f"UTC{clock.offset_of(own_now())}")


def _icons(environment: Environment) -> Callable[..., Markup]:
    """Give the macro of the icons; each shape is written once, for nothing of a page is in it."""

    shapes: dict[tuple[str, str], Markup] = {}

    def icon(name: str, more: str = "") -> Markup:
        if (name, more) not in shapes:
            shapes[name, more] = environment.get_template("_icon.html").module.icon(name, more)  # type: ignore[attr-defined]  # its macro
        return shapes[name, more]

    return icon


def _sentence(message: str, **values: object) -> Markup:
    """Give a template's sentence in the reader's language; the sentence is ours, the values in it are escaped."""
    return sentences(locale())(message, **values)


def _counted(singular: str, plural: str, num: int, **values: object) -> Markup:
    """Give a template's sentence about so many; `figure` is their number in groups of digits."""
    return Markup(ngettext(singular, plural, num)) % {"num": num, "figure": f"{num:,}", **values}  # noqa: S704 - our own sentence; Markup escapes the values


def _in_context(context: str, message: str) -> Markup:
    """Give a template's sentence that reads otherwise elsewhere."""
    return Markup(catalogue(locale()).pgettext(context, message))  # noqa: S704 - from our templates and their catalogue


def joined_sentences(*sentences: str) -> Markup:
    """Write a template's sentences one after the other; what is no markup yet is escaped."""
    return Markup(joined(map(in_markup, sentences)))  # noqa: S704 - each is escaped, or markup already


@cache
def sentences(language: str) -> Callable[..., Markup]:
    """Give what tells a template's sentences in one language; each without values is looked up once."""
    known = cache(lambda message: Markup(catalogue(language).gettext(message)))  # noqa: S704 - from our templates and their catalogue

    def sentence(message: str, **values: object) -> Markup:
        found: Markup = known(message)
        return found % values if values else found

    return sentence
