"""`test`: a test send from the shell."""

from __future__ import annotations

import json
import os
import sys

import click

from panel import clock, values
from panel.cli.given import locale, opened, texts, who
from panel.cli.settings_commands import changed
from panel.language import catalogue
from panel.report import Mode, Outcome, Report
from panel.services import Services
from panel.settings import Settings
from panel.trial import Order, Trial

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
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def test(recipient: str, check: bool, pairs: tuple[str, ...], as_json: bool) -> None:
    """Send a test email to ADDRESS with the saved settings, and say what happened.

    \b
    Exit codes: 0 accepted, 69 server not reached, 75 try again later, 76 refused, 77 login refused, 78 not set up.

    \b
    Examples:
      mail-panel test someone@example.net
      mail-panel test someone@example.net --check --json
      mail-panel test someone@example.net --set smtp_port=465 --set smtp_password=@secret.txt
    """
    services = opened()
    order = _order(services, recipient, Mode.CHECK if check else Mode.SEND, pairs)
    fingerprint = services.settings.fingerprint(order.settings)
    policy = services.config.policy
    turn = services.turn()
    trial = Trial(order, store=services.trials, policy=policy, turn=turn, fingerprint=fingerprint, now=clock.now())
    report = trial.run()
    if as_json:
        from panel.outcome import told

        click.echo(json.dumps(told(report, catalogue(order.locale).gettext), ensure_ascii=False, indent=2))
    else:
        _print(report, order.locale)
    sys.exit(exit_code(report))


def exit_code(report: Report) -> int:
    """Give the code of sysexits.h for what a test found."""
    if report.outcome is Outcome.SUCCESS:
        return 0
    if report.failure is None or report.failure.uncertain:
        return os.EX_TEMPFAIL
    from panel.causes import LOGIN_REFUSED  # a success needs no diagnosis, and starts faster without
    from panel.outcome import diagnosed

    cause = diagnosed(report).cause
    if cause.name in LOGIN_REFUSED:
        return os.EX_NOPERM
    if cause.name in _UNAVAILABLE:
        return os.EX_UNAVAILABLE
    passing = cause.outbox in ("defer", "slow") or cause.name == "local_resources"
    return os.EX_TEMPFAIL if passing else os.EX_PROTOCOL


def _order(services: Services, recipient: str, mode: Mode, pairs: tuple[str, ...]) -> Order:
    stored = services.settings.current()
    version: int | None = stored.number
    settled = stored.settings
    if pairs:
        settled = changed(texts(pairs), settled.without_secrets(), settled, frozenset())
        version = None
    _refuse_incomplete(settled, stored.unreadable if not pairs else frozenset())
    try:
        address = values.recipient(recipient)
    except values.BadValue as fault:
        print(f"mail-panel: {fault.text}", file=sys.stderr)
        sys.exit(os.EX_DATAERR)
    return Order(settled, address, mode, version, locale(), who())


def _refuse_incomplete(settings: Settings, unreadable: frozenset[str]) -> None:
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
    if report.failure is None:
        click.echo({Outcome.SUCCESS: "Accepted.", Outcome.STOPPED: "Stopped."}[report.outcome])
        _print_notices(report, language)
        return
    from panel.outcome import diagnosed

    translate = catalogue(language).gettext
    diagnosis = diagnosed(report)
    click.echo(f"\n{diagnosis.cause.name}: {diagnosis.what.told(translate)}")
    for step in diagnosis.do:
        click.echo(f"  - {step.told(translate)}")


def _print_notices(report: Report, language: str) -> None:
    if report.notices:
        from panel.outcome import NOTICES

        translate = catalogue(language).gettext
        for notice in report.notices:
            click.echo(translate(NOTICES[notice]))
