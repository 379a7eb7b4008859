"""Turns a failure into what happened and what to do about it: the rules say which cause, the causes in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any
from unicodedata import normalize

from panel.diagnosis.causes import connection, login, recipient, tls, unclear
from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.causes.table import CAUSES, SETTINGS_WORK
from panel.diagnosis.rules.words import RULES, Rule
from panel.i18n import Text, Translate
from panel.mail.smtp.protocol import SUBMISSIONS_PORT, Failure, Reply, Stage
from panel.settings import providers

SHOWN_REPLY = 1_000  # characters of a reply that are shown
READ_REPLY = 2_000  # characters of a reply that the rules look at, so that no reply is slow

_GREETING = (Stage.CONNECT, Stage.TLS, Stage.GREETING)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What happened, whose fault it is, what to do now, and settings that work instead, if certain."""

    failure: Failure
    cause: Cause
    provider: str | None
    field: str | None
    what: Text
    do: tuple[Text, ...]
    suggestion: Mapping[str, object] | None
    open_transcript: bool


def diagnose(
    failure: Failure,
    *,
    host: str = "",
    port: int | None = None,
    logged_in: bool = True,
    has_worked: bool | None = None,
    by_itself: bool = False,
) -> Diagnosis:
    """Find the one cause of a failure and its words; what no rule knows is told by its stage and its class.

    `has_worked` says whether a login with these settings ever has, where that is known; `by_itself` that the outbox
    sends what failed again by itself.
    """
    cause = CAUSES[_cause_name(failure, host)]
    if cause is recipient.RECIPIENT_REJECTED and not logged_in and _denies_access(failure):
        cause = login.AUTH_REQUIRED
    provider = _provider(failure.reply, host)
    services = (provider.name, provider.group) if provider else ()
    words = cause.words_for(failure.stage, services=services, has_worked=has_worked)
    facts = _facts(failure, host, port, provider)
    return Diagnosis(
        failure=failure,
        cause=cause,
        provider=provider.name if provider else None,
        field=_field(cause, failure.stage),
        what=_text(words.what, facts),
        do=tuple(_text(step, facts) for step in _steps(words.steps(by_itself=by_itself), cause, failure.stage, facts)),
        suggestion=_suggestion(cause, failure, host, port),
        open_transcript=cause.generic,
    )


def _steps(do: Iterable[str], cause: Cause, stage: Stage, facts: Mapping[str, object]) -> Iterator[str]:
    """Give what to do, without the steps for which something is not known."""
    yield from (step for step in do if all(facts[each] for each in _placeholders(step)))
    if cause.works and stage in {Stage.MAIL, Stage.RCPT, Stage.DATA}:
        yield SETTINGS_WORK


def as_json(diagnosis: Diagnosis, translate: Translate) -> dict[str, Any]:
    """Give the public `failure` object, told in the reader's language."""
    failure, cause = diagnosis.failure, diagnosis.cause
    repeatable = failure.reply and cause not in (connection.NOT_SMTP, connection.PROTOCOL_ERROR)
    return {
        "cause": cause.name,
        "stage": str(failure.stage),
        "field": diagnosis.field,
        "whose": cause.whose,
        "reply": str(failure.reply)[:SHOWN_REPLY] if repeatable else None,
        "what": diagnosis.what.translated(translate),
        "do": [step.translated(translate) for step in diagnosis.do],
        "checked": cause.checked,
        "suggestion": dict(diagnosis.suggestion) if diagnosis.suggestion else None,
    }


def cause_of_reply(stage: Stage | None, reply: Reply, host: str = "") -> str:
    """Name the cause of a refusal; without a stage by the words and codes alone, without a code (0) by the words."""
    if stage is Stage.POP:
        return _cause_at_pop(reply, host)
    said = _Said.of(reply)
    provider = _provider(reply, host)
    group = provider.group if provider else ""
    if not (said.code == 0 or 400 <= said.code < 600):
        return connection.PROTOCOL_ERROR.name
    rules = _rules_for(str(stage or _STAGE_OF_CODE.get(said.code) or ""), said.code, group)
    return next((rule.cause for rule in rules if _says(rule, said)), _by_class(stage, said.code))


def _cause_at_pop(reply: Reply, host: str) -> str:
    """Tell a POP server that refuses a login from one that cannot check it, by the words that SMTP servers use, too."""
    said = CAUSES[cause_of_reply(Stage.AUTH, Reply(535, reply.lines), host)]
    passes = said in (login.LOGIN_UNAVAILABLE, login.TOO_MANY_LOGINS)
    return said.name if passes else login.POP_LOGIN_REFUSED.name


def _cause_name(failure: Failure, host: str) -> str:
    """Keep the cause that the client saw itself, and refine what it could only sort by class."""
    if failure.cause == login.POP_LOGIN_REFUSED.name and failure.reply:
        return cause_of_reply(Stage.POP, failure.reply, host)
    if (known := CAUSES.get(failure.cause)) and (failure.reply is None or not known.generic):
        return failure.cause
    if failure.reply is None:
        return unclear.SERVER_PERMANENT.name
    return cause_of_reply(failure.stage, failure.reply, host)


def _denies_access(failure: Failure) -> bool:
    """Say whether a recipient is refused in the words in which Postfix refuses whoever has not logged in."""
    return failure.reply is not None and "access denied" in failure.reply.text.lower()


def _by_class(stage: Stage | None, code: int) -> str:
    if stage in _GREETING:
        return connection.GREETING_REFUSED.name
    return (unclear.SERVER_TEMPORARY if 400 <= code < 500 else unclear.SERVER_PERMANENT).name


@dataclass(frozen=True, slots=True)
class _Said:
    """A reply as the rules read it: its code, its enhanced code, the whole text, and the words alone."""

    code: int
    enhanced: str
    whole: str
    words: str

    @classmethod
    def of(cls, reply: Reply) -> _Said:
        whole = " ".join(" ".join(reply.lines)[:READ_REPLY].split())
        whole = normalize("NFKC", whole).lower()
        passed_on = _PASSED_ON.search(whole)
        code = int(passed_on[1]) if passed_on else reply.code
        enhanced = _ENHANCED.search(whole, passed_on.start() if passed_on else 0)
        inner = passed_on and "sender" not in whole[: passed_on.start()]
        words = whole[passed_on.end() :] if passed_on and inner else whole
        return cls(code, enhanced[1] if enhanced else "", whole, _neutral(words))


# A relay tells another server's refusal: "host mx.example.net said: 550 5.1.1 …"
_PASSED_ON = re.compile(
    r"\b(?:said|responded|answered|response|error|from mta\([^)]{0,80}\))(?: with)?:? \"?([45]\d\d)[ -]"
)
_ENHANCED = re.compile(r"(?<![\d.])([45]\.\d{1,2}\.\d{1,3})(?![\d.])")

# What a reply names may mislead ("no mailbox spam@…", "see https://…/virus"), so names become blanks for the rules.
_NEUTRAL = (
    (re.compile(r"(?:https?|mailto|ftp):\S*|\bwww\.\S+"), " "),
    (re.compile(r"(?<![\w.+=*-])[\w.+=*-]++@[\w.-]++", re.ASCII), "<address>"),
    (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), "<ip>"),
    (
        re.compile(
            r"(?<![\w.-])(?:[a-z0-9_-]{1,63}\.){1,6}(?:com|net|org|info|biz|jp|uk|de|fr|ru|cn|io|edu|gov|example|test|local)\b",
            re.ASCII,
        ),
        "<host>",
    ),
    (re.compile(r"(?<![\d.])[245]\.\d{1,2}\.\d{1,3}(?![\d.])"), " "),
    (re.compile(r"[<>()\"]+(?=<)|(?<=>)[<>()\"]+"), ""),
    (re.compile(r" {2,}"), " "),
)


def _neutral(text: str) -> str:
    for pattern, instead in _NEUTRAL:
        text = pattern.sub(instead, text)
    return text.strip()


def _provider(reply: Reply | None, host: str) -> providers.Provider | None:
    """Tell whose words these are: by the reply's own signature, which a relay passes on, else by the host.

    A company signs alike for all its services; which of them it is, the host says.
    """
    text = " ".join(reply.lines)[:READ_REPLY].lower() if reply else ""
    signed, asked = providers.by_signature(text), providers.by_host(host)
    if signed and asked and signed.group and signed.group == asked.group:
        return asked
    return signed or asked


# RFC 4954 section 6: these are said at AUTH, should nobody know the stage.
_STAGE_OF_CODE: Mapping[int, Stage] = {534: Stage.AUTH, 535: Stage.AUTH, 538: Stage.AUTH}


@lru_cache(maxsize=1024)
def _rules_for(stage: str, code: int, group: str) -> tuple[Rule, ...]:
    """List the rows that can fit at a stage, for a code and a group of services, in their order."""
    return tuple(rule for rule in RULES if _fits(rule, stage, code, group))


def _fits(rule: Rule, stage: str, code: int, group: str) -> bool:
    if rule.provider and group not in rule.provider.split():
        return False
    if rule.at and not _at(rule, stage):
        return False
    if rule.codes and not code:
        return bool(rule.words or rule.enhanced or rule.link)
    return not rule.codes or any(str(code).startswith(each) for each in rule.codes.split())


def _at(rule: Rule, stage: str) -> bool:
    """Say whether a row is for this stage; where no stage is known, only rows that their words tell apart are."""
    if stage:
        return stage in rule.at.split()
    return bool(rule.words or rule.enhanced or rule.link) and rule.at not in {
        "starttls",
        "mail",
        "auth mail",
        "auth pop",
    }


def _says(rule: Rule, said: _Said) -> bool:
    if rule.enhanced and not _enhanced_pattern(rule.enhanced).fullmatch(said.enhanced):
        return False
    if rule.words and not _pattern(rule.words).search(said.words):
        return False
    if rule.unless and _pattern(rule.unless).search(said.words):
        return False
    return not rule.link or bool(_pattern(rule.link).search(said.whole))


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Read the words by ASCII: a Latin word ends where Japanese begins, as in `DMARC認証`."""
    return re.compile("|".join(words), re.ASCII)


@cache
def _enhanced_pattern(codes: str) -> re.Pattern[str]:
    """Read `X.7.8 5.7.30`, where X is any number."""
    return re.compile(codes.replace(".", r"\.").replace("X", r"\d+").replace(" ", "|"))


_PLACEHOLDER = re.compile(r"%\((\w+)\)")


@cache
def _placeholders(message: str) -> tuple[str, ...]:
    return tuple(_PLACEHOLDER.findall(message))


def _text(message: str, facts: Mapping[str, object]) -> Text:
    return Text(message, {name: facts[name] for name in _placeholders(message)})


# The labels of the form, by their message ids in `settings.LABELS`.
_SMTP_LABELS = {
    "host_label": Text("SMTP host"),
    "port_label": Text("SMTP port"),
    "password_label": Text("SMTP password"),
}
_POP_LABELS = {"host_label": Text("POP host"), "port_label": Text("POP port"), "password_label": Text("POP password")}


def _facts(failure: Failure, host: str, port: int | None, provider: providers.Provider | None) -> dict[str, object]:
    """Gather what a sentence may name; a step that names something unknown is left out."""
    return {
        "host": host,
        "port": port or "",
        "detail": failure.detail[:SHOWN_REPLY],
        "provider": provider.title if provider else "",
        "reason": _reason(failure),
        "nearest": providers.nearest_host(host) or "",
        **(_POP_LABELS if failure.stage is Stage.POP else _SMTP_LABELS),
    }


def _reason(failure: Failure) -> Text | str:
    """Say why a POP server was not reached, in the words of the cause that stands behind it."""
    behind = CAUSES.get(failure.detail) if failure.cause == login.POP_UNREACHABLE.name else None
    return Text(behind.what) if behind and behind is not connection.PROTOCOL_ERROR else ""


_POP_FIELDS = {
    "smtp_host": "pop_host",
    "smtp_port": "pop_port",
    "smtp_user": "pop_user",
    "smtp_password": "pop_password",
    "tls": "pop_tls_mode",
    "tls_mode": "pop_tls_mode",
}


def _field(cause: Cause, stage: Stage) -> str | None:
    """Give the field to change: at the POP stage it is the one of the POP server."""
    if stage is Stage.POP and cause.field:
        return _POP_FIELDS.get(cause.field, cause.field)
    return cause.field


def _suggestion(cause: Cause, failure: Failure, host: str, port: int | None) -> dict[str, object] | None:
    """Give the settings that work instead where that is plain without trying; neighbours are tried elsewhere."""
    pop = failure.stage is Stage.POP
    if cause is connection.DNS_NOT_FOUND and not pop and (nearest := providers.nearest_host(host)):
        return {"smtp_host": nearest}
    if cause is login.TLS_REQUIRED:
        return {"tls": True}
    if cause is connection.GREETING_TIMEOUT and not pop and port == SUBMISSIONS_PORT:
        return {"smtp_port": port, "tls": True, "tls_mode": "implicit"}
    if cause is tls.TLS_WRONG_MODE and port and not pop:
        other = "starttls" if failure.stage is Stage.TLS else "implicit"
        return {"smtp_port": port, "tls": True, "tls_mode": other}
    return None
