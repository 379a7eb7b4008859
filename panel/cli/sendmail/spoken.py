"""`sendmail -bs`: SMTP with whoever runs it, as many frameworks and mail programs speak it to a sendmail."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

from panel import clock, home, logs
from panel.cli.sendmail import relay
from panel.errors import BrokenOff, NoAccess, PanelError
from panel.home import Home
from panel.mail.limits import NO_MORE, MessageLimits
from panel.mail.message.header import clean
from panel.mail.message.normalize import Unacceptable
from panel.outbox.enqueue import Enqueuer
from panel.server.smtpd.piped import PipedSession, PipeEnd, write_all
from panel.server.smtpd.posting import Posting
from panel.server.smtpd.stream import CHUNK
from panel.server.smtpd.terms import LimitsInForce
from panel.settings.sender import door_terms
from panel.storage.actor import Actor
from panel.storage.database import Database
from panel.storage.opening import open_database

_GOODBYES = (b"221 ", b"421 ")
_REFUSALS = (b"500 5.5.2", b"502 5.5.1", b"521 ")  # after which a listener hangs up


def speak(by: Actor, *, patience: float) -> None:
    """Hold the dialogue to its end; where it cannot begin, the greeting says why, and the fault is raised."""
    logs.configure("text", quiet=True)
    try:
        _begin(by, patience)
    except OSError as fault:
        raise BrokenOff(f"Whoever began this has hung up: {fault.strerror or fault}.") from fault


def _begin(by: Actor, patience: float) -> None:
    try:
        where = home.read_home()
        way = _way(where, by, patience)
    except PanelError as fault:
        write_all(1, f"421 4.3.0 {clean(str(fault))}\r\n".encode("utf-8", "replace"))
        raise
    if isinstance(way, tuple):
        _carry(*way)
    else:
        _judge(way.run())


def _judge(end: PipeEnd) -> None:
    """Raise what a session has ended with, where its client may not have seen it."""
    if end is PipeEnd.WITHIN_MESSAGE:
        raise BrokenOff("Standard input ended before the final dot: that message is not taken.")
    if end is PipeEnd.NO_SMTP:
        raise Unacceptable(
            "message", "What came is no SMTP, and is not taken. A message as it is goes to: sendmail -t -i"
        )


def _way(where: Home, by: Actor, patience: float) -> PipedSession | tuple[socket.socket, bytes]:
    """Give what keeps mail; where the data is another user's, the way to the running panel, or the drop folder."""
    try:
        _opened(where, patience).close()
    except NoAccess as fault:
        return _way_of_others(where, fault, by, patience)
    return _into_outbox(where, by, patience)


def _way_of_others(
    where: Home, fault: NoAccess, by: Actor, patience: float
) -> PipedSession | tuple[socket.socket, bytes]:
    if to := relay.listener_or_none(where, fault):
        try:
            return relay.open_greeted(to, patience=patience, awaits_panel=where.drop is None)
        except relay.Away:
            if where.drop is None:
                raise
    assert where.drop
    return _into_folder(where.drop, by)


def _opened(where: Home, patience: float) -> Database:
    database = open_database(*where.place, busy_ms=round(patience * 1000))
    database.require()
    return database


def _into_outbox(where: Home, by: Actor, patience: float) -> PipedSession:
    """Keep mail in the outbox; the data is opened anew for each message, for a session may outlive a restore."""

    def keep(posting: Posting) -> str:
        database = _opened(where, patience)
        try:
            host, limits = door_terms(database)
            submission = posting.submission(host, limits=limits)
            ticket = Enqueuer(database).enqueue(submission, by=posting.by, now=clock.now())
            return f"message {ticket.number} is in the outbox"
        finally:
            database.close()

    def limits() -> MessageLimits:
        database = _opened(where, patience)
        try:
            return door_terms(database).limits
        finally:
            database.close()

    return PipedSession(home.machine_name(), by, keep, limits=LimitsInForce(limits))


def _into_folder(folder: Path, by: Actor) -> PipedSession:
    """Leave mail in the drop folder; raise `ConfigError` at once where that is not fit for it."""
    from panel.cli.sendmail.dropped import leave_message  # few have such a folder, and the panel is seldom away
    from panel.outbox.drop.folder import refuse_unprepared

    refuse_unprepared(folder)

    def keep(posting: Posting) -> str:
        given = posting.submission(home.machine_name())
        leave_message(folder, relay.handed_on(given), given.rcpt_to, given.notify)
        return "the message waits for the panel"

    return PipedSession(home.machine_name(), by, keep, limits=lambda: NO_MORE)


def _carry(listener: socket.socket, greeting: bytes) -> None:
    """Carry what both sides say until the listener hangs up."""
    has_ended = threading.Event()  # standard input
    write_all(1, greeting)
    threading.Thread(target=_carry_in, args=[listener, has_ended], daemon=True).start()
    said = greeting
    try:
        while data := listener.recv(CHUNK):
            said = (said + data)[-CHUNK:]
            write_all(1, data)
    except ConnectionResetError:
        pass  # it has hung up, too
    last = said.rstrip().rpartition(b"\n")[2]
    if last.startswith(_REFUSALS):
        _judge(PipeEnd.NO_SMTP)
    if last.startswith(_GOODBYES):
        return
    if not has_ended.is_set():
        raise relay.NotRelayed("The panel hung up in the middle of the session. Is it running?")
    if last.startswith(b"354 "):
        _judge(PipeEnd.WITHIN_MESSAGE)


def _carry_in(listener: socket.socket, has_ended: threading.Event) -> None:
    """Give the listener what comes on standard input, and its end."""
    try:
        while data := os.read(0, CHUNK):
            listener.sendall(data)
        has_ended.set()
        listener.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # it has hung up, which the other direction tells
