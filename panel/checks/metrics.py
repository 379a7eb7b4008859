"""What a monitor reads: numbers in Prometheus' text format, taken from the data file when they are asked for.

Totals are kept in the data file, so that they only grow, over restarts and however many processes there are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import metadata
from typing import TYPE_CHECKING, Any

from panel import clock
from panel.checks.trial.report import Outcome
from panel.clock import Instant
from panel.outbox.delivery.heartbeats import DEAD_AFTER, Heartbeats
from panel.outbox.listing.look import totals
from panel.outbox.pace.hold import Hold
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.route import Which
from panel.outbox.pace.store import PaceState, PaceStore
from panel.outbox.search import Listing
from panel.settings.staging import is_staging
from panel.settings.store import Version
from panel.storage.database import Database
from panel.storage.vault import Vault

if TYPE_CHECKING:  # few tokens have limits, and few panels such a folder
    from panel.access.submission.token_use import LimitedToken
    from panel.outbox.drop.standing import DropStanding

OUTCOMES = ("sent", "deferred", "failed", "held", "returned", "uncertain")
TAKINGS = ("matched", "unmatched", "dropped")
TESTS = tuple(str(each) for each in Outcome if each is not Outcome.RUNNING)


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric: its kind, its name without the prefix, what it says, and its values by the one label it may have."""

    kind: str
    name: str
    help: str
    values: Mapping[str, float]
    label: str = ""


def exposition(
    database: Database, version: Version, at: Instant, accept: str = "", beside: Iterable[Figure] = ()
) -> tuple[bytes, str]:
    """Give the metrics, and those `beside` them, with their content type, in the text format that a scraper accepts."""
    from prometheus_client.exposition import choose_encoder  # slow to load, and most panels are not scraped

    encode, content_type = choose_encoder(accept)
    return encode(_Scrape((*figures(database, version, at), *beside))), content_type


def figures(database: Database, version: Version, at: Instant) -> Iterator[Figure]:
    """Read every figure; none costs more with a million messages than with one."""
    yield Figure("gauge", "build_info", "The version of the panel.", {metadata.version("mail-panel"): 1}, "version")
    yield from _of_outbox(database, at)
    yield from _of_clock(database, version, at)
    yield from _of_workers(database, at)
    yield from _totals(database)


def _of_outbox(database: Database, at: Instant) -> Iterator[Figure]:
    counts = Listing(database).counts()
    by_state = {str(state): number for state, number in counts.by_state.items()}
    yield Figure("gauge", "messages", "Messages in the outbox, by state.", by_state, "state")
    oldest = at.wall - counts.oldest if counts.oldest else timedelta(0)
    yield _one("oldest_waiting_seconds", "Age of the oldest message that waits; 0 where none does.", oldest)


def _of_clock(database: Database, version: Version, at: Instant) -> Iterator[Figure]:
    terms = Terms.of(version)
    state = PaceStore(database).state(terms, at)
    yield _one("paused", "1 while somebody has paused the outbox.", state.pace.paused_at is not None)
    yield _held("held", "1 while the settings do not work, by cause.", state.pace.held)
    if state.first_again_at is not None:
        left = state.first_again_at - at.wall
        yield _one("held_retry_seconds", "Time until held mail is tried again by itself.", left)
    if terms.second is not None:
        yield from _of_servers(state)
    yield _one("interval_seconds", "The sending interval of the settings.", state.terms.interval_ms / 1000)
    slowed = state.interval_ms / 1000
    yield _one("interval_in_force_seconds", "The same, or the longer one that the server's refusals taught.", slowed)
    yield _one("settings_version", "The version of the settings in force; 0 where nothing is set up.", version.number)
    yield _one("staging", "1 while mail does not go to those it is for.", is_staging(version.settings))
    unreadable = "1 while a saved password cannot be read."
    yield _one("settings_unreadable", unreadable, bool(version.unreadable))


def _of_servers(state: PaceState) -> Iterator[Figure]:
    leaves_by = {str(each): float(each is state.route.which) for each in Which}
    yield Figure("gauge", "sending_server", "1 at the server that mail leaves by.", leaves_by, "server")
    second = state.pace.of(Which.SECOND)
    yield _held("second_held", "1 while the second server does not take mail, by cause.", second.held)


def _held(name: str, says: str, hold: Hold | None) -> Figure:
    return Figure("gauge", name, says, {hold.cause if hold else "": hold is not None}, "cause")


def _of_workers(database: Database, at: Instant) -> Iterator[Figure]:
    ages = [abs(at.wall - each.beat_at) for each in Heartbeats(database).all()]
    yield _one("workers", "Workers that have been heard of within a minute.", sum(age <= DEAD_AFTER for age in ages))
    if ages:
        yield _one("worker_heartbeat_age_seconds", "Age of the newest sign of life of a worker.", min(ages))


def server_figures(database: Database, vault: Vault, at: Instant) -> Iterator[Figure]:
    """Tell of the server that several machines use, as this one sees it, and whether it has their key."""
    yield Figure("gauge", "database_info", "The kind of the database; always 1.", {"postgresql": 1}, "engine")
    yield _one("database_up", "1 while the database can be written from here.", database.fault() is None)
    ahead = clock.ahead_seconds() or 0.0
    yield _one("clock_ahead_seconds", "How far the clock of this machine is ahead of the database server's.", ahead)
    alive = Counter(each.host for each in Heartbeats(database).living(at.wall))
    yield Figure("gauge", "machine_workers", "Workers heard of within a minute, by machine.", alive, "machine")
    yield _one("key_differs", "1 while this machine lacks the key of the others, and sends nothing.", not vault.look())


def drop_figures(standing: DropStanding) -> Iterator[Figure]:
    """Tell what lies in the folder in which other users leave mail."""
    yield _one("drop_unfit", "1 while the drop folder cannot be used.", bool(standing.fault))
    yield _one("drop_waiting", "Messages in the drop folder that wait to be taken in.", standing.waiting)
    yield _one("drop_rejected", "Messages of the drop folder that could not be taken in.", len(standing.rejected))


def token_figures(limited: Iterable[LimitedToken]) -> Iterator[Figure]:
    """Tell of the tokens that have limits how much was handed in with them, and how much may be."""
    known = [*limited]
    if not known:
        return
    use = "with a token that has limits, by token."
    minute = {each.name: each.use.messages for each in known}
    yield Figure("gauge", "token_messages_in_a_minute", f"Messages handed in within a minute {use}", minute, "token")
    today = {each.name: each.use.recipients for each in known}
    yield Figure("gauge", "token_recipients_today", f"Recipients of today (UTC) written to {use}", today, "token")
    for name, says in (
        ("messages_per_minute", "Messages that may be handed in within a minute, by token."),
        ("recipients_per_day", "Recipients that may be written to in a day (UTC), by token."),
    ):
        most = {each.name: limit for each in known if (limit := getattr(each.limits, name)) is not None}
        yield Figure("gauge", f"token_{name}_limit", says, most, "token")


def _totals(database: Database) -> Iterator[Figure]:
    for what, says, known, label in (
        ("queued", "Messages taken into the outbox, by the door they came through.", (), "door"),
        ("attempts", "Attempts to send a message, by what became of it.", OUTCOMES, "outcome"),
        ("refusals", "Attempts that did not end in sending, by cause.", (), "cause"),
        ("tests", "Test sends that have ended, by outcome.", TESTS, "outcome"),
        ("bounces", "Reports that were taken in, by what became of them.", TAKINGS, "outcome"),
        ("bounced", "Recipients from whom mail came back, by cause.", (), "cause"),
    ):
        yield Figure("counter", what, says, {**dict.fromkeys(known, 0), **totals(database, what)}, label)


def _one(name: str, says: str, value: float | timedelta) -> Figure:
    return Figure("gauge", name, says, {"": value.total_seconds() if isinstance(value, timedelta) else value})


class _Scrape:
    """The figures as the metrics of prometheus-client."""

    def __init__(self, figures: Iterable[Figure]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        for each in self._figures:
            family = CounterMetricFamily if each.kind == "counter" else GaugeMetricFamily
            metric = family(f"mail_panel_{each.name}", each.help, labels=[each.label] if each.label else [])
            for label, value in each.values.items():
                metric.add_metric([label] if each.label else [], value)
            yield metric
