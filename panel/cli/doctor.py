"""`doctor`: everything that can be checked without sending."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from typing import NoReturn

import click

from panel import clock
from panel.alerts.seen.examination import examine_all
from panel.checks.doctor.examine import finding_to_json
from panel.checks.doctor.finding import Finding, FindingStatus
from panel.checks.examinations.store import ExaminationStore
from panel.checks.examinations.told import examination_to_json
from panel.cli.arguments import opened
from panel.cli.terminal.say import say, shell_locale
from panel.cli.terminal.times import read_at
from panel.config import resolver_address
from panel.i18n import N_, catalogue

_MARKS = {
    FindingStatus.OK: "ok",
    FindingStatus.WARNING: "warning",
    FindingStatus.PROBLEM: "PROBLEM",
    FindingStatus.UNKNOWN: "not known",
}


@click.command()
@click.option(
    "--address", metavar="IP", help="The address that receivers will see: SPF and its name are checked for it."
)
@click.option("--selector", "selectors", multiple=True, metavar="NAME", help="A DKIM selector; may be repeated.")
@click.option("--resolver", metavar="IP[:PORT]", help="Ask this DNS resolver. Default: MAIL_PANEL_RESOLVER.")
@click.option("--last", is_flag=True, help="Tell what the last diagnosis of the panel has found; nothing is looked at.")
@click.option("--json", "as_document", is_flag=True, help="Print JSON.")
def doctor(
    address: str | None, selectors: tuple[str, ...], resolver: str | None, last: bool, as_document: bool
) -> None:
    """Check home, key, database, names, certificate and DNS records; nothing is sent, nobody logs in.

    \b
    Exit codes: 0 no problem, 78 a problem was found.

    \b
    Examples:
      mail-panel doctor
      mail-panel doctor --address 192.0.2.7 --selector s1 --json
      mail-panel doctor --last
    """
    if last:
        if address or selectors or resolver:
            raise click.UsageError("--last looks at nothing: leave out --address, --selector and --resolver.")
        findings = _of_last(opened().examinations, as_document=as_document)
        _end(findings)
    services, seen = opened(), _address(address)
    asked = _resolver(resolver) if resolver else services.config.resolver
    findings = examine_all(services, address=seen, selectors=selectors, resolver=asked)
    if as_document:
        documents = [finding_to_json(each, catalogue(shell_locale()).gettext, clock.now()) for each in findings]
        click.echo(json.dumps(documents, ensure_ascii=False, indent=2))
    else:
        _print_all(findings)
    _end(findings)


def _of_last(kept: ExaminationStore, *, as_document: bool) -> Sequence[Finding]:
    """Print what the last diagnosis has found, and give it."""
    found = kept.latest()
    if as_document:
        translate, now = catalogue(shell_locale()).gettext, clock.now()
        document = examination_to_json(found, translate, now=now, by_itself=kept.by_itself())
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif found is None:
        say(N_("Nothing was diagnosed yet."))
    else:
        say(N_("Diagnosed %(time)s, version %(number)d of the settings."), time=read_at(found.at), number=found.version)
        _print_all(each.counted(clock.now()) for each in found.findings)
    return found.findings if found else ()


def _end(findings: Sequence[Finding]) -> NoReturn:
    sys.exit(os.EX_CONFIG if any(each.status is FindingStatus.PROBLEM for each in findings) else 0)


def _print_all(findings: Iterable[Finding]) -> None:
    for each in findings:
        _print(each)


def _print(finding: Finding) -> None:
    translate = catalogue(shell_locale()).gettext
    name = f"{finding.server} {finding.name}".lstrip()
    click.echo(f"{_MARKS[finding.status]:<10} {name:<15} {finding.what.translated(translate)}")
    if finding.do:
        click.echo(f"{'':<26} -> {finding.do.translated(translate)}")
    if finding.record:
        click.echo(f"{'':<29} {finding.record}")


def _address(text: str | None) -> str | None:
    try:
        return str(ip_address(text)) if text else None
    except ValueError:
        raise click.UsageError(f"{text} is no IP address.") from None


def _resolver(text: str) -> tuple[str, int]:
    try:
        return resolver_address(text)
    except ValueError:
        problem = f"{text} is no resolver. Write an address such as 192.0.2.53 or 192.0.2.53:5353."
        raise click.UsageError(problem) from None
