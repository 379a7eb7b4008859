"""The notices that wait: added within the transaction of what they tell of, claimed by one deliverer at a time."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from panel import clock
from panel.alerts.delivery.answered import Answered, log_answer
from panel.alerts.delivery.document import read_notice, written_notice
from panel.alerts.delivery.requests import Dispatch
from panel.alerts.delivery.schedule import LEASE, PER_HOUR, most_an_hour, next_try
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.incident import Incident
from panel.alerts.notice import Notice, NoticeType
from panel.alerts.wording import notice_of
from panel.i18n import N_, catalogue
from panel.outbox.tally import add_to_total
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Writer
from panel.storage.journal import Action, append

NOTICES_KEPT = timedelta(days=90)  # after which what has ended is forgotten
SUMMED = "summed"
_SWEPT = 100  # rows that are looked at for that, each time
_WITH_REPLY = (DestinationKind.WEBHOOK, DestinationKind.MAIL)
_SUM = N_("%(number)d more notices came within the hour and are not told one by one. The last: %(what)s")


class DueNotice(NamedTuple):
    """A notice that is due, as this process has claimed it, or may; `id` is its incident's."""

    number: int
    destination: int
    tries: int
    id: str
    type: str
    webhook_id: str
    body: str
    first: bool

    @property
    def dispatch(self) -> Dispatch:
        """Give what is told; raise `ValueError` where what is kept is no notice of this program's."""
        return Dispatch(read_notice(self.body), self.body, self.webhook_id, first=self.first)


def add_notices(
    write: Writer, incident: Incident, type: NoticeType, now: datetime, *, url: str | None = None, panel: str = ""
) -> int:
    """Add a notice for each destination that is told, in its language; give their number.

    `url` is the public address of the panel, where it has one, and `panel` the name that its readers know it by.
    """
    added = 0
    for row in write.rows("SELECT number, kind, document FROM destinations WHERE disabled_at ISNULL ORDER BY number"):
        kind, values = DestinationKind(row["kind"]), json.loads(row["document"])
        if kind is DestinationKind.PING:
            if type is not NoticeType.FIRING:
                continue  # it hears that all is well again by the next ping, which is due as soon as it is
            write.run("UPDATE destinations SET beat_at = NULL WHERE number = ?", (row["number"],))
        notice = notice_of(type, incident, locale=values.get("locale", "en"), at=now, url=url, panel=panel)
        details = kind in _WITH_REPLY and values.get("details") == "yes"
        _add(write, row["number"], kind, incident.number, notice, now, details=details)
        added += 1
    if added:
        _forget_old(write, now)
    return added


def new_webhook_id() -> str:
    """Name a notice, the same over all tries, so that who is told twice can see that."""
    return f"msg_{os.urandom(12).hex()}"


def due(database: Database, at: datetime) -> list[DueNotice]:
    """List what is due and claimed by nobody: of one incident the earliest notice only, so that none overtakes."""
    return [_due_notice(row) for row in database.rows(_DUE, (clock.stamp(at), clock.stamp(at)))]


def next_due(database: Database) -> datetime | None:
    """Say when the next notice is due, where one waits."""
    row = database.row(
        "SELECT min(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) AS at FROM notices "
        "WHERE outcome = 'waiting'"
    )
    return clock.moment_or_none(row["at"]) if row else None


def claim(database: Database, waiting: DueNotice, at: datetime) -> DueNotice | None:
    """Claim a notice for one try; None where another deliverer was first."""
    now = clock.stamp(at)
    with database.writing() as write:
        row = write.row(_CLAIM, (clock.stamp(at + LEASE), waiting.number, now, now))
    return waiting._replace(tries=row["tries"]) if row else None


def give_back_notice(database: Database, due: DueNotice) -> None:
    """Give back a notice whose try was broken off, so that whoever delivers next need not wait for the lease."""
    with database.writing() as write:
        write.run(_GIVE_BACK, (due.number, due.tries))


def settle_notice(
    database: Database, destination: Destination, waiting: DueNotice, answered: Answered, now: datetime
) -> None:
    """Note what became of a try, and when it is tried again where it failed."""
    again = None if answered.told else next_try(destination.kind, waiting.tries, answered, now)
    outcome = "delivered" if answered.told else "waiting" if again else "failed"
    with database.writing() as write:
        ended = None if again else clock.stamp(now)
        due_at = clock.stamp_or_none(again)
        write.run(_SETTLE, (outcome, answered.status, answered.ms, due_at, ended, waiting.number))
        note_answer(write, destination, answered, now)
        if answered.told:
            write.run(_NOW, (clock.stamp(now), destination.number, clock.stamp(now)))
        if answered.gone:
            _disable(write, destination, now)
        add_to_total(write, "alert_deliveries", "failed" if again else "given_up" if outcome == "failed" else outcome)
        write.after_commit(
            lambda: log_answer(
                destination, answered, id=waiting.id, type=waiting.type, tries=waiting.tries, again=again
            )
        )


def note_answer(write: Writer, destination: Destination, answered: Answered, now: datetime) -> None:
    """Note with a destination how the last try went, and since when it has failed."""
    at = clock.stamp(now)
    if answered.told:
        write.run(_TOLD, (at, answered.status, destination.number))
    else:
        write.run(_FAILED, (at, at, answered.status, destination.number))


def _add(
    write: Writer,
    destination: int,
    kind: DestinationKind,
    incident: int,
    notice: Notice,
    now: datetime,
    *,
    details: bool,
) -> None:
    """Add one; where there were too many within the hour, put it into the one that sums them up."""
    since, at = clock.stamp(now - PER_HOUR), clock.stamp(now)
    row = write.row(_OF_HOUR, (destination, since))
    values = (destination, incident, str(notice.type), new_webhook_id(), written_notice(notice, details=details), at)
    if row is None or row["number"] < most_an_hour(kind):
        write.run(_INSERT, (*values, at, "waiting", None))
        return
    write.run(_INSERT, (*values, None, SUMMED, at))
    _sum_up(write, destination, notice, clock.moment(row["oldest"]) + PER_HOUR, now)


def _sum_up(write: Writer, destination: int, notice: Notice, due_at: datetime, now: datetime) -> None:
    """Have one notice tell of those that are not told one by one, as soon as the hour is over."""
    summed = write.row(_SUM_WAITS, (destination,))
    count = json.loads(summed["body"])["data"]["summed"] + 1 if summed else 1
    row = write.row("SELECT document FROM destinations WHERE number = ?", (destination,))
    translate = catalogue(json.loads(row["document"]).get("locale", "en") if row else "en").gettext
    what = translate(_SUM) % {"number": count, "what": notice.what}
    document = json.loads(written_notice(replace(notice, type=NoticeType.UPDATED, what=what), details=False))
    document["data"]["summed"] = count
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    if summed:
        write.run("UPDATE notices SET body = ? WHERE number = ?", (body, summed["number"]))
        return
    at = clock.stamp(now)
    values = (destination, None, str(NoticeType.UPDATED), new_webhook_id(), body, at)
    write.run(_INSERT, (*values, clock.stamp(due_at), "waiting", None))


def _forget_old(write: Writer, now: datetime) -> None:
    write.run(_FORGET, (_SWEPT, clock.stamp(now - NOTICES_KEPT)))


def _disable(write: Writer, destination: Destination, now: datetime) -> None:
    """Tell a destination nothing more whose address is gone; a change of it begins anew."""
    at = clock.stamp(now)
    write.run("UPDATE destinations SET disabled_at = ? WHERE number = ?", (at, destination.number))
    write.run(_GIVE_UP, (at, destination.number))
    append(
        write,
        Actor("", "worker"),
        Action.ALERT_DESTINATION_DISABLED,
        object=f"destination/{destination.number}",
        told={"destination": destination.number, "host": destination.host},
        now=now,
    )


def _due_notice(row: Row) -> DueNotice:
    incident = row["incident"]
    name = f"inc_{incident}" if incident else ""
    kept = (row["webhook_id"], row["body"], bool(row["is_first"]))
    return DueNotice(row["number"], row["destination"], row["tries"], name, row["type"], *kept)


_DUE = """
SELECT number, destination, tries, incident, type, body, webhook_id, incident IS NULL OR NOT EXISTS (
    SELECT 1 FROM notices AS before WHERE before.destination = notices.destination
    AND before.incident = notices.incident AND before.number < notices.number) AS is_first
FROM notices WHERE outcome = 'waiting' AND due_at <= ? AND coalesce(lease_until, '') <= ? AND NOT EXISTS (
    SELECT 1 FROM notices AS before WHERE before.destination = notices.destination
    AND before.incident = notices.incident AND before.outcome = 'waiting' AND before.number < notices.number)
ORDER BY number
"""
_CLAIM = (
    "UPDATE notices SET lease_until = ?, tries = tries + 1 WHERE number = ? AND outcome = 'waiting' "
    "AND due_at <= ? AND coalesce(lease_until, '') <= ? RETURNING tries"
)
_GIVE_BACK = (
    "UPDATE notices SET lease_until = NULL, tries = tries - 1 WHERE number = ? AND tries = ? AND outcome = 'waiting'"
)
_SETTLE = (
    "UPDATE notices SET outcome = ?, status = ?, ms = ?, due_at = ?, ended_at = ?, lease_until = NULL "
    "WHERE number = ? AND outcome = 'waiting'"
)
_NOW = (  # the way is open: what waited for another try need wait no longer
    "UPDATE notices SET due_at = ? WHERE destination = ? AND outcome = 'waiting' AND tries > 0 AND lease_until ISNULL "
    "AND due_at > ?"
)
_TOLD = "UPDATE destinations SET delivered_at = ?, status = ?, failing_since = NULL WHERE number = ?"
_FAILED = (
    "UPDATE destinations SET failed_at = ?, failing_since = coalesce(failing_since, ?), status = ? WHERE number = ?"
)
_GIVE_UP = (
    "UPDATE notices SET outcome = 'failed', status = '410 Gone', due_at = NULL, ended_at = ? "
    "WHERE destination = ? AND outcome = 'waiting'"
)
_OF_HOUR = (
    "SELECT count(*) AS number, min(made_at) AS oldest FROM notices "
    "WHERE destination = ? AND made_at > ? AND outcome <> 'summed' AND incident NOTNULL"
)
_SUM_WAITS = (
    "SELECT number, body FROM notices WHERE destination = ? AND incident ISNULL AND outcome = 'waiting' AND tries = 0"
)
_INSERT = (
    "INSERT INTO notices (destination, incident, type, webhook_id, body, made_at, due_at, outcome, ended_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_FORGET = "DELETE FROM notices WHERE number IN (SELECT number FROM notices ORDER BY number LIMIT ?) AND ended_at < ?"
