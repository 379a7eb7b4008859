"""The page of causes, from the table that the diagnosis uses: each cause with its example, fault, field and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from panel.diagnosis.causes.cause import Cause, Whose, Words
from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.diagnose import server_labels
from panel.i18n import N_, Text, Translate
from panel.mail.smtp.protocol import Stage
from panel.settings.fields.labels import LABELS
from panel.settings.providers import BY_NAME, PROVIDERS

TITLE = N_("Causes and what to do")
INTRODUCTION = N_(
    "Every failed test has one cause. Here are all of them: what happened, whose fault it is, and what to do."
)
BY_ITSELF = N_("A step that asks to try again is for a test: mail in the outbox is sent again by itself.")
EXAMPLE = N_("Example")
KNOW = N_("How to know that it is this one")
AT_FAULT = N_("Where the fault is")
FIELD = N_("Field to change")
CHECKED = N_("Checked")

WHOSE: Mapping[Whose, str] = {
    Whose.SETTINGS: N_("The settings"),
    Whose.SERVER: N_("The mail server, or the way to it"),
    Whose.MESSAGE: N_("This message or its recipient"),
    Whose.PACE: N_("The pace of sending"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """What is said instead for one service or at one stage; no steps where they are the same."""

    label: Text
    what: Text
    do: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class CauseEntry:
    """One cause as a reader looks it up; `name` is its anchor, `control` names its `field` in the form."""

    name: str
    what: Text
    know: Text
    do: tuple[Text, ...]
    whose: str
    field: str | None
    control: str
    example: str
    checked: str | None
    source: str
    cases: tuple[Case, ...]


def entries() -> tuple[CauseEntry, ...]:
    """List every cause as the reference shows it, in the order of the table."""
    return tuple(map(_entry, CAUSES.values()))


def markdown(translate: Translate) -> str:
    """Write the page of causes as a document, in the order of the table."""
    parts = [f"# {translate(TITLE)}\n", f"{translate(INTRODUCTION)}\n", f"{translate(BY_ITSELF)}\n"]
    for entry in entries():
        parts.append("\n".join(_section(entry, translate)) + "\n")
    return "\n".join(parts)


def _entry(cause: Cause) -> CauseEntry:
    return CauseEntry(
        name=cause.name,
        what=_text(cause.what),
        know=_text(cause.know),
        do=tuple(map(_text, cause.do)),
        whose=WHOSE[cause.whose],
        field=LABELS[cause.field] if cause.field else None,
        control=cause.field or "",
        example=cause.example,
        checked=cause.checked,
        source=cause.source,
        cases=tuple(_cases(cause)),
    )


def _cases(cause: Cause) -> Iterator[Case]:
    for has_worked, words in cause.after_login.items():
        yield _case(cause, Text(_AFTER_LOGIN[has_worked]), words)
    for name, words in cause.at_service.items():
        yield _case(cause, Text(N_("At %(service)s"), {"service": _service(name)}), words)
    for stage, words in cause.at_stage.items():
        yield _case(cause, Text(N_("At the step %(step)s"), {"step": _STEPS[stage]}), words)


def _case(cause: Cause, label: Text, words: Words) -> Case:
    do = () if words.do == cause.do else words.do
    return Case(label, _text(words.what), tuple(map(_text, do)))


_STEPS: Mapping[Stage, str] = {
    Stage.POP: "POP3",
    Stage.EHLO: "EHLO",
    Stage.AUTH: "AUTH",
    Stage.MAIL: "MAIL FROM",
    Stage.RCPT: "RCPT TO",
    Stage.DATA: "DATA",
}
_AFTER_LOGIN: Mapping[bool, str] = {
    True: N_("Where the sign-in has worked before"),
    False: N_("Where the sign-in has never worked"),
}
_COMPANIES: Mapping[str, str] = {"google": "Google", "microsoft": "Microsoft", "amazon": "Amazon SES"}


def _service(name: str) -> str | Text:
    """Name a service, or a group of services."""
    one = BY_NAME.get(name) or next((each for each in PROVIDERS if each.group == name), None)
    return _COMPANIES.get(name) or (one.title if one else name)


# Causes that a sentence names; one without an underscore is a word like any other.
NAMED_CAUSES = re.compile(rf"\b({'|'.join(name for name in CAUSES if '_' in name)})\b", re.ASCII)
_AS_LINK = r"[`\1`](#\1)"

# A sentence that names a value names its label, or leaves it open.
_OPEN: Mapping[str, object] = {
    **server_labels("smtp"),
    "nearest": "smtp.gmail.com",
    **dict.fromkeys(("host", "port", "detail", "reason", "provider"), "…"),
}


def _text(message: str) -> Text:
    return Text(message, _OPEN if "%(" in message else {})


def _section(entry: CauseEntry, translate: Translate) -> Iterator[str]:
    yield f"## `{entry.name}`\n"
    yield f"**{entry.what.translated(translate)}**\n"
    if entry.example:
        yield f"{translate(EXAMPLE)}: `{entry.example}`\n"
    yield f"- {translate(AT_FAULT)}: {translate(entry.whose)}"
    if entry.field:
        yield f"- {translate(FIELD)}: {translate(entry.field)}"
    yield f"- {translate(KNOW)}: {NAMED_CAUSES.sub(_AS_LINK, entry.know.translated(translate))}"
    if entry.checked:
        yield f"- {translate(CHECKED)}: {entry.checked}, <{entry.source}>"
    yield from _numbered(entry.do, translate)
    for case in entry.cases:
        yield f"\n{case.label.translated(translate)}: {case.what.translated(translate)}"
        yield from _numbered(case.do, translate)


def _numbered(steps: tuple[Text, ...], translate: Translate) -> list[str]:
    return ["", *(f"{number}. {step.translated(translate)}" for number, step in enumerate(steps, 1))] if steps else []
