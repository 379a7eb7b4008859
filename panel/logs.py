"""One event a line on standard error, as text or as JSON; what a stranger wrote cannot begin a line of its own."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


def configure(style: str) -> None:
    """Send our events to standard error in the style of MAIL_PANEL_LOG_FORMAT."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if style == "json" else _Line())
    logger = logging.getLogger("panel")
    logger.handlers = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


class _Line(logging.Formatter):
    """`2026-11-23T09:00:00Z INFO signed in: name=…`, control characters escaped."""

    def format(self, record: logging.LogRecord) -> str:
        text = f"{_at(record)} {record.levelname} {record.getMessage()}"
        line = text.encode("unicode_escape").decode("ascii") if not text.isprintable() else text
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Json(logging.Formatter):
    """The same as an object."""

    def format(self, record: logging.LogRecord) -> str:
        event = {"at": _at(record), "level": record.levelname, "event": record.getMessage()}
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False)


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
