"""What each chat is posted, as its documentation has it; no word of a stranger mentions anybody or links anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.alerts.kinds.chat_forms import CHAT_FORMS, MAX_CHAT_TEXT, ChatForm

LINES = "mail.example: Mail is on hold.\n- Send a test."
URL = "https://panel.example/settings"
HOSTILE = (
    "<!channel> <@U024BE7LH> @everyone @here @channel <users/all> [To:1] [toall] <https://evil.example|ok> "
    "[x](http://e) ![y](http://e) *b* _i_ ~s~ `c` # h"
)
EACH = pytest.mark.parametrize("form", CHAT_FORMS.values(), ids=lambda form: form.name)


def posted(name: str, lines: str = LINES, url: str | None = URL) -> Any:
    return json.loads(CHAT_FORMS[name].payload("mail.example", lines, url))


def text_of(form: ChatForm, lines: str, url: str | None = None) -> str:
    """Give the text that a chat shows of a payload."""
    payload = form.payload("mail.example", lines, url)
    return parse_qs(payload.decode())["body"][0] if form.as_form else _TEXTS[form.name](json.loads(payload))


_TEXTS: dict[str, Callable[[Any], str]] = {
    "slack": lambda document: document["text"],
    "discord": lambda document: document["content"],
    "teams": lambda document: "\n".join(
        each["inlines"][0]["text"] for each in document["attachments"][0]["content"]["body"]
    ),
    "mattermost": lambda document: document["text"],
    "google_chat": lambda document: document["text"],
    "lineworks": lambda document: document["body"]["text"],
}


def test_slack() -> None:
    """https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""
    assert posted("slack") == {"text": f"{LINES}\n{URL}", "mrkdwn": False, "unfurl_links": False}


def test_discord() -> None:
    """https://docs.discord.com/developers/resources/webhook#execute-webhook"""
    shown = "mail.example: Mail is on hold.\n\\- Send a test."
    assert posted("discord") == {"content": f"{shown}\n{URL}", "allowed_mentions": {"parse": []}, "flags": 4}


def test_teams() -> None:
    """A workflow takes a message with an adaptive card, and nothing else."""
    (attachment,) = posted("teams")["attachments"]

    assert posted("teams")["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["contentUrl"] is None
    assert attachment["content"] == {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]} for line in LINES.split("\n")
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "mail-panel", "url": URL}],
    }
    assert posted("teams", url=None)["attachments"][0]["content"]["actions"] == []


def test_mattermost() -> None:
    """https://developers.mattermost.com/integrate/webhooks/incoming/"""
    assert posted("mattermost") == {"text": f"mail.example: Mail is on hold.\n\\- Send a test.\n{URL}"}


def test_google_chat() -> None:
    """https://developers.google.com/workspace/chat/quickstart/webhooks"""
    assert posted("google_chat") == {"text": f"{LINES}\n{URL}"}


def test_chatwork() -> None:
    """https://developer.chatwork.com/docs/endpoints: a form, and the token in a header."""
    form = CHAT_FORMS["chatwork"]
    fields = parse_qs(form.payload("mail.example", LINES + " 日本語&=+", None).decode())

    assert fields == {"body": [LINES + " 日本語&=+"], "self_unread": ["1"]}
    assert form.headers_with("tok") == {"content-type": "application/x-www-form-urlencoded", "x-chatworktoken": "tok"}


def test_lineworks() -> None:
    assert posted("lineworks") == {
        "title": "mail.example",
        "body": {"text": LINES},
        "button": {"label": "mail-panel", "url": URL},
    }
    assert "button" not in posted("lineworks", url=None)


@pytest.mark.parametrize(
    ("name", "means_something"),
    [
        ("slack", r"<|>|&(?!lt;|gt;|amp;)"),
        ("discord", r"(?<!\\)[<>\[\]()|*_~`#]"),
        ("teams", r"<(?!\u200b)"),  # a run of text is read by nobody
        ("mattermost", r"(?<!\\)[<>\[\]()|*_~`#!]"),
        ("google_chat", r"[<*_~`](?!\u200b)"),
        ("chatwork", r"\[(?!\u200b)"),
        ("lineworks", r"<(?!\u200b)"),
    ],
)
def test_nothing_mentions_anybody_or_leads_anywhere(name: str, means_something: str) -> None:
    shown = text_of(CHAT_FORMS[name], HOSTILE)

    assert re.findall(means_something, shown) == []
    assert re.findall(r"@(?!\u200b)|://", shown) == []
    assert "everyone" in shown


@EACH
@given(text=st.text(max_size=3_000))
def test_whatever_is_said_fits_and_is_well_formed(form: ChatForm, text: str) -> None:
    shown = text_of(form, "x" + text.replace("\ud800", ""), URL)

    assert len(shown) <= MAX_CHAT_TEXT
    if form.link_in_text:
        assert shown.endswith(URL)


@EACH
def test_what_does_not_fit_is_cut_between_characters(form: ChatForm) -> None:
    shown = text_of(form, "&<" * 5_000)

    assert shown.endswith("…")
    assert len(shown) <= MAX_CHAT_TEXT
    if form.name == "slack":
        assert re.fullmatch(r"(&amp;&lt;)*(&amp;)?…", shown)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("slack", "https://hooks.slack.com/services/T0/B0/xxxx"),
        ("slack", "https://hooks.slack.com/workflows/T0/A0/1/xx"),
        ("discord", "https://discord.com/api/webhooks/1/abc-DEF_1"),
        ("teams", "https://prod-23.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?sig=x"),
        (
            "teams",
            "https://default1.2.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/1"
            "/triggers/manual/paths/invoke?api-version=1&sig=x",
        ),
        ("mattermost", "https://chat.example.co.jp/sub/hooks/xxx"),
        ("google_chat", "https://chat.googleapis.com/v1/spaces/AAA/messages?key=x&token=y"),
        ("chatwork", "https://api.chatwork.com/v2/rooms/123/messages"),
        ("lineworks", "https://webhook.worksmobile.com/message/98a5731f-7764"),
    ],
)
def test_an_address_belongs_to_one_chat(name: str, url: str) -> None:
    assert [form.name for form in CHAT_FORMS.values() if form.takes(url)] == [name]


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/services/x",
        "https://evil.example/?hooks.slack.com/services/x",
        "https://example.webhook.office.com/webhookb2/x",
        "https://discord.com/api/users/1",
        "https://evil.example/x.logic.azure.com/y",
        "https://api.chatwork.com/v2/rooms/123/messages?token=x",
    ],
)
def test_an_address_of_none_is_taken_by_none(url: str) -> None:
    assert [form.name for form in CHAT_FORMS.values() if form.takes(url)] == []


@EACH
def test_each_row_says_where_it_stands_and_when_that_was_read(form: ChatForm) -> None:
    assert form.source.startswith("https://")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", form.as_of)
    assert form.label
    assert form.takes(form.example.replace("….", "a.").replace("…", "1"))
