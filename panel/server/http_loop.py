"""Answers HTTP: one loop gathers whole requests and hands out the answers; threads only work (on waitress).

Whoever connects and says nothing, or little by little, holds a place among the connections and nothing else. Where
there are too many, what has waited longest makes room.
"""

from __future__ import annotations

import re
import resource
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.utilities import BadRequest
from waitress.wasyncore import dispatcher, readwrite

from panel import logs
from panel.mail.limits import LARGEST_BYTES
from panel.mail.net.peers import Network, household, is_among, plain_address

THREADS = 8
FORM_BYTES = 256 * 1024
MESSAGE_BYTES = LARGEST_BYTES * 7 // 5  # the same to the API, which looks at the settings
HARD_BYTES = 2 * MESSAGE_BYTES  # what is read of a body so that its sender gets an answer
HEAD_BYTES = 32 * 1024
MAX_CHUNK_LINE = 4 * 1024
MAX_AHEAD = 32  # requests that one connection may send ahead of their answers, which are kept until it reads them
HTTP_BACKLOG = 1024
LOOK_SECONDS = 1.0
HTTP_REST_SECONDS = 1.0  # after a connection that could not be taken

_ARRIVING = select.POLLIN | select.POLLPRI

# Control characters, folded lines (RFC 9112 section 5.2), and blanks in such a number that waitress takes seconds.
_NO_HEAD = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\n[ \t]|[ \t]{65}")
_TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_FULL = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many may be connected, and how long each may take."""

    connections: int = 800  # with the files of the threads below 1,024, the usual limit
    of_one_address: int = 100
    arrival_seconds: float = 30.0  # for a whole request
    keep_alive_seconds: float = 75.0  # as long as browsers and proxies are used to
    reading_seconds: float = 30.0  # in which a client takes some more of its answer
    held: int = MESSAGE_BYTES  # bytes of large bodies that all connections together hold


class Body:
    """A request's body in memory; of one that is too large only its length is kept, by which it is refused."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._file = BytesIO()
        self._length = 0

    @property
    def held(self) -> int:
        return self._length if self._length <= self._most else 0

    def append(self, data: bytes) -> None:
        self._length += len(data)
        if self._length <= self._most:
            self._file.write(data)
        else:
            self._file = BytesIO()

    def getfile(self) -> BytesIO:
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        self._file.close()
        self._length = 0

    def __len__(self) -> int:
        return self._length


class Request(HTTPRequestParser):
    """A request that is coming in, read more strictly than waitress does."""

    completed: bool

    @property
    def held(self) -> int:
        return self.body_rcv.getbuf().held if self.body_rcv is not None else 0

    def received(self, data: bytes) -> int:
        taken: int = super().received(data)
        if self.chunked and not self.completed and self._is_wasteful():
            self.error = BadRequest("The chunks are no sensible ones")
            self.completed = True
        return taken

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head, or raise `ParsingError`."""
        if _NO_HEAD.search(header_plus):
            raise ParsingError("There are control characters, folded lines or too many blanks in the head")
        try:
            super().parse_header(header_plus)
        except ValueError:  # of urlsplit, or of a number with thousands of digits
            raise ParsingError("The head makes no sense") from None
        # RFC 9112 section 6.1: a length beside a coding, or a coding in HTTP/1.0, may be an attempt to smuggle.
        if "TRANSFER_ENCODING" in self.headers or (self.chunked and "CONTENT_LENGTH" in self.headers):
            raise ParsingError("The length of the body is not clear")
        self._mark_repeated(header_plus.upper())
        if self.body_rcv is not None:
            self.body_rcv.buf = Body(MESSAGE_BYTES if self.path.startswith("/api/") else FORM_BYTES)

    def _mark_repeated(self, head: bytes) -> None:
        """End what was joined of several fields of a name by what no field can hold, where there may be one of it."""
        for name in self.adj.single:
            if head.count(f"\n{name}:".encode()) > 1:
                self.headers[name.replace("-", "_")] += "\n"

    def _is_wasteful(self) -> bool:
        """Say whether lines of chunks grow without end, or most bytes say how long the others are."""
        chunks = self.body_rcv
        lines = len(chunks.control_line) + len(chunks.trailer)
        return lines > MAX_CHUNK_LINE or self.body_bytes_received > 2 * len(chunks) + FORM_BYTES // 4


class Connection(HTTPChannel):
    """One client: it waits, its request arrives, is worked on, and its answer leaves."""

    parser_class = Request
    server: HttpServer

    def __init__(
        self, server: HttpServer, sock: socket.socket, addr: tuple[str, int], adj: Adjustments, map: Any = None
    ) -> None:
        self.since = time.monotonic()  # when it began to wait, or its request to arrive
        super().__init__(server, sock, addr, adj, map)
        self.household = household(addr[0])
        server.admit(self)

    @property
    def yields(self) -> bool:
        """Say whether it may make room for another one: nothing is being done for it."""
        return not self.requests and not self.total_outbufs_len

    @property
    def held(self) -> int:
        """Count the bytes of large bodies that it holds."""
        arriving = [self.request] if self.request else []
        sizes = (each.held for each in [*arriving, *self.requests])
        return sum(size for size in sizes if size > FORM_BYTES)

    def readable(self) -> bool:
        return not self.server.stopping and bool(super().readable())

    def awaited(self) -> int:
        """Give what `readable` and `writable` say as events to poll for: it is asked at every turn."""
        if self.total_outbufs_len or self.will_close or self.close_when_flushed:
            return select.POLLOUT
        return 0 if self.requests or self.server.stopping else _ARRIVING

    def received(self, data: bytes) -> bool:
        before = self.request
        taken = bool(super().received(data))
        if self.request is not before:
            self.since = time.monotonic()
        if len(self.requests) > MAX_AHEAD:
            self.end()
            return False
        if self.request and self.request.held > FORM_BYTES:
            self.server.limit_held()
        return taken

    def service(self) -> None:
        super().service()
        if self.request is None:
            self.since = time.monotonic()

    def end_if_late(self, bounds: Bounds) -> None:
        """Hang up on who has had time enough."""
        if self.total_outbufs_len:
            if time.time() - self.last_activity > bounds.reading_seconds:
                self.end()
        elif self.yields:
            passed = time.monotonic() - self.since
            if self.request is not None and passed > bounds.arrival_seconds:
                self.end(_TIMED_OUT)
            elif passed > bounds.keep_alive_seconds:
                self.end()

    def end(self, last: bytes = b"") -> None:
        """Hang up, after a last word where nothing else is being said."""
        self.will_close = True
        with suppress(OSError):
            if last:
                self.socket.send(last)
        self.handle_close()


class HttpServer(TcpWSGIServer):
    """Serves an application on a socket that listens, until it is asked to stop."""

    channel_class = Connection

    def __init__(
        self,
        app: WSGIApplication,
        listening: socket.socket,
        *,
        trusted: Sequence[Network] = (),
        name: str = "localhost",
        single: Iterable[str] = (),
        bounds: Bounds = Bounds(),
    ) -> None:
        self.stopping = False
        self._trusted = trusted
        self._bounds = bounds
        self._most = min(bounds.connections, max(resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200, 20))
        self._threads = ThreadPoolExecutor(THREADS, "page")  # one that is idle is asked before another one is begun
        self._quick = ThreadPoolExecutor(1, "quick")
        self._seldom = logs.Seldom()
        self._looked = self._rests_until = 0.0
        self._poll, self._awaited = select.poll(), dict[int, int]()
        super().__init__(
            _without_files(app),
            map={},
            _sock=listening,
            dispatcher=self._threads,
            adj=_adjustments(name, single),
            bind_socket=False,
            sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
        )

    def serve(self, beat: Callable[[], object]) -> None:
        """Answer until `stop`, and call `beat` about once a second."""
        while not self.stopping:
            if time.monotonic() - self._looked > LOOK_SECONDS:
                self._looked = time.monotonic()
                self._end_late()
                beat()
            self._turn(LOOK_SECONDS)

    def stop(self) -> None:
        """Begin no further request."""
        self.stopping = True
        self.pull_trigger()

    def finish(self, seconds: float) -> None:
        """Close the door, and hand out what is being worked on."""
        dispatcher.close(self)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not all(each.yields for each in self.active_channels.values()):
            self._turn(0.1)
        for each in [*self.active_channels.values()]:
            each.end()
        for threads in (self._quick, self._threads):
            threads.shutdown(wait=False, cancel_futures=True)

    def admit(self, newcomer: Connection) -> None:
        """Let another connection in, for which one that waits may have to go."""
        others = [each for each in self.active_channels.values() if each is not newcomer]
        crowd = [each for each in others if each.household == newcomer.household]
        if len(crowd) >= self._bounds.of_one_address and not self._is_trusted(newcomer):
            self._make_room(crowd, newcomer)
        elif len(others) >= self._most:
            self._make_room(self._largest_crowd(others), newcomer)

    def limit_held(self) -> None:
        """End requests that have been arriving longest, until the others have room."""
        arriving = [each for each in self.active_channels.values() if each.yields and each.held]
        held = sum(each.held for each in self.active_channels.values())
        for each in sorted(arriving, key=_since):
            if held > self._bounds.held:
                held -= each.held
                each.end(_FULL)

    # How waitress runs it

    def readable(self) -> bool:
        return bool(self.accepting) and time.monotonic() >= self._rests_until

    def accept(self) -> Any:
        """Take a connection; where the machine gives none, who waits is taken after a rest."""
        try:
            return super().accept()
        except OSError as fault:
            self._rests_until = time.monotonic() + HTTP_REST_SECONDS
            self._seldom.error("not_connected", text=fault.strerror)
            return None

    def fix_addr(self, addr: tuple[Any, ...]) -> tuple[str, int]:
        return plain_address(addr[0]), addr[1]

    def add_task(self, task: Connection) -> None:
        """Have a request worked on; what takes no time has a thread of its own, however long the pages take."""
        request = task.requests[0]
        is_quick = request.error or request.path == "/healthz"
        threads = self._quick if is_quick else self._threads
        threads.submit(task.service).add_done_callback(_tell_fault)

    # What it does

    def _turn(self, seconds: float) -> None:
        """Do what waitress' own loop does, which asks each connection twice and registers all anew at every turn."""
        awaited = {file: events for file, each in [*self._map.items()] if (events := _awaited(each))}
        for file in self._awaited.keys() - awaited.keys():
            self._poll.unregister(file)
        for file in [file for file, events in awaited.items() if self._awaited.get(file) != events]:
            self._poll.register(file, awaited[file])
        self._awaited = awaited
        for file, events in self._poll.poll(seconds * 1000):
            if (each := self._map.get(file)) is not None:
                readwrite(each, events)

    def _end_late(self) -> None:
        for each in [*self.active_channels.values()]:
            each.end_if_late(self._bounds)

    def _is_trusted(self, connection: Connection) -> bool:
        return is_among(connection.addr[0], self._trusted)

    def _largest_crowd(self, connections: Iterable[Connection]) -> list[Connection]:
        """Give those of the address that has most; of a trusted proxy only where there is nobody else."""
        strangers = [each for each in connections if not self._is_trusted(each)] or [*connections]
        largest, _ = Counter(each.household for each in strangers).most_common(1)[0]
        return [each for each in strangers if each.household == largest]

    def _make_room(self, crowd: Sequence[Connection], newcomer: Connection) -> None:
        """End the one of them that has waited longest; where something is done for each, the newcomer has to go."""
        self._seldom.warning("connections_full", address=crowd[0].addr[0], connections=len(crowd))
        waiting = [each for each in crowd if each.yields]
        if waiting:
            min(waiting, key=_since).end()
        else:
            newcomer.end(_FULL)


def _awaited(each: Any) -> int:
    if isinstance(each, Connection):
        return each.awaited()
    return (_ARRIVING if each.readable() else 0) | (select.POLLOUT if each.writable() and not each.accepting else 0)


def _without_files(app: WSGIApplication) -> WSGIApplication:
    """Have files read into memory: an answer that is not fetched would hold its file open."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ.pop("wsgi.file_wrapper", None)
        return app(environ, start_response)

    return answer


def _since(connection: Connection) -> float:
    return connection.since


def _tell_fault(done: Future[None]) -> None:
    if not done.cancelled() and (fault := done.exception()):
        logs.error("crashed", fault, thread="page")


def _adjustments(name: str, single: Iterable[str] = ()) -> Adjustments:
    adjustments = Adjustments(
        ident="",
        server_name=name,
        backlog=HTTP_BACKLOG,
        connection_limit=10**9,  # where waitress would take no more, `admit` makes room
        recv_bytes=16 * 1024,
        max_request_header_size=HEAD_BYTES,
        max_request_body_size=HARD_BYTES,
        outbuf_high_watermark=2**40,  # a thread waits for no reader
        outbuf_overflow=2**41,  # and nothing is written to a file
        log_socket_errors=False,
        clear_untrusted_proxy_headers=False,  # panel.web.proxy alone judges them
    )
    adjustments.single = tuple(name.upper() for name in single)  # which hand on what came of them, marked
    return adjustments
