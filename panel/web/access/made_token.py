"""A token that was just made, with ready lines for the programs that take it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from panel.access.rights import Right
from panel.access.tokens import Token
from panel.i18n import N_
from panel.web.access.smtp_door import smtp_door
from panel.web.context import services
from panel.web.render import whole_url
from panel.web.text import gettext, translated

_MESSAGE = json.dumps({"to": "taro@example.net", "subject": "Test", "text": "Hello"})
_CURL = """\
curl -sS {url} \\
  -H "Authorization: Bearer {token}" \\
  -H "Content-Type: application/json" \\
  --data-binary '{message}'"""
_PHP = """\
<?php
echo file_get_contents('{url}', false, stream_context_create(['http' => [
    'method' => 'POST',
    'header' => ['Authorization: Bearer {token}', 'Content-Type: application/json'],
    'content' => '{message}',
]]));"""
_PYTHON = """\
from urllib.request import Request, urlopen
heads = {{"Authorization": "Bearer {token}", "Content-Type": "application/json"}}
print(urlopen(Request("{url}", b'{message}', heads)).read())"""
_SMTP = N_("Host %(host)s\nPort %(port)d\nUser %(user)s\nPassword %(token)s\n%(encryption)s")


@dataclass(frozen=True, slots=True)
class ReadyLine:
    """What to put into a program so that it sends by the token, or a sentence that says what lacks for that."""

    name: str
    title: str
    text: str
    is_sentence: bool = False


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A token in the clear, this once, and its ready lines; none for one that may not send."""

    name: str
    text: str
    lines: tuple[ReadyLine, ...]


def made_token(text: str) -> MadeToken:
    """Write the lines for a token that there is, with the addresses by which this panel is reached."""
    token = next(each for each in services().tokens.list() if text.startswith(each.id))
    return MadeToken(token.name, text, tuple(_lines(token, text)) if token.may(Right.SUBMIT) else ())


def _lines(token: Token, text: str) -> Iterator[ReadyLine]:
    values = {"url": whole_url("api.messages_submit"), "token": text, "message": _MESSAGE}
    yield ReadyLine("curl", "curl", _CURL.format(**values))
    if door := smtp_door(services().config):
        encryption = gettext(door.encryption)
        said = translated(_SMTP, host=door.host, port=door.port, user=token.name, token=text, encryption=encryption)
        yield ReadyLine("smtp", "SMTP", said)
    else:
        said = translated(N_("Start the panel with %(variable)s."), variable="MAIL_PANEL_SMTP_LISTEN")
        yield ReadyLine("smtp", gettext(N_("SMTP (off)")), said, is_sentence=True)
    yield ReadyLine("php", "PHP", _PHP.format(**values))
    yield ReadyLine("python", "Python", _PYTHON.format(**values))
