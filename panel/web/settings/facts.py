"""The settings as pages show them: facts, changes, the hint about TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from panel import clock
from panel.home import machine_name
from panel.i18n import N_, Text
from panel.mail.limits import size_text
from panel.mail.smtp.protocol import SUBMISSIONS_PORT, Security
from panel.outbox.pace.rate import per_minute
from panel.settings.fields.secret import SECRETS
from panel.settings.fields.use import unused_fields
from panel.settings.login import OAuthProvider
from panel.settings.model import FIELDS, FLAGS, GRANT, OF_RULES, OF_SECOND, OF_SERVER, RECORD, SECOND, Settings
from panel.settings.store import Version
from panel.web.context import services
from panel.web.text import actor_name, date_of, gettext, label, listed, translated

_SECURITY = {
    Security.IMPLICIT: N_("On (TLS from the first byte)"),
    Security.STARTTLS: N_("On (STARTTLS required)"),
    Security.NONE: N_("Off (not encrypted)"),
}


POP_MODES: Mapping[str, str] = {
    "auto": N_("Automatic (by port)"),
    "starttls": N_("STLS after connecting"),
    "implicit": N_("TLS from the first byte"),
    "none": N_("None"),
}
LOGINS: Mapping[str, str] = {"password": N_("Password"), "oauth2": "OAuth2"}
FLOWS: Mapping[str, str] = {
    "code": N_("Sign in in a browser"),
    "device": N_("With a code on another device"),
    "client": N_("Application (no sign-in)"),
    "service_account": N_("Service account (no sign-in)"),
}
FROM_NAME_RULES: Mapping[str, str] = {
    "fixed": N_("Always the from name of the settings"),
    "submitted": N_("The application’s own, where it gives one"),
}
MODES: Mapping[str, Mapping[str, str]] = {
    "from_name_rule": FROM_NAME_RULES,
    "smtp_login": LOGINS,
    "oauth_flow": FLOWS,
    "tls_mode": {**POP_MODES, "starttls": N_("STARTTLS after connecting")},
    "pop_tls_mode": POP_MODES,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One setting as a label and a value."""

    label: str
    value: str
    note: str = ""
    icon: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What one version changed."""

    number: int
    current: bool
    summary: str
    who: str
    at: datetime | None
    secret: bool


@dataclass(frozen=True, slots=True)
class ChangedField:
    """One field before and after; of a secret only that it changed."""

    label: str
    before: str
    after: str
    secret: bool


@dataclass(frozen=True, slots=True)
class Hint:
    """What the TLS box means with this port."""

    tone: str
    text: str


def facts(version: Version) -> list[Fact]:
    """List the settings that are in use, in the order of the form; a second server has a list of its own."""
    return [
        _fact(version, name) for name in _in_use(version.settings) if name not in SECRETS or name in version.secrets_set
    ]


def facts_of_second(version: Version) -> list[Fact]:
    """List the settings of the second server; none where there is no such server."""
    if not version.settings.second:
        return []
    minutes = f"{version.settings.second_after_minutes} {gettext(N_('minutes'))}"
    own = [each for each in _in_use(version.by_second.settings) if each in OF_SERVER]
    shown = [each for each in own if each not in SECRETS or each in version.by_second.secrets_set]
    return [Fact(label("second_after_minutes"), minutes), *(_fact(version.by_second, name) for name in shown)]


def change(version: Version, *, current: bool) -> Change:
    """Say in short what a version changed."""
    summary = listed(label(name) for name in version.changed[:3])
    if version.number == 1:
        summary = gettext(N_("First set-up"))
    elif len(version.changed) > 3:
        summary = translated(_AND_MORE, fields=summary, count=len(version.changed) - 3)
    elif not version.changed:
        summary = gettext(N_("No change"))
    secret = any(name in SECRETS for name in version.changed)
    return Change(version.number, current, summary, actor_name(version.saved_by), version.saved_at, secret)


_AND_MORE = N_("%(fields)s and %(count)d more")


def differences(before: Settings, after: Settings, changed: tuple[str, ...]) -> list[ChangedField]:
    """List the changed fields with their values before and after."""
    return [
        ChangedField(label(name), _value(before, name), _value(after, name), name in SECRETS)
        for name in RECORD
        if name in changed
    ]


def tls_hint(*, tls: bool, port_text: str, mode: str) -> Hint:
    """Say what the box means with this port; a mode that is not automatic is said as it is."""
    implicit = port_text.strip() == str(SUBMISSIONS_PORT)
    if not tls:
        message = _OFF_465 if implicit else N_("Nothing is encrypted. Use this for a server of your own network only.")
        return Hint("warn", gettext(message))
    if mode == "implicit" or (mode != "starttls" and implicit):
        return Hint("info", gettext(N_("Encrypted from the first byte (TLS).")))
    return Hint("info", gettext(N_("Encrypted after connecting (STARTTLS, required).")))


def tls_word(*, tls: bool, port_text: str, mode: str) -> str:
    """Name the encryption in short."""
    if not tls:
        return gettext(N_("Not encrypted"))
    implicit = port_text.strip() == str(SUBMISSIONS_PORT)
    return "TLS" if mode == "implicit" or (mode != "starttls" and implicit) else "STARTTLS"


_OFF_465 = N_("Port 465 expects TLS/SSL. Turn it on.")


def _in_use(settings: Settings) -> Iterator[str]:
    """Name the fields that say something: not those of a switch that is off, nor an advanced one left alone."""
    unused = unused_fields(settings)
    for name in _IN_ORDER:
        if name in unused or name in _OF_SECOND_PAGE:
            continue
        if name in _QUIET and getattr(settings, name) == getattr(_DEFAULTS, name):
            continue
        yield name


_AT = FIELDS.index("smtp_user") + 1
_IN_ORDER = (*FIELDS[:_AT], GRANT, *FIELDS[_AT:])
_ADVANCED = (
    *("tls_mode", "pop_tls_mode", "max_per_hour", "max_per_day", "ca_certificate", "allow_plain_auth"),
    "bounce_address",
)
_QUIET = frozenset(
    {*_ADVANCED, *OF_RULES, "smtp_login", *(name for name in FIELDS if name.startswith("oauth_"))} - {"oauth_flow"}
)
_DEFAULTS = Settings()
_OF_SECOND_PAGE = frozenset({"second", "second_after_minutes", *OF_SECOND})


# What stands in the advanced fields as long as nobody has touched them.
UNTOUCHED: Mapping[str, tuple[object, ...]] = {
    name: (None, "", False, str(getattr(_DEFAULTS, name))) for name in _ADVANCED
}


def _fact(version: Version, name: str) -> Fact:
    icon, tone = _look(version.settings, name)
    value = _value(version.settings, name)
    note = _note(version, name, value)
    return Fact(label(name), value if value or note else gettext(N_("(not set)")), note, icon, tone)


def _value(settings: Settings, name: str) -> str:
    """Tell one value; of a secret nothing but stars, always as many."""
    if name in OF_SECOND:
        return _value(settings.by_second, name.removeprefix(SECOND))
    if name in SECRETS:
        return "*****"
    if name == "local_hostname":
        return settings.local_hostname or machine_name()
    value = getattr(settings, name)
    if name == GRANT:
        return signed_in_as(value)
    if name == "oauth_provider":
        return provider_label(value)
    if name == "tls":
        return gettext(_SECURITY[settings.smtp_security])
    if name in FLAGS:
        return gettext(N_("On")) if value else gettext(N_("Off"))
    if name in MODES:
        return gettext(MODES[name][value])
    if name == "send_interval_ms":
        return f"{value} {gettext(N_('milliseconds'))}" if value else gettext(N_("None (mail is sent back to back)"))
    if name == "max_message_bytes":
        return size_text(settings.max_message_bytes)
    if name == "ca_certificate":
        return gettext(N_("One of your own")) if value else ""
    return "" if value is None else str(value)


def signed_in_as(number: int) -> str:
    """Name the account of a sign-in, as far as the service told it; blank where nobody has signed in."""
    grant = services().grants.get(number) if number else None
    return (grant.account or gettext(N_("Signed in"))) if grant else ""


def provider_label(provider: OAuthProvider) -> str:
    """Name the service that gives the tokens."""
    from panel.settings.token_servers import SERVICES  # few logins are made with one

    service = SERVICES.get(provider)
    return gettext(service.label) if service else ""


def _note(version: Version, name: str, value: str) -> str:
    settings = version.settings
    if name in SECRETS:
        return gettext(N_("Cannot be read")) if name in version.unreadable else _saved(name)
    if name == "send_interval_ms" and settings.send_interval_ms:
        rate = per_minute(settings.send_interval_ms)
        return translated(N_("at most %(rate)d a minute"), rate=rate) if rate else ""
    if name == GRANT and not value:
        return gettext(N_("Not signed in yet."))
    if name == "oauth_secret_expires" and settings.oauth_secret_expires:
        return _days_left(date.fromisoformat(settings.oauth_secret_expires) - clock.now().date())
    if name == "local_hostname" and not settings.local_hostname:
        return gettext(N_("automatic"))
    return _authorities(settings.ca_certificate) if name == "ca_certificate" else ""


def _day_kept(name: str) -> str:
    """Give the day since when a secret is kept; nothing where it was saved before the latest fifty versions."""
    lately = services().settings.history(limit=50)
    at = next((each.saved_at for each in lately if name in each.changed), None)
    return date_of(at) if at else ""


def kept_hint(name: str) -> str:
    """Say what an empty field of the form keeps, and since which day."""
    if day := _day_kept(name):
        return translated(_KEEPS_OF, date=day)
    return gettext(N_("Leave empty to keep the saved password. A saved password is never shown."))


_KEEPS_OF = N_("Leave empty to keep the password saved on %(date)s. A saved password is never shown.")


def _saved(name: str) -> str:
    """Say that a secret is kept, and since which day."""
    day = _day_kept(name)
    return translated(N_("Saved (%(date)s)"), date=day) if day else gettext(N_("Saved"))


def _days_left(span: timedelta) -> str:
    if span.days < 0:
        return gettext(N_("expired"))
    return translated(N_("days left: %(count)d"), count=span.days)


def _authorities(pem: str) -> str:
    """Name the certificate authorities that were added, each with the day on which it ends."""
    if not pem:
        return ""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem)
    return listed(map(_authority, context.get_ca_certs()))


def _authority(certificate: Mapping[str, Any]) -> str:
    """Name an authority by its common name, else by the last thing that its subject says."""
    subject = {name: value for part in certificate["subject"] for name, value in part}
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    facts = {"name": subject.get("commonName") or next(reversed(subject.values()), ""), "date": ends.date()}
    until = Text(N_("%(name)s, until %(date)s"), facts).translated(gettext)
    return f"{until} · {_days_left(ends - clock.now())}"


def _look(settings: Settings, name: str) -> tuple[str, str]:
    """Give a fact's icon and tone: a closed lock only where something is locked."""
    if name in SECRETS:
        return "key", ""
    if name == "pop_tls_mode":
        return ("open", "warn") if settings.pop_tls_mode == "none" else ("lock", "")
    if name != "tls":
        return "", ""
    return ("open", "warn") if settings.smtp_security is Security.NONE else ("lock", "")
