"""The server of an alert mail, which is not the one whose failure it tells of: read, and made of what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.kinds import fields
from panel.alerts.kinds.fields import OWN, SECOND_SERVER, Problems
from panel.i18n import N_
from panel.mail.net.policy import Policy
from panel.settings.model import Settings, TlsMode
from panel.settings.validation import FieldProblem, InvalidSettings, validate

SECOND_MISSING = N_("The settings have no second server. Set one up first, or enter one here.")
_SETTINGS = {  # what a field of a destination is called in the settings, whose rules it follows
    "host": "smtp_host",
    "port": "smtp_port",
    "tls": "tls",
    "tls_mode": "tls_mode",
    "user": "smtp_user",
    "password": "smtp_password",
    "from": "from_address",
    "ca_certificate": "ca_certificate",
}
_FIELDS = {setting: name for name, setting in _SETTINGS.items()} | {"smtp_auth": "user"}


class Surroundings(NamedTuple):
    """What a server is judged by: the settings whose failure is told, what is denied, and where we take mail."""

    main: Settings
    policy: Policy
    listeners: tuple[tuple[str, int], ...]


def read_mail(
    texts: Mapping[str, str],
    stored: Destination | None,
    around: Surroundings,
    clear: frozenset[str],
    problems: Problems,
) -> tuple[dict[str, str], dict[str, str]]:
    """Read the fields of a mail destination; give its values and its secrets."""
    values = {
        "recipients": problems.parsed("recipients", fields.told_addresses, texts.get("recipients", "")),
        "server": problems.parsed("server", fields.server_word, texts.get("server", "")),
    }
    if values["server"] == SECOND_SERVER:
        if not around.main.second:
            problems.note("server", SECOND_MISSING)
        return values, {}
    settings = _read_server(texts, stored, around.listeners, clear, problems)
    if settings is None:
        return values, {}
    if not fields.may_be_asked(settings.smtp_host, around.policy):
        problems.note("host", fields.DENIED)
    if same := _is_same(settings, around.main):
        values["same_server"] = problems.parsed("same_server", fields.flag_word, texts.get("same_server", ""))
        if same and values["same_server"] != "yes" and not problems.about("same_server"):
            problems.note("host", _SAME)
    secrets = {"password": settings.smtp_password} if settings.smtp_auth else {}
    return {**values, **_values_of(settings)}, secrets


def server_settings(values: Mapping[str, str], password: str = "") -> Settings:
    """Give the server of a mail destination as settings that a session can be opened with."""
    return Settings(
        from_address=values.get("from", ""),
        smtp_host=values.get("host", ""),
        smtp_port=int(values.get("port", 0)),
        smtp_auth=bool(values.get("user")),
        smtp_user=values.get("user", ""),
        smtp_password=password,
        tls=values.get("tls") == "yes",
        tls_mode=TlsMode(values.get("tls_mode", "auto")),
        ca_certificate=values.get("ca_certificate", ""),
    )


def has_own_server(values: Mapping[str, str]) -> bool:
    """Say whether an alert mail leaves by a server of its own."""
    return values.get("server", OWN) == OWN


def stops_with(destination: Destination, main: Settings) -> bool:
    """Say whether its mail leaves by the login of the main settings, as those are by now: both stop together."""
    own = destination.kind is DestinationKind.MAIL and has_own_server(destination.values)
    return own and _is_same(server_settings(destination.values), main)


def lacks_second(destination: Destination, main: Settings) -> bool:
    """Say whether its mail is to leave by a second server, and the settings have none any more."""
    by_second = destination.kind is DestinationKind.MAIL and not has_own_server(destination.values)
    return by_second and not main.second


def _read_server(
    texts: Mapping[str, str],
    stored: Destination | None,
    listeners: tuple[tuple[str, int], ...],
    clear: frozenset[str],
    problems: Problems,
) -> Settings | None:
    typed = {setting: texts[name] for name, setting in _SETTINGS.items() if name in texts}
    logs_in = bool(texts.get("user", "").strip() or texts.get("password"))
    typed |= {"tls": texts.get("tls", "yes"), "smtp_auth": "yes" if logs_in else "no"}
    kept = None
    if stored and has_own_server(stored.values):
        kept = server_settings(stored.values, stored.secrets.get("password", ""))
    forgotten = frozenset({"smtp_password"}) if "password" in clear else frozenset[str]()
    try:
        return validate(typed, stored=kept, clear=forgotten, listeners=listeners)
    except InvalidSettings as fault:
        problems.extend(FieldProblem(_FIELDS.get(each.field, "host"), each.text) for each in fault.problems)
        return None


def _is_same(settings: Settings, main: Settings) -> bool:
    """Say whether it is the very login whose failure is to be told."""
    return _login(settings) == _login(main) and bool(main.smtp_host)


def _login(settings: Settings) -> tuple[Any, ...]:
    return (settings.smtp_host, settings.smtp_port, settings.smtp_user if settings.smtp_auth else "")


def _values_of(settings: Settings) -> dict[str, str]:
    values = {
        "host": settings.smtp_host,
        "port": str(settings.smtp_port),
        "tls": "yes" if settings.tls else "no",
        "tls_mode": str(settings.tls_mode),
        "user": settings.smtp_user if settings.smtp_auth else "",
        "from": settings.from_address,
        "ca_certificate": settings.ca_certificate,
    }
    return {name: value for name, value in values.items() if value}


_SAME = N_(
    "That is the login of the main settings: when mail stops there, this alert stops with it. Enter another server, or "
    "tick “Use the same server all the same” (same_server=yes)."
)
