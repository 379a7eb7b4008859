"""`drop`: the folder in which other users leave mail while the panel is down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from panel.cli.terminal.say import say
from panel.errors import ConfigError
from panel.home import Home, read_home
from panel.i18n import N_

if TYPE_CHECKING:
    from panel.outbox.drop.rejected import Rejected
    from panel.outbox.drop.standing import DropStanding


@click.group()
def drop() -> None:
    """Make the folder in which other users leave mail while the panel is down, and see what is in it.

    \b
    Example:
      MAIL_PANEL_DROP=/var/spool/mail-panel mail-panel drop status
    """


@drop.command()
def prepare() -> None:
    """Make the folder that MAIL_PANEL_DROP names, or mend its owner and its mode.

    Run it as root: the folder then belongs to the user of MAIL_PANEL_HOME.

    \b
    Example:
      MAIL_PANEL_HOME=/var/lib/mail-panel MAIL_PANEL_DROP=/var/spool/mail-panel mail-panel drop prepare
    """
    from panel.outbox.drop import folder

    path, where = _named()
    owner = folder.prepare_folder(path, where.home)
    say(
        N_("%(path)s is ready, and belongs to %(owner)s. Set MAIL_PANEL_DROP for the panel and for sendmail."),
        path=path,
        owner=folder.user_name(owner),
    )


@drop.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Tell what waits in the folder, and what could not be taken in, with the reasons.

    Run it as the panel's user.

    \b
    Exit codes: 0 the folder can be used, 78 it cannot.

    \b
    Example:
      mail-panel drop status
    """
    from panel.outbox.drop.standing import look_into

    path, where = _named()
    standing = look_into(path, where.home)
    if standing.fault:
        raise ConfigError(f"MAIL_PANEL_DROP is {path}, {standing.fault}")
    if as_json:
        click.echo(json.dumps(_document(path, standing), ensure_ascii=False, indent=2))
    else:
        _tell(path, standing)


def _tell(path: Path, standing: DropStanding) -> None:
    say(N_("Messages that wait in %(path)s: %(waiting)d."), path=path, waiting=standing.waiting)
    if standing.strangers:
        say(N_("Things in it that no sendmail has left, and that stay: %(number)d."), number=standing.strangers)
    if standing.rejected:
        say(N_("Messages that could not be taken in, and lie in %(path)s:"), path=path / "rejected")
    for each in map(_of_rejected, standing.rejected):
        click.echo("\t".join((each["name"], each["since"], each["account"], each["reason"])))


def _named() -> tuple[Path, Home]:
    where = read_home()
    if where.drop is None:
        raise ConfigError(
            "MAIL_PANEL_DROP names no folder. Set it to one that is outside the home, such as /var/spool/mail-panel."
        )
    return where.drop, where


def _document(path: Path, standing: DropStanding) -> dict[str, object]:
    return {
        "folder": str(path),
        "waiting": standing.waiting,
        "bytes": standing.size,
        "oldest": _moment(standing.oldest) if standing.oldest else None,
        "strangers": standing.strangers,
        "rejected": [_of_rejected(each) for each in standing.rejected],
    }


def _of_rejected(each: Rejected) -> dict[str, str]:
    from panel.outbox.drop.folder import user_name

    return {
        "name": each.name,
        "since": _moment(each.since),
        "account": user_name(each.owner),
        "reason": each.reason,
    }


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
