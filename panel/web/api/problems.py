"""What the API answers when it does not do what was asked: RFC 9457 problem details, whatever went wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from panel import clock, logs
from panel.checks.examinations.store import ExaminationRunning, TooManyExaminations
from panel.checks.trial.arrival import NothingSent
from panel.checks.trial.store import TooManyTrials, TrialRunning
from panel.errors import (
    BeyondLimit,
    DatabaseBusy,
    DatabaseError,
    LimitReached,
    OutboxFull,
    OutcomeUnknown,
    OutOfReach,
    PanelError,
    TokenLimited,
    VaultError,
)
from panel.outbox.content.resend import CannotResend, TextGone
from panel.outbox.enqueue import KeyReused
from panel.outbox.pace.choosing import NoSecondServer
from panel.outbox.pace.slot import TooSoon, seconds_of
from panel.outbox.pace.store import TriedJustNow
from panel.outbox.steering.acts import NotPossible
from panel.settings.store import SettingsFromFile

URN = "urn:problem-type:mail-panel:"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One problem type: a kind without a name says no more than its status does."""

    status: int
    name: str = ""
    title: str = ""
    retry_after: int | None = None  # seconds

    @property
    def type(self) -> str:
        """Give the URI that names the type (RFC 9457 section 3.1.1)."""
        return URN + self.name if self.name else "about:blank"


MALFORMED = ProblemType(400, "malformed-json", "The body is not JSON as it should be")
MISSING_SCOPE = ProblemType(403, "missing-scope", "The token is not good for this")
INVALID = ProblemType(422, "invalid", "A value is wrong")
KEY_REUSED = ProblemType(422, "key-reused", "The idempotency key belongs to another message")
TOO_LARGE = ProblemType(413, "message-too-large", "The message is larger than the settings let through")
STALE = ProblemType(409, "stale-settings", "The settings have changed meanwhile")
FROM_FILE = ProblemType(409, "settings-from-file", "A file gives the settings")
STALE_PRECONDITION = ProblemType(412, "stale-settings", STALE.title)
NOT_POSSIBLE = ProblemType(409, "not-possible", "The message is in a state in which that cannot be done")
TEXT_GONE = ProblemType(410, "text-gone", "The text of the message is not there any more")
NOT_SET_UP = ProblemType(409, "not-set-up", "There are no settings to test")
TEST_RUNNING = ProblemType(409, "test-running", "A test of this token is running")
NOTHING_SENT = ProblemType(409, "nothing-sent", "The test has handed over no message")
NO_SLOT = ProblemType(409, "no-slot", "The interval or a limit leaves no room for a test")
TOO_MANY_TESTS = ProblemType(429, "too-many-tests", "That was the tenth test in a minute", 60)
TOO_MANY_DIAGNOSES = ProblemType(429, "too-many-diagnoses", "That was the fifth diagnosis in a minute", 60)
DIAGNOSIS_RUNNING = ProblemType(409, "diagnosis-running", "A diagnosis is running")
NOT_HELD = ProblemType(409, "not-held", "Nothing is held")
NO_SECOND_SERVER = ProblemType(409, "no-second-server", "There is no second server")
NOT_FIRING = ProblemType(409, "not-firing", "No such incident fires that nobody knows of")
TRIED_JUST_NOW = ProblemType(429, "tried-just-now", "Held mail was tried a moment ago")
TOKEN_LIMIT = ProblemType(429, "token-limit", "The token has handed in as much as it may for now")
BEYOND_LIMIT = ProblemType(422, "beyond-token-limit", "That is more at once than the token may hand in")
OUTBOX_FULL = ProblemType(503, "outbox-full", "The outbox is full", 60)
BUSY = ProblemType(503, "database-busy", "The data is busy or out of reach", 1)
UNKNOWN = ProblemType(503, "outcome-unknown", "The database was lost meanwhile", 1)
UNAVAILABLE = ProblemType(503, retry_after=30)

_FAULTS: Sequence[tuple[type[PanelError], ProblemType]] = (
    (KeyReused, KEY_REUSED),
    (NotPossible, NOT_POSSIBLE),
    (TextGone, TEXT_GONE),
    (CannotResend, NOT_POSSIBLE),
    (TrialRunning, TEST_RUNNING),
    (TooSoon, NO_SLOT),
    (NothingSent, NOTHING_SENT),
    (TooManyTrials, TOO_MANY_TESTS),
    (TooManyExaminations, TOO_MANY_DIAGNOSES),
    (ExaminationRunning, DIAGNOSIS_RUNNING),
    (TriedJustNow, TRIED_JUST_NOW),
    (NoSecondServer, NO_SECOND_SERVER),
    (SettingsFromFile, FROM_FILE),
    (LimitReached, TOKEN_LIMIT),
    (BeyondLimit, BEYOND_LIMIT),
    (OutboxFull, OUTBOX_FULL),
)
OF_SUBMISSION = (KEY_REUSED, TOO_LARGE, TOKEN_LIMIT, BEYOND_LIMIT, OUTBOX_FULL)


class ApiProblem(Exception):
    """Something that was asked and is not done; it becomes the answer."""

    def __init__(
        self,
        kind: ProblemType,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.members: dict[str, Any] = {"detail": detail, **more}
        if errors:
            self.members["errors"] = list(errors)
        self.headers = dict(headers or {})


def document_of(problem: ApiProblem) -> dict[str, Any]:
    """Write a problem as JSON values."""
    kind = problem.kind
    title = kind.title or HTTPStatus(kind.status).phrase
    return {"type": kind.type, "title": title, "status": kind.status, **problem.members}


def response_of(problem: ApiProblem) -> Response:
    """Answer with a problem."""
    kind, text = problem.kind, json.dumps(document_of(problem), ensure_ascii=False)
    response = Response(text, kind.status, content_type="application/problem+json")
    if kind.retry_after is not None:
        response.headers["Retry-After"] = str(kind.retry_after)
    response.headers.update(problem.headers)
    return response


def of_http(fault: HTTPException) -> Response:
    """Tell what Flask refuses: there is no such address, the method is another one, the body is too large."""
    code = fault.code or 500
    allowed = fault.valid_methods if isinstance(fault, MethodNotAllowed) else None
    headers = {"Allow": ", ".join(sorted(allowed))} if allowed else {}
    return response_of(
        ApiProblem(ProblemType(code), _TEXTS.get(code, _TEXTS[400 if code < 500 else 500]), headers=headers)
    )


def of_fault(fault: PanelError) -> Response:
    """Tell what the panel's own parts refuse."""
    return response_of(problem_of(fault))


def problem_of(fault: PanelError) -> ApiProblem:
    """Make a problem of what the panel's own parts refuse, or raise it where it is none."""
    if isinstance(fault, DatabaseError):
        return _database_problem(fault)
    if isinstance(fault, VaultError):
        logs.error("key_failed", text=fault)
        return ApiProblem(UNAVAILABLE, "The key of the passwords cannot be used, so none is saved. The log says why.")
    kind = next((kind for known, kind in _FAULTS if isinstance(fault, known)), None)
    if kind is None:
        raise fault
    if isinstance(fault, TooSoon) and fault.wait.ms is not None:
        return _no_slot_yet(fault)
    if isinstance(fault, TokenLimited):
        return _limited(kind, fault)
    if isinstance(fault, TriedJustNow):
        return ApiProblem(kind, str(fault), headers={"Retry-After": str(fault.seconds)})
    return ApiProblem(kind, str(fault))


def _limited(kind: ProblemType, fault: TokenLimited) -> ApiProblem:
    """Say which limit it is, and when there is room again."""
    limit: dict[str, object] = {"name": fault.limit, "most": fault.most, "used": fault.used}
    if not isinstance(fault, LimitReached):
        return ApiProblem(kind, str(fault), limit=limit)
    limit |= {"until": clock.stamp(fault.until), "seconds": fault.seconds}
    return ApiProblem(kind, str(fault), headers={"Retry-After": str(fault.seconds)}, limit=limit)


def _no_slot_yet(fault: TooSoon) -> ApiProblem:
    """Say when a test may be sent."""
    wait = {"reason": str(fault.wait.reason), "ms": fault.wait.ms}
    headers = {"Retry-After": str(seconds_of(fault.wait))}
    return ApiProblem(NO_SLOT, str(fault), headers=headers, wait=wait)


def of_database(fault: DatabaseError) -> Response:
    """Say that the data is out of reach; where and why is for the log."""
    return response_of(_database_problem(fault))


def _database_problem(fault: DatabaseError) -> ApiProblem:
    logs.error("database_failed", text=fault)
    if isinstance(fault, OutcomeUnknown):
        return ApiProblem(UNKNOWN, "Nobody can say whether this was kept. Look before you ask again.")
    if isinstance(fault, OutOfReach):
        return ApiProblem(BUSY, "The database cannot be reached. Try again in a moment.")
    if isinstance(fault, DatabaseBusy):
        return ApiProblem(BUSY, "Another process holds the data file. Try again in a moment.")
    return ApiProblem(UNAVAILABLE, "The panel cannot reach its data. Its log says why.")


_TEXTS = {
    400: "The request cannot be understood.",
    403: "This is not allowed from another site.",
    404: "There is nothing at this address.",
    405: "This address does not take this method.",
    413: "The body is larger than this address takes.",
    415: "Bodies are JSON in UTF-8, not compressed: Content-Type: application/json.",
    500: "Something went wrong here. The log of the panel says what.",
}
