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
from panel.cli.arguments import given_texts, opened, shell_locale, who
from panel.i18n import catalogue
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
@click.option(
    "--server", type=click.Choice([str(each) for each in Which]), default="first", help="Which of two mail servers."
)
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
        _print(report, order.locale)
        _ask(number, report)
    sys.exit(exit_code(report))


def _run(services: Services, order: Order) -> tuple[int | None, Report]:
    """Run the test; one that may not wait so long as it would have to is not begun, and its report says so."""
    try:
        trial = services.begin_trial(order)
    except TooSoon as fault:
        refused = first_report(order, clock.now())
        return None, refused._replace(outcome=Outcome.STOPPED, waiting=waiting_for(fault.wait))
    if trial.wait and (seconds := seconds_of(trial.wait)):
        print(f"mail-panel: The test waits {seconds} s for its slot.", file=sys.stderr)
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
        print(f"mail-panel: {fault.text}", file=sys.stderr)
        sys.exit(os.EX_DATAERR)
    return Order(settings, address, mode, version, shell_locale(), by=who(), which=which)


def _refuse_incomplete(settings: Settings, unreadable: frozenset[str], which: Which) -> None:
    if which is Which.SECOND and not settings.smtp_host:
        print("mail-panel: There is no second server. Run: mail-panel settings set second=yes …", file=sys.stderr)
        sys.exit(os.EX_CONFIG)
    if not settings.complete:
        print("mail-panel: Nothing is set up yet. Run: mail-panel settings set", file=sys.stderr)
        sys.exit(os.EX_CONFIG)
    if unreadable:
        print("mail-panel: A saved password cannot be read. Run: mail-panel keys check", file=sys.stderr)
        sys.exit(os.EX_CONFIG)


def _print(report: Report, language: str) -> None:
    for stage in report.stages:
        if stage.status != "skipped":
            click.echo(f"{stage.stage:<9} {stage.status:<7} {stage.ms or 0:>8.1f} ms  {stage.reply or ''}".rstrip())
    if report.waiting:
        click.echo(_TOO_SOON.format(wait=_told_wait(report.waiting)))
        _print_notices(report, language)
    elif report.failure is None:
        click.echo({Outcome.SUCCESS: "Accepted.", Outcome.STOPPED: "Stopped."}[report.outcome])
        _print_notices(report, language)
    else:
        _print_failure(report, language)


def _ask(number: int | None, report: Report) -> None:
    """Ask whether a message that was handed over has arrived."""
    if number and report.handed_over:
        begins = f"Its subject begins with {mark_of_test(number)}."
        print(f"mail-panel: {begins} Say whether it is there: mail-panel arrived {number} yes|no", file=sys.stderr)


_TOO_SOON = "Not sent: a test counts as a message, and has to wait {wait}. --check needs no slot."


def _told_wait(waiting: Waiting) -> str:
    if waiting.until is None:
        return "until the message under way has ended"
    left = (waiting.until - clock.now()).total_seconds()
    return f"{max(0, round(left))} s, until {clock.stamp(waiting.until)}"


def _print_failure(report: Report, language: str) -> None:
    from panel.checks.trial.failure import diagnosed

    translate = catalogue(language).gettext
    diagnosis = diagnosed(report)
    click.echo(f"\n{diagnosis.cause.name}: {diagnosis.what.translated(translate)}")
    for step in diagnosis.do:
        click.echo(f"  - {step.translated(translate)}")


def _print_notices(report: Report, language: str) -> None:
    if report.notices:
        from panel.checks.trial.failure import NOTICES

        translate = catalogue(language).gettext
        for notice in report.notices:
            click.echo(translate(NOTICES[notice]))
