"""Appends who did what, within the transaction of what they did: a change that cannot be noted is not made.

Nothing here changes a row or takes one away, but for the count of a refusal that comes again within a minute.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

from panel import clock, logs
from panel.errors import DatabaseError
from panel.storage.actor import Actor, address_group
from panel.storage.database import Database, Reader, Writer

DONE, REFUSED = "done", "refused"
TOGETHER_SECONDS = 60.0  # in which refusals of one kind, from one address, are one row
MOST_ADDRESSES = 100  # with rows of their own in that time; what comes from further ones is one row, too
EXACT = 16  # to which the times are counted one by one; from there each doubling is written
_LONGEST = 200  # of a value that is written out


class Action(StrEnum):
    """What is noted, by the name of its event in the log."""

    SETTINGS_SAVED = "settings_saved"
    EXPORTED = "exported"
    EXPORT_WITH_SECRETS = "export_with_secrets"
    KEYS_ROTATED = "keys_rotated"
    RESTORED = "restored"
    MOVED = "moved"
    TEST_BEGAN = "test_began"
    TEST_ARRIVED = "test_arrived"
    TEST_NOT_ARRIVED = "test_not_arrived"
    OAUTH_SIGN_IN_BEGAN = "oauth_sign_in_began"
    OAUTH_SIGN_IN_FAILED = "oauth_sign_in_failed"
    OAUTH_SIGNED_IN = "oauth_signed_in"
    OAUTH_FORGOTTEN = "oauth_forgotten"
    MESSAGE_RETRIED = "message_retried"
    MESSAGE_CANCELLED = "message_cancelled"
    MESSAGE_SEEN = "message_seen"
    FAILURES_SEEN = "failures_seen"
    ACT_UNDONE = "act_undone"
    MESSAGE_READ = "message_read"
    MESSAGE_RESENT = "message_resent"
    MESSAGES_EXPORTED = "messages_exported"
    FAILED_RETRIED = "failed_retried"
    SENDING_PAUSED = "sending_paused"
    SENDING_RESUMED = "sending_resumed"
    HELD_MAIL_TRIED = "held_mail_tried"
    SERVER_CHOSEN = "server_chosen"
    OUTBOX_PURGED = "outbox_purged"
    BOUNCED = "bounced"
    REPORTED = "reported"
    TOKEN_CREATED = "token_created"  # noqa: S105 - what was done, and no token
    TOKEN_LIMITED = "token_limited"  # noqa: S105 - the same
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - the same
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - the same
    TOKEN_LIMIT_REACHED = "token_limit_reached"  # noqa: S105 - the same
    ADMINISTRATOR_MADE = "administrator_made"
    ACCOUNT_INVITED = "account_invited"
    INVITATION_WITHDRAWN = "invitation_withdrawn"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_REMOVED = "account_removed"
    ACCOUNT_HANDED_OVER = "account_handed_over"
    ROLE_CHANGED = "role_changed"
    ROLE_REFUSED = "role_refused"
    RESET_LINK_MADE = "reset_link_made"
    RESET_LINK_WITHDRAWN = "reset_link_withdrawn"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the same
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    SIGN_IN_REFUSED = "sign_in_refused"
    STEP_UP_REFUSED = "step_up_refused"
    PROXY_HEADER_REFUSED = "proxy_header_refused"
    NOT_ALLOWED = "not_allowed"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    ALERT_THRESHOLDS_SET = "alert_thresholds_set"
    ALERT_DESTINATION_ADDED = "alert_destination_added"
    ALERT_DESTINATION_CHANGED = "alert_destination_changed"
    ALERT_DESTINATION_REMOVED = "alert_destination_removed"
    ALERT_DESTINATION_DISABLED = "alert_destination_disabled"
    ALERT_TESTED = "alert_tested"
    DIAGNOSED = "diagnosed"
    DIAGNOSIS_SWITCHED = "diagnosis_switched"
    AUDIT_REMOVED = "audit_removed"


def append(
    write: Writer,
    by: Actor,
    action: Action,
    *,
    object: str = "",
    outcome: str = DONE,
    changed: Mapping[str, object] | None = None,
    told: Mapping[str, object] | None = None,
    quiet: bool = False,
    now: datetime,
) -> None:
    """Note what somebody does within the transaction that does it, and log the event once that is committed.

    `object` names what it is done to, such as `settings/8`; `changed` gives by field what was and what is, or a word.
    The fields that the log tells besides are `told`; `quiet` leaves it to who knows more of the event later.
    """
    _insert(write, by, action, object, outcome, changed or {}, now)
    log = logs.info if outcome == DONE else logs.warning
    if not quiet:
        write.after_commit(lambda: log(action, **_who(by), **(told or {})))


def record(
    database: Database,
    by: Actor,
    action: Action,
    *,
    object: str = "",
    changed: Mapping[str, object] | None = None,
    now: datetime,
) -> None:
    """Note by itself what changes nothing, such as that something is read, before it is."""
    with database.writing() as write:
        append(write, by, action, object=object, changed=changed, now=now)


def times_since(reader: Reader, since: datetime, *, action: Action) -> int:
    """Count how often something was done since a moment."""
    row = reader.row("SELECT count(*) AS times FROM audit WHERE action = ? AND at > ?", (action, clock.stamp(since)))
    return int(row["times"]) if row else 0


def was_noted_since(
    reader: Reader,
    by: Actor,
    action: Action,
    *,
    object: str,
    changed: Mapping[str, object],
    since: datetime,
) -> bool:
    """Say whether the same was noted of the same person since a moment."""
    row = reader.row(_SAME, (object, action, by.name, _VIAS.get(by.via, by.via), clock.stamp(since), _json(changed)))
    return row is not None


def difference(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """Give by field what was and what is, where the two differ; of a long text only that it changed."""
    names = [*after, *(name for name in before if name not in after)]
    return {name: _change(before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _change(was: object, new: object) -> object:
    return "changed" if max(len(str(was)), len(str(new))) > _LONGEST else [was, new]


class Refusals:
    """Notes refusals at once; one that comes again within a minute, from the same address, counts in the same row."""

    def __init__(self, database: Database, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._began: float | None = None
        self._rows: dict[tuple[str, ...], tuple[int, int]] = {}  # number and times, by kind

    def note(
        self,
        by: Actor,
        action: Action,
        *,
        object: str = "",
        told: Mapping[str, object] | None = None,
        now: datetime,
    ) -> None:
        """Note what somebody was refused, who may be nobody, and log it; it stands whatever becomes of its row."""
        logs.warning(action, **_who(by), **(told or {}))
        try:
            with self._lock:
                self._count(by, action, object, now)
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)

    def _count(self, by: Actor, action: Action, what: str, now: datetime) -> None:
        if self._began is None or self._elapsed() - self._began >= TOGETHER_SECONDS:
            self._began, self._rows = self._elapsed(), {}
        if len(self._rows) >= MOST_ADDRESSES and self._kind(by, action, what) not in self._rows:
            by, what = Actor("", by.via), ""
        kind = self._kind(by, action, what)
        number, times = self._rows.get(kind, (0, 0))
        times += 1
        if times <= EXACT or times & (times - 1) == 0:
            number = self._write(number, times, by, action, what, now)
        self._rows[kind] = number, times

    def _write(self, number: int, times: int, by: Actor, action: Action, what: str, now: datetime) -> int:
        with self._database.writing() as write:
            if number:
                write.run("UPDATE audit SET changed = ? WHERE number = ?", (_json({"times": times}), number))
                return number
            return _insert(write, by, action, what, REFUSED, {}, now)

    def _kind(self, by: Actor, action: Action, what: str) -> tuple[str, ...]:
        return (action, by.name, by.via, what, address_group(by.address))


_VIAS = {"api": "token", "smtp": "token", "link": "setup"}  # by door, where that has another name than what opens it
_SAME = (
    "SELECT 1 FROM audit WHERE object = ? AND action = ? AND account = ? AND via = ? AND at > ? AND changed = ? LIMIT 1"
)
_INSERT = (
    "INSERT INTO audit (at, account, role, via, address, action, object, outcome, changed, request) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number"
)


def _insert(
    write: Writer, by: Actor, action: Action, what: str, outcome: str, changed: Mapping[str, object], now: datetime
) -> int:
    if by.step_up:  # the password was not asked for: the sign-in is not ours
        changed = {**changed, "step_up": by.step_up}
    via = _VIAS.get(by.via, by.via)
    who = (clock.stamp(now), by.name, by.role, via, by.address)
    row = write.row(_INSERT, (*who, action, what, outcome, _json(changed), by.request))
    assert row
    return int(row["number"])


def _json(changed: Mapping[str, object]) -> str:
    return json.dumps(changed, ensure_ascii=False, separators=(",", ":"), default=str)


def _who(by: Actor) -> dict[str, object]:
    return {"account": by.name or None, "address": by.address or None}
