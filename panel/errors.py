"""The faults that an operator can mend, one class each; the message is one sentence that says what to do."""

from __future__ import annotations

from datetime import datetime


class PanelError(Exception):
    """A fault of ours whose message is shown to the operator as it stands."""


class ConfigError(PanelError):
    """An environment variable or a path that the process cannot start with."""


class CannotListen(PanelError):
    """A place that the panel cannot listen at, most often because another program does."""


class CannotConnect(PanelError):
    """A server that did not answer for as long as a start waits for it."""


class CannotDo(PanelError):
    """What was asked for cannot be done as things stand: there is no such thing, or it is in another state."""


class CannotRead(PanelError):
    """A file that is to be read, and is missing or not readable."""


class CannotCreate(PanelError):
    """A file that is to be made, and cannot be: most often there is one of that name already."""


class BrokenOff(PanelError):
    """Who hands something over is gone in the middle of it: it is not taken."""


class DatabaseError(PanelError):
    """The data file cannot be opened, is newer than this program, or is not ours."""


class DatabaseBusy(DatabaseError):
    """Another process holds the data file; trying again helps."""


class OutOfReach(DatabaseBusy):
    """The database's server does not answer, or was lost before anything was changed; trying again helps."""


class PasswordRefused(OutOfReach):
    """The database's server refuses the password, or asks for one: a start does not wait until it is another."""


class OutcomeUnknown(DatabaseBusy):
    """The server was lost while it was asked to keep a change, and nobody could say whether it did."""


class CannotWrite(DatabaseError):
    """The disk of the data is full or fails, or its server takes no more for now."""


class NoAccess(DatabaseError):
    """The data file is another user's."""


class VaultError(PanelError):
    """A key that cannot be read, or a sealed value that no key opens."""


class OutboxFull(PanelError):
    """The queue holds as many messages as it may."""


class TokenLimited(PanelError):
    """A token may not hand in so much."""

    def __init__(self, text: str, *, limit: str, most: int, used: int) -> None:
        super().__init__(text)
        self.limit = limit  # the name of its field
        self.most = most
        self.used = used

    @property
    def is_spent(self) -> bool:
        """Say whether there is room for nothing at all."""
        return self.used >= self.most


class LimitReached(TokenLimited):
    """It may not for now: so much has been handed in with it."""

    def __init__(self, text: str, *, limit: str, most: int, used: int, until: datetime, seconds: int) -> None:
        super().__init__(text, limit=limit, most=most, used=used)
        self.until = until
        self.seconds = seconds


class BeyondLimit(TokenLimited):
    """It never may: that is more at once than its limit."""


def name_mistake(fault: Exception) -> str:
    """Name a fault that nobody expected, by its first line: a server's further ones show the row, perhaps a message."""
    said = str(fault).partition("\n")[0]
    return f"{type(fault).__name__}: {said}"
