"""`serve`, `worker` and `demo`, the commands that stay, and `backup`, which may run beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from panel import config, home
from panel.cli.arguments import existing


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where to listen. Default: MAIL_PANEL_LISTEN, or 127.0.0.1:5870.")
def serve(listen: str | None) -> None:
    """Serve the panel and send its mail until SIGTERM.

    \b
    Examples:
      mail-panel serve
      MAIL_PANEL_HOME=/var/lib/mail-panel mail-panel serve --listen 127.0.0.1:8080
    """
    from panel.server import web_server

    web_server.serve(_configured(listen), click.echo)


@click.command()
def worker() -> None:
    """Send the mail of the outbox until SIGTERM, without serving the panel.

    `serve` has a worker of its own. More of them, on this machine, share its pace.

    \b
    Example:
      mail-panel worker
    """
    from panel import logs
    from panel.server.worker import run

    read = config.read()
    logs.configure(read.log_format)
    run(read)


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where to listen. Default: MAIL_PANEL_LISTEN, or 127.0.0.1:5870.")
def demo(listen: str | None) -> None:
    """Try the panel: an empty home, and a mail server of its own that shows what it receives.

    Nothing leaves this machine, and everything is gone when it ends.

    \b
    Example:
      mail-panel demo
    """
    from panel.server import demo as demonstration

    demonstration.run(_configured(listen), click.echo)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Copy the database to a new FILE that only you may read, while the panel runs.

    The key is not in it: keep that in another place.

    \b
    Example:
      mail-panel backup /var/backups/mail-panel.db
    """
    existing().outbox.copy_to(file)
    click.echo(f"Copied to {file}.")


def _configured(listen: str | None) -> config.Config:
    read = config.read()
    return replace(read, listen=home.listen_address(listen)) if listen else read
