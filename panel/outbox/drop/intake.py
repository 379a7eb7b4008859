"""Takes what was left in the drop folder into the outbox, each message once; the file goes when that is on disk.

The file's name is the key that makes a message known again, within the transaction that keeps it: who is killed before
the file is gone does not make a second message of it.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, zip_longest
from pathlib import Path

from panel import logs
from panel.errors import OutboxFull, PanelError
from panel.mail.dsn.notify import notified
from panel.mail.message.normalize import Unacceptable, normalize
from panel.outbox.drop import rejected
from panel.outbox.drop.folder import BYTES_OF_USER, FILES_OF_USER, open_folder, refuse_unfit_drop, user_name
from panel.outbox.drop.letter import Letter, LetterGone, StrangeFile, UnfinishedLetter, look_at, read_letter
from panel.outbox.drop.slip import MAX_ENVELOPE, BadSlip
from panel.outbox.enqueue import Enqueuer, Key, KeyReused, is_kept
from panel.settings.sender import DoorTerms, door_terms
from panel.storage.actor import Actor
from panel.storage.database import Database

SENDMAIL_DOOR = "sendmail"  # which all of it came through
LETTER_NAME = re.compile("[0-9a-f]{32}")  # all others are none of ours
SOON_SECONDS, LATER_SECONDS = 2.0, 30.0  # seconds until what was left is looked at again


@dataclass(frozen=True, slots=True)
class IntakeTurn:
    """What one turn has done, and in how many seconds another one is of use; None until the folder changes."""

    taken: int = 0
    rejected: int = 0
    again: float | None = None


class Intake:
    """The way from one folder into one outbox; of several processes one takes its turn at a time."""

    def __init__(self, database: Database, folder: Path, home: Path) -> None:
        self._database = database
        self._enqueuer = Enqueuer(database)
        self._folder = folder
        self._home = home
        self._settled: set[str] = set()  # names of files that would not go, or that we cannot read until we are mended

    def turn(self, now: datetime) -> IntakeTurn:
        """Take in what is there, as much as one turn bears; raise `ConfigError`, `DatabaseError` or `OSError`."""
        refuse_unfit_drop(self._folder, self._home)
        opened = open_folder(self._folder)
        try:
            with _alone(opened) as is_alone:
                return self._turn(opened, now) if is_alone else IntakeTurn(again=LATER_SECONDS)
        finally:
            os.close(opened)

    def _turn(self, folder: int, now: datetime) -> IntakeTurn:
        names, is_more = _waiting(folder, self._settled)
        taken = put_aside = unfinished = 0
        for name in names:
            try:
                taken += self._take(folder, name, now)
            except (LetterGone, StrangeFile):
                continue
            except UnfinishedLetter:
                unfinished += 1
            except OutboxFull as fault:
                logs.warning("drop_waits", text=fault)
                return IntakeTurn(taken, put_aside, LATER_SECONDS)
            except (BadSlip, Unacceptable, KeyReused) as fault:
                put_aside += _put_aside(folder, name, str(fault))
            except (PanelError, OSError):
                raise
            except Exception as fault:  # a mistake of ours in one message keeps nobody else's out
                logs.unexpected("drop_passed_over", fault, file=name)
                self._settled.add(name)
        if put_aside:
            rejected.make_room(folder, _tell_removed)
        return IntakeTurn(taken, put_aside, SOON_SECONDS if is_more or unfinished else None)

    def _take(self, folder: int, name: str, now: datetime) -> int:
        """Keep one message, and remove its file; say whether it was new."""
        terms = door_terms(self._database)
        letter = read_letter(folder, name, now.timestamp(), most=terms.limits.max_bytes + MAX_ENVELOPE)
        is_new = self._keep(letter, terms, now)
        self._settled.add(name)
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
        self._settled.discard(name)
        return is_new

    def _keep(self, letter: Letter, terms: DoorTerms, now: datetime) -> bool:
        slip, by = letter.slip, Actor(user_name(letter.owner), SENDMAIL_DOOR)
        if not slip.rcpt_to:
            raise BadSlip("It names no recipient.")
        submission = normalize(slip.message, rcpt_to=slip.rcpt_to, now=now, host=terms.host, limits=terms.limits)
        submission = notified(submission, slip.notify)
        with self._database.writing() as write:
            if slip.tried and is_kept(write, "", f"smtp:{slip.tried}"):  # the panel had it, and could not say so
                return False
            [ticket] = self._enqueuer.enqueue_within(
                write, [(submission, Key(f"drop:{letter.name}", letter.digest))], by=by, now=now
            )
            if not ticket.repeated:
                write.notify()
        if not ticket.repeated:
            logs.info("drop_taken", message=ticket.number, account=by.name)
        return not ticket.repeated


@contextmanager
def _alone(folder: int) -> Iterator[bool]:
    """Say whether no other process takes mail from there; nobody who may not list the folder can hold this lock."""
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True


def _waiting(folder: int, without: Iterable[str]) -> tuple[list[str], bool]:
    """Name what is to be taken in, each user's oldest first and the users in turn; say whether there is more."""
    by_user: dict[int, _Share] = {}
    is_more = False
    with os.scandir(folder) as entries:
        for name in (entry.name for entry in entries):
            if LETTER_NAME.fullmatch(name) and name not in without:
                with suppress(LetterGone, StrangeFile):
                    found = look_at(folder, name)
                    is_more |= not by_user.setdefault(found.st_uid, _Share()).add(name, found)
    shares = [sorted(share.files) for share in by_user.values()]
    return [each[1] for each in chain.from_iterable(zip_longest(*shares)) if each], is_more


@dataclass(slots=True)
class _Share:
    """What one turn takes of one user: when and under which name, and how much it is together."""

    files: list[tuple[int, str]] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, found: os.stat_result) -> bool:
        """Add a file, or say no where the turn bears no more."""
        if len(self.files) >= FILES_OF_USER or (self.files and self.size + found.st_size > BYTES_OF_USER):
            return False
        self.files.append((found.st_ctime_ns, name))
        self.size += found.st_size
        return True


def _put_aside(folder: int, name: str, reason: str) -> int:
    with suppress(FileNotFoundError):
        rejected.reject(folder, name, reason)
        logs.warning("drop_rejected", file=name, text=reason)
        return 1
    return 0


def _tell_removed(each: rejected.Rejected) -> None:
    logs.warning("drop_removed", file=each.name, account=user_name(each.owner), text=each.reason)
