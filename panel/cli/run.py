"""`serve`, `worker` and `demo`: the commands that stay."""

from __future__ import annotations

from dataclasses import replace

import click

from panel import config, home


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
    from panel.server.web_server import warn_of_unknown_variables
    from panel.server.worker import run

    read = config.read()
    logs.configure(read.log_format)
    warn_of_unknown_variables()
    run(read, alone=True)


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where to listen. Default: MAIL_PANEL_LISTEN, or 127.0.0.1:5870.")
@click.option("-v", "--verbose", is_flag=True, help="Print the whole log, and not only what goes wrong.")
def demo(listen: str | None, verbose: bool) -> None:
    """Try the panel: an empty home, and a mail server of its own that shows what it receives.

    Nothing leaves this machine, and everything is gone when it ends.

    \b
    Example:
      mail-panel demo
    """
    from panel.server import demo as demonstration

    demonstration.run(replace(_configured(listen), quiet=not verbose), click.echo)


def _configured(listen: str | None) -> config.Config:
    read = config.read()
    return replace(read, listen=home.listen_address(listen)) if listen else read
