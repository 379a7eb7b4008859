"""The group of `outbox`, with all that it can do."""

from __future__ import annotations

import click

from panel.cli.outbox.content import content, send_as_new
from panel.cli.outbox.flow import pause, resume, server, try_now
from panel.cli.outbox.many import export, seen
from panel.cli.outbox.messages import cancel, list_messages, purge, retry, show, undo
from panel.cli.typed.group import CommandGroup


@click.group(cls=CommandGroup)
def outbox() -> None:
    """See the mail that is to be sent and that was sent, and steer it."""


_COMMANDS = (
    *(seen, export, list_messages, show, retry, cancel, undo),
    *(pause, resume, try_now, server, purge, content, send_as_new),
)
for _each in _COMMANDS:
    outbox.add_command(_each)
