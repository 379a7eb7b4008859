"""The faults that an operator can mend, one class each; the message is one sentence that says what to do."""

from __future__ import annotations


class PanelError(Exception):
    """A fault of ours whose message is shown to the operator as it stands."""


class ConfigError(PanelError):
    """An environment variable or a path that the process cannot start with."""


class CannotListen(PanelError):
    """A place that the panel cannot listen at, most often because another program does."""


class DatabaseError(PanelError):
    """The data file cannot be opened, is newer than this program, or is not ours."""


class DatabaseBusy(DatabaseError):
    """Another process holds the data file; trying again helps."""


class NoAccess(DatabaseError):
    """The data file is another user's."""


class VaultError(PanelError):
    """A key that cannot be read, or a sealed value that no key opens."""


class OutboxFull(PanelError):
    """The queue holds as many messages as it may."""
