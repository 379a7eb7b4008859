"""`explain`: what a server's reply means, wherever it comes from."""

from __future__ import annotations

import json
import sys

import click

from panel.cli.given import locale
from panel.complaints import READ_BYTES, Complaint, read
from panel.diagnosis import Diagnosis, as_json, diagnose
from panel.language import catalogue
from panel.smtp import Stage

EX_DATAERR = 65


@click.command()
@click.argument("text")
@click.option("--host", default="", help="The server that said it, where you know.")
@click.option("--stage", type=click.Choice([str(each) for each in Stage]), help="The stage at which it was said.")
@click.option("--json", "as_document", is_flag=True, help="Print the failure as JSON.")
def explain(text: str, host: str, stage: str | None, as_document: bool) -> None:
    """Say what TEXT means and what to do; `-` reads it from standard input.

    TEXT is a server's reply, a dialogue, a line of a log, a program's fault, or a bounce. Nothing is asked of anybody.

    \b
    Exit codes: 0 explained, 65 no failure found in it.

    \b
    Examples:
      mail-panel explain '550 5.7.1 Relaying denied'
      mail-panel explain --host smtp.gmail.com --stage auth '534 5.7.9 Application-specific password required'
      mail-panel explain - < bounce.eml
    """
    data = sys.stdin.buffer.read(READ_BYTES) if text == "-" else text.encode("utf-8", "surrogateescape")
    complaint = read(data, stage=Stage(stage) if stage else None, host=host)
    if complaint is None:
        print("mail-panel: There is no server's reply in it. Give the lines that begin with a number.", file=sys.stderr)
        sys.exit(EX_DATAERR)
    diagnosis = diagnose(complaint.failure, host=complaint.host)
    if as_document:
        click.echo(json.dumps(_document(complaint, diagnosis), ensure_ascii=False, indent=2))
    else:
        _print(diagnosis)


def _document(complaint: Complaint, diagnosis: Diagnosis) -> dict[str, object]:
    """Give the public `failure` object; a stage that was only guessed is not told."""
    document = as_json(diagnosis, catalogue(locale()).gettext)
    return document if complaint.stage_known else {**document, "stage": None}


def _print(diagnosis: Diagnosis) -> None:
    translate = catalogue(locale()).gettext
    click.echo(f"{diagnosis.cause.name}: {diagnosis.what.told(translate)}")
    for step in diagnosis.do:
        click.echo(f"  - {step.told(translate)}")
