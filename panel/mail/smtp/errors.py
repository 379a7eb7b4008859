"""What ends a session beyond what the network does to it, and what its caller hears of it."""

from __future__ import annotations

from collections.abc import Mapping

from panel.mail.net.errors import SessionError
from panel.mail.smtp.protocol import Failure, Reply


class DeliveryFailed(Exception):
    """The session broke off; `failure` says where and why, `refused` what each recipient got where all were refused.

    It is what a stage makes of a `SessionError`, and the only one that leaves the session.
    """

    def __init__(self, failure: Failure, refused: Mapping[str, Reply] | None = None) -> None:
        super().__init__(f"{failure.stage}: {failure.cause}")
        self.failure = failure
        self.refused = refused or {}


class Refused(SessionError):
    """The server said no."""

    def __init__(
        self, reply: Reply, cause: str = "", detail: str = "", *, everyone: Mapping[str, Reply] | None = None
    ) -> None:
        super().__init__(str(reply.code))
        self.reply = reply
        self.everyone = everyone or {}
        self.cause = cause or _CLASSES.get(reply.code // 100, "protocol_error")
        self.detail = detail


_CLASSES = {4: "server_temporary", 5: "server_permanent"}


class Broken(SessionError):
    """The session cannot go on, for a cause that we see ourselves."""

    def __init__(self, cause: str, detail: str = "", *, uncertain: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.detail = detail
        self.uncertain = uncertain


class PopFailed(SessionError):
    """Why the login did not come about: a cause, the reply that said so, and what else is known."""

    def __init__(self, cause: str, reply: Reply | None = None, detail: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.reply = reply
        self.detail = detail
