"""What ends a session with a server: one tree for the network and the protocols over it, and beside it a stop."""

from __future__ import annotations


class Stopped(Exception):
    """Somebody stopped the session: no word about the server, and so none of the tree."""


class SessionError(Exception):
    """Why a session cannot go on: the name of the cause, and what a person may want to know beside it."""

    cause: str
    detail: str = ""
    retry_after_ms: int | None = None  # when the other side wants to be asked again


class NoRoute(SessionError):
    """Why a server was not reached."""

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.detail = detail


class ConnectionLost(SessionError):
    """The other side closed the connection."""

    cause = "connection_lost"


class NoProtocol(SessionError):
    """What was received is not the protocol, or far more than it should be."""

    cause = "protocol_error"


class TimeIsUp(SessionError):
    """The deadline has passed."""

    cause = "reply_timeout"
