"""A notice as JSON: what a webhook is posted, and what waits in the data file for every kind."""

from __future__ import annotations

import json
from typing import Any

from panel import clock
from panel.alerts.alert import Alert, Level
from panel.alerts.notice import Notice, NoticeType


def written_notice(notice: Notice, *, details: bool) -> str:
    """Write a notice; the server's own words are in it only where a destination asks for them."""
    data: dict[str, Any] = {
        "alert": notice.alert,
        "level": notice.level,
        "since": clock.stamp(notice.since),
        "cause": notice.cause,
        "what": notice.what,
        "do": list(notice.do),
        "field": notice.field,
        "waiting": notice.waiting,
        "oldest_waiting_seconds": notice.oldest_waiting_seconds,
        "settings_version": notice.settings_version,
        "url": notice.url,
        "panel": notice.panel,
    }
    if details and notice.reply:
        data["reply"] = notice.reply
    document = {"type": notice.type, "timestamp": clock.stamp(notice.at), "id": notice.id, "data": data}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def read_notice(text: str) -> Notice:
    """Read what was written, or raise `ValueError`."""
    try:
        return _notice(json.loads(text))
    except (KeyError, TypeError) as fault:
        raise ValueError("no notice") from fault


def _notice(document: Any) -> Notice:
    data = document["data"]
    return Notice(
        type=NoticeType(document["type"]),
        at=clock.moment(document["timestamp"]),
        id=document["id"],
        alert=Alert(data["alert"]) if data["alert"] else None,
        level=Level(data["level"]),
        since=clock.moment(data["since"]),
        what=data["what"],
        do=tuple(data["do"]),
        cause=data["cause"],
        field=data["field"],
        waiting=data["waiting"],
        oldest_waiting_seconds=data["oldest_waiting_seconds"],
        settings_version=data["settings_version"],
        url=data["url"],
        panel=data["panel"],
        reply=data.get("reply"),
    )
