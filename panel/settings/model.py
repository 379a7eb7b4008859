"""What the operator edits: the settings of the outgoing mail, and their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from panel.mail.limits import MAX_BYTES, MAX_RECIPIENTS, MessageLimits
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


class FromNameRule(StrEnum):
    """Whose name stands before the from address."""

    FIXED = "fixed"
    SUBMITTED = "submitted"  # the application's, where it gave one


class SecretDestination(NamedTuple):
    """Where a stored password may go: to this login at this server, over no weaker protection."""

    host: str
    port: int
    user: str
    encrypted: bool
    ca_certificate: str
    device_url: str = ""  # where a client secret is shown, too (RFC 8628 section 3.1)

    def accepts_secret_of(self, stored: SecretDestination) -> bool:
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
    from_name_rule: FromNameRule = FromNameRule.FIXED
    max_message_bytes: int = MAX_BYTES
    max_recipients: int = MAX_RECIPIENTS
    source_address: str = ""  # of this machine, that both servers are come to from; blank for the system's choice
    redirect_to: str = ""  # where all mail goes in the place of its recipients; blank: to them
    allowed_recipients: str = ""  # addresses and domains; mail to others is withheld, where any are named
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
        """Give the same sender's settings with the second server as the only one: no POP, and no second behind it."""
        return replace(self, **_OF_FIRST_ALONE, **{name: getattr(self, f"{SECOND}{name}") for name in OF_SERVER})

    def with_second(self, server: Settings) -> Settings:
        """Give these settings with the server of others as the second."""
        given: dict[str, Any] = {f"{SECOND}{name}": getattr(server, name) for name in OF_SERVER}
        return replace(self, **given)

    @property
    def mail_from(self) -> str:
        """Give the address that bounces go to, the envelope's MAIL FROM (RFC 5321)."""
        return self.bounce_address or self.from_address

    @property
    def limits(self) -> MessageLimits:
        """Give what a message may hold that a door takes."""
        return MessageLimits(self.max_message_bytes, self.max_recipients)

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
            source=self.source_address,
            hidden=(login, pop.login),
        )

    def server_with(self, tokens: TokenSource) -> Server:
        """Give the same server, logged in to with tokens where the login is made with one."""
        return replace(self.server, login=Token(self.smtp_user, tokens)) if self.by_token else self.server

    @property
    def pop_server(self) -> PopServer:
        """Give the server that POP before SMTP logs in to first, whether or not that is switched on."""
        login = Password(self.pop_user, self.pop_password, in_clear=self.allow_plain_auth)
        pop = PopServer(self.pop_host, self.pop_port, self.pop_security, login, self.ca_certificate)
        return replace(pop, source=self.source_address) if self.source_address else pop

    @property
    def smtp_destination(self) -> SecretDestination:
        """Give where the SMTP password goes."""
        encrypted = self.smtp_security is not Security.NONE
        return SecretDestination(self.smtp_host, self.smtp_port, self.smtp_user, encrypted, self.ca_certificate)

    @property
    def pop_destination(self) -> SecretDestination:
        """Give where the POP password goes."""
        encrypted = self.pop_security is not Security.NONE
        return SecretDestination(self.pop_host, self.pop_port, self.pop_user, encrypted, self.ca_certificate)

    @property
    def by_token(self) -> bool:
        """Say whether the login is made with an access token (OAuth2)."""
        return self.smtp_auth and self.smtp_login is Login.OAUTH2

    @property
    def uses_tokens(self) -> bool:
        """Say whether either server is logged in to with an access token."""
        return self.by_token or (self.second and self.by_second.by_token)

    @property
    def oauth_destination(self) -> SecretDestination:
        """Give where a client secret or the key of a service account goes: to the server that gives the tokens."""
        if self.oauth_provider is OAuthProvider.NONE:
            return SecretDestination("", 0, "", True, "")
        _, token_url, device_url, *_ = self.oauth_endpoints
        return SecretDestination(token_url, 0, self.oauth_client_id, True, self.ca_certificate, device_url)

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

    @property
    def bounce_domain(self) -> str:
        """Give the domain of the address that bounces go to: the one whose SPF receivers look at (RFC 7208)."""
        return self.mail_from.rpartition("@")[2].lower()

    def public(self) -> dict[str, object]:
        """Give every field that can be typed but the secrets, as plain values that JSON can hold."""
        return {name: getattr(self, name) for name in FIELDS if name not in _SECRET}

    def without_secrets(self) -> Settings:
        """Give the same settings with every secret blank."""
        blank: dict[str, Any] = dict.fromkeys(_SECRET, "")
        return replace(self, **blank)


SECOND = "second_"  # begins the name of each field of the second server
GRANT, SECOND_GRANT = "grant", "second_grant"
RECORD = tuple(each.name for each in fields(Settings))  # all that a version keeps
FIELDS = tuple(name for name in RECORD if name not in (GRANT, SECOND_GRANT))  # what somebody types of it
PACE_FIELDS = frozenset({"send_interval_ms", "max_per_hour", "max_per_day"})
# What is decided of every message; no server asks for it.
OF_MESSAGES = ("from_name_rule", "max_message_bytes", "max_recipients", "redirect_to", "allowed_recipients")
OF_RULES = (*OF_MESSAGES, "source_address")  # what a page of its own is for
_SECRET = frozenset(each.name for each in fields(Settings) if not each.repr)
# What the two servers have each of their own, as the first has it.
OF_SERVER = tuple(name for name in RECORD if f"{SECOND}{name}" in RECORD)
OF_SECOND = tuple(f"{SECOND}{name}" for name in OF_SERVER)
_FLAGS = {"smtp_auth", "pop_before_smtp", "tls", "allow_plain_auth", "second"}
FLAGS = frozenset(_FLAGS | {f"{SECOND}{name}" for name in _FLAGS if name in OF_SERVER})


_OF_FIRST_ALONE: dict[str, Any] = {
    each.name: each.default for each in fields(Settings) if each.name.startswith(("pop_", "second"))
}


def fields_that_differ(one: Settings, other: Settings) -> tuple[str, ...]:
    """Name the fields that differ, in the order of the form, and the sign-in where that is another one."""
    return tuple(name for name in RECORD if getattr(one, name) != getattr(other, name))
