"""The page of causes, from the table that the diagnosis uses: each cause with its example, fault, field and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from panel.diagnosis.causes.examples import EXAMPLES
from panel.diagnosis.causes.table import CAUSES, VARIANTS, Cause, Words
from panel.i18n import N_, Text, Translate
from panel.mail.smtp.protocol import Stage
from panel.settings.model import LABELS
from panel.settings.providers import BY_NAME, PROVIDERS

TITLE = N_("Causes and what to do")
INTRODUCTION = N_(
    "Every failed test has one cause. Here are all of them: what happened, whose fault it is, and what to do."
)
BY_ITSELF = N_("A step that asks to try again is for a test: mail in the outbox is sent again by itself.")
EXAMPLE = N_("Example")
AT_FAULT = N_("Where the fault is")
FIELD = N_("Field to change")
CHECKED = N_("Checked")

WHOSE: Mapping[str, str] = {
    "settings": N_("The settings"),
    "server": N_("The mail server, or the way to it"),
    "message": N_("This message or its recipient"),
    "pace": N_("The pace of sending"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """What is said instead for one service or at one stage; no steps where they are the same."""

    label: Text
    what: Text
    do: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One cause as a reader looks it up; `name` is its anchor."""

    name: str
    what: Text
    do: tuple[Text, ...]
    whose: str
    field: str | None
    example: str
    checked: str | None
    source: str
    cases: tuple[Case, ...]


def entries() -> tuple[Entry, ...]:
    return tuple(map(_entry, CAUSES.values()))


def markdown(translate: Translate) -> str:
    """Write the page of causes as a document, in the order of the table."""
    parts = [f"# {translate(TITLE)}\n", f"{translate(INTRODUCTION)}\n", f"{translate(BY_ITSELF)}\n"]
    for entry in entries():
        parts.append("\n".join(_section(entry, translate)) + "\n")
    return "\n".join(parts)


def _entry(cause: Cause) -> Entry:
    keys = [key for name, key in VARIANTS if name == cause.name]
    return Entry(
        name=cause.name,
        what=_text(cause.words.what),
        do=tuple(map(_text, cause.words.do)),
        whose=WHOSE[cause.whose],
        field=LABELS[cause.field] if cause.field else None,
        example=EXAMPLES.get(cause.name, ""),
        checked=cause.checked,
        source=cause.source,
        cases=tuple(_case(cause, key, VARIANTS[cause.name, key]) for key in keys),
    )


def _case(cause: Cause, key: str, words: Words) -> Case:
    do = () if words.do == cause.words.do else words.do
    return Case(_case_label(key), _text(words.what), tuple(map(_text, do)))


_STEPS: Mapping[str, str] = {
    Stage.POP: "POP3",
    Stage.EHLO: "EHLO",
    Stage.AUTH: "AUTH",
    Stage.MAIL: "MAIL FROM",
    Stage.RCPT: "RCPT TO",
    Stage.DATA: "DATA",
}
_EVER: Mapping[str, str] = {
    "worked": N_("Where the sign-in has worked before"),
    "never_worked": N_("Where the sign-in has never worked"),
}
_COMPANIES: Mapping[str, str] = {"google": "Google", "microsoft": "Microsoft", "amazon": "Amazon SES"}


def _case_label(key: str) -> Text:
    """Name a service, a group of services, or a stage."""
    if key in _EVER:
        return Text(_EVER[key])
    if key in _STEPS:
        return Text(N_("At the step %(step)s"), {"step": _STEPS[key]})
    one = BY_NAME.get(key) or next((each for each in PROVIDERS if each.group == key), None)
    return Text(N_("At %(service)s"), {"service": _COMPANIES.get(key) or (one.title if one else key)})


# A sentence that names a value names its label, or leaves it open.
_OPEN: Mapping[str, object] = {
    "host_label": Text(LABELS["smtp_host"]),
    "port_label": Text(LABELS["smtp_port"]),
    "password_label": Text(LABELS["smtp_password"]),
    "nearest": "smtp.gmail.com",
    **dict.fromkeys(("host", "port", "detail", "reason", "provider"), "…"),
}


def _text(message: str) -> Text:
    return Text(message, _OPEN if "%(" in message else {})


def _section(entry: Entry, translate: Translate) -> Iterator[str]:
    yield f"## `{entry.name}`\n"
    yield f"**{entry.what.translated(translate)}**\n"
    if entry.example:
        yield f"{translate(EXAMPLE)}: `{entry.example}`\n"
    yield f"- {translate(AT_FAULT)}: {translate(entry.whose)}"
    if entry.field:
        yield f"- {translate(FIELD)}: {translate(entry.field)}"
    if entry.checked:
        yield f"- {translate(CHECKED)}: {entry.checked}, <{entry.source}>"
    yield from _numbered(entry.do, translate)
    for case in entry.cases:
        yield f"\n{case.label.translated(translate)}: {case.what.translated(translate)}"
        yield from _numbered(case.do, translate)


def _numbered(steps: tuple[Text, ...], translate: Translate) -> list[str]:
    return ["", *(f"{number}. {step.translated(translate)}" for number, step in enumerate(steps, 1))] if steps else []
