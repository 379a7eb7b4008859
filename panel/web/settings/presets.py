"""Mail services whose values the form can begin with; what they fill in is a proposal, and nothing is saved."""

from __future__ import annotations

from collections.abc import Mapping

from panel.i18n import N_, Text, joined
from panel.settings.login import Flow, Login, OAuthProvider
from panel.settings.providers import BY_NAME, PROVIDERS, Provider, by_host
from panel.web.context import services
from panel.web.settings.forms import ServerForm, form_of
from panel.web.text import gettext, label, listed, translated

IN_HOUSE = "in_house"
DEMO = "demo"
_FIRST = {"gmail", "microsoft365", "ses_tokyo", "sendgrid", "sakura", "xserver", IN_HOUSE}


def choices() -> list[tuple[str, str]]:
    """List the services by name and label."""
    return [*((each.name, gettext(each.label)) for each in PROVIDERS), (IN_HOUSE, gettext(N_("In-house server")))]


def first_choices() -> list[tuple[str, str]]:
    """List what most begin with, for the first page; the form has the others."""
    demo = [(DEMO, gettext(N_("The demo's mail server")))] if services().config.demo else []
    return [*demo, *(each for each in choices() if each[0] in _FIRST)]


def preset_texts(name: str) -> dict[str, str | bool]:
    """Give the fields that a service fills in, as they would be typed; none for an unknown one."""
    if name == DEMO:
        return _demo_texts()
    if name == IN_HOUSE:
        server: dict[str, str | bool] = {"smtp_host": "", "smtp_port": "25", "tls": True, "tls_mode": "auto"}
        return {**server, "send_interval_ms": "1000", "smtp_login": Login.PASSWORD}
    provider = BY_NAME.get(name)
    if provider is None:
        return {}
    interval = str(provider.interval_ms) if provider.interval_ms else ""
    return {
        "smtp_host": provider.host,
        "smtp_port": str(provider.port),
        "tls": True,
        "tls_mode": "auto",
        "send_interval_ms": interval,
        **_login_texts(provider),
    }


def _login_texts(provider: Provider) -> dict[str, str | bool]:
    """Give the login that a service leaves no choice of."""
    if not provider.oauth:
        return {"smtp_login": Login.PASSWORD}
    if provider.login_with != "oauth":
        return {}
    return {
        "smtp_login": Login.OAUTH2,
        "oauth_provider": provider.oauth,
        "oauth_flow": Flow.CODE,
        "oauth_tenant": "consumers",
    }


def with_login_of(form: ServerForm, texts: Mapping[str, str | bool]) -> ServerForm:
    """Give the form with the fields of the login that a service asks for."""
    login = texts.get("smtp_login") or form.smtp_login.data or ""
    alike = (login == Login.OAUTH2) == (form.smtp_login.data == Login.OAUTH2)
    return form if alike else form_of(login)


def offered_login(form: ServerForm, name: str) -> str:
    """Name the provider whose OAuth2 a service takes beside a password, where the form has the password's fields."""
    provider = BY_NAME.get(name)
    return provider.oauth if provider and form.smtp_login.data != Login.OAUTH2 else ""


def token_provider(form: ServerForm) -> str:
    """Name the provider of tokens that the host in the form leads to; blank where that is not known."""
    provider = by_host(form.smtp_host.data or "")
    return provider.oauth if provider else ""


def fill_in(form: ServerForm, name: str, texts: Mapping[str, str | bool]) -> str:
    """Put a service's values into the form, the user in the form that it wants; say what was filled in."""
    provider = BY_NAME.get(name)
    if provider and provider.oauth and "oauth_provider" in form:
        _turn_to(form, provider.oauth)
    for field, text in texts.items():
        if field in form:  # the second server's has no sender
            form[field].data = text
    if not texts:
        return ""
    filled = {each: str(texts[each]) for each in _NAMED if texts.get(each)}
    kept = ""
    if provider:
        kept = _fill_user(form, provider, filled)
    values = listed(f"{label(each)} {text}" for each, text in filled.items())
    return joined((translated(_FILLED, values=values), kept))


def _turn_to(form: ServerForm, tokens_of: str) -> None:
    """Choose the server of tokens of a service; what was entered for another one is good for that alone."""
    if form["oauth_provider"].data == tokens_of:
        return
    from panel.settings.token_servers import SERVICES, Endpoints  # only where a login is made with a token

    form["oauth_provider"].data = tokens_of
    for field in ("oauth_tenant", "oauth_client_id", "oauth_scope", *Endpoints().by_field()):
        form[field].data = ""
    if form["oauth_flow"].data not in SERVICES[OAuthProvider(tokens_of)].flows:
        form["oauth_flow"].data = Flow.CODE


_NAMED = ("smtp_host", "smtp_port", "send_interval_ms")
_FILLED = N_("Filled in: %(values)s.")
_KEPT = N_("The user %(user)s is left as you typed it; this service usually wants %(wanted)s.")
_GIVEN = N_("The user is one that this service hands out: enter it yourself.")
_WORDS = frozenset(each.user_word for each in PROVIDERS if each.user_word)


def _fill_user(form: ServerForm, provider: Provider, filled: dict[str, str]) -> str:
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
        return translated(_KEPT, user=typed, wanted=wanted)
    form.smtp_user.data = filled["smtp_user"] = wanted
    return ""


def preset_note(name: str) -> str:
    """Say what to know about a service, with the day on which somebody checked it."""
    if name == DEMO and (demo := services().config.demo):
        message = N_("The demo's mail server takes the user %(user)s with the password %(password)s.")
        return translated(message, user=demo.user, password=demo.password)
    provider = BY_NAME.get(name)
    if provider is None or not provider.note:
        return ""
    return _dated(provider)


def _dated(provider: Provider) -> str:
    if not provider.checked:
        return gettext(provider.note)
    message = N_("%(note)s (Checked on %(date)s.)")
    return translated(message, note=Text(provider.note), date=provider.checked)


def _demo_texts() -> dict[str, str | bool]:
    demo = services().config.demo
    if demo is None:
        return {}
    return {
        "from_address": demo.user,
        "smtp_host": demo.host,
        "smtp_port": str(demo.port),
        "tls": True,
        "tls_mode": "auto",
        "smtp_auth": True,
        "smtp_login": Login.PASSWORD,
        "smtp_user": demo.user,
        "ca_certificate": demo.ca_certificate,
    }
