"""Reads a destination as somebody types it, or says of each field what to enter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.kinds import fields, mail_server
from panel.alerts.kinds.fields import FIELDS_OF, SECRET_FIELDS, Problems, trust_of
from panel.errors import PanelError
from panel.i18n import N_, Text
from panel.mail.net.policy import Policy
from panel.mail.net.url import parse_url
from panel.settings.model import Settings
from panel.settings.validation import FieldProblem


class InvalidDestination(PanelError):
    """Values that make no destination; every problem names its field."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__(" ".join(f"{each.field}: {each.text}" for each in problems))
        self.problems = problems


class Read(NamedTuple):
    """What somebody typed: what may be shown of it, what never is, and the host that is shown of its address."""

    values: dict[str, str]
    secrets: dict[str, str]
    host: str


def kind_named(text: str) -> DestinationKind:
    """Read which kind it is."""
    try:
        return DestinationKind(text.strip().lower())
    except ValueError:
        known = ", ".join(DestinationKind)
        raise InvalidDestination([FieldProblem("kind", Text(_UNKNOWN_KIND, {"known": known}))]) from None


def read_destination(
    kind: DestinationKind,
    typed: Mapping[str, str],
    stored: Destination | None = None,
    *,
    clear: frozenset[str] = frozenset(),
    policy: Policy,
    main: Settings,
    listeners: tuple[tuple[str, int], ...] = (),
) -> Read:
    """Make a destination of typed values, or raise `InvalidDestination` with every problem.

    A field that is not typed is the stored one; a secret only as far as it may go there, unless it is to `clear`.
    `main` are the settings whose failure is to be told, and `listeners` are where we take mail by SMTP ourselves.
    """
    problems = Problems()
    fields.unknown_fields(kind, typed, problems)
    texts = {**(stored.values if stored else {}), **typed}
    values = fields.shared_values(kind, texts, problems)
    if kind is DestinationKind.MAIL:
        more, secrets = mail_server.read_mail(
            texts, stored, mail_server.Surroundings(main, policy, listeners), clear, problems
        )
    else:
        more, secrets = _ByUrl(kind, texts, values, stored, clear, problems).read(policy)
    if problems:
        raise InvalidDestination(problems)
    values |= {name: value for name, value in more.items() if value}
    secrets = {name: value for name, value in secrets.items() if value}
    return Read(values, secrets, _host(kind, values, secrets))


class _ByUrl(NamedTuple):
    """A destination that is an address, while it is read."""

    kind: DestinationKind
    texts: Mapping[str, str]
    values: Mapping[str, str]
    stored: Destination | None
    clear: frozenset[str]
    problems: Problems

    def read(self, policy: Policy) -> tuple[dict[str, str], dict[str, str]]:
        problems = self.problems
        form = fields.chat_form(self.texts.get("form", ""), problems) if self.kind is DestinationKind.CHAT else None
        typed = self.texts.get("url", "").strip()
        url = typed or self._kept("url")
        if url:
            fields.judge_url(url, self.kind, form, policy, problems)
        else:
            problems.note("url", _AGAIN if self.stored and not self.stored.readable else _NO_URL)
        moved = not problems.about("url") and self._has_moved(url)
        if moved and not typed:
            problems.note("url", _OTHER_CA)
        beside = SECRET_FIELDS.intersection(FIELDS_OF[self.kind]) - {"url"}
        secrets = {"url": url, **{name: self._beside(name, moved) for name in sorted(beside)}}
        if form and form.needs_token and not secrets["token"] and not problems.about("token"):
            problems.note("token", N_("%(form)s wants a token beside the address. Enter it."), form=form.label)
        return {"form": form.name if form else ""}, secrets

    def _beside(self, name: str, moved: bool) -> str:
        """Read a secret that is sent along; a blank one is the stored one, unless the address is of another host."""
        typed = self.texts.get(name, "")
        if typed.strip():
            return self.problems.parsed(name, {"token": fields.bearer, "header": fields.own_header}[name], typed)
        kept = "" if name in self.clear else self._kept(name)
        if kept and moved:
            self.problems.note(name, _MOVED)
        return kept

    def _kept(self, name: str) -> str:
        return self.stored.secrets.get(name, "") if self.stored else ""

    def _has_moved(self, url: str) -> bool:
        """Say whether the address is of another host than the stored one, or whom we believe that it is has changed.

        Without TLS anybody on this machine may be the host.
        """
        if self.stored is None or not self.stored.readable:
            return False
        before, place = parse_url(self._kept("url")), parse_url(url)
        was, new = trust_of(self.stored.values), trust_of(self.values)
        return (before.secure, before.authority, was) != (place.secure, place.authority, new)


def _host(kind: DestinationKind, values: Mapping[str, str], secrets: Mapping[str, str]) -> str:
    """Give all that is shown of an address."""
    if kind is DestinationKind.MAIL:
        return values.get("host", fields.SECOND_SERVER)
    return parse_url(secrets["url"]).authority


_UNKNOWN_KIND = N_("A destination is of one of these kinds: %(known)s.")
_NO_URL = N_("Enter the address that the service gave you.")
_AGAIN = N_("The saved address cannot be read any more. Enter it again.")
_OTHER_CA = N_("The CA certificate is another one, so the saved address cannot be used. Enter it again.")
_MOVED = N_(
    "The address is of another host, so what is saved of %(label)s cannot be used. Enter the one for this host."
)
