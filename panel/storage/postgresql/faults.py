"""What the server or the way to it says, as a sentence for the operator."""

from __future__ import annotations

import psycopg
from psycopg import errors

from panel.errors import CannotWrite, DatabaseBusy, DatabaseError, OutOfReach, PasswordRefused


def is_lost(fault: psycopg.Error, connection: psycopg.Connection[object]) -> bool:
    """Say whether the connection has ended, so that a new one may go on."""
    return connection.closed or connection.broken or isinstance(fault, _ENDED) or has_old_plans(fault)


def has_old_plans(fault: psycopg.Error) -> bool:
    """Say whether the tables were changed since the connection had its statements ready; its words are translated."""
    return isinstance(fault, errors.FeatureNotSupported) and fault.diag.source_function == "RevalidateCachedQuery"


def is_refused(fault: psycopg.Error) -> bool:
    """Say whether the server has answered that it did not do it, so that nothing of the transaction is kept."""
    return fault.diag.severity_nonlocalized == "ERROR"


def may_be_run_again(fault: psycopg.Error) -> bool:
    """Say whether the server has rolled back what another attempt may do."""
    return isinstance(fault, _AGAIN)


def in_our_words(fault: psycopg.Error, name: str) -> DatabaseError | None:
    """Give the fault that the operator is told; None for a fault of ours."""
    said = _said(fault)
    if busy := _busy(fault, name):
        return busy
    if isinstance(fault, errors.ReadOnlySqlTransaction):
        return OutOfReach(f"{name} takes no changes at the moment: it is read-only. Look which one is the primary.")
    if isinstance(fault, errors.TooManyConnections):
        return CannotWrite(f"{name} takes no more connections: {said}. Raise max_connections, or end some.")
    if isinstance(fault, (errors.DiskFull, errors.ConfigurationLimitExceeded)):
        return CannotWrite(f"{name} cannot be written: {said}. Make room on its disk.")
    if isinstance(fault, (errors.InvalidAuthorizationSpecification, errors.InvalidPassword)):
        return DatabaseError(f"{name} refuses the login: {said}. Look at the user, its password file and pg_hba.conf.")
    if isinstance(fault, errors.InvalidCatalogName):
        return DatabaseError(f"{name} is not there: {said}. Make the database, or name another in MAIL_PANEL_DATABASE.")
    if isinstance(fault, errors.InsufficientPrivilege):
        return DatabaseError(
            f"{name} does not let this user do that: {said}. "
            "Run `mail-panel database prepare --user NAME` as its owner."
        )
    if isinstance(fault, (errors.UndefinedTable, errors.InvalidSchemaName)):
        return DatabaseError(f"{name} has no tables of mail-panel. Run `mail-panel database prepare` as their owner.")
    if isinstance(fault, (errors.IoError, errors.InsufficientResources, errors.DataCorrupted, errors.IndexCorrupted)):
        return CannotWrite(f"{name} cannot be used: {said}. Look at the log of the server.")
    return _out_of_reach(fault, name) if isinstance(fault, psycopg.OperationalError) else None


def _out_of_reach(fault: psycopg.OperationalError, name: str) -> OutOfReach:
    """Tell why nothing is said to a server, by its words: of one that is connected to, libpq hands on no code.

    What is in words that we do not know is told as it is, and of several hosts each must refuse a password.
    """
    words = [line for line in str(fault).splitlines() if line.startswith("- host: ")] or [str(fault)]
    user = fault.pgconn.user.decode("utf-8", "replace") if fault.pgconn else ""
    if all("password authentication failed for user" in each for each in words):
        return PasswordRefused(f"{name} refuses the password of {user}. {_WHERE}")
    if all("no password supplied" in each for each in words):
        return PasswordRefused(f"{name} asks for the password of {user}, and there is none. {_WHERE}")
    if full := [each.strip() for each in words if any(full in each for full in _FULL)]:
        return OutOfReach(f"{name} takes no more connections: {full[0]}. Raise max_connections, or end some.")
    return OutOfReach(f"{name} cannot be reached: {_said(fault)}. Try again in a moment.")


_WHERE = "Put it into the file that MAIL_PANEL_DATABASE_PASSWORD_FILE or PGPASSFILE names."
_FULL = ("too many clients already", "remaining connection slots are reserved", "too many connections for ")


def _busy(fault: psycopg.Error, name: str) -> DatabaseBusy | None:
    """Give the fault of what succeeds in a moment as it is."""
    if isinstance(fault, errors.LockNotAvailable):
        return DatabaseBusy(f"Another process has been writing to {name} all the while. Try again in a moment.")
    if has_old_plans(fault):
        return DatabaseBusy(f"The tables of {name} were changed at this moment. Try again in a moment.")
    if isinstance(fault, (errors.QueryCanceled, *_AGAIN, *_TOO_LONG)):
        return DatabaseBusy(f"{name} took too long over a statement: {_said(fault)}. Try again in a moment.")
    return None


def _said(fault: psycopg.Error) -> str:
    """Give the server's first line; libpq names no password in its own."""
    text = fault.diag.message_primary or next(iter(str(fault).strip().splitlines()), "") or type(fault).__name__
    return text.strip().rstrip(".")


_AGAIN = (errors.DeadlockDetected, errors.SerializationFailure)
_TOO_LONG = (errors.IdleInTransactionSessionTimeout, errors.TransactionTimeout)  # as of a program that was stopped
_ENDED = (
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.DatabaseDropped,
    *_TOO_LONG,
    errors.IdleSessionTimeout,
    errors.ReadOnlySqlTransaction,  # another host of the URL may be the primary by now
    errors.ConnectionException,
    errors.FeatureNotSupported,  # what it has ready of our statements is of tables that were changed meanwhile
)
