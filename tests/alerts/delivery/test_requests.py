"""What a receiver is asked: signed as the reference library verifies, and in the words of its documentation."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from panel import clock
from panel.alerts.alert import Level
from panel.alerts.delivery.document import written_notice
from panel.alerts.delivery.requests import Dispatch, HttpRequest, beat_of, request_of
from panel.alerts.destination import Destination
from panel.alerts.destinations import new_signing_secret
from panel.alerts.notice import NoticeType
from tests.support.alerts import NOW, notice

SECRET = new_signing_secret()


def asked(kind: str, to: str, *, values: Any = (), secrets: Any = (), at: Any = None, **more: Any) -> HttpRequest:
    """Make the request that tells a destination of a notice."""
    told = notice(**more)
    destination = Destination(1, 1, kind, "h", dict(values), {"url": to, **dict(secrets)})
    return request_of(destination, Dispatch(told, written_notice(told, details=False), "msg_1"), at or NOW)


def test_the_reference_library_takes_the_signature() -> None:
    request = asked("webhook", "https://h/x", secrets={"secret": SECRET}, at=clock.now())

    verified = Webhook(SECRET).verify(request.body, dict(request.headers))

    assert request.method == "POST"
    assert verified == json.loads(request.body)
    assert request.headers["webhook-id"] == "msg_1"


def test_the_reference_library_makes_the_same_signature() -> None:
    request = asked("webhook", "https://h/x", secrets={"secret": SECRET})

    made = Webhook(SECRET).sign("msg_1", NOW, request.body.decode())

    assert request.headers["webhook-signature"] == made
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_for_a_day_both_secrets_sign() -> None:
    now, former = clock.now(), new_signing_secret()
    until = clock.stamp(now + timedelta(days=1))
    both = {"secret": SECRET, "former_secret": former}
    request = asked("webhook", "https://h/x", values={"former_until": until}, secrets=both, at=now)
    over = clock.stamp(now - timedelta(seconds=1))
    later = asked("webhook", "https://h/x", values={"former_until": over}, secrets=both, at=now)

    for secret in (SECRET, former):
        Webhook(secret).verify(request.body, dict(request.headers))
    Webhook(SECRET).verify(later.body, dict(later.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(former).verify(later.body, dict(later.headers))


def test_a_webhook_gets_the_documented_json_and_its_own_header() -> None:
    own = {"secret": SECRET, "header": "Authorization: Bearer x:y"}
    request = asked("webhook", "https://h/x", secrets=own, reply="535 5.7.8 No")

    assert request.headers["Authorization"] == "Bearer x:y"
    assert json.loads(request.body) == {
        "type": "alert.firing",
        "timestamp": "2026-11-27T09:00:00.000Z",
        "id": "inc_91",
        "data": {
            "alert": "held",
            "level": "critical",
            "since": "2026-11-27T09:00:00.000Z",
            "cause": "login_refused",
            "what": "Mail is on hold: the login was refused.",
            "do": ["Enter the password again.", "Send a test."],
            "field": "smtp_password",
            "waiting": 41,
            "oldest_waiting_seconds": 310,
            "settings_version": 8,
            "url": "https://panel.example/settings",
            "panel": "panel.example",
        },
    }


def test_ntfy_is_published_to_as_json() -> None:
    """As https://docs.ntfy.sh/publish/#publish-as-json says: to the root, with the topic in the document."""
    request = asked("ntfy", "https://ntfy.example.org/our-alerts", secrets={"token": "tk_x"})

    assert (request.method, request.url) == ("POST", "https://ntfy.example.org/")
    assert request.headers["authorization"] == "Bearer tk_x"
    assert json.loads(request.body) == {
        "topic": "our-alerts",
        "title": "panel.example: Mail is on hold: the login was refused.",
        "message": "panel.example: Mail is on hold: the login was refused.\n"
        "- Enter the password again.\n- Send a test.",
        "priority": 5,
        "tags": ["rotating_light"],
        "click": "https://panel.example/settings",
    }


@pytest.mark.parametrize(
    ("type", "level", "priority", "tag"),
    [
        (NoticeType.FIRING, Level.WARNING, 4, "rotating_light"),
        (NoticeType.FIRING, Level.INFO, 3, "rotating_light"),
        (NoticeType.RESOLVED, Level.CRITICAL, 3, "white_check_mark"),
    ],
)
def test_ntfy_is_as_loud_as_the_alert_is_bad(type: NoticeType, level: Level, priority: int, tag: str) -> None:
    document = json.loads(asked("ntfy", "https://n/t", type=type, level=level, url=None).body)

    assert (document["priority"], document["tags"], "click" in document) == (priority, [tag], False)


@pytest.mark.parametrize(
    ("url", "fail"),
    [
        ("https://hc-ping.com/0000-11", "https://hc-ping.com/0000-11/fail"),
        ("https://hc-ping.com/key/slug/", "https://hc-ping.com/key/slug/fail"),
        ("https://hc-ping.com/key/slug?create=1", "https://hc-ping.com/key/slug/fail?create=1"),
    ],
)
def test_a_ping_fails_as_healthchecks_has_it(url: str, fail: str) -> None:
    request = asked("ping", url)

    assert (request.method, request.url) == ("POST", fail)
    assert request.body.decode().startswith("panel.example: Mail is on hold")
    assert beat_of(Destination(1, 1, "ping", "h", {}, {"url": url})) == HttpRequest("GET", url, {}, b"")
    assert asked("ping", url, type=NoticeType.TEST).method == "GET"
