"""`outbox` pause, resume, try-now, server: whether mail leaves at all, and by which server."""

from __future__ import annotations

import os
import sys

import click

from panel import clock, logs
from panel.cli.arguments import existing, who
from panel.cli.outbox.lines import AS_JSON, TO_LIST, print_as_json, queue_summary
from panel.cli.terminal.say import say, say_aside, worded
from panel.cli.terminal.times import read_at
from panel.cli.typed.one_of import OneOf
from panel.errors import CannotDo, ConfigError
from panel.i18n import N_
from panel.outbox.pace.choosing import NoSecondServer
from panel.outbox.pace.route import Choice, SenderRoute, Which, route_to_json
from panel.outbox.pace.store import TriedJustNow


@click.command()
def pause() -> None:
    """Let no message leave until `outbox resume`; the one that is under way ends."""
    existing().pace.pause(by=who(), now=clock.now())
    say(N_("Paused. To go on, run %(command)s."), command="mail-panel outbox resume")


@click.command()
def resume() -> None:
    """Let the messages leave again."""
    services = existing()
    services.pace.resume(by=who(), now=clock.now())
    click.echo(queue_summary(services))


@click.command("try-now")
def try_now() -> None:
    """Try held mail again at once: one login, with the message that waits longest."""
    services = existing()
    logs.configure(services.config.log_format)
    try:
        if not services.try_now(who()):
            raise CannotDo(worded(N_("Nothing is held: see %(command)s."), command=TO_LIST))
    except TriedJustNow as fault:
        say_aside(str(fault))
        sys.exit(os.EX_TEMPFAIL)
    click.echo(queue_summary(services))


@click.command()
@click.argument("choice", metavar="[first|second|auto]", type=OneOf([str(each) for each in Choice]), required=False)
@AS_JSON
def server(choice: str | None, as_json: bool) -> None:
    """Tell which server mail leaves by, or choose it: `auto` is the first for as long as it takes mail.

    \b
    Examples:
      mail-panel outbox server
      mail-panel outbox server second
      mail-panel outbox server auto
    """
    services = existing()
    if choice is not None:
        logs.configure(services.config.log_format)
        try:
            services.choose_server(Choice(choice), who())
        except NoSecondServer:
            raise ConfigError(worded(_NO_SECOND, command="mail-panel settings set second=yes …")) from None
    if as_json:
        print_as_json(route_to_json(services.route))
        return
    click.echo(_leaves_by(services.route))


def _leaves_by(route: SenderRoute) -> str:
    """Tell which server mail leaves by, since when and why."""
    if route.which is Which.FIRST:
        return worded(_BY_FIRST if route.choice is Choice.FIRST else N_("Mail leaves by the first server."))
    since = read_at(route.since) if route.since else "-"
    return worded(_BY_SECOND if route.choice is Choice.SECOND else _BY_SECOND_ITSELF, time=since, cause=route.cause)


_BY_FIRST = N_("Mail leaves by the first server, chosen by hand.")
_BY_SECOND = N_("Mail leaves by the second server since %(time)s, chosen by hand.")
_BY_SECOND_ITSELF = N_("Mail leaves by the second server since %(time)s: the first is held (%(cause)s).")
_NO_SECOND = N_("There is no second server. Set one up first with: %(command)s")
