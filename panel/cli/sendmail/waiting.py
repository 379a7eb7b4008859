"""`mailq`, and `sendmail -bp`: what waits in the outbox, for who may read it."""

from __future__ import annotations

import click

from panel.cli.arguments import existing
from panel.cli.outbox.lines import print_entries, queue_summary
from panel.errors import NoAccess
from panel.home import read_home
from panel.outbox.state import Listed
from panel.storage.opening import open_database

MOST_OF_A_STATE = 1000  # of each state


def print_waiting() -> None:
    """Print the messages that are not sent yet, the first one first, and how the queue stands."""
    try:
        open_database(*read_home().place).require()  # whoever may not read it has no key either
    except NoAccess as fault:
        raise NoAccess(f"{fault} To see the queue, run as that user: mail-panel outbox list") from fault
    services = existing()
    states = (Listed.SENDING, Listed.DEFERRED, Listed.QUEUED)
    pages = [services.outbox.list(state=state, limit=MOST_OF_A_STATE) for state in states]
    print_entries(sorted((entry for page in pages for entry in page.entries), key=lambda entry: entry.number))
    click.echo(queue_summary(services))
    if any(page.older is not None for page in pages):
        click.echo("There are more: mail-panel outbox list")
