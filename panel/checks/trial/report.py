"""What a test send found, stage by stage: a value that is stored, shown and printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from panel import clock
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.outbox.pace.route import Which


class Outcome(StrEnum):
    """How a test stands; `UNKNOWN` when the connection was lost between the final dot and its reply."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


class Mode(StrEnum):
    """`SEND` delivers a message, `CHECK` ends after RCPT."""

    SEND = "send"
    CHECK = "check"


class StageReport(NamedTuple):
    """One stage: status `ok`, `failed`, `skipped` or `running`, its duration in ms, and the server's reply."""

    stage: Stage
    status: str
    ms: float | None = None
    reply: str | None = None


class Waiting(NamedTuple):
    """Why a test has not begun: `pace`, a cap, `busy`, or `asked` for later; `until` when it goes, if that is known."""

    reason: str
    until: datetime | None = None


class Report(NamedTuple):
    """A test send as far as it is; the failure is kept as it happened, its words are found when it is told."""

    mode: Mode
    recipient: str
    host: str
    port: int
    started_at: datetime
    version: int | None = None
    outcome: Outcome = Outcome.RUNNING
    ms: float = 0.0
    stages: tuple[StageReport, ...] = ()
    address: str | None = None
    tls: Mapping[str, str] | None = None
    auth: str | None = None
    queue_id: str | None = None
    failure: Failure | None = None
    suggestion: Mapping[str, object] | None = None  # settings that were tried and work instead
    notices: tuple[str, ...] = ()
    transcript: tuple[str, ...] = ()
    waiting: Waiting | None = None
    from_address: str = ""
    mail_from: str = ""  # where bounces go
    accepted_at: datetime | None = None  # of a message that the server took
    server: Which = Which.FIRST
    size_max: int | None = None  # bytes of a message that the server takes, where it says so

    @property
    def handed_over(self) -> bool:
        """Say whether the server has taken a message, or may have."""
        return self.mode is Mode.SEND and self.outcome in (Outcome.SUCCESS, Outcome.UNKNOWN)

    @property
    def sent_at(self) -> datetime:
        """Give when the server took the message; it may have waited for its slot before."""
        return self.accepted_at or self.started_at + timedelta(milliseconds=self.ms)

    def stages_with(self, stage: StageReport) -> tuple[StageReport, ...]:
        """Add a stage, or put it in the place of the same one that was running."""
        return (*(each for each in self.stages if each.stage is not stage.stage), stage)

    def came_to(self, stage: Stage) -> bool:
        return any(each.stage is stage for each in self.stages)

    def without_replies(self) -> Report:
        """Leave out what the server said; which stage ended how, and why, stays."""
        stages = tuple(each._replace(reply=None) for each in self.stages)
        failure = self.failure and replace(self.failure, reply=None, detail="")
        return self._replace(stages=stages, queue_id=None, failure=failure, transcript=())

    def stopped(self) -> Report:
        """Give the report of a test that ended in the middle: what was running did not finish."""
        stages = tuple(each._replace(status="failed") if each.status == "running" else each for each in self.stages)
        return self._replace(outcome=Outcome.STOPPED, stages=stages)


def without_failure(report: Report) -> dict[str, Any]:
    """Give the report as JSON values with the public keys; `failure` is told by the caller, in some language."""
    return {
        "outcome": str(report.outcome),
        "mode": str(report.mode),
        "version": report.version,
        "server": str(report.server),
        "started_at": clock.stamp(report.started_at),
        "ms": round(report.ms),
        "recipient": report.recipient,
        "stages": [
            {"stage": str(each.stage), "status": each.status, "ms": each.ms, "reply": each.reply}
            for each in report.stages
        ],
        "address": report.address,
        "tls": dict(report.tls) if report.tls else None,
        "auth": report.auth,
        "queue_id": report.queue_id,
        "size_max": report.size_max,
        "failure": None,
        "notices": list(report.notices),
        "transcript": list(report.transcript),
        "wait": _waiting_document(report.waiting),
    }


def to_document(report: Report) -> dict[str, Any]:
    """Give the report as it is stored: its JSON, the server, and the failure as it happened."""
    return {
        **without_failure(report),
        "host": report.host,
        "port": report.port,
        "failure": _failure_document(report.failure),
        "suggestion": dict(report.suggestion) if report.suggestion else None,
        "from_address": report.from_address,
        "mail_from": report.mail_from,
        "accepted_at": clock.stamp_or_none(report.accepted_at),
    }


def from_document(document: Mapping[str, Any]) -> Report:
    return Report(
        mode=Mode(document["mode"]),
        recipient=document["recipient"],
        host=document["host"],
        port=document["port"],
        started_at=clock.moment(document["started_at"]),
        version=document["version"],
        outcome=Outcome(document["outcome"]),
        ms=document["ms"],
        stages=tuple(
            StageReport(Stage(each["stage"]), each["status"], each["ms"], each["reply"]) for each in document["stages"]
        ),
        address=document["address"],
        tls=document["tls"],
        auth=document["auth"],
        queue_id=document["queue_id"],
        failure=_failure(document["failure"]),
        suggestion=document.get("suggestion"),
        notices=tuple(document["notices"]),
        transcript=tuple(document["transcript"]),
        waiting=_waiting(document.get("wait")),
        from_address=document.get("from_address", ""),
        mail_from=document.get("mail_from", ""),
        accepted_at=clock.moment_or_none(document.get("accepted_at")),
        server=Which(document.get("server", Which.FIRST)),
        size_max=document.get("size_max"),
    )


def _waiting_document(waiting: Waiting | None) -> dict[str, str | None] | None:
    return {"reason": waiting.reason, "until": clock.stamp_or_none(waiting.until)} if waiting else None


def _waiting(document: Mapping[str, Any] | None) -> Waiting | None:
    return Waiting(document["reason"], clock.moment_or_none(document["until"])) if document else None


def _failure_document(failure: Failure | None) -> dict[str, Any] | None:
    if failure is None:
        return None
    reply = {"code": failure.reply.code, "lines": list(failure.reply.lines)} if failure.reply else None
    return {
        "stage": str(failure.stage),
        "cause": failure.cause,
        "reply": reply,
        "detail": failure.detail,
        "uncertain": failure.uncertain,
    }


def _failure(document: Mapping[str, Any] | None) -> Failure | None:
    if document is None:
        return None
    reply = Reply(document["reply"]["code"], tuple(document["reply"]["lines"])) if document["reply"] else None
    return Failure(Stage(document["stage"]), document["cause"], reply, document["detail"], document["uncertain"])
