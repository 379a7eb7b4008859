"""What the operator edits: the settings of the outgoing mail, their defaults and their rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from hashlib import blake2b, sha256
from typing import Any

from panel.i18n import N_, Text
from panel.mail.message.address import BadValue, parse_address, parse_ehlo_name, parse_host, tidy
from panel.mail.net.policy import is_loopback as address_is_loopback
from panel.mail.smtp.protocol import POP3_PORT, POP3S_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT, Security
from panel.mail.smtp.server import Password, PopServer, Server
from panel.settings import parsing


class TlsMode(StrEnum):
    AUTO = "auto"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class PopTlsMode(StrEnum):
    AUTO = "auto"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a stored password may go: to this login at this server, over no weaker protection."""

    host: str
    port: int
    user: str
    encrypted: bool
    ca_certificate: str

    def accepts_secret_of(self, stored: Destination) -> bool:
        """Say whether a password that was stored for another destination may be used here: TLS may get stricter."""
        return replace(self, encrypted=stored.encrypted) == stored and self.encrypted >= stored.encrypted

    def __str__(self) -> str:
        trust = sha256(self.ca_certificate.encode()).hexdigest() if self.ca_certificate else "system"
        return f"{self.user}@{self.host}:{self.port} encrypted={self.encrypted} trust={trust}"


@dataclass(frozen=True, slots=True)
class Settings:
    """One version of the settings, valid in itself; a password never shows in its representation."""

    from_address: str = ""
    from_name: str = ""
    smtp_host: str = ""
    smtp_port: int = SUBMISSION_PORT
    smtp_auth: bool = True
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    pop_before_smtp: bool = False
    pop_host: str = ""
    pop_port: int = POP3_PORT
    pop_user: str = ""
    pop_password: str = field(default="", repr=False)
    tls: bool = True
    tls_mode: TlsMode = TlsMode.AUTO
    pop_tls_mode: PopTlsMode = PopTlsMode.AUTO
    local_hostname: str = ""
    send_interval_ms: int = 0
    max_per_hour: int | None = None
    max_per_day: int | None = None
    ca_certificate: str = ""
    allow_plain_auth: bool = False

    @property
    def complete(self) -> bool:
        return bool(self.smtp_host and self.from_address)

    @property
    def smtp_security(self) -> Security:
        """Implicit TLS on 465, else STARTTLS, required (RFC 8314 section 3.3), unless TLS is off."""
        if not self.tls:
            return Security.NONE
        if self.tls_mode is TlsMode.AUTO:
            return Security.IMPLICIT if self.smtp_port == SUBMISSIONS_PORT else Security.STARTTLS
        return Security(self.tls_mode)

    @property
    def pop_security(self) -> Security:
        """Implicit TLS on 995, else STLS where TLS is on, else plain."""
        if self.pop_tls_mode is not PopTlsMode.AUTO:
            return Security(self.pop_tls_mode)
        if self.pop_port == POP3S_PORT:
            return Security.IMPLICIT
        return Security.STARTTLS if self.tls else Security.NONE

    @property
    def server(self) -> Server:
        """Give the server that mail goes to, with the logins that are switched on; no answer of it shows the others."""
        login, pop = Password(self.smtp_user, self.smtp_password, in_clear=self.allow_plain_auth), self.pop_server
        return Server(
            self.smtp_host,
            self.smtp_port,
            self.smtp_security,
            login=login if self.smtp_auth else None,
            pop=pop if self.pop_before_smtp else None,
            ca_certificate=self.ca_certificate,
            local_hostname=self.local_hostname,
            hidden=(login, pop.login),
        )

    @property
    def pop_server(self) -> PopServer:
        login = Password(self.pop_user, self.pop_password, in_clear=self.allow_plain_auth)
        return PopServer(self.pop_host, self.pop_port, self.pop_security, login, self.ca_certificate)

    @property
    def smtp_destination(self) -> Destination:
        encrypted = self.smtp_security is not Security.NONE
        return Destination(self.smtp_host, self.smtp_port, self.smtp_user, encrypted, self.ca_certificate)

    @property
    def pop_destination(self) -> Destination:
        encrypted = self.pop_security is not Security.NONE
        return Destination(self.pop_host, self.pop_port, self.pop_user, encrypted, self.ca_certificate)

    @property
    def sender_domain(self) -> str:
        return self.from_address.rpartition("@")[2].lower()

    def public(self) -> dict[str, object]:
        """Give every field but the secrets, as plain values that JSON can hold."""
        return {name: value for name, value in asdict(self).items() if name not in SECRETS}

    def without_secrets(self) -> Settings:
        blank: dict[str, Any] = dict.fromkeys(SECRETS, "")
        return replace(self, **blank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A field that is sealed and never shown, with all that depends on which one it is."""

    name: str
    label: str
    missing: str  # what is said where it is needed and blank
    switch: str  # the field that turns its use on
    used: frozenset[str]  # the fields that mean something with the switch alone
    moved_by: tuple[str, ...]  # the fields that lead it elsewhere, in the order in which one is named; else TLS
    destination: Callable[[Settings], Destination]


_SMTP_PASSWORD = Secret(
    name="smtp_password",
    label=N_("SMTP password"),
    missing=N_("Enter an SMTP password, or turn SMTP authentication off."),
    switch="smtp_auth",
    used=frozenset({"smtp_user", "smtp_password"}),
    moved_by=("smtp_host", "smtp_port", "smtp_user", "ca_certificate"),
    destination=lambda settings: settings.smtp_destination,
)
_POP_PASSWORD = Secret(
    name="pop_password",
    label=N_("POP password"),
    missing=N_("Enter a POP password, or turn POP before SMTP off."),
    switch="pop_before_smtp",
    used=frozenset({"pop_host", "pop_port", "pop_user", "pop_password", "pop_tls_mode"}),
    moved_by=("pop_host", "pop_port", "pop_user", "ca_certificate"),
    destination=lambda settings: settings.pop_destination,
)
SECRETS: Mapping[str, Secret] = {each.name: each for each in (_SMTP_PASSWORD, _POP_PASSWORD)}
FIELDS = tuple(each.name for each in fields(Settings))
FLAGS = frozenset({"smtp_auth", "pop_before_smtp", "tls", "allow_plain_auth"})
_DEFAULTS = Settings()

LABELS: Mapping[str, str] = {
    "from_address": N_("From address"),
    "from_name": N_("From name"),
    "smtp_host": N_("SMTP host"),
    "smtp_port": N_("SMTP port"),
    "smtp_auth": N_("SMTP authentication"),
    "smtp_user": N_("SMTP user"),
    _SMTP_PASSWORD.name: _SMTP_PASSWORD.label,
    "pop_before_smtp": N_("POP before SMTP"),
    "pop_host": N_("POP host"),
    "pop_port": N_("POP port"),
    "pop_user": N_("POP user"),
    _POP_PASSWORD.name: _POP_PASSWORD.label,
    "tls": N_("TLS/SSL"),
    "tls_mode": N_("TLS mode"),
    "pop_tls_mode": N_("POP TLS mode"),
    "local_hostname": N_("Local host name"),
    "send_interval_ms": N_("Sending interval"),
    "max_per_hour": N_("Hourly limit"),
    "max_per_day": N_("Daily limit"),
    "ca_certificate": N_("CA certificate"),
    "allow_plain_auth": N_("Allow login without TLS"),
    "recipient": N_("Recipient"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one field, as a sentence that says what to enter."""

    field: str
    text: Text


class InvalidSettings(ValueError):
    """Values that make no settings; every problem is listed, in the order of the form."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.text}" for problem in problems))
        self.problems = sorted(problems, key=lambda problem: FIELDS.index(problem.field))


def _tls_mode(text: str) -> TlsMode:
    return TlsMode(_choice(text, tuple(TlsMode)))


def _pop_tls_mode(text: str) -> PopTlsMode:
    return PopTlsMode(_choice(text, tuple(PopTlsMode)))


def _choice(text: str, known: tuple[str, ...]) -> str:
    text = tidy(text).lower()
    if text not in known:
        raise BadValue(N_("%(label)s is one of: %(known)s."), known=", ".join(known))
    return text


_READERS: Mapping[str, Callable[[str], object]] = {
    "from_address": parse_address,
    "from_name": parsing.name,
    "smtp_host": parse_host,
    "smtp_port": parsing.port,
    "smtp_auth": parsing.flag,
    "smtp_user": parsing.user,
    "pop_before_smtp": parsing.flag,
    "pop_host": parse_host,
    "pop_port": parsing.port,
    "pop_user": parsing.user,
    "tls": parsing.flag,
    "tls_mode": _tls_mode,
    "pop_tls_mode": _pop_tls_mode,
    "local_hostname": parse_ehlo_name,
    "send_interval_ms": parsing.interval_ms,
    "max_per_hour": parsing.cap,
    "max_per_day": parsing.cap,
    "ca_certificate": parsing.pem,
    "allow_plain_auth": parsing.flag,
    **dict.fromkeys(SECRETS, parsing.secret),
}


def read(name: str, text: str) -> object:
    """Read one field as somebody typed it; blank means its default. Raise `BadValue` with the label filled in."""
    if name not in SECRETS and not text.strip():
        return getattr(_DEFAULTS, name) if name not in FLAGS else False
    try:
        return _READERS[name](text)
    except BadValue as fault:
        raise BadValue(fault.text.message, **{**fault.text.values, "label": Text(LABELS[name])}) from None


def settle(
    texts: Mapping[str, str],
    *,
    base: Settings | None = None,
    stored: Settings | None = None,
    clear: frozenset[str] = frozenset(),
    listener: tuple[str, int] | None = None,
) -> Settings:
    """Make valid settings from typed values, or raise `InvalidSettings` with every problem.

    A field that is not typed is that of `base`. A blank password is the one of `stored`, as far as it may go there;
    `clear` names the passwords to forget. `listener` is where we take mail by SMTP: none is sent there.
    """
    typed, problems = _parsed(texts, base or _DEFAULTS)
    settled, more = _with_kept_secrets(typed, stored or _DEFAULTS, clear)
    problems += more
    known = {problem.field for problem in problems}
    problems += [problem for problem in check(settled, listener) if problem.field not in known]
    if problems:
        raise InvalidSettings(problems)
    return settled


def _parsed(texts: Mapping[str, str], base: Settings) -> tuple[Settings, list[Problem]]:
    """Read the typed fields; one that cannot be read keeps the value of the base and is a problem."""
    typed: dict[str, object] = {}
    problems = []
    for name in (name for name in FIELDS if name in texts):
        try:
            typed[name] = read(name, texts[name])
        except BadValue as fault:
            problems.append(Problem(name, fault.text))
    parsed = replace(base, **typed)  # type: ignore[arg-type]
    unused = unused_fields(parsed)
    return parsed, [problem for problem in problems if problem.field not in unused]


def unused_fields(settings: Settings) -> set[str]:
    """Name the fields of a switch that is off: what stands in them is neither judged nor shown."""
    return {name for each in SECRETS.values() if not getattr(settings, each.switch) for name in each.used}


_NEEDED = {
    "from_address": N_("Enter a from address."),
    "smtp_host": N_("Enter an SMTP host."),
    "smtp_user": N_("Enter an SMTP user, or turn SMTP authentication off."),
    _SMTP_PASSWORD.name: _SMTP_PASSWORD.missing,
    "pop_host": N_("Enter a POP host, or turn POP before SMTP off."),
    "pop_user": N_("Enter a POP user, or turn POP before SMTP off."),
    _POP_PASSWORD.name: _POP_PASSWORD.missing,
}
_NO_PLAIN_PASSWORD = N_("A password cannot be sent without TLS/SSL. Turn TLS/SSL on.")


_ITSELF = N_("There this panel itself takes mail, so it would send to itself. Enter the server that delivers it.")


def check(settings: Settings, listener: tuple[str, int] | None = None) -> list[Problem]:
    """List what fields that are valid by themselves lack together."""
    unused = unused_fields(settings)
    problems = [
        Problem(name, Text(message))
        for name, message in _NEEDED.items()
        if name not in unused and not getattr(settings, name)
    ]
    if listener and (settings.smtp_host, settings.smtp_port) in (listener, ("localhost", listener[1])):
        problems.append(Problem("smtp_host", Text(_ITSELF)))
    if settings.allow_plain_auth:
        return problems
    if settings.smtp_auth and settings.smtp_security is Security.NONE and not is_loopback(settings.smtp_host):
        problems.append(Problem("tls", Text(_NO_PLAIN_PASSWORD)))
    if settings.pop_before_smtp and settings.pop_security is Security.NONE and not is_loopback(settings.pop_host):
        problems.append(Problem("pop_tls_mode", Text(_NO_PLAIN_PASSWORD)))
    return problems


def _with_kept_secrets(typed: Settings, stored: Settings, clear: frozenset[str]) -> tuple[Settings, list[Problem]]:
    """Fill blank passwords in from the stored ones, only towards the destination each was stored for."""
    problems: list[Problem] = []
    kept: dict[str, str] = {}
    for name, secret in SECRETS.items():
        old = getattr(stored, name)
        if getattr(typed, name):
            if name in clear:
                problems.append(Problem(name, Text(_EITHER)))
        elif name in clear or not old:
            continue
        elif secret.destination(typed).accepts_secret_of(secret.destination(stored)):
            kept[name] = old
        elif name not in unused_fields(typed):
            problems.append(Problem(name, Text(_MOVED, {"what": _what_moved(typed, stored, secret)})))
    return replace(typed, **kept), problems  # type: ignore[arg-type]


_EITHER = N_("You cannot enter a password and erase it at once. Choose one.")
_MOVED = N_(
    "%(what)s has changed, so the saved password cannot be used. Enter the password for what is now on the screen."
)


def _what_moved(typed: Settings, stored: Settings, secret: Secret) -> Text:
    """Name the first field that makes the destination another one."""
    for name in secret.moved_by:
        if getattr(typed, name) != getattr(stored, name):
            return Text(LABELS[name])
    return Text(LABELS["tls"])


def fields_that_differ(one: Settings, other: Settings) -> tuple[str, ...]:
    return tuple(name for name in FIELDS if getattr(one, name) != getattr(other, name))


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine by what was entered; of any other name only the connection shows that."""
    try:
        return host == "localhost" or address_is_loopback(host)
    except ValueError:
        return False


def fingerprint(settings: Settings, key: bytes) -> str:
    """Give a digest of all that decides whether a session works, to tell whether these very settings were tested.

    The passwords are part of it; the key keeps the digest from helping to guess one.
    """
    decisive = {name: str(value) for name, value in asdict(settings).items() if name not in PACE}
    return blake2b(repr(sorted(decisive.items())).encode(), key=key, digest_size=16).hexdigest()


PACE = frozenset({"send_interval_ms", "max_per_hour", "max_per_day"})
