"""What the operator edits: the settings of the outgoing mail, their defaults and their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from hashlib import blake2b, sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from panel.i18n import N_
from panel.mail.smtp.protocol import POP3_PORT, POP3S_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT, Security
from panel.mail.smtp.server import Password, PopServer, Server, Token, TokenSource
from panel.settings.login import Flow, Login, OAuthProvider

if TYPE_CHECKING:  # a login with a password needs nothing of it
    from panel.settings.token_servers import Endpoints


class TlsMode(StrEnum):
    """How a session with the SMTP server is encrypted, where TLS is on; `auto` goes by the port."""

    AUTO = "auto"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


class PopTlsMode(StrEnum):
    """The same for the POP server, which may be asked without TLS."""

    AUTO = "auto"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


class Destination(NamedTuple):
    """Where a stored password may go: to this login at this server, over no weaker protection."""

    host: str
    port: int
    user: str
    encrypted: bool
    ca_certificate: str
    device_url: str = ""  # where a client secret is shown, too (RFC 8628 section 3.1)

    def accepts_secret_of(self, stored: Destination) -> bool:
        """Say whether a password that was stored for another destination may be used here: TLS may get stricter."""
        alike = self._replace(encrypted=stored.encrypted, device_url=stored.device_url) == stored
        return alike and self.encrypted >= stored.encrypted and self.device_url in ("", stored.device_url)

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
    smtp_login: Login = Login.PASSWORD
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)
    oauth_provider: OAuthProvider = OAuthProvider.NONE
    oauth_flow: Flow = Flow.CODE
    oauth_tenant: str = ""
    oauth_client_id: str = ""
    oauth_client_secret: str = field(default="", repr=False)
    oauth_secret_expires: str = ""  # a date, ISO 8601
    oauth_service_key: str = field(default="", repr=False)
    oauth_scope: str = ""
    oauth_issuer: str = ""
    oauth_authorize_url: str = ""
    oauth_token_url: str = ""
    oauth_device_url: str = ""
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
    grant: int = 0  # the number of the sign-in whose tokens are used; nobody types it
    bounce_address: str = ""  # MAIL FROM; blank for the from address
    second: bool = False  # mail leaves by the second server while the first does not take it
    second_after_minutes: int = 10
    second_smtp_host: str = ""
    second_smtp_port: int = SUBMISSION_PORT
    second_smtp_auth: bool = True
    second_smtp_login: Login = Login.PASSWORD
    second_smtp_user: str = ""
    second_smtp_password: str = field(default="", repr=False)
    second_oauth_provider: OAuthProvider = OAuthProvider.NONE
    second_oauth_flow: Flow = Flow.CODE
    second_oauth_tenant: str = ""
    second_oauth_client_id: str = ""
    second_oauth_client_secret: str = field(default="", repr=False)
    second_oauth_secret_expires: str = ""
    second_oauth_service_key: str = field(default="", repr=False)
    second_oauth_scope: str = ""
    second_oauth_issuer: str = ""
    second_oauth_authorize_url: str = ""
    second_oauth_token_url: str = ""
    second_oauth_device_url: str = ""
    second_tls: bool = True
    second_tls_mode: TlsMode = TlsMode.AUTO
    second_local_hostname: str = ""
    second_send_interval_ms: int = 0
    second_max_per_hour: int | None = None
    second_max_per_day: int | None = None
    second_ca_certificate: str = ""
    second_allow_plain_auth: bool = False
    second_grant: int = 0

    @property
    def by_second(self) -> Settings:
        """Give the same sender's settings with the second server in the place of the first, without POP."""
        return replace(self, pop_before_smtp=False, **_second_as_first(self))

    def with_second(self, server: Settings) -> Settings:
        """Give these settings with the server of others as the second."""
        given: dict[str, Any] = {f"{SECOND}{name}": getattr(server, name) for name in OF_SERVER}
        return replace(self, **given)

    @property
    def mail_from(self) -> str:
        """Give the address that bounces go to, the envelope's MAIL FROM (RFC 5321)."""
        return self.bounce_address or self.from_address

    @property
    def complete(self) -> bool:
        """Say whether mail can be sent at all: the server and the sender are known."""
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
            login=login if self.smtp_auth and self.smtp_login is Login.PASSWORD else None,
            pop=pop if self.pop_before_smtp else None,
            ca_certificate=self.ca_certificate,
            local_hostname=self.local_hostname,
            hidden=(login, pop.login),
        )

    def server_with(self, tokens: TokenSource) -> Server:
        """Give the same server, logged in to with tokens where the login is made with one."""
        return replace(self.server, login=Token(self.smtp_user, tokens)) if self.by_token else self.server

    @property
    def pop_server(self) -> PopServer:
        """Give the server that POP before SMTP logs in to first, whether or not that is switched on."""
        login = Password(self.pop_user, self.pop_password, in_clear=self.allow_plain_auth)
        return PopServer(self.pop_host, self.pop_port, self.pop_security, login, self.ca_certificate)

    @property
    def smtp_destination(self) -> Destination:
        """Give where the SMTP password goes."""
        encrypted = self.smtp_security is not Security.NONE
        return Destination(self.smtp_host, self.smtp_port, self.smtp_user, encrypted, self.ca_certificate)

    @property
    def pop_destination(self) -> Destination:
        """Give where the POP password goes."""
        encrypted = self.pop_security is not Security.NONE
        return Destination(self.pop_host, self.pop_port, self.pop_user, encrypted, self.ca_certificate)

    @property
    def by_token(self) -> bool:
        """Say whether the login is made with an access token (OAuth2)."""
        return self.smtp_auth and self.smtp_login is Login.OAUTH2

    @property
    def oauth_destination(self) -> Destination:
        """Give where a client secret or the key of a service account goes: to the server that gives the tokens."""
        if self.oauth_provider is OAuthProvider.NONE:
            return Destination("", 0, "", True, "")
        _, token_url, device_url, *_ = self.oauth_endpoints
        return Destination(token_url, 0, self.oauth_client_id, True, self.ca_certificate, device_url)

    @property
    def oauth_endpoints(self) -> Endpoints:
        """Give the addresses of the server that gives the tokens."""
        from panel.settings.token_servers import Endpoints, endpoints_of  # few logins are made with one

        own = Endpoints(self.oauth_authorize_url, self.oauth_token_url, self.oauth_device_url, issuer=self.oauth_issuer)
        return endpoints_of(self.oauth_provider, self.oauth_tenant, own)

    @property
    def sender_domain(self) -> str:
        """Give the domain of the from address in lower case, empty where there is none."""
        return self.from_address.rpartition("@")[2].lower()

    def public(self) -> dict[str, object]:
        """Give every field that can be typed but the secrets, as plain values that JSON can hold."""
        return {name: getattr(self, name) for name in FIELDS if name not in SECRETS}

    def without_secrets(self) -> Settings:
        """Give the same settings with every secret blank."""
        blank: dict[str, Any] = dict.fromkeys(SECRETS, "")
        return replace(self, **blank)


class Secret(NamedTuple):
    """A field that is sealed and never shown, with all that depends on which one it is."""

    name: str
    label: str
    missing: str  # what is said where it is needed and blank
    moved_by: tuple[str, ...]  # the fields that lead it elsewhere, in the order in which one is named; else TLS
    destination: Callable[[Settings], Destination]


_SMTP_PASSWORD = Secret(
    name="smtp_password",
    label=N_("SMTP password"),
    missing=N_("Enter an SMTP password, or turn SMTP authentication off."),
    moved_by=("smtp_host", "smtp_port", "smtp_user", "ca_certificate"),
    destination=lambda settings: settings.smtp_destination,
)
_POP_PASSWORD = Secret(
    name="pop_password",
    label=N_("POP password"),
    missing=N_("Enter a POP password, or turn POP before SMTP off."),
    moved_by=("pop_host", "pop_port", "pop_user", "ca_certificate"),
    destination=lambda settings: settings.pop_destination,
)
_OAUTH_MOVES = (
    *("oauth_provider", "oauth_tenant", "oauth_client_id", "oauth_token_url", "oauth_device_url", "ca_certificate"),
)
_OAUTH_CLIENT_SECRET = Secret(
    name="oauth_client_secret",
    label=N_("Client secret"),
    missing=N_("Enter the client secret: without it, nobody but a person can sign in."),
    moved_by=_OAUTH_MOVES,
    destination=lambda settings: settings.oauth_destination,
)
_OAUTH_SERVICE_KEY = Secret(
    name="oauth_service_key",
    label=N_("Service account key"),
    missing=N_("Paste the key of the service account, a JSON file that the service gave you."),
    moved_by=_OAUTH_MOVES,
    destination=lambda settings: settings.oauth_destination,
)
SECOND = "second_"  # begins the name of each field of the second server
_OF_FIRST = (_SMTP_PASSWORD, _POP_PASSWORD, _OAUTH_CLIENT_SECRET, _OAUTH_SERVICE_KEY)
GRANT, SECOND_GRANT = "grant", "second_grant"
RECORD = tuple(each.name for each in fields(Settings))  # all that a version keeps
FIELDS = tuple(name for name in RECORD if name not in (GRANT, SECOND_GRANT))  # what somebody types of it
# What the two servers have each of their own, as the first has it.
OF_SERVER = tuple(name for name in RECORD if f"{SECOND}{name}" in RECORD)
OF_SECOND = tuple(f"{SECOND}{name}" for name in OF_SERVER)


def _second_as_first(settings: Settings) -> dict[str, Any]:
    return {name: getattr(settings, f"{SECOND}{name}") for name in OF_SERVER}


def _of_second(secret: Secret) -> Secret:
    """Give the same secret of the second server."""
    return Secret(
        name=f"{SECOND}{secret.name}",
        label=secret.label,
        missing=secret.missing,
        moved_by=tuple(f"{SECOND}{name}" for name in secret.moved_by),
        destination=lambda settings: secret.destination(settings.by_second),
    )


SECRETS: Mapping[str, Secret] = {
    each.name: each for each in (*_OF_FIRST, *(_of_second(each) for each in _OF_FIRST if each.name in OF_SERVER))
}
_FLAGS = {"smtp_auth", "pop_before_smtp", "tls", "allow_plain_auth", "second"}
FLAGS = frozenset(_FLAGS | {f"{SECOND}{name}" for name in _FLAGS if name in OF_SERVER})

_LABELS: Mapping[str, str] = {
    "from_address": N_("From address"),
    "from_name": N_("From name"),
    "smtp_host": N_("SMTP host"),
    "smtp_port": N_("SMTP port"),
    "smtp_auth": N_("SMTP authentication"),
    "smtp_login": N_("Login method"),
    "smtp_user": N_("SMTP user"),
    _SMTP_PASSWORD.name: _SMTP_PASSWORD.label,
    "oauth_provider": N_("Service of the sign-in"),
    "oauth_flow": N_("Way of signing in"),
    "oauth_tenant": N_("Tenant"),
    "oauth_client_id": N_("Client ID"),
    _OAUTH_CLIENT_SECRET.name: _OAUTH_CLIENT_SECRET.label,
    "oauth_secret_expires": N_("Secret expires on"),
    _OAUTH_SERVICE_KEY.name: _OAUTH_SERVICE_KEY.label,
    "oauth_scope": N_("Scope"),
    "oauth_issuer": N_("Issuer"),
    "oauth_authorize_url": N_("Authorization address"),
    "oauth_token_url": N_("Token address"),
    "oauth_device_url": N_("Device address"),
    GRANT: N_("Signed in as"),
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
    "bounce_address": N_("Bounce address"),
    "second": N_("Second server"),
    "second_after_minutes": N_("Minutes until the second server"),
    "recipient": N_("Recipient"),
}
LABELS: Mapping[str, str] = {**_LABELS, **{f"{SECOND}{name}": _LABELS[name] for name in OF_SERVER}}


def unused_fields(settings: Settings) -> set[str]:
    """Name the fields of a switch that is off: what stands in them is neither judged nor shown."""
    if not settings.second:
        return _unused_of_first(settings) | {"second_after_minutes", *OF_SECOND}
    of_second = _unused_of_first(settings.by_second)
    return _unused_of_first(settings) | {f"{SECOND}{name}" for name in of_second if name in OF_SERVER}


def _unused_of_first(settings: Settings) -> set[str]:
    unused = set() if settings.pop_before_smtp else set(_OF_POP)
    if not settings.smtp_auth:
        return unused | {"smtp_login", "smtp_user", _SMTP_PASSWORD.name, *_OF_TOKENS}
    if settings.smtp_login is Login.PASSWORD:
        return unused | _OF_TOKENS
    return unused | {_SMTP_PASSWORD.name} | _unused_of_tokens(settings)


_OF_POP = frozenset({"pop_host", "pop_port", "pop_user", _POP_PASSWORD.name, "pop_tls_mode"})
_OF_TOKENS = frozenset({name for name in FIELDS if name.startswith("oauth_")} | {GRANT})
_OF_OWN_SERVER = frozenset({"oauth_issuer", "oauth_authorize_url", "oauth_token_url", "oauth_device_url"})


def _unused_of_tokens(settings: Settings) -> set[str]:
    """Name what this provider, or this way of signing in, does not ask for."""
    unused = set() if settings.oauth_provider is OAuthProvider.CUSTOM else set(_OF_OWN_SERVER)
    if settings.oauth_provider is not OAuthProvider.MICROSOFT:
        unused.add("oauth_tenant")
    if settings.oauth_flow is Flow.SERVICE_ACCOUNT:
        return unused | {"oauth_client_id", _OAUTH_CLIENT_SECRET.name, "oauth_secret_expires", GRANT}
    unused.add(_OAUTH_SERVICE_KEY.name)
    if settings.oauth_flow is not Flow.CODE:
        unused.add("oauth_authorize_url")
    if settings.oauth_flow is not Flow.DEVICE:
        unused.add("oauth_device_url")
    return unused if settings.oauth_flow.by_person else unused | {GRANT}


def fields_that_differ(one: Settings, other: Settings) -> tuple[str, ...]:
    """Name the fields that differ, in the order of the form, and the sign-in where that is another one."""
    return tuple(name for name in RECORD if getattr(one, name) != getattr(other, name))


def fingerprint(settings: Settings, key: bytes) -> str:
    """Give a digest of all that decides whether a session works, to tell whether these very settings were tested.

    The passwords are part of it; the key keeps the digest from helping to guess one.
    """
    idle = PACE_FIELDS if settings.by_token else PACE_FIELDS | _OF_TOKENS | {"smtp_login"}  # as before there were any
    idle |= _BESIDE if settings.bounce_address else _BESIDE | {"bounce_address"}
    decisive = {name: str(value) for name, value in asdict(settings).items() if name not in idle}
    return blake2b(repr(sorted(decisive.items())).encode(), key=key, digest_size=16).hexdigest()


PACE_FIELDS = frozenset({"send_interval_ms", "max_per_hour", "max_per_day"})
_BESIDE = frozenset({"second", "second_after_minutes", *OF_SECOND})
