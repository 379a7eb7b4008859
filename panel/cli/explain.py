"""`explain`: what a server's refusal means, read out of any text."""

from __future__ import annotations

import json
import os
import sys

import click

from panel.cli.terminal.say import shell_locale
from panel.cli.typed.one_of import OneOf
from panel.diagnosis.explain.bounce import MOST_PASTED_BYTES
from panel.diagnosis.explain.explain import Complaint, complaint_to_json
from panel.diagnosis.explain.explain import explain as explained
from panel.diagnosis.reference import AT_FAULT, FIELD, KNOW, WHOSE
from panel.i18n import N_, Translate, catalogue
from panel.mail.smtp.protocol import Stage, shortened
from panel.settings.fields.labels import LABELS


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="TEXT|-")
@click.option("--host", default="", metavar="HOST", help="The server that said it, where you know it.")
@click.option("--stage", type=OneOf([str(each) for each in Stage]), help="When it was said, where you know it.")
@click.option("--json", "as_json", is_flag=True, help="Print the failure as JSON.")
def explain(words: tuple[str, ...], host: str, stage: str | None, as_json: bool) -> None:
    """Say what a server's reply means and what to do.

    TEXT is a reply, a dialogue, an error message, a log, a traceback or a whole bounce message; - reads it from
    standard input. Of it the first 64 KiB are read; nothing is kept. A text with a password in it belongs on standard
    input: the shell keeps what stands on the command line, and other users of the machine see it.

    \b
    Exit codes: 0 explained, 65 no refusal found.

    \b
    Examples:
      mail-panel explain "535 5.7.8 Username and Password not accepted - gsmtp"
      mail-panel explain --stage rcpt --host mx.example.com "550 5.7.1 Denied"
      mail-panel explain --json - < bounce.eml
      tail -n 50 /var/log/mail.log | mail-panel explain -
    """
    text = _text(words)
    found, missing = explained(text, stage=Stage(stage) if stage else None, host=host)
    translate = catalogue(shell_locale()).gettext
    if as_json:
        click.echo(json.dumps(_document(found, translate), ensure_ascii=False, indent=2))
    elif found:
        click.echo("\n\n".join("\n".join(_lines_of(each, translate)) for each in found))
    if not found:
        click.echo(f"mail-panel: {translate(missing)}", err=True)
        sys.exit(os.EX_DATAERR)


def _text(words: tuple[str, ...]) -> str | bytes:
    """Take the words as one text, or standard input as bytes in whatever encoding they are."""
    return sys.stdin.buffer.read(MOST_PASTED_BYTES) if words == ("-",) else " ".join(words)


def _document(found: list[Complaint], translate: Translate) -> object:
    """Give the failure object of the first refusal, the further ones in it as `others`; null where there is none."""
    objects = [complaint_to_json(each, translate) for each in found]
    if not objects:
        return None
    first, *others = objects
    return {**first, "others": others} if others else first


def _lines_of(complaint: Complaint, translate: Translate) -> list[str]:
    diagnosis = complaint.diagnosis
    at = f" ({complaint.stage})" if complaint.stage else ""
    lines = [f"{diagnosis.cause.name}{at}: {diagnosis.what.translated(translate)}"]
    lines += [f"  - {step.translated(translate)}" for step in diagnosis.do]
    lines.append(f"  {translate(KNOW)}: {translate(diagnosis.cause.know)}")
    lines.append(f"  {translate(AT_FAULT)}: {translate(WHOSE[diagnosis.cause.whose])}")
    if diagnosis.field:
        lines.append(f"  {translate(FIELD)}: {translate(LABELS[diagnosis.field])}")
    if reply := shortened(complaint.failure.reply):
        lines.append(f"  {translate(_REPLY)}: {reply}")
    return lines


_REPLY = N_("The server’s reply")
