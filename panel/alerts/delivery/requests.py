"""What is asked of a receiver: one request for each kind of destination that is an address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from panel import clock
from panel.alerts.alert import Level
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.kinds.chat_forms import CHAT_FORMS, MAX_CHAT_TEXT
from panel.alerts.kinds.fields import FORMER_SIGNING, SIGNING
from panel.alerts.notice import Notice, NoticeType
from panel.mail.net.url import parse_url


class HttpRequest(NamedTuple):
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


class Dispatch(NamedTuple):
    """A notice on its way: what it says, the same as it is written, and the name that stays over all tries.

    It is the `first` where this destination has not been told of its incident before.
    """

    notice: Notice
    document: str
    webhook_id: str
    first: bool = True


def request_of(destination: Destination, dispatch: Dispatch, at: datetime) -> HttpRequest:
    """Give the request that tells a destination of a notice."""
    return _OF_KIND[destination.kind](destination, dispatch, at)


def beat_of(destination: Destination) -> HttpRequest:
    """Give the request that says that all is well."""
    return HttpRequest("GET", destination.secrets["url"], {})


def signatures(destination: Destination, webhook_id: str, at: datetime, body: bytes) -> str:
    """Sign as Standard Webhooks does; while a secret is renewed, the former one signs, too."""
    secrets = [destination.secrets[SIGNING]]
    until = clock.moment_or_none(destination.values.get("former_until") or None)
    if FORMER_SIGNING in destination.secrets and until and at < until:
        secrets.append(destination.secrets[FORMER_SIGNING])
    signed = b".".join((webhook_id.encode(), str(int(at.timestamp())).encode(), body))
    return " ".join(f"v1,{_signature(each, signed)}" for each in secrets)


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _webhook(destination: Destination, dispatch: Dispatch, at: datetime) -> HttpRequest:
    body = dispatch.document.encode()
    headers = {
        "content-type": "application/json",
        "webhook-id": dispatch.webhook_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signatures(destination, dispatch.webhook_id, at, body),
    }
    if own := destination.secrets.get("header"):
        name, _, value = own.partition(": ")
        headers[name] = value
    return HttpRequest("POST", destination.secrets["url"], headers, body)


def _chat(destination: Destination, dispatch: Dispatch, _at: datetime) -> HttpRequest:
    form, notice = CHAT_FORMS[destination.values["form"]], dispatch.notice
    body = form.payload(notice.panel or "mail-panel", f"{_mark(notice)} {text_of(notice)}", notice.url)
    return HttpRequest(
        "POST", destination.secrets["url"], form.headers_with(destination.secrets.get("token", "")), body
    )


def _ntfy(destination: Destination, dispatch: Dispatch, _at: datetime) -> HttpRequest:
    """Publish as JSON (https://docs.ntfy.sh/publish/#publish-as-json): a header could hold ASCII only."""
    notice, place = dispatch.notice, parse_url(destination.secrets["url"])
    root = destination.secrets["url"].removesuffix(place.target)
    message = {
        "topic": place.target.strip("/"),
        "title": title_of(notice),
        "message": text_of(notice)[:MAX_CHAT_TEXT],
        "priority": _PRIORITIES[notice.level] if notice.type is not NoticeType.RESOLVED else 3,
        "tags": [_TAGS[notice.type]],
    }
    if notice.url:
        message["click"] = notice.url
    token = destination.secrets.get("token")
    headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
    return HttpRequest("POST", f"{root}/", headers, json.dumps(message, ensure_ascii=False).encode())


def _ping(destination: Destination, dispatch: Dispatch, _at: datetime) -> HttpRequest:
    """Tell of a failure as healthchecks does: `/fail` behind the address, what failed in the body."""
    if dispatch.notice.type is NoticeType.TEST:
        return beat_of(destination)
    path, mark, query = destination.secrets["url"].partition("?")
    text = text_of(dispatch.notice)[:MAX_CHAT_TEXT]
    headers = {"content-type": "text/plain; charset=utf-8"}
    return HttpRequest("POST", f"{path.rstrip('/')}/fail{mark}{query}", headers, text.encode())


def title_of(notice: Notice) -> str:
    """Give the first line: which panel, and what is the matter."""
    return f"{notice.panel}: {notice.what}" if notice.panel else notice.what


def text_of(notice: Notice) -> str:
    """Give all that is said, a line for each thing to do."""
    return "\n".join((title_of(notice), *(f"- {each}" for each in notice.do)))


def _mark(notice: Notice) -> str:
    return {NoticeType.RESOLVED: "✅", NoticeType.TEST: "🔔"}.get(notice.type) or _MARKS[notice.level]


_MARKS = {Level.CRITICAL: "🔴", Level.WARNING: "🟠", Level.INFO: "🔵"}
_PRIORITIES = {Level.CRITICAL: 5, Level.WARNING: 4, Level.INFO: 3}
_TAGS = {
    NoticeType.FIRING: "rotating_light",
    NoticeType.UPDATED: "warning",
    NoticeType.RESOLVED: "white_check_mark",
    NoticeType.TEST: "bell",
}
_OF_KIND: Mapping[DestinationKind, Callable[[Destination, Dispatch, datetime], HttpRequest]] = {
    DestinationKind.WEBHOOK: _webhook,
    DestinationKind.CHAT: _chat,
    DestinationKind.NTFY: _ntfy,
    DestinationKind.PING: _ping,
}
