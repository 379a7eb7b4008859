"""What strangers do with connections costs others nothing."""

from __future__ import annotations

import re
import resource
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from ipaddress import ip_network
from pathlib import Path
from time import thread_time
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from panel import web
from panel.mail.limits import LARGEST_BYTES, MAX_BYTES
from panel.server.http_loop import FORM_BYTES, MESSAGE_BYTES, THREADS, Bounds, HttpServer, Request, _adjustments
from panel.web.api import drafts
from tests.support.serving import Serving
from tests.support.waiting import WITHIN, wait_until

LARGE = 40 * 1024 * 1024  # more than the kernel holds for a client


class Application:
    """Answers at once, with the environment it was given; slowly at `/slow`, and with very much at `/large`."""

    def __init__(self) -> None:
        self.asked: list[WSGIEnvironment] = []
        self.bodies: list[bytes] = []
        self.working = 0
        self.go_on = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        if environ["PATH_INFO"] == "/slow":
            self.working += 1
            self.go_on.wait(WITHIN)
        body = b"x" * LARGE if environ["PATH_INFO"] == "/large" else b"here"
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]


@pytest.fixture
def app() -> Iterator[Application]:
    app = Application()
    yield app
    app.go_on.set()


@contextmanager
def running(app: WSGIApplication, host: str = "127.0.0.1", **given: Any) -> Iterator[HttpServer]:
    """Serve in a thread."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, 0), family=family, backlog=1024, dualstack_ipv6=host == "::")
    server = HttpServer(app, listening, **given)
    thread = threading.Thread(target=server.serve, args=[lambda: None])
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(WITHIN)
        server.finish(WITHIN)


@contextmanager
def serving(app: WSGIApplication, host: str = "127.0.0.1", **given: Any) -> Iterator[int]:
    """The same, and give the port."""
    with running(app, host, **given) as server:
        yield int(server.effective_port)


def ask(port: int, path: str = "/", *, source: str = "127.0.0.1") -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", port, WITHIN, source_address=(source, 0))
    connection.request("GET", path)
    return connection.getresponse()


def connect(port: int, sent: bytes = b"", *, source: str = "127.0.0.1") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), WITHIN, source_address=(source, 0))
    client.sendall(sent)
    return client


def everything(client: socket.socket) -> bytes:
    """Read until the server hangs up."""
    parts = iter(lambda: client.recv(65536), b"")
    return b"".join(parts)


def ended(clients: Iterable[socket.socket]) -> int:
    """Count those that the server has hung up on."""
    count = 0
    for client in clients:
        client.setblocking(False)
        try:
            count += client.recv(1) == b""
        except BlockingIOError:
            continue
        except ConnectionResetError:
            count += 1
    return count


def statuses(answer: bytes) -> list[bytes]:
    return re.findall(rb"HTTP/1\.1 ([0-9]{3})", answer)


@pytest.fixture
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the server look for who is late all the time, not once a second."""
    monkeypatch.setattr("panel.server.http_loop.LOOK_SECONDS", 0.01)


@pytest.fixture
def many(is_long: bool) -> int:
    """More connections than there are threads; as files on both sides they need room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4096)), hard))
    return 900 if is_long else 300


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx",
    ],
    ids=["nothing", "a byte", "half a head", "half a body", "half a chunk"],
)
def test_hundreds_that_never_finish_a_request_keep_nobody_out(app: Application, many: int, sent: bytes) -> None:
    with serving(app) as port, ExitStack() as opened:
        idle = [opened.enter_context(connect(port, sent)) for _ in range(many)]

        for path in ("/", "/healthz"):
            assert ask(port, path).status == 200
            assert ask(port, path, source="127.0.0.2").status == 200

        assert ended(idle) >= many - Bounds().of_one_address
        assert len(app.asked) == 4


def test_one_that_drips_its_request_holds_no_thread(app: Application) -> None:
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(app) as port, ExitStack() as opened:
        dripping = [opened.enter_context(connect(port)) for _ in range(THREADS * 2)]
        for place in range(len(request)):
            for client in dripping:
                client.sendall(request[place : place + 1])
            if place < len(request) - 1 and place % 10 == 0:
                assert ask(port).status == 200

        assert all(client.recv(12) == b"HTTP/1.1 200" for client in dripping)


def test_health_is_told_while_every_thread_works(app: Application) -> None:
    with serving(app) as port, ExitStack() as opened:
        for _ in range(THREADS * 3):
            opened.enter_context(connect(port, b"GET /slow HTTP/1.1\r\n\r\n"))
        wait_until(lambda: app.working == THREADS)

        assert [ask(port, "/healthz").status for _ in range(5)] == [200] * 5
        with connect(port, b"nonsense\r\n\r\n") as wrong:
            assert wrong.recv(12) == b"HTTP/1.0 400"
        app.go_on.set()


def test_readers_that_do_not_read_hold_no_thread(app: Application) -> None:
    with serving(app) as port, ExitStack() as opened:
        for _ in range(THREADS + 2):
            opened.enter_context(connect(port, b"GET /large HTTP/1.1\r\n\r\n"))
        wait_until(lambda: len(app.asked) == THREADS + 2)

        assert ask(port).read() == b"here"


def test_a_large_answer_arrives_whole(app: Application) -> None:
    with serving(app) as port:
        assert len(ask(port, "/large").read()) == LARGE


def test_what_has_waited_longest_makes_room(app: Application) -> None:
    with serving(app, bounds=Bounds(of_one_address=5)) as port, ExitStack() as opened:
        clients = [opened.enter_context(connect(port)) for _ in range(8)]
        stranger = opened.enter_context(connect(port, source="127.0.0.2"))

        assert [everything(client) for client in clients[:3]] == [b""] * 3
        for client in (*clients[3:], stranger):
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert client.recv(12) == b"HTTP/1.1 200"


def test_work_in_hand_makes_no_room_and_the_newcomer_is_told(app: Application) -> None:
    with serving(app, bounds=Bounds(of_one_address=2)) as port, ExitStack() as opened:
        working = [opened.enter_context(connect(port, b"GET /slow HTTP/1.1\r\n\r\n")) for _ in range(2)]
        wait_until(lambda: app.working == 2)

        assert everything(opened.enter_context(connect(port))).startswith(b"HTTP/1.1 503")

        app.go_on.set()
        assert all(client.recv(12) == b"HTTP/1.1 200" for client in working)


def test_a_trusted_proxy_has_as_many_as_there_are_and_keeps_them(app: Application) -> None:
    trusted = [ip_network("127.0.0.1/32")]
    with serving(app, trusted=trusted, bounds=Bounds(connections=20, of_one_address=5)) as port, ExitStack() as opened:
        proxied = [opened.enter_context(connect(port)) for _ in range(15)]
        for number in range(20):
            opened.enter_context(connect(port, source=f"127.0.0.{number % 5 + 2}"))
        assert ask(port).status == 200

        assert ended(proxied) == 0


def test_the_largest_crowd_makes_room_where_all_places_are_taken(app: Application) -> None:
    with serving(app, bounds=Bounds(connections=10)) as port, ExitStack() as opened:
        one = opened.enter_context(connect(port, source="127.0.0.2"))
        crowd = [opened.enter_context(connect(port)) for _ in range(15)]
        assert ask(port, source="127.0.0.3").status == 200

        assert ended([one]) == 0
        assert ended(crowd) >= 6


@pytest.mark.usefixtures("looks_often")
def test_a_request_that_takes_too_long_is_told_so(app: Application) -> None:
    with serving(app, bounds=Bounds(arrival_seconds=0)) as port, connect(port, b"GET / HTTP/1.1\r\n") as client:
        assert statuses(everything(client)) == [b"408"]


@pytest.mark.usefixtures("looks_often")
def test_one_that_waits_too_long_with_its_next_request_is_hung_up_on(app: Application) -> None:
    with serving(app, bounds=Bounds(keep_alive_seconds=0)) as port, connect(port) as client:
        assert everything(client) == b""


@pytest.mark.usefixtures("looks_often")
def test_a_reader_that_stops_reading_is_hung_up_on(app: Application) -> None:
    with running(app, bounds=Bounds(reading_seconds=0)) as server, ExitStack() as opened:
        client = opened.enter_context(connect(int(server.effective_port), b"GET /large HTTP/1.1\r\n\r\n"))
        wait_until(lambda: app.asked)
        wait_until(lambda: not server.active_channels)

        assert 0 < len(everything(client)) < LARGE


def test_a_connection_is_kept_for_the_next_request(app: Application) -> None:
    with serving(app) as port:
        connection = HTTPConnection("127.0.0.1", port, WITHIN)
        for _ in range(3):
            connection.request("POST", "/", b"some words")
            assert connection.getresponse().read() == b"here"

    assert len({environ["REMOTE_PORT"] for environ in app.asked}) == 1
    assert app.bodies == [b"some words"] * 3


def test_requests_sent_at_once_are_answered_in_their_order(app: Application) -> None:
    with serving(app) as port, connect(port, b"GET /1 HTTP/1.1\r\n\r\n" * 20) as client:
        client.sendall(b"GET /2 HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert statuses(everything(client)) == [b"200"] * 21


def test_one_who_sends_requests_far_ahead_is_hung_up_on(app: Application) -> None:
    """Each answer would be kept until it is read: some hundred connections held gigabytes."""
    with serving(app) as port:
        with connect(port, b"GET /slow HTTP/1.1\r\n\r\n" * 100) as client, suppress(ConnectionResetError):
            assert everything(client) == b""
        app.go_on.set()
        assert ask(port).status == 200
    assert len(app.asked) <= 2


def test_no_answer_holds_a_file_open(app: Application) -> None:
    """Readers that do not read once held a file for each request, until there were none for anybody."""
    with serving(app) as port:
        ask(port)
    assert "wsgi.file_wrapper" not in app.asked[0]


def test_one_who_has_said_all_still_gets_the_answer(app: Application) -> None:
    with serving(app) as port, connect(port, b"GET /slow HTTP/1.1\r\n\r\n") as client:
        wait_until(lambda: app.working)
        client.shutdown(socket.SHUT_WR)
        app.go_on.set()
        assert statuses(everything(client)) == [b"200"]


def test_what_is_in_hand_at_the_end_is_answered(app: Application) -> None:
    with serving(app) as port:
        client = connect(port, b"GET /slow HTTP/1.1\r\n\r\n")
        wait_until(lambda: app.working)
        threading.Timer(0.05, app.go_on.set).start()
    with client:
        assert everything(client).endswith(b"here")


def test_a_header_that_may_be_there_once_is_marked_where_it_came_twice(app: Application) -> None:
    sent = b"GET / HTTP/1.0\r\nRemote-Groups: staff\r\nX-Others: a\r\nx-others: b\r\n"
    with serving(app, single=["Remote-Groups"]) as port:
        for more in (b"", b"remote-groups:\tadmins\r\n", b"REMOTE-GROUPS:\r\n", b"X-Remote-Groups: c\r\n"):
            everything(connect(port, sent + more + b"\r\n"))

    found = [each["HTTP_REMOTE_GROUPS"] for each in app.asked]
    assert found == ["staff", "staff, admins\n", "staff, \n", "staff"]
    assert {each["HTTP_X_OTHERS"] for each in app.asked} == {"a, b"}


def test_a_header_with_an_underscore_is_dropped(app: Application) -> None:
    lines = b"X_Forwarded_For: 192.0.2.1\r\nRemote_User: admin\r\nX_Forwarded-Host: evil.example\r\n"
    with serving(app) as port, connect(port, b"GET / HTTP/1.1\r\nConnection: close\r\n" + lines + b"\r\n") as client:
        everything(client)

    assert [name for name in app.asked[0] if "FORWARDED" in name or "REMOTE_USER" in name] == []


def test_forwarded_headers_are_left_to_the_one_who_judges_them(app: Application) -> None:
    head = b"GET / HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
    with serving(app) as port, connect(port, head) as client:
        everything(client)

    assert app.asked[0]["HTTP_X_FORWARDED_FOR"] == "192.0.2.1"
    assert app.asked[0]["REMOTE_ADDR"] == "127.0.0.1"
    assert app.asked[0]["wsgi.url_scheme"] == "http"


@pytest.mark.parametrize(
    "head",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nContent-Length: 4, 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nContent-Length: +4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 40_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1;" + b"x" * 10_000,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 20_000,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n",
    ],
)
def test_what_two_may_read_differently_is_refused(app: Application, head: bytes) -> None:
    with serving(app) as port, connect(port) as client:
        try:
            client.sendall(head)
            answer = everything(client)
        except ConnectionError:  # it is refused before all of it was sent
            answer = b"HTTP/1.0 400"
        assert answer[9:12] in (b"400", b"431", b"501")

    assert app.asked == []


def test_a_client_that_waits_to_be_told_to_go_on_is(app: Application) -> None:
    head = b"POST / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with serving(app) as port, connect(port, head) as client:
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abcd")
        assert statuses(everything(client)) == [b"200"]

    assert app.bodies == [b"abcd"]


@pytest.mark.parametrize(("path", "most"), [("/login", FORM_BYTES), ("/api/v1/messages", 2_000_000)])
@pytest.mark.parametrize("chunked", [False, True])
def test_of_a_body_that_is_too_large_only_its_length_is_told(
    app: Application, monkeypatch: pytest.MonkeyPatch, path: str, most: int, chunked: bool
) -> None:
    monkeypatch.setattr("panel.server.http_loop.MESSAGE_BYTES", 2_000_000)
    with serving(app) as port:
        for size in (most, most + 1):
            connection = HTTPConnection("127.0.0.1", port, WITHIN)
            body = (b"x" * part for part in (size - 65536, 65536)) if chunked else b"x" * size
            connection.request("POST", path, body, encode_chunked=chunked)
            assert connection.getresponse().read() == b"here"

    assert [len(body) for body in app.bodies] == [most, 0]
    assert [environ["CONTENT_LENGTH"] for environ in app.asked] == [str(most), str(most + 1)]


def test_large_bodies_together_hold_so_much_and_no_more(app: Application) -> None:
    head = b"POST /api/v1/messages HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n"
    with serving(app, bounds=Bounds(held=3_000_000)) as port, ExitStack() as opened:
        first = opened.enter_context(connect(port, head + b"x" * 1_500_000))
        second = opened.enter_context(connect(port, head + b"x" * 1_500_000))
        assert ask(port).status == 200
        second.sendall(b"x" * 500_000)

        assert second.recv(12) == b"HTTP/1.1 200"
        assert everything(first).startswith(b"HTTP/1.1 503")


def test_strangers_keep_nobody_out_of_the_panel(tmp_path: Path, many: int) -> None:
    with Serving(tmp_path / "home") as panel, ExitStack() as opened:
        assert ask(panel.port, "/login").status == 200
        for number in range(many):
            opened.enter_context(connect(panel.port, (b"", b"GET /login HTTP/1.1\r\nX")[number % 2]))

        for path in ("/healthz", "/login"):
            assert ask(panel.port, path).status == 200
            assert ask(panel.port, path, source="127.0.0.2").status == 200

    assert sum("connections_full address=127.0.0.1 connections=100" in line for line in panel.said) == 1


def test_where_the_machine_gives_no_connection_who_waits_is_taken_later(
    app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panel.server.http_loop.HTTP_REST_SECONDS", 0.02)
    monkeypatch.setattr("panel.server.http_loop.LOOK_SECONDS", 0.01)
    with serving(app) as port:
        assert ask(port).status == 200
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        client = socket.socket()
        resource.setrlimit(resource.RLIMIT_NOFILE, (client.fileno() + 1, hard))
        try:
            with client:
                client.connect(("127.0.0.1", port))
                client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                client.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    client.recv(12)
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                client.settimeout(WITHIN)
                assert client.recv(12) == b"HTTP/1.1 200"
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_bounds_of_bodies_are_those_of_the_pages() -> None:
    assert FORM_BYTES == web.BODY_BYTES
    assert MESSAGE_BYTES == LARGEST_BYTES * drafts.DRAFT_BYTES // MAX_BYTES


def test_an_address_of_ipv4_is_told_as_one_where_all_are_listened_at(app: Application) -> None:
    with serving(app, "::", bounds=Bounds(of_one_address=3)) as port, ExitStack() as opened:
        idle = [opened.enter_context(connect(port)) for _ in range(6)]
        assert ask(port).status == 200
        assert ended(idle) >= 3
        with socket.create_connection(("::1", port), WITHIN) as six:
            six.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert six.recv(12) == b"HTTP/1.1 200"

    assert [environ["REMOTE_ADDR"] for environ in app.asked] == ["127.0.0.1", "::1"]


@pytest.mark.parametrize(
    "shape",
    [
        lambda size: b"GET / HTTP/1.1\r\na:" + b" " * size + b"\x00\r\n\r\n",
        lambda size: b"GET / HTTP/1.1\r\na:" + b" \t" * (size // 2) + b"\xff\r\n\r\n",
        lambda size: b"GET / HTTP/1.1\r\na: " + b"x " * (size // 2) + b"\x7f\r\n\r\n",
        lambda size: b"GET / HTTP/1.1\r\n" + b"a:\r\n" * (size // 4) + b"\r\n",
        lambda size: b"GET / HTTP/1.1\r\n" + b"a" * size + b"\r\n\r\n",
        lambda size: b"GET /" + b"%" * size + b" HTTP/1.1\r\n\r\n",
        lambda size: b"GET http://" + b"[" * size + b" HTTP/1.1\r\n\r\n",
        lambda size: b"GET " + b":" * size + b" HTTP/1.1\r\n\r\n",
        lambda size: b"GET / HTTP/1.1\r\nTransfer-Encoding: " + b"," * size + b"\r\n\r\n",
        lambda size: b"GET / HTTP/1.1\r\na: b\r\n" + b" \r\n" * (size // 3) + b"\r\n",
        lambda size: b"\r\n" * (size // 2) + b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_a_head_four_times_as_long_takes_no_more_than_in_proportion(shape: Any) -> None:
    def cost(size: int) -> float:
        tries = []
        for _ in range(7):
            given = shape(size)
            begun = thread_time()
            Request(_adjustments("localhost")).received(given)
            tries.append(thread_time() - begun)
        return min(tries)

    assert cost(28_000) < 8 * cost(7_000) + 0.001  # in proportion: 4; in its square: 16
