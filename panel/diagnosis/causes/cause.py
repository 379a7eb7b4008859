"""What is known of one cause: whose fault it is, what the queue does, the field to change, and the words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as _field
from enum import StrEnum

from panel.mail.smtp.protocol import Stage

LATE_MINUTES = 5


class Whose(StrEnum):
    """Where the fault is."""

    SETTINGS = "settings"
    SERVER = "server"
    MESSAGE = "message"
    PACE = "pace"


class QueueEffect(StrEnum):
    """What the queue does: hold all of it, defer or fail this message, or slow the clock for all."""

    HOLD = "hold"
    DEFER = "defer"
    FAIL = "fail"
    SLOW = "slow"


class ByHand(str):
    """A step that the outbox takes by itself with mail that waits: it is for whoever sent a test, or gave a mail up."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What happened, in one sentence, and what to do, as numbered steps; all are message ids.

    A step that names a value (`%(detail)s`) is left out where the value is not known.
    """

    what: str
    do: tuple[str, ...]

    def steps(self, *, by_itself: bool) -> tuple[str, ...]:
        """Give what to do, for mail that is sent again by itself without what that asks of nobody."""
        return tuple(step for step in self.do if not (by_itself and isinstance(step, ByHand)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cause:
    """One way in which a session fails, and everything about it; `know` tells it from its neighbours.

    Other words are said instead where it is known whether the login has ever worked (`after_login`), at one service or
    group of services (`at_service`), or at one stage (`at_stage`). What is dated carries the day on which it was
    `checked`, and its source.
    """

    name: str
    whose: Whose
    effect: QueueEffect
    field: str | None = None  # of the form, to be changed
    usual_stage: Stage = Stage.RCPT  # should a text not say where it came up
    example: str = ""  # what a server says, or programs where none did
    what: str
    know: str
    do: tuple[str, ...]
    after_login: Mapping[bool, Words] = _field(default_factory=dict)
    at_service: Mapping[str, Words] = _field(default_factory=dict)
    at_stage: Mapping[Stage, Words] = _field(default_factory=dict)
    checked: str | None = None
    source: str = ""
    generic: bool = False  # told by the reply's code alone, so that the transcript must tell the rest
    works: bool = False  # the settings are right all the same
    about_login: bool = False  # repeated unasked, it may cost the account
    tries_neighbours: bool = False  # another usual port or TLS mode may answer
    takes_effect_late: bool = False  # what is changed elsewhere is known there only later

    @property
    def words(self) -> Words:
        """Give the words that are said where none are said instead."""
        return Words(self.what, self.do)

    @property
    def instead(self) -> tuple[Words, ...]:
        """Give all words that are said instead somewhere."""
        return (*self.after_login.values(), *self.at_service.values(), *self.at_stage.values())

    @property
    def late_minutes(self) -> int:
        """Say after how many minutes a change at the service has surely taken effect, 0 where it does at once."""
        return LATE_MINUTES if self.takes_effect_late else 0

    def words_for(self, stage: Stage, *, services: Iterable[str], has_worked: bool | None) -> Words:
        """Choose the words for a login that worked or never did, for a service, for a stage, or the general ones."""
        if has_worked is not None and has_worked in self.after_login:
            return self.after_login[has_worked]
        of_service = (self.at_service[each] for each in services if each in self.at_service)
        return next(of_service, None) or self.at_stage.get(stage) or self.words
