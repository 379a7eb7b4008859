"""The chats that take a message by an address of their own: what such an address looks like, and what is posted to it.

A new chat is a row. Each names the page that says so, and the day on which it was read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

MAX_CHAT_TEXT = 1_000  # characters, however many each becomes
_NOTHING = "\u200b"  # a space without width parts what would be a mention or a link
_TEXT, _LINE, _TITLE, _URL = "{text}", "{line}", "{title}", "{url}"  # what stands for them in a template


@dataclass(frozen=True, slots=True)
class ChatForm:
    """How one chat takes a message.

    `escapes` says what each character becomes that means something there. `body` is the template of the JSON, or of a
    form where `as_form`: an object with `{url}` in it is left out where there is no address to lead to, and what stands
    behind `{line}` in a list is there once for each line.
    """

    name: str
    label: str
    url: str  # a pattern; matched whole
    example: str
    body: Mapping[str, Any]
    source: str
    as_of: str
    escapes: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)  # `{token}` stands for the token
    as_form: bool = False
    link_in_text: bool = True

    @property
    def needs_token(self) -> bool:
        """Say whether the address alone does not open it."""
        return "{token}" in self.headers.values()

    def takes(self, url: str) -> bool:
        """Say whether an address may be one of this chat."""
        return re.fullmatch(self.url, url, re.IGNORECASE) is not None

    def escaped(self, text: str) -> str:
        """Write text so that no word of it mentions anybody, links anywhere or changes how the rest looks."""
        return "".join([self.escapes.get(each, each) for each in text])

    def text(self, lines: str, url: str | None) -> str:
        """Give what is shown: the lines as far as there is room, then the address, which alone is a link."""
        last = f"\n{url}" if url and self.link_in_text else ""
        shown, room = "", MAX_CHAT_TEXT - len(last)
        for each in map(self.escaped, lines.replace("://", f":{_NOTHING}//")):
            if len(shown) + len(each) > room - 1:
                return f"{shown}…{last}"
            shown += each
        return shown + last

    def payload(self, title: str, lines: str, url: str | None) -> bytes:
        """Give what is posted."""
        values = {_TEXT: self.text(lines, url), _TITLE: self.escaped(title)[:MAX_CHAT_TEXT], _URL: url}
        filled = _filled(self.body, values)
        if self.as_form:
            return "&".join(f"{name}={quote(str(value), safe='')}" for name, value in filled.items()).encode()
        return json.dumps(filled, ensure_ascii=False).encode()

    def headers_with(self, token: str) -> dict[str, str]:
        """Give the header fields of a request."""
        kind = "application/x-www-form-urlencoded" if self.as_form else "application/json"
        given = {name: value.replace("{token}", token) for name, value in self.headers.items()}
        return {"content-type": kind, **given}


def _filled(template: Any, values: Mapping[str, str | None]) -> Any:
    if isinstance(template, str):
        return values.get(template, template)
    if isinstance(template, Mapping):
        return {name: _filled(each, values) for name, each in template.items() if not _leads_nowhere(each, values)}
    if isinstance(template, list):
        return [filled for each in template for filled in _parts(each, values)]
    return template


def _parts(template: Any, values: Mapping[str, str | None]) -> list[Any]:
    """Fill one part of a list: it is there once, once for each line, or not at all."""
    if _leads_nowhere(template, values):
        return []
    if isinstance(template, Mapping) and _LINE in template:
        lines = (values[_TEXT] or "").split("\n")
        return [_filled(template[_LINE], {**values, _TEXT: line}) for line in lines]
    return [_filled(template, values)]


def _leads_nowhere(template: Any, values: Mapping[str, str | None]) -> bool:
    return isinstance(template, Mapping) and _URL in template.values() and not values[_URL]


def _parted(characters: str) -> dict[str, str]:
    return {each: each + _NOTHING for each in characters}


def _backslashed(characters: str) -> dict[str, str]:
    return {each: f"\\{each}" for each in characters}


_ROWS = (
    ChatForm(
        name="slack",
        label="Slack",
        url=r"https://hooks\.slack(-gov)?\.com/(services|workflows|triggers)/\S+",
        example="https://hooks.slack.com/services/T…/B…/…",
        body={"text": _TEXT, "mrkdwn": False, "unfurl_links": False},
        escapes={"&": "&amp;", "<": "&lt;", ">": "&gt;", **_parted("@")},
        source="https://docs.slack.dev/messaging/formatting-message-text",
        as_of="2026-11-27",
    ),
    ChatForm(
        name="discord",
        label="Discord",
        url=r"https://((canary|ptb)\.)?discord(app)?\.com/api/(v\d+/)?webhooks/\S+",
        example="https://discord.com/api/webhooks/…/…",
        # flags: 4 is SUPPRESS_EMBEDS
        body={"content": _TEXT, "allowed_mentions": {"parse": []}, "flags": 4},
        escapes={**_backslashed("\\*_~`|<>[]()#-"), **_parted("@")},
        source="https://docs.discord.com/developers/resources/webhook#execute-webhook",
        as_of="2026-11-27",
    ),
    ChatForm(
        name="teams",
        label="Microsoft Teams",
        # The connectors of Office 365 (webhook.office.com) are retired; a workflow has taken their place.
        url=r"https://[\w.-]+\.(logic\.azure\.(com|us)|api\.powerplatform\.(com|us)|api\.powerautomate\.com)(:443)?/\S+",
        example="https://….environment.api.powerplatform.com/powerautomate/automations/direct/workflows/…",
        body={
            "type": "message",
            "attachments": [
                {
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "contentUrl": None,
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.4",
                        # A text run is shown as it is; a text block would read it as Markdown.
                        "body": [{_LINE: {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": _TEXT}]}}],
                        "actions": [{"type": "Action.OpenUrl", "title": "mail-panel", "url": _URL}],
                    },
                }
            ],
        },
        escapes=_parted("@<"),
        link_in_text=False,
        source="https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using",
        as_of="2026-11-27",
    ),
    ChatForm(
        name="mattermost",
        label="Mattermost",
        url=r"https://\S+/hooks/\S+",  # on a server of one's own
        example="https://chat.example.com/hooks/…",
        body={"text": _TEXT},
        escapes={**_backslashed("\\*_~`|<>[]()#-!"), **_parted("@")},
        source="https://developers.mattermost.com/integrate/webhooks/incoming/",
        as_of="2026-11-27",
    ),
    ChatForm(
        name="google_chat",
        label="Google Chat",
        url=r"https://chat\.googleapis\.com/v1/spaces/\S+/messages\?\S+",
        example="https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…",
        body={"text": _TEXT},
        escapes=_parted("@<*_~`"),
        source="https://developers.google.com/workspace/chat/format-messages",
        as_of="2026-11-27",
    ),
    ChatForm(
        name="chatwork",
        label="Chatwork",
        url=r"https://api\.chatwork\.com/v2/rooms/\d+/messages",
        example="https://api.chatwork.com/v2/rooms/123456789/messages",
        body={"body": _TEXT, "self_unread": 1},
        escapes=_parted("[@"),
        headers={"x-chatworktoken": "{token}"},
        as_form=True,
        source="https://developer.chatwork.com/docs/endpoints",
        as_of="2026-11-27",
    ),
    ChatForm(
        name="lineworks",
        label="LINE WORKS",
        # The app "Incoming Webhook"; the API of bots wants OAuth2 and is another thing.
        url=r"https://webhook\.worksmobile\.com/message/\S+",
        example="https://webhook.worksmobile.com/message/…",
        body={"title": _TITLE, "body": {"text": _TEXT}, "button": {"label": "mail-panel", "url": _URL}},
        escapes=_parted("@<"),
        link_in_text=False,
        source="https://guide.worksmobile.com/ (Incoming Webhook)",
        as_of="2026-11-27",
    ),
)
CHAT_FORMS: Mapping[str, ChatForm] = {each.name: each for each in _ROWS}
