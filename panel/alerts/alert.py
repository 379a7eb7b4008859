"""The alerts by their names, each with how bad it is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Level(StrEnum):
    """How bad an alert is; `critical` is that mail stands still, or soon will."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Alert(StrEnum):
    """What may be wrong."""

    HELD = "held"
    SIGN_IN_REQUIRED = "oauth_signin_required"
    SECRET_EXPIRES = "oauth_secret_expires"  # noqa: S105 - a word
    NO_WORKER = "no_worker"
    WAITING = "waiting"
    FAILING = "failing"
    BOUNCED = "bounced"
    QUOTA = "quota"
    SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - a word
    DATABASE = "database"
    DISK = "disk"
    CERTIFICATE = "certificate"
    PAUSED = "paused"
    SILENT = "silent"


LEVELS: Mapping[Alert, Level] = {
    Alert.HELD: Level.CRITICAL,
    Alert.SIGN_IN_REQUIRED: Level.CRITICAL,
    Alert.SECRET_EXPIRES: Level.WARNING,
    Alert.NO_WORKER: Level.CRITICAL,
    Alert.WAITING: Level.WARNING,
    Alert.FAILING: Level.WARNING,
    Alert.BOUNCED: Level.WARNING,
    Alert.QUOTA: Level.INFO,
    Alert.SECRET_UNREADABLE: Level.CRITICAL,
    Alert.DATABASE: Level.CRITICAL,
    Alert.DISK: Level.CRITICAL,
    Alert.CERTIFICATE: Level.WARNING,
    Alert.PAUSED: Level.INFO,
    Alert.SILENT: Level.INFO,
}
