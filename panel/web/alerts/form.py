"""The form of a destination: its fields by kind, what was typed or is kept, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask import request

from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.kinds.chat_forms import CHAT_FORMS
from panel.alerts.kinds.fields import FIELD_LABELS, FIELDS_OF, OWN, SECOND_SERVER, SECRET_FIELDS
from panel.alerts.kinds.reading import InvalidDestination
from panel.i18n import LOCALES, N_, Text
from panel.mail.smtp.protocol import SUBMISSION_PORT
from panel.settings.validation import FieldProblem
from panel.web.context import services
from panel.web.text import gettext, locale

_CHECKS = {
    "tls": N_("Encrypt the connection"),
    "same_server": N_("It will be silent when it matters most: when mail stops there, this alert stops with it."),
    "details": N_("The mail server’s own words go along. They may hold addresses."),
}
_REQUIRED = frozenset({"url", "form", "recipients", "host", "port", "from"})
_ADVANCED = ("tls_mode", "ca_certificate", "header")
_CONTROLS = {"form": "chat_form"}  # a control called form hides the property `form` of its form from scripts
_LANGUAGES = {"ja": "日本語", "en": "English"}
_TLS_MODES = {"auto": N_("As the port says"), "starttls": "STARTTLS", "implicit": N_("TLS from the start")}
_SERVERS = {OWN: N_("A server of its own"), SECOND_SERVER: N_("The second server of the settings")}
_HINTS: Mapping[str, str] = {
    "name": N_("What it is called on this page. Empty shows its host."),
    "recipients": N_("At most 5, with commas between."),
    "host": N_("Another one than that of the main settings."),
    "user": N_("Empty: no login."),
    "from": N_("An address that this server lets you send as."),
    "token": N_("Only where the service gave you one beside the address."),
    "header": N_("Sent along with each notice, such as Authorization: Bearer …"),
    "ca_certificate": N_("Only where the server’s certificate is from an authority of your own."),
}
_URL_HINTS: Mapping[DestinationKind, str] = {
    DestinationKind.WEBHOOK: N_("Where the notices are posted. It is kept like a password: only its host is shown."),
    DestinationKind.CHAT: N_(
        "The incoming webhook’s address, from the chat’s own settings. It is kept like a password."
    ),
    DestinationKind.NTFY: N_("With its topic, like https://ntfy.example.com/alerts."),
    DestinationKind.PING: N_("The check’s address, as healthchecks.io and Uptime Kuma give it."),
}
_AGAIN = N_("Type it again: a page does not keep it.")


@dataclass(frozen=True, slots=True)
class DestinationField:
    """One field as the form shows it; `control` is the kind of its control, and a secret has no value."""

    name: str
    control: str
    label: str
    hint: str = ""
    value: str = ""
    errors: tuple[str, ...] = ()
    required: bool = False
    saved: bool = False
    options: tuple[tuple[str, str], ...] = ()

    @property
    def checked(self) -> bool:
        return self.value == "yes"


@dataclass(frozen=True, slots=True)
class DestinationForm:
    """The form of one kind; `beside` is wrong with no field of it."""

    kind: DestinationKind
    fields: tuple[DestinationField, ...]
    advanced: tuple[DestinationField, ...]
    beside: tuple[str, ...] = ()

    @property
    def problems(self) -> list[tuple[str, str]]:
        """List what is wrong as pairs of a field and its message, as they stand in the form."""
        found = [(each.name, text) for each in (*self.fields, *self.advanced) for text in each.errors]
        return [*(("", text) for text in self.beside), *found]

    @property
    def advanced_open(self) -> bool:
        """Say whether something below the fold is set, or wrong."""
        return any(each.errors or each.saved or each.value not in ("", "auto") for each in self.advanced)


def destination_form(
    kind: DestinationKind,
    stored: Destination | None = None,
    typed: Mapping[str, str] | None = None,
    problems: Iterable[FieldProblem] = (),
) -> DestinationForm:
    """Show what was typed, else what is stored, else what is usual; each problem stands at its field."""
    wrong: dict[str, list[str]] = {}
    for each in problems:
        wrong.setdefault(each.field, []).append(each.text.translated(gettext))
    values = typed if typed is not None else stored.values if stored else _usual(kind)
    secrets = stored.secrets_set if stored else frozenset[str]()
    names = [*_names(kind, values, wrong)]
    shown = [_field(kind, name, values, wrong.pop(name, []), name in secrets) for name in names]
    plain = tuple(each for each in shown if each.name not in _ADVANCED)
    folded = tuple(each for each in shown if each.name in _ADVANCED)
    return DestinationForm(kind, plain, folded, tuple(text for texts in wrong.values() for text in texts))


def typed_values(kind: DestinationKind) -> dict[str, str]:
    """Give every field as it was typed; a box that is not ticked says no."""
    names = [name for name in FIELDS_OF[kind] if _control(name) in request.form or name in _CHECKS]
    return {name: request.form.get(_control(name), "no" if name in _CHECKS else "") for name in names}


def to_be_retyped(kind: DestinationKind) -> list[str]:
    """Name the secrets that were typed: no page shows one again, and blank would keep the saved one."""
    again = request.form.getlist("retype")
    return [each for each in FIELDS_OF[kind] if each in SECRET_FIELDS and (request.form.get(each) or each in again)]


def refuse_blanks(kind: DestinationKind) -> None:
    """Raise `InvalidDestination` for a blank secret where one was typed on the way to this page."""
    blank = [name for name in to_be_retyped(kind) if not request.form.get(name) and name not in cleared(kind)]
    if blank:
        raise InvalidDestination([FieldProblem(name, Text(_AGAIN)) for name in blank])


def cleared(kind: DestinationKind) -> frozenset[str]:
    """Name the secrets that are to be erased."""
    return frozenset(name for name in FIELDS_OF[kind] if request.form.get(f"{name}_clear") == "yes")


def field_label(name: str) -> str:
    """Give the label of a field of a destination."""
    return gettext(FIELD_LABELS[name])


def _control(name: str) -> str:
    """Give what the page calls the control of a field."""
    return _CONTROLS.get(name, name)


def _usual(kind: DestinationKind) -> dict[str, str]:
    usual = {"locale": locale()}
    if kind is DestinationKind.MAIL:
        usual |= {"port": str(SUBMISSION_PORT), "tls": "yes", "server": OWN}
    return usual


def _names(kind: DestinationKind, values: Mapping[str, str], wrong: Mapping[str, object]) -> Iterator[str]:
    """Leave out what there is no choice of yet."""
    for name in FIELDS_OF[kind]:
        if name == "server" and values.get(name) != SECOND_SERVER and not services().settings.current().settings.second:
            continue
        if name == "same_server" and values.get(name) != "yes" and not {"host", name} & wrong.keys():
            continue
        yield name


def _field(
    kind: DestinationKind, name: str, values: Mapping[str, str], errors: list[str], saved: bool
) -> DestinationField:
    options, secret = _options(name), name in SECRET_FIELDS
    control = "choice" if options else "check" if name in _CHECKS else "area" if name == "ca_certificate" else "text"
    hint = _URL_HINTS[kind] if name == "url" else _CHECKS.get(name) or _HINTS.get(name, "")
    return DestinationField(
        name=_control(name),
        control="secret" if secret else control,
        label=field_label(name),
        hint=gettext(hint) if hint else "",
        value="" if secret else values.get(name, ""),
        errors=tuple(errors),
        required=name in _REQUIRED and not saved,
        saved=saved,
        options=options,
    )


def _options(name: str) -> tuple[tuple[str, str], ...]:
    if name == "form":
        return (("", gettext(N_("Choose"))), *((each.name, each.label) for each in CHAT_FORMS.values()))
    if name == "locale":
        return tuple((each, _LANGUAGES[each]) for each in LOCALES)
    known = {"tls_mode": _TLS_MODES, "server": _SERVERS}.get(name, {})
    return tuple((value, gettext(text)) for value, text in known.items())
