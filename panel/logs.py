"""One event a line on standard error, as text or as JSON; what a stranger wrote cannot begin a line of its own.

An event is a word and its fields: `logs.info("accepted", message=12)`. A field that is None is left out.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from json.encoder import encode_basestring
from types import TracebackType
from typing import TextIO

SELDOM_SECONDS = 60.0  # between two lines of an event that a stranger may cause at any rate

_log = logging.getLogger("panel")
_Event = tuple[int, str, Mapping[str, object]]  # its level, its word and its fields


def info(event: str, /, **fields: object) -> None:
    _tell(logging.INFO, event, fields)


def warning(event: str, /, **fields: object) -> None:
    _tell(logging.WARNING, event, fields)


def _tell(level: int, event: str, fields: Mapping[str, object]) -> None:
    """Log an event without looking for the line of code that does: an event is told apart by its name."""
    if not _log.isEnabledFor(level):
        return
    events: list[_Event] | None = getattr(_together, "events", None)
    if events is None:
        _log.handle(_record(level, event, fields))
    else:
        events.append((level, event, fields))


def _record(level: int, event: str, fields: Mapping[str, object]) -> logging.LogRecord:
    record = logging.LogRecord(_log.name, level, "", 0, event, (), None)
    record.fields = fields
    return record


def error(event: str, fault: BaseException | None = None, /, **fields: object) -> None:
    """Tell what went wrong, with the traceback of a fault that nobody expected."""
    _log.error(event, exc_info=fault, extra={"fields": fields})


def unexpected(event: str, fault: Exception, /, **fields: object) -> None:
    """Tell which fault nobody expected, and where, but not its words: they may hold a secret or a stranger's text."""
    error(event, RuntimeError(type(fault).__name__).with_traceback(fault.__traceback__), **fields)


def configure(style: str, to: TextIO | None = None, *, quiet: bool = False) -> None:
    """Send our events, and other packages' warnings, to standard error in the style of MAIL_PANEL_LOG_FORMAT.

    Where it is to be `quiet`, of our events only those that tell of something wrong.
    """
    handler = _Stream(to)
    handler.setFormatter(_Json() if style == "json" else Line())
    logging.root.handlers = [handler]
    logging.root.setLevel(logging.WARNING)
    _log.setLevel(logging.WARNING if quiet else logging.INFO)
    sys.excepthook = _crash
    threading.excepthook = lambda told: _crash(told.exc_type, told.exc_value, told.exc_traceback)


def are_kept() -> bool:
    """Say whether this process keeps a log, as those that stay do."""
    return any(isinstance(each.formatter, Line) for each in logging.root.handlers)


@contextmanager
def together() -> Iterator[None]:
    """Write the events that this thread tells meanwhile in one piece, in their order, at the end."""
    events = _together.events = list[_Event]()
    try:
        yield
    finally:
        _together.events = None
        alone = logging.root.handlers[0] if len(logging.root.handlers) == 1 and not _log.handlers else None
        if not isinstance(alone, _Stream) or not alone.write_all(events):
            for each in events:
                _log.handle(_record(*each))


_together = threading.local()


class _Stream(logging.StreamHandler[TextIO]):
    """Writes each event at once, or many in one piece; a stream that takes nothing costs the log and no more."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception:  # as every handler does
            self.handleError(record)
            return
        self._write(line)

    def write_all(self, events: Sequence[_Event]) -> bool:
        """Write events as those of one moment, without a record for each; say no where one is not to be written."""
        if not isinstance(self.formatter, Line):
            return False
        now, line = _stamp(time.time()), self.formatter.line
        try:
            lines = [line(now, logging.getLevelName(level), event, fields) for level, event, fields in events]
        except Exception:  # each is written by itself then, but for that one
            return False
        if lines:
            self._write("\n".join(lines))
        return True

    def _write(self, text: str) -> None:
        with self.lock or nullcontext(), suppress(OSError, ValueError):
            self.stream.write(text + self.terminator)
            self.flush()


class Seldom:
    """Thins out what may happen at any rate: one line of each event in a while, with the number of those left out."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last: dict[str, tuple[float, int]] = {}

    def left_out(self, event: str) -> int | None:
        """Give how many were left out since the last line, or None where it is too early for another one."""
        now = self._now()
        at, left_out = self._last.get(event, (now - SELDOM_SECONDS, 0))
        if now - at < SELDOM_SECONDS:
            self._last[event] = at, left_out + 1
            return None
        self._last[event] = now, 0
        return left_out

    def warning(self, event: str, /, **fields: object) -> None:
        if (left_out := self.left_out(event)) is not None:
            warning(event, **fields, left_out=left_out or None)

    def error(self, event: str, /, **fields: object) -> None:
        if (left_out := self.left_out(event)) is not None:
            error(event, **fields, left_out=left_out or None)


class Line(logging.Formatter):
    """`2026-11-23T09:00:00.120Z INFO accepted message=12 reply="250 Ok"`; the lines of a traceback are indented."""

    def format(self, record: logging.LogRecord) -> str:
        line = self.line(_stamp(record.created), record.levelname, *_event_of(record))
        trace = (f"    {in_one_line(line)}" for line in self._trace(record).splitlines())
        return "\n".join([line, *trace])

    def line(self, at: str, level: str, event: str, fields: Mapping[str, object]) -> str:
        """Write an event of a moment."""
        words = [f"{name}={_word(value)}" for name, value in fields.items() if value is not None]
        return " ".join([at, level, event, *words])

    def _trace(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


class _Json(Line):
    """`{"at":"2026-11-23T09:00:00.120Z","level":"INFO","event":"accepted","message":12,"reply":"250 Ok"}`"""

    def format(self, record: logging.LogRecord) -> str:
        event, fields = _event_of(record)
        trace = {"traceback": self._trace(record)} if record.exc_info else {}
        return self.line(_stamp(record.created), record.levelname, event, {**fields, **trace})

    def line(self, at: str, level: str, event: str, fields: Mapping[str, object]) -> str:
        told = {name: value for name, value in fields.items() if value is not None}
        line = {"at": at, "level": level, "event": event, **told}
        return in_one_line(json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str))


def _event_of(record: logging.LogRecord) -> tuple[str, Mapping[str, object]]:
    """Give the event and its fields; what another package says becomes the event `log`."""
    fields: Mapping[str, object] | None = getattr(record, "fields", None)
    if fields is None:
        return "log", {"logger": record.name, "text": record.getMessage()}
    return record.getMessage(), fields


def _stamp(seconds: float) -> str:
    """Write a moment in seconds since 1970."""
    ms = int(seconds * 1000)
    moment = datetime.fromtimestamp(ms // 1000, UTC).replace(microsecond=ms % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _word(value: object) -> str:
    """Write a value so that it ends at the next blank, or within quotation marks."""
    if type(value) is int:
        return str(value)
    text = str(value)
    if text.isprintable():
        return text if _PLAIN.fullmatch(text) else encode_basestring(text)
    return in_one_line(encode_basestring(text))


_PLAIN = re.compile(r'[^ "=\\]+')


def in_one_line(text: str) -> str:
    """Escape what JSON leaves as it is: C1 controls, line separators, and what turns the direction of writing."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def _crash(kind: type[BaseException], fault: BaseException | None, trace: TracebackType | None) -> None:
    """Tell of an exception that ends its thread; Ctrl+C is none."""
    if not issubclass(kind, KeyboardInterrupt):
        error("crashed", (fault or kind()).with_traceback(trace), thread=threading.current_thread().name)
