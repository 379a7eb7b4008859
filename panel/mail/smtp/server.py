"""The server that takes our mail: where it is, how a session with it is protected, and how we log in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from panel.mail.smtp.protocol import Security

if TYPE_CHECKING:  # who shows the settings needs none
    from panel.mail.net.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Password:
    """A login by user and password; one that may go `in_clear` crosses a network without TLS."""

    user: str
    password: str = field(repr=False)
    in_clear: bool = False


class TokenSource(Protocol):
    """Gives the access tokens of one permission (RFC 6749), and renews them.

    `generation` tells the tokens of one renewal from those of the next: a session belongs to one of them. `account` is
    who gave the permission, as far as that is known.
    """

    @property
    def generation(self) -> int: ...

    @property
    def account(self) -> str: ...

    def token(self, deadline: Deadline) -> str:
        """Give a living access token; raise `SessionError` where none can be had."""
        ...

    def renew(self, refused: str, deadline: Deadline) -> bool:
        """Get another one for a token that a server has refused though it should be good; say whether there is one."""
        ...


class Token:
    """A login by an access token of OAuth2 (RFC 7628), of which there is a new one every hour."""

    __slots__ = ("source", "user")  # no dataclass: few panels have one, and each program would pay for making that

    def __init__(self, user: str, source: TokenSource) -> None:
        self.user = user
        self.source = source


@dataclass(frozen=True, slots=True)
class PopServer:
    """A POP3 server, at which a login opens the way to an SMTP server."""

    host: str
    port: int
    security: Security
    login: Password
    ca_certificate: str = ""
    source: str = ""  # the address of this machine to come from


@dataclass(frozen=True, slots=True)
class Server:
    """An SMTP server, and what it asks of us before it takes a message."""

    host: str
    port: int
    security: Security
    login: Password | Token | None = None
    pop: PopServer | None = None  # to log in to first: POP before SMTP
    ca_certificate: str = ""  # in PEM, whom to trust; blank for whom this machine trusts
    local_hostname: str = ""  # for EHLO; blank for the name of this machine
    source: str = ""  # the address of this machine to come from; blank for whichever the system takes
    hidden: tuple[Password, ...] = ()  # logins that no answer may show, though they are not used

    def without_login(self) -> Server:
        """Give the same server, to be reached and greeted and no more."""
        return replace(self, login=None, pop=None)

    def secrets(self) -> list[tuple[str, str]]:
        """Give each user with the password that no answer may show; a token is not known before it is asked for."""
        logins = (self.login, self.pop and self.pop.login, *self.hidden)
        return [(each.user, each.password) for each in logins if isinstance(each, Password)]
