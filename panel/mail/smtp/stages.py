"""The stages of a session: each is timed and reported, and whatever breaks it off becomes a `DeliveryFailed`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Protocol, Self, TypeVar

from panel import logs
from panel.mail.net import tls
from panel.mail.net.errors import ConnectionLost, NoProtocol, NoRoute, SessionError, Stopped, TimeIsUp
from panel.mail.smtp.errors import Broken, DeliveryFailed, PopFailed, Refused
from panel.mail.smtp.protocol import Failure, Reply, Stage

T = TypeVar("T")


class Watcher(Protocol):
    """Is called as each stage begins and ends; `status` is `ok`, `failed` or `skipped`."""

    def begin(self, stage: Stage) -> None: ...

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None: ...


class Nobody:
    """Watches nothing."""

    def begin(self, stage: Stage) -> None: ...

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None: ...


class Stages:
    """Reports each stage to a watcher; `reply` is the newest of the one that runs, `failed` whether any has."""

    def __init__(self, watcher: Watcher) -> None:
        self.reply: Reply | None = None
        self.failed = False
        self.watcher = watcher

    def on_reply(self, reply: Reply) -> None:
        """Keep the newest reply."""
        self.reply = reply

    def run(self, stage: Stage) -> Running:
        """Time a stage and report it; whatever breaks it off becomes a `DeliveryFailed`."""
        return Running(self, stage)

    @contextmanager
    def run_if(self, stage: Stage, needed: T | None) -> Iterator[T | None]:
        """The same for a stage that runs only where there is what it needs; else it is reported as skipped."""
        if not needed:
            self.watcher.end(stage, "skipped", 0.0, None)
            yield None
            return
        with self.run(stage):
            yield needed

    def note(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None:
        """Report a stage that is over already."""
        self.watcher.begin(stage)
        self.watcher.end(stage, status, ms, reply)


class Running:
    """A stage that runs, or several one after the other; a message has three, so that this is no generator."""

    __slots__ = ("_began", "_runs", "_stage", "_stages")

    def __init__(self, stages: Stages, stage: Stage) -> None:
        self._stages = stages
        self._stage = stage

    def __enter__(self) -> Self:
        self._runs = False
        self._begin(self._stage)
        return self

    def go_on(self, stage: Stage) -> None:
        """End the stage that runs, and begin the next; what the watcher raises then is no fault of a stage."""
        self._end("ok")
        self._runs = False
        self._begin(stage)

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._runs:
            return
        try:
            if isinstance(fault, Exception) and not isinstance(fault, Stopped):
                failed = _broken_off(self._stage, fault)
                if self._stage is Stage.TOKEN and failed.failure.detail:  # of a server that speaks no SMTP
                    self._stages.on_reply(Reply(0, (failed.failure.detail,)))
                raise failed from None
        finally:
            self._stages.failed = self._stages.failed or kind is not None
            self._end("failed" if kind else "ok")

    def _begin(self, stage: Stage) -> None:
        """Begin a stage, of which there is no reply yet."""
        self._stage = stage
        self._stages.watcher.begin(stage)
        self._stages.reply = None
        self._began, self._runs = time.monotonic(), True

    def _end(self, status: str) -> None:
        stages = self._stages
        stages.watcher.end(self._stage, status, (time.monotonic() - self._began) * 1000, stages.reply)


def _broken_off(stage: Stage, fault: Exception) -> DeliveryFailed:
    """Say what an exception of a stage means for the message."""
    if isinstance(fault, (SessionError, OSError)):
        return DeliveryFailed(_failure(stage, fault), getattr(fault, "everyone", None))
    logs.unexpected("session_fault", fault, stage=stage)  # messages are prepared by now: a server made us do it
    cause = "oauth_answer_broken" if stage is Stage.TOKEN else "protocol_error"
    return DeliveryFailed(Failure(stage, cause, uncertain=stage is Stage.DATA))


_OF_THIS_MACHINE = ("address_denied", "connection_forbidden", "local_resources")  # what no other server mends


def _without_token(fault: SessionError | OSError) -> Failure:
    """Say why there is no token: of a fault on the way to the server that gives them, its name is the detail."""
    match fault:
        case NoRoute() | ConnectionLost() | TimeIsUp():
            cause, detail = fault.cause, fault.detail
        case SessionError():
            broken = isinstance(fault, NoProtocol)
            cause, wait = "oauth_answer_broken" if broken else fault.cause, fault.retry_after_ms
            return Failure(Stage.TOKEN, cause, None, fault.detail, retry_after_ms=wait)
        case _:
            cause, detail = tls.cause_in_session(fault)
    if cause in _OF_THIS_MACHINE:
        return Failure(Stage.TOKEN, cause, None, detail)
    return Failure(Stage.TOKEN, "oauth_server_unreachable", None, cause)


_TIMEOUTS = {Stage.RESOLVE: "dns_unavailable", Stage.CONNECT: "connect_timeout", Stage.GREETING: "greeting_timeout"}


def _failure(stage: Stage, fault: SessionError | OSError) -> Failure:
    """Put what broke a stage off into words of ours."""
    if stage is Stage.TOKEN:
        return _without_token(fault)
    match fault:
        case Refused() | PopFailed():
            return Failure(stage, fault.cause, fault.reply, fault.detail)
        case Broken():
            return Failure(stage, fault.cause, None, fault.detail, fault.uncertain)
        case TimeIsUp():
            return Failure(stage, _TIMEOUTS.get(stage, fault.cause))
        case SessionError():
            return Failure(stage, fault.cause, None, fault.detail)
        case _:
            cause, detail = tls.cause_in_session(fault)
    return Failure(stage, cause, None, detail)
