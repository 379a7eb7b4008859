"""Mail services whose values the form can begin with: their names, what they fill in, what to know about them."""

from __future__ import annotations

from collections.abc import Mapping

from panel.i18n import N_, Text
from panel.settings.login import Flow, Login
from panel.settings.providers import BY_NAME, PROVIDERS, Provider, by_host
from panel.web.context import services
from panel.web.settings.forms import ServerForm, form_of
from panel.web.text import gettext, translated

IN_HOUSE = "in_house"
DEMO = "demo"
OTHER_SERVICE = "other"  # the one that the list of the others names
_FIRST = {  # what most begin with, in short
    "gmail": "Gmail",
    "microsoft365": "Microsoft 365",
    "ses_tokyo": "Amazon SES",
    "sakura": N_("Sakura"),
    "xserver": N_("Xserver"),
    "sendgrid": "SendGrid",
    IN_HOUSE: N_("In-house server"),
}
_OTHERS = {each.name: each.label for each in PROVIDERS if each.name not in _FIRST}
_LABELS = {**_FIRST, **_OTHERS, DEMO: N_("The demo's mail server")}


def first_choices() -> list[tuple[str, str]]:
    """List what most begin with by name and label."""
    demo = [(DEMO, gettext(_LABELS[DEMO]))] if services().config.demo else []
    return [*demo, *((name, gettext(title)) for name, title in _FIRST.items())]


def other_choices() -> list[tuple[str, str]]:
    """List the other services by name and label."""
    return [(name, gettext(title)) for name, title in _OTHERS.items()]


def label_of_service(name: str) -> str:
    """Give what a service is called; blank for an unknown one."""
    return gettext(_LABELS[name]) if name in _LABELS else ""


def service_of(form: ServerForm) -> str:
    """Name the service that the host in the form leads to; blank where that is not known."""
    host = form.smtp_host.data or ""
    demo = services().config.demo
    if demo and (host, form.smtp_port.data) == (demo.host, str(demo.port)):
        return DEMO
    provider = by_host(host)
    return provider.name if provider else ""


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
        "send_interval_ms": "1000",
        "ca_certificate": demo.ca_certificate,
    }
