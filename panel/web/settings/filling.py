"""Values put into the form for somebody: those of a service, and back to what stood there; nothing of it is saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from flask import request
from wtforms import BooleanField, Field

from panel import clock
from panel.checks.trial.failure import diagnosed
from panel.i18n import N_, joined
from panel.settings.fields.secret import SECRETS
from panel.settings.login import Flow, OAuthProvider
from panel.settings.model import FIELDS, SECOND
from panel.settings.providers import BY_NAME, PROVIDERS, Provider
from panel.web.context import services
from panel.web.settings.facts import tls_word
from panel.web.settings.forms import ServerForm, settings_form
from panel.web.settings.presets import label_of_service, preset_note, with_login_of
from panel.web.text import gettext, translated

_FORMER = "was_"  # how the hidden fields begin that keep what stood in the form


@dataclass(frozen=True, slots=True)
class Filled:
    """What was put into the form, of which service, and what stood there before; a secret is never part of it."""

    name: str
    service: str
    values: tuple[str, ...]
    remark: str = ""
    note: str = ""
    was: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Say whose values they are."""
        if self.service:
            return translated(N_("Filled in for %(service)s:"), service=self.service)
        return gettext(N_("Filled in:"))

    @property
    def said(self) -> str:
        """Give the same as one sentence, for who does not see the fields."""
        return joined((f"{self.title} {' / '.join(self.values)}", self.remark))


def fill_in(
    form: ServerForm, name: str, texts: Mapping[str, str | bool], *, over: ServerForm | None = None
) -> Filled | None:
    """Put a service's values into the form, the user in the form that it wants; say what was filled in.

    `over` is the form as it was, where it has the fields of another login.
    """
    if not texts:
        return None
    before, provider = _texts(over or form), BY_NAME.get(name)
    if provider and provider.oauth and "oauth_provider" in form:
        _turn_to(form, provider.oauth)
    for key, text in texts.items():
        if key in form:  # the second server's has no sender
            form[key].data = text
    remark = _fill_user(form, provider) if provider else ""
    after = _texts(form)
    for each in form:
        if after.get(each.short_name, "") != before.get(each.short_name, ""):
            each.render_kw = {"class": "changed"}
    return Filled(
        name,
        label_of_service(name),
        tuple(_values(form, texts, before)),
        remark,
        preset_note(name),
        {key: text for key, text in before.items() if after.get(key, "") != text},
    )


def put_back() -> ServerForm:
    """Give the form as it was sent, with what stood there before it was filled in."""
    former = {key.removeprefix(_FORMER): text for key, text in request.form.items() if key.startswith(_FORMER)}
    form = with_login_of(settings_form(), former)
    for key in former.keys() & _texts(form).keys():
        form[key].data = former[key] == "yes" if isinstance(form[key], BooleanField) else former[key]
    return form


def suggested(number: int | None, server: str) -> dict[str, str | bool]:
    """Give what a failed test of a server found to work instead, as it would be typed."""
    trial = services().trials.get(number, clock.now()) if number else None
    if trial is None or trial.report.failure is None:
        return {}
    found, prefix = diagnosed(trial.report).suggestion or {}, SECOND if server == "second" else ""
    own = {name.removeprefix(prefix): value for name, value in found.items() if name.startswith(prefix)}
    return {name: value if isinstance(value, bool) else str(value) for name, value in own.items()}


_KEPT = frozenset(FIELDS) - SECRETS.keys()


def _texts(form: ServerForm) -> dict[str, str]:
    """Give what stands in the fields of the settings, but for the secrets."""
    shown = {each.short_name: each for each in form if each.name in _KEPT}
    return {key: _text(each) for key, each in shown.items()}


def _text(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "yes" if field.data else "no"
    return str(field.data or "")


def _values(form: ServerForm, texts: Mapping[str, str | bool], before: Mapping[str, str]) -> Iterator[str]:
    """Give the values as they are said: host, port, encryption, interval, and the user where that is new."""
    for key in ("smtp_host", "smtp_port"):
        if texts.get(key):
            yield str(form[key].data)
    if {"smtp_port", "tls", "tls_mode"} & texts.keys():
        yield tls_word(tls=form.tls.data, port_text=form.smtp_port.data or "", mode=form.tls_mode.data or "")
    if interval := texts.get("send_interval_ms"):
        yield translated(N_("%(ms)s ms"), ms=interval)
    if (user := form.smtp_user.data) and user != before["smtp_user"]:
        yield user


def _turn_to(form: ServerForm, tokens_of: str) -> None:
    """Choose the server of tokens of a service; what was entered for another one is good for that alone."""
    if form["oauth_provider"].data == tokens_of:
        return
    from panel.settings.token_servers import SERVICES, Endpoints  # only where a login is made with a token

    form["oauth_provider"].data = tokens_of
    for key in ("oauth_tenant", "oauth_client_id", "oauth_scope", *Endpoints().by_field()):
        form[key].data = ""
    if form["oauth_flow"].data not in SERVICES[OAuthProvider(tokens_of)].flows:
        form["oauth_flow"].data = Flow.CODE


_USER_KEPT = N_("The user %(user)s is left as you typed it; this service usually wants %(wanted)s.")
_GIVEN = N_("The user is one that this service hands out: enter it yourself.")
_WORDS = frozenset(each.user_word for each in PROVIDERS if each.user_word)


def _fill_user(form: ServerForm, provider: Provider) -> str:
    """Fill in the user, unless somebody typed another one than a service would have; say what is left to do."""
    typed = (form.smtp_user.data or "").strip()
    address = form.sender.strip()
    forms = {"address": address, "local_part": address.rpartition("@")[0], "word": provider.user_word}
    wanted = forms.get(provider.user_form, "")
    ours = not typed or typed in {*forms.values(), *_WORDS}
    if provider.user_form == "given":
        if typed in _WORDS:
            form.smtp_user.data = ""  # the word of the service before
        return gettext(_GIVEN)
    if not wanted or typed == wanted:
        return ""
    if not ours:
        return translated(_USER_KEPT, user=typed, wanted=wanted)
    form.smtp_user.data = wanted
    return ""
