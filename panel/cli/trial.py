"""`test`: a test send from the shell."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

import click

from panel import clock
from panel.checks.trial.message import mark_of_test
from panel.checks.trial.order import Order, first_report
from panel.checks.trial.report import Mode, Outcome, Report, Waiting
from panel.checks.trial.run import waiting_for
from panel.cli.arguments import given_texts, opened, who
from panel.cli.terminal.say import shell_locale
from panel.cli.terminal.times import read_at
from panel.cli.typed.one_of import OneOf
from panel.errors import CannotDo, ConfigError
from panel.i18n import N_, Text, catalogue
from panel.mail.message.address import BadValue, parse_recipient
from panel.outbox.pace.route import Which
from panel.outbox.pace.slot import LONGEST_MS, TooSoon, seconds_of
from panel.services import Services
from panel.settings.model import Settings

_UNAVAILABLE = (
    "dns_not_found",
    "dns_unavailable",
    "connection_forbidden",
    "connection_refused",
    "connect_timeout",
    "network_unreachable",
    "pop_unreachable",
)


@click.command()
@click.argument("recipient", metavar="ADDRESS")
@click.option("--check", is_flag=True, help="Stop after RCPT: nothing is delivered.")
@click.option("--set", "pairs", multiple=True, metavar="FIELD=VALUE", help="Test with another value; nothing is saved.")
@click.option("--server", type=OneOf([str(each) for each in Which]), default="first", help="Which of two mail servers.")
@click.option("--no-wait", is_flag=True, help="Where the interval or a limit leaves no slot now, say when and end.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def test(recipient: str, check: bool, pairs: tuple[str, ...], server: str, no_wait: bool, as_json: bool) -> None:
    """Send a test email to ADDRESS with the saved settings, and say what happened.

    It waits for its slot among the messages, for up to an hour; Ctrl+C ends that.

    \b
    Exit codes: 0 accepted, 69 server not reached, 75 try again later, 76 refused, 77 login refused, 78 not set up.

    \b
    Examples:
      mail-panel test someone@example.net
      mail-panel test someone@example.net --check --json
      mail-panel test someone@example.net --set smtp_port=465 --set smtp_password=@secret.txt
      mail-panel test someone@example.net --server second
    """
    services = opened()
    order = _order(services, recipient, Mode.CHECK if check else Mode.SEND, pairs, Which(server))
    number, report = _run(services, replace(order, patience_ms=0 if no_wait else LONGEST_MS))
    if as_json:
        from panel.checks.trial.failure import report_to_json

        document = report_to_json(number, report, catalogue(order.locale).gettext)
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(report, order)
        _ask(number, report, order.locale)
    sys.exit(exit_code(report))


def _run(services: Services, order: Order) -> tuple[int | None, Report]:
    """Run the test; one that may not wait so long as it would have to is not begun, and its report says so."""
    try:
        trial = services.begin_trial(order)
    except TooSoon as fault:
        refused = first_report(order, clock.now())
        return None, refused._replace(outcome=Outcome.STOPPED, waiting=waiting_for(fault.wait))
    if trial.wait and (seconds := seconds_of(trial.wait)):
        waits = Text(_WAITS, {"seconds": seconds}).translated(catalogue(order.locale).gettext)
        print(f"mail-panel: {waits}", file=sys.stderr)
    return trial.number, trial.run()


def exit_code(report: Report) -> int:
    """Give the code of sysexits.h for what a test found."""
    if report.outcome is Outcome.SUCCESS:
        return 0
    if report.failure is None or report.failure.uncertain:
        return os.EX_TEMPFAIL
    from panel.checks.trial.failure import diagnosed  # a success needs no diagnosis, and starts faster without
    from panel.diagnosis.causes.cause import QueueEffect

    cause = diagnosed(report).cause
    if cause.about_login:
        return os.EX_NOPERM
    if cause.name in _UNAVAILABLE:
        return os.EX_UNAVAILABLE
    passing = cause.effect in (QueueEffect.DEFER, QueueEffect.SLOW) or cause.name == "local_resources"
    return os.EX_TEMPFAIL if passing else os.EX_PROTOCOL


def _order(services: Services, recipient: str, mode: Mode, pairs: tuple[str, ...], which: Which) -> Order:
    stored = services.settings.current()
    version: int | None = stored.number
    settings = stored.settings
    if pairs:
        from panel.cli.settings import valid_or_leave, with_found_addresses  # most tests are of the saved values

        base = settings.without_secrets()
        typed = with_found_addresses(services, given_texts(pairs), base)
        settings = valid_or_leave(typed, base, settings, frozenset())
        version = None
    settings = settings.by_second if which is Which.SECOND else settings
    _refuse_incomplete(settings, stored.of(which).unreadable if not pairs else frozenset(), which)
    try:
        address = parse_recipient(recipient)
    except BadValue as fault:
        raise CannotDo(fault.text.translated(catalogue(shell_locale()).gettext)) from None
    return Order(settings, address, mode, version, shell_locale(), by=who(), which=which)


def _refuse_incomplete(settings: Settings, unreadable: frozenset[str], which: Which) -> None:
    if which is Which.SECOND and not settings.smtp_host:
        raise _not_ready(_NO_SECOND_SERVER, "mail-panel settings set second=yes …")
    if not settings.complete:
        raise _not_ready(_NOT_SET_UP, "mail-panel settings set")
    if unreadable:
        raise _not_ready(_NOT_READABLE, "mail-panel keys check")


def _not_ready(message: str, command: str) -> ConfigError:
    return ConfigError(Text(message, {"command": command}).translated(catalogue(shell_locale()).gettext))


def _print(report: Report, order: Order) -> None:
    language = order.locale
    translate = catalogue(language).gettext
    for stage in report.stages:
        if stage.status != "skipped":
            click.echo(f"{stage.stage:<9} {stage.status:<7} {stage.ms or 0:>8.1f} ms  {stage.reply or ''}".rstrip())
    if report.waiting:
        click.echo(_told_wait(report.waiting).translated(translate))
        _print_notices(report, language)
    elif report.failure is None:
        click.echo(translate(_ended(report, order.mode)))
        _print_notices(report, language)
    else:
        _print_failure(report, language)


def _ended(report: Report, mode: Mode) -> str:
    """Say how a test ended that found nothing wrong; a check hands nothing over, so nothing was accepted."""
    if report.outcome is Outcome.STOPPED:
        return _STOPPED
    return _WOULD_BE_ACCEPTED if mode is Mode.CHECK else _ACCEPTED


def _ask(number: int | None, report: Report, language: str) -> None:
    """Ask whether a message that was handed over has arrived."""
    if number and report.handed_over:
        command = f"mail-panel arrived {number} yes|no"
        asked = Text(_IS_IT_THERE, {"mark": mark_of_test(number), "command": command})
        print(f"mail-panel: {asked.translated(catalogue(language).gettext)}", file=sys.stderr)


def _told_wait(waiting: Waiting) -> Text:
    if waiting.until is None:
        return Text(_TOO_SOON_AFTER_ANOTHER)
    left = max(0, round((waiting.until - clock.now()).total_seconds()))
    return Text(_TOO_SOON, {"seconds": left, "until": read_at(waiting.until)})


_ACCEPTED = N_("Accepted.")
_WOULD_BE_ACCEPTED = N_("Would be accepted.")
_STOPPED = N_("Stopped.")
_WAITS = N_("The test waits %(seconds)s s for its slot.")
_IS_IT_THERE = N_("Its subject begins with %(mark)s. Say whether it is there: %(command)s")
_TOO_SOON = N_(
    "Not sent: a test counts as a message, and has to wait %(seconds)s s, until %(until)s. --check needs no slot."
)
_TOO_SOON_AFTER_ANOTHER = N_(
    "Not sent: a test counts as a message, and has to wait until the message under way has ended. "
    "--check needs no slot."
)
_NO_SECOND_SERVER = N_("There is no second server. Set one up first with: %(command)s")
_NOT_SET_UP = N_("Nothing is set up yet. Set it up first with: %(command)s")
_NOT_READABLE = N_("A saved password cannot be read. To see which one, run: %(command)s")


def _print_failure(report: Report, language: str) -> None:
    from panel.checks.trial.failure import diagnosed

    translate = catalogue(language).gettext
    diagnosis = diagnosed(report)
    click.echo(f"\n{diagnosis.cause.name}: {diagnosis.what.translated(translate)}")
    for step in diagnosis.do:
        click.echo(f"  - {step.translated(translate)}")


def _print_notices(report: Report, language: str) -> None:
    if report.notices:
        from panel.checks.trial.failure import told_notices

        for notice in told_notices(report, catalogue(language).gettext):
            click.echo(notice)
