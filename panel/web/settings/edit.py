"""The form's page: what stands around the fields, whatever brought somebody there."""

from __future__ import annotations

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from panel.i18n import N_
from panel.settings import providers
from panel.settings.fields.secret import SECRETS
from panel.settings.model import FIELDS, PACE_FIELDS
from panel.settings.store import Version
from panel.web.context import account, services
from panel.web.received import number_in_query
from panel.web.render import render, wants_fragment
from panel.web.settings.facts import POP_MODES, UNTOUCHED, Hint, kept_hint, tls_hint
from panel.web.settings.forms import ServerForm
from panel.web.settings.interval import pace_of
from panel.web.settings.presets import first_choices, other_choices, service_of
from panel.web.text import gettext, translated


def asked_version(stored: Version) -> tuple[int | None, Version]:
    """Give the number of the version that the query asks for, and that version: without one, None and what is stored.

    Where there is no such version the answer is 404.
    """
    loaded = number_in_query("version")
    source = services().settings.version(loaded) if loaded else stored
    if source is None:
        abort(404)
    return loaded, source


def edit_page(form: ServerForm, stored: Version, status: int = 200, **more: object) -> ResponseReturnValue:
    """Show the form."""
    return render("settings/edit", status, **{**edit_context(form, stored), **more})


def edit_parts(name: str, form: ServerForm, status: int = 200, **more: object) -> ResponseReturnValue:
    """Show the parts that changed, or the whole form where there is no htmx."""
    stored = services().settings.current()
    if wants_fragment():
        return render(name, status, **{**edit_context(form, stored), **more})
    return edit_page(form, stored, status, **more)


def edit_context(form: ServerForm, stored: Version) -> dict[str, object]:
    """Give what every part of the form is rendered with."""
    return {
        "form": form,
        "second": form.server == "second",
        "here": url_for("second.save" if form.server == "second" else "settings.save"),
        "edit_address": url_for("second.edit" if form.server == "second" else "settings.edit"),
        "problems": form.problems(),
        "stored": stored,
        "kept_hint": kept_hint,
        "stale": None,
        "loaded": None,
        **_services(form),
        **_of_tokens(form),
        "pop_modes": [(mode, gettext(text)) for mode, text in POP_MODES.items()],
        "tls_hints": hints(form),
        "pace": pace_of(form),
        "advanced_open": any(each.errors or each.data not in UNTOUCHED[name] for name, each in _advanced(form)),
        "tested": _tested(form, of_tokens=False),
        "same_sender": _same_sender(form),
        "trial": None,
        "recipient": request.form.get("recipient") or last_recipient(),
        "ask_untested": None,
        "step_up": None,
        "retype": form.to_be_retyped(),
        **_draft(form),
    }


def _services(form: ServerForm) -> dict[str, object]:
    """Give the services to begin with, and which of them is in the form; nothing has been filled in yet."""
    begins = {"services": first_choices(), "other_services": other_choices(), "preset": service_of(form)}
    return {**begins, "filled": None, "undone": None, "found": None, "offer": ""}


def _draft(form: ServerForm) -> dict[str, object]:
    """Name whose draft the browser may keep while the form is left, and the fields of it: never a secret."""
    who, names = account(), [name for name in FIELDS if name in form.own() and name not in SECRETS]
    return {"draft_key": f"{who.name if who else ''}/{form.server}", "draft_fields": " ".join(names)}


def _same_sender(form: ServerForm) -> str:
    """Say that a service wants the bounce address to be the from address, where this one does."""
    service = providers.by_host(form.smtp_host.data or "")
    return translated(_SAME_SENDER, service=service.title) if service and service.same_sender else ""


_SAME_SENDER = N_(
    "%(service)s takes mail only where this is the from address: leave it empty, and read the bounces in that mailbox."
)


def _of_tokens(form: ServerForm) -> dict[str, object]:
    """Give what the form shows of a login by OAuth2; nothing of it is loaded for one with a password."""
    if "oauth_provider" not in form:
        return {"oauth": None}
    from panel.web.settings.sign_in.part import part_of
    from panel.web.settings.sign_in.status import named, status_of

    context: dict[str, object] = {"oauth": (part := part_of(form))}
    context["tested_of_tokens"] = (*_tested(form, of_tokens=True), "sign-in")
    if part.by_person:
        context["sign_in"] = status = status_of(form.oauth_flow.data or "", named(form), form.server)
        form.grant.data = str(status.number or "")
    return context


def _advanced(form: ServerForm) -> list[tuple[str, Field]]:
    return [(name, form[name]) for name in UNTOUCHED if name in form]


def _tested(form: ServerForm, *, of_tokens: bool) -> tuple[str, ...]:
    """Name what a test proves something of: its result is one of other values when one of these changes."""
    own = [name for name in FIELDS if name in form.own() and not name.endswith((*PACE_FIELDS, "second", "_minutes"))]
    named = (*own, *(f"{name}_clear" for name in SECRETS if name in form.own()))
    return tuple(name for name in named if ("oauth_" in name) is of_tokens)


def hints(form: ServerForm) -> tuple[Hint, Hint]:
    """Say what the TLS box means with the port that is typed, ticked and not: the page shows the one that holds."""
    port, mode = form.smtp_port.data or "", form.tls_mode.data or ""
    return tls_hint(tls=True, port_text=port, mode=mode), tls_hint(tls=False, port_text=port, mode=mode)


def last_recipient() -> str:
    """Give whom the account sent its last test to; empty where there was none."""
    who = account()
    return who.recipient if who else ""


def takes_sign_in(form: ServerForm) -> bool:
    """Take the sign-in that the form names into its settings; say at it where they may not use it."""
    if form.settings is None or not form.meant.by_token:
        return True
    from panel.web.settings.sign_in.status import take_sign_in  # few logins are made with a token

    return take_sign_in(form)
