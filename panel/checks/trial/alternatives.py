"""The other usual ports and TLS modes of the same host, tried where the chosen one does not answer.

Nobody logs in and nothing is sent: each is asked for its greeting, EHLO and TLS, and left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from panel.diagnosis.causes.table import CAUSES
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import Stopped
from panel.mail.net.policy import Policy
from panel.mail.smtp import pop3
from panel.mail.smtp.errors import DeliveryFailed, PopFailed
from panel.mail.smtp.protocol import POP3_PORT, POP3S_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT, Failure, Stage
from panel.mail.smtp.session import Session
from panel.settings.model import PopTlsMode, Settings, TlsMode

ALTERNATIVES_SECONDS = 6.0  # at most, of what is left of the test's own deadline
_REACHING = frozenset({Stage.POP, Stage.CONNECT, Stage.TLS, Stage.GREETING, Stage.STARTTLS})


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A port and how TLS begins on it."""

    port: int
    mode: TlsMode


USUAL = (
    Neighbour(SUBMISSION_PORT, TlsMode.STARTTLS),
    Neighbour(SUBMISSIONS_PORT, TlsMode.IMPLICIT),
    Neighbour(25, TlsMode.STARTTLS),
)
USUAL_POP = (Neighbour(POP3S_PORT, TlsMode.IMPLICIT), Neighbour(POP3_PORT, TlsMode.STARTTLS))

Suggestion = Mapping[str, object]


def working(
    settings: Settings,
    failure: Failure,
    *,
    policy: Policy,
    deadline: Deadline,
    usual: Sequence[Neighbour] = USUAL,
    usual_pop: Sequence[Neighbour] = USUAL_POP,
) -> Suggestion | None:
    """Give the first setting that works instead, in the order of preference, or None.

    There are at most four sessions, one for each usual port and one in the other mode on the chosen port; each comes
    to the host as any session does, one address after the other until one answers.
    """
    known = CAUSES.get(failure.cause)
    if known is None or not known.tries_neighbours or failure.stage not in _REACHING:
        return None
    within = deadline.shorter(ALTERNATIVES_SECONDS)
    if failure.stage is Stage.POP:
        tried = [_with_pop(settings, each) for each in usual_pop]
        found = _first(tried, partial(_pop_answers, policy=policy, deadline=within))
    else:
        others = [each for each in usual if each.port != settings.smtp_port]
        tried = [_with_smtp(settings, each) for each in (_other_mode(settings), *others)]
        found = _first(tried, partial(_smtp_answers, policy=policy, deadline=within))
    return _changed(settings, found) if found else None


def _first(tried: Sequence[Settings], answers: Callable[[Settings], bool]) -> Settings | None:
    """Try all at once, and give the first that answers."""
    with ThreadPoolExecutor(len(tried), thread_name_prefix="neighbour") as pool:
        waiting = [pool.submit(answers, each) for each in tried]
        return next((each for each, answer in zip(tried, waiting, strict=True) if answer.result()), None)


def _changed(settings: Settings, found: Settings) -> Suggestion:
    changed = {name: getattr(found, name) for name in _FIELDS if getattr(found, name) != getattr(settings, name)}
    return {name: str(value) if isinstance(value, str) else value for name, value in changed.items()}


_FIELDS = ("smtp_port", "tls", "tls_mode", "pop_port", "pop_tls_mode")


def _other_mode(settings: Settings) -> Neighbour:
    implicit = settings.smtp_security == "implicit"
    return Neighbour(settings.smtp_port, TlsMode.STARTTLS if implicit else TlsMode.IMPLICIT)


def _with_smtp(settings: Settings, neighbour: Neighbour) -> Settings:
    return replace(settings, smtp_port=neighbour.port, tls=True, tls_mode=neighbour.mode)


def _with_pop(settings: Settings, neighbour: Neighbour) -> Settings:
    return replace(settings, pop_port=neighbour.port, pop_tls_mode=PopTlsMode(neighbour.mode))


def _smtp_answers(settings: Settings, *, policy: Policy, deadline: Deadline) -> bool:
    try:
        with Session(settings.server.without_login(), policy=policy, deadline=deadline) as session:
            session.open()
    except (DeliveryFailed, Stopped):
        return False
    return True


def _pop_answers(settings: Settings, *, policy: Policy, deadline: Deadline) -> bool:
    try:
        pop3.reach(settings.pop_server, policy=policy, deadline=deadline)
    except (PopFailed, Stopped):
        return False
    return True
