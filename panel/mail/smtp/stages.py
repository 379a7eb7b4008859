"""The stages of a session: each is timed and told, and whatever breaks it off becomes a `DeliveryFailed`."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, TypeVar

from panel import logs
from panel.mail.net import network_faults, tls
from panel.mail.net.connect import NoRoute
from panel.mail.net.connection import ConnectionLost, NoProtocol, Stopped, TimeIsUp
from panel.mail.smtp.pop3 import PopFailed
from panel.mail.smtp.protocol import Failure, Reply, Stage

T = TypeVar("T")


class DeliveryFailed(Exception):
    """The session broke off; `failure` says where and why, `refused` what each recipient got where all were refused."""

    def __init__(self, failure: Failure, refused: Mapping[str, Reply] | None = None) -> None:
        super().__init__(f"{failure.stage}: {failure.cause}")
        self.failure = failure
        self.refused = refused or {}


class Watcher(Protocol):
    """Hears of each stage as it begins and ends; `status` is `ok`, `failed` or `skipped`."""

    def begin(self, stage: Stage) -> None: ...

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None: ...


class Nobody:
    """Watches nothing."""

    def begin(self, stage: Stage) -> None: ...

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None: ...


class Refused(Exception):
    """The server said no."""

    def __init__(
        self, reply: Reply, cause: str = "", detail: str = "", *, everyone: Mapping[str, Reply] | None = None
    ) -> None:
        super().__init__(str(reply.code))
        self.reply = reply
        self.everyone = everyone or {}
        self.cause = cause or _CLASSES.get(reply.code // 100, "protocol_error")
        self.detail = detail


_CLASSES = {4: "server_temporary", 5: "server_permanent"}


class Broken(Exception):
    """The session cannot go on, for a cause that we see ourselves."""

    def __init__(self, cause: str, detail: str = "", *, uncertain: bool = False) -> None:
        super().__init__(cause)
        self.cause = cause
        self.detail = detail
        self.uncertain = uncertain


class Stages:
    """Tells a watcher of each stage; `reply` is the newest of the one that runs, `failed` whether any has."""

    def __init__(self, watcher: Watcher) -> None:
        self.reply: Reply | None = None
        self.failed = False
        self._watcher = watcher

    def on_reply(self, reply: Reply) -> None:
        """Keep the newest reply."""
        self.reply = reply

    @contextmanager
    def run(self, stage: Stage) -> Iterator[None]:
        """Time a stage and tell of it; whatever breaks it off becomes a `DeliveryFailed`."""
        self._watcher.begin(stage)
        self.reply = None
        began = time.monotonic()
        status = "failed"
        try:
            yield
            status = "ok"
        except Stopped:
            raise
        except (Broken, Refused, NoRoute, PopFailed, ConnectionLost, NoProtocol, TimeIsUp, OSError) as fault:
            raise DeliveryFailed(_failure(stage, fault), getattr(fault, "everyone", None)) from None
        except Exception as fault:  # messages are prepared by now: this is what a server made us do
            logs.unexpected("session_fault", fault, stage=stage)
            raise DeliveryFailed(Failure(stage, "protocol_error", uncertain=stage is Stage.DATA)) from None
        finally:
            self.failed = self.failed or status == "failed"
            self._watcher.end(stage, status, (time.monotonic() - began) * 1000, self.reply)

    @contextmanager
    def run_if(self, stage: Stage, needed: T | None) -> Iterator[T | None]:
        """The same for a stage that runs only where there is what it needs; else it is told as skipped."""
        if not needed:
            self._watcher.end(stage, "skipped", 0.0, None)
            yield None
            return
        with self.run(stage):
            yield needed

    def note(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None:
        """Tell of a stage that is over already."""
        self._watcher.begin(stage)
        self._watcher.end(stage, status, ms, reply)


_TIMEOUTS = {Stage.RESOLVE: "dns_unavailable", Stage.CONNECT: "connect_timeout", Stage.GREETING: "greeting_timeout"}


def _failure(stage: Stage, fault: Exception) -> Failure:
    """Put what broke a stage off into words of ours."""
    match fault:
        case Refused():
            return Failure(stage, fault.cause, fault.reply, fault.detail)
        case Broken():
            return Failure(stage, fault.cause, None, fault.detail, fault.uncertain)
        case PopFailed():
            return Failure(stage, fault.cause, fault.reply, fault.detail)
        case NoRoute():
            return Failure(stage, fault.cause, None, fault.detail)
        case TimeIsUp():
            return Failure(stage, _TIMEOUTS.get(stage, "reply_timeout"))
        case NoProtocol():
            return Failure(stage, "protocol_error")
        case ssl.SSLError() if "ALERT" in (fault.reason or ""):  # TLS 1.3 refuses a client's certificate this late
            cause, detail = tls.cause_of(fault)
            return Failure(stage, cause, None, detail)
        case OSError():
            cause, detail = network_faults.in_session(fault)
            return Failure(stage, cause, None, detail)
    return Failure(stage, "connection_lost")
