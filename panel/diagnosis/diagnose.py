"""Turns a failure into what happened and what to do about it: the rules say which cause, the causes in which words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from panel.diagnosis.causes import connection, login, oauth, tls
from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.causes.table import CAUSES, SAID_OF_TOKEN, SETTINGS_WORK
from panel.diagnosis.match import cause_of, made_with_token, provider_of
from panel.i18n import N_, Text, Translate
from panel.mail.smtp.protocol import SHOWN_REPLY, SUBMISSIONS_PORT, Failure, Reply, Stage
from panel.settings import providers
from panel.settings.fields.labels import LABELS


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

    def without_replies(self) -> Diagnosis:
        """Leave out what the server said, and the steps that repeat it; what happened and what to do stays."""
        failure = replace(self.failure, reply=None, detail="")
        return replace(self, failure=failure, do=tuple(step for step in self.do if not _repeats(step)))


def _repeats(step: Text) -> bool:
    """Say whether a step names what came from the server, or was found there; another cause's words are ours."""
    return any(isinstance(step.values.get(name), str) for name in ("detail", "reason"))


def diagnose(
    failure: Failure,
    *,
    host: str = "",
    port: int | None = None,
    logged_in: bool = True,
    has_worked: bool | None = None,
    by_itself: bool = False,
    bounce_address: str = "",
) -> Diagnosis:
    """Find the one cause of a failure and its words; what no rule knows is told by its stage and its class.

    `has_worked` says whether a login with these settings ever has, where that is known; `by_itself` that the outbox
    sends what failed again by itself; `bounce_address` is what was said as MAIL FROM in place of the from address.
    """
    cause = cause_of(failure, host=host, logged_in=logged_in)
    provider = provider_of(failure.reply, host)
    words = cause.words_for(failure.stage, services=_names(provider), has_worked=has_worked)
    facts = _facts(failure, host, port, provider)
    found = Diagnosis(
        failure=failure,
        cause=cause,
        provider=provider.name if provider else None,
        field=_field(cause, failure.stage),
        what=_text(words.what, facts),
        do=tuple(_text(step, facts) for step in _steps(words.steps(by_itself=by_itself), cause, failure.stage, facts)),
        suggestion=_suggestion(cause, failure, host, port),
        open_transcript=cause.generic,
    )
    return _about_bounce_address(found, bounce_address)


def _names(provider: providers.Provider | None) -> tuple[str, ...]:
    return (provider.name, provider.group) if provider else ()


def _about_bounce_address(found: Diagnosis, address: str) -> Diagnosis:
    """Name the bounce address where it is the sender that was refused, as the envelope's.

    At RCPT no server has seen the From of the message yet, and many say there what they think of MAIL.
    """
    if not address or found.field != "from_address":
        return found
    said = found.failure.reply.text.lower() if found.failure.reply else ""
    of_envelope = found.failure.stage in (Stage.MAIL, Stage.RCPT) or address.lower() in said
    if not of_envelope:
        return found
    return replace(found, field="bounce_address", do=(Text(_OTHER_BOUNCE_ADDRESS, {"address": address}), *found.do[1:]))


_OTHER_BOUNCE_ADDRESS = N_(
    "Clear the bounce address %(address)s, which the server was given as the sender, or enter one that it takes."
)


def kept(stage: str, cause: str, said: str | None, detail: str | None) -> Failure:
    """Give a failure again that was stored with its cause and what was shown of the server's words."""
    reply = Reply(int(said[:3]), (said[4:],)) if said and said[:3].isdecimal() else None
    return Failure(Stage(stage), cause, reply, detail or "")


def _steps(do: Iterable[str], cause: Cause, stage: Stage, facts: Mapping[str, object]) -> Iterator[str]:
    """Give what to do, without the steps for which something is not known."""
    if stage in (Stage.TOKEN, Stage.AUTH) and facts["reason"]:
        yield SAID_OF_TOKEN
    yield from (step for step in do if all(facts[each] for each in _placeholders(step)))
    if cause.works and stage in {Stage.MAIL, Stage.RCPT, Stage.DATA}:
        yield SETTINGS_WORK


def failure_to_json(diagnosis: Diagnosis, translate: Translate) -> dict[str, Any]:
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


def server_labels(server: str) -> dict[str, Text]:
    """Give the labels that a sentence names, of the fields of the `smtp` or the `pop` server."""
    return {f"{part}_label": Text(LABELS[f"{server}_{part}"]) for part in ("host", "port", "password")}


_PLACEHOLDER = re.compile(r"%\((\w+)\)")


@cache
def _placeholders(message: str) -> tuple[str, ...]:
    return tuple(_PLACEHOLDER.findall(message))


def _text(message: str, facts: Mapping[str, object]) -> Text:
    return Text(message, {name: facts[name] for name in _placeholders(message)})


def _facts(failure: Failure, host: str, port: int | None, provider: providers.Provider | None) -> dict[str, object]:
    """Gather what a sentence may name; a step that names something unknown is left out."""
    is_pop = failure.stage is Stage.POP  # whose host is another one
    return {
        "host": host,
        "port": port or "",
        "detail": failure.detail[:SHOWN_REPLY],
        "provider": provider.title if provider else "",
        "reason": _reason(failure),
        "nearest": "" if is_pop else providers.nearest_host(host) or "",
        **server_labels("pop" if is_pop else "smtp"),
    }


def _reason(failure: Failure) -> Text | str:
    """Say why a server was not reached, in the words of the cause that stands behind it, or what it said of a token."""
    if failure.cause in (login.POP_UNREACHABLE.name, oauth.OAUTH_SERVER_UNREACHABLE.name):
        behind = CAUSES.get(failure.detail)
        if behind or failure.stage is Stage.POP:
            return Text(behind.what) if behind and behind is not connection.PROTOCOL_ERROR else ""
    if failure.stage is Stage.TOKEN and failure.cause.startswith("oauth_"):
        return failure.detail[:SHOWN_REPLY]
    return failure.detail.partition(" ")[2][:SHOWN_REPLY] if made_with_token(failure) else ""


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
