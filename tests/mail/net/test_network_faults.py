"""Each error of the operating system has its cause, whichever stage it comes in and however fast it comes."""

from __future__ import annotations

import errno
import json
import os
import socket
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.diagnose import diagnose
from panel.mail.net.connect import connect, resolve
from panel.mail.net.deadline import Deadline
from panel.mail.net.network_faults import cause_of_errno, decisive, in_session
from panel.mail.net.policy import Policy
from panel.mail.net.tls import cause_of_tls_fault
from panel.mail.smtp.errors import DeliveryFailed, PopFailed
from panel.mail.smtp.pop3 import log_in
from panel.mail.smtp.protocol import Failure, Stage
from panel.mail.smtp.redaction import Transcript
from panel.mail.smtp.session import Session
from panel.settings.model import PopTlsMode, Settings, TlsMode
from tests.support.forbidding import forbidden
from tests.support.resetting import resetting
from tests.support.scripted import ScriptedServer, Step, hears, resets, says

PLAIN = Settings(smtp_host="127.0.0.1", smtp_auth=False, tls=False, from_address="a@example.org")
POP = Settings(pop_before_smtp=True, pop_host="127.0.0.1", pop_user="a", pop_password="b", pop_tls_mode=PopTlsMode.NONE)


def told(settings: Settings) -> tuple[str, str]:
    """Give where a session broke off and why."""
    with (
        pytest.raises(DeliveryFailed) as caught,
        Session(settings.server, policy=Policy(), deadline=Deadline(20)) as session,
    ):
        session.open()
    return str(caught.value.failure.stage), caught.value.failure.cause


def told_by_pop(settings: Settings) -> tuple[str, str]:
    with pytest.raises(PopFailed) as caught:
        log_in(settings.pop_server, policy=Policy(), deadline=Deadline(20), transcript=Transcript())
    return caught.value.cause, caught.value.detail


RESET = [
    (lambda port: told(replace(PLAIN, smtp_port=port)), ("greeting", "connection_lost")),
    (
        lambda port: told(replace(PLAIN, smtp_port=port, tls=True, tls_mode=TlsMode.IMPLICIT)),
        ("tls", "connection_lost"),
    ),
    (lambda port: told_by_pop(replace(POP, pop_port=port)), ("pop_unreachable", "connection_lost")),
    (
        lambda port: told_by_pop(replace(POP, pop_port=port, pop_tls_mode=PopTlsMode.IMPLICIT)),
        ("pop_unreachable", "connection_lost"),
    ),
]


@pytest.mark.parametrize(("ask", "expected"), RESET, ids=["smtp", "smtp tls", "pop", "pop tls"])
def test_connections_that_are_reset_at_once_are_all_told_the_same(
    ask: Callable[[int], tuple[str, str]], expected: tuple[str, str]
) -> None:
    with resetting() as port:
        found = Counter(ask(port) for _ in range(200))

    assert found == {expected: 200}


@pytest.mark.parametrize("ask", [RESET[1], RESET[3]], ids=["smtp", "pop"])
@pytest.mark.parametrize("word", [b"\x16\x03\x03\x00\x7a", b"\x16"])
def test_a_reset_within_the_handshake_is_told_as_a_cut(
    ask: tuple[Callable[[int], tuple[str, str]], tuple[str, str]], word: bytes
) -> None:
    with resetting(word) as port:
        found = Counter(ask[0](port) for _ in range(50))

    assert found == {ask[1]: 50}


def test_a_reset_in_the_handshake_after_starttls_is_told_as_that() -> None:
    steps: list[Step] = [
        says("220 x"),
        hears("EHLO"),
        says("250-x\n250 STARTTLS"),
        hears("STARTTLS"),
        says("220 Go"),
        resets,
    ]

    with ScriptedServer(*steps) as scripted:
        settings = replace(PLAIN, smtp_port=scripted.port, tls=True, tls_mode=TlsMode.STARTTLS)
        found = Counter(told(settings) for _ in range(50))

    # The reply to STARTTLS may be lost in the reset; either way it is the same stage.
    assert {stage for stage, _ in found} == {"starttls"}
    assert set(found) <= {("starttls", "starttls_failed"), ("starttls", "connection_lost")}


def test_an_address_that_answers_is_used_though_the_other_resets() -> None:
    with resetting() as cut, socket.create_server(("127.0.0.1", 0)) as well:
        deadline = Deadline(5)
        endpoints = [
            each
            for port in (cut, well.getsockname()[1])
            for each in resolve("127.0.0.1", port, policy=Policy(), deadline=deadline)
        ]
        for _ in range(20):
            connected, endpoint = connect(endpoints, deadline)
            connected.close()
            assert endpoint in endpoints


MADE = {
    "ECONNREFUSED": "connection_refused",
    "ECONNRESET": "connection_lost",
    "EPIPE": "connection_lost",
    "ECONNABORTED": "connection_lost",
    "ETIMEDOUT": "connect_timeout",
    "EHOSTUNREACH": "network_unreachable",
    "ENETUNREACH": "network_unreachable",
    "ENETDOWN": "network_unreachable",
    "EHOSTDOWN": "network_unreachable",
    "EADDRNOTAVAIL": "network_unreachable",
    "EAFNOSUPPORT": "network_unreachable",
    "EACCES": "connection_forbidden",
    "EPERM": "connection_forbidden",
    "EMFILE": "local_resources",
    "ENFILE": "local_resources",
    "ENOBUFS": "local_resources",
    "ENOMEM": "local_resources",
    "EAGAIN": "local_resources",
    "EADDRINUSE": "local_resources",
}


@pytest.mark.parametrize(("name", "cause"), MADE.items())
def test_each_error_of_connecting_has_its_cause(name: str, cause: str) -> None:
    code = getattr(errno, name)

    found, detail = decisive([("192.0.2.1", code)])

    assert found == cause
    assert cause in CAUSES
    assert detail in ("", f"192.0.2.1 ({os.strerror(code)})")


@pytest.mark.parametrize("code", sorted(errno.errorcode))
def test_no_error_at_all_is_told_as_silence_but_silence(code: int) -> None:
    assert (cause_of_errno(code) == "connect_timeout") == (code == errno.ETIMEDOUT)
    assert in_session(OSError(code, ""))[0] in CAUSES


@pytest.mark.parametrize("name", ["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "ENOBUFS", "ETIMEDOUT", "EIO"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_what_the_kernel_says_comes_through(name: str, host: str) -> None:
    code = getattr(errno, name)

    cause, detail = forbidden(name, host, 25)

    assert cause == cause_of_errno(code)
    assert detail == ("" if cause == "connect_timeout" else f"{host} ({os.strerror(code)})")


def test_the_address_that_was_met_decides_over_the_ones_that_were_not() -> None:
    faults = [("::1", errno.ENETUNREACH), ("192.0.2.1", errno.ETIMEDOUT), ("192.0.2.2", errno.ECONNREFUSED)]

    assert decisive(faults)[0] == "connection_refused"
    assert decisive(faults[:2])[0] == "connect_timeout"
    assert decisive(faults[:1]) == ("network_unreachable", f"::1 ({os.strerror(errno.ENETUNREACH)})")


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (ConnectionResetError(errno.ECONNRESET, ""), "connection_lost"),
        (BrokenPipeError(errno.EPIPE, ""), "connection_lost"),
        (OSError(errno.ENOTCONN, ""), "connection_lost"),
        (TimeoutError(errno.ETIMEDOUT, ""), "reply_timeout"),
        (OSError(errno.EHOSTUNREACH, ""), "network_unreachable"),
        (OSError(errno.EPERM, ""), "connection_forbidden"),
        (OSError(errno.ENOBUFS, ""), "local_resources"),
        (OSError("no number"), "connection_lost"),
        (ssl.SSLError(1, "whose number is not the system's"), "connection_lost"),
    ],
)
def test_each_error_within_a_session_has_its_cause(fault: OSError, cause: str) -> None:
    assert in_session(fault)[0] == cause


def test_errors_of_the_system_within_tls_are_no_fault_of_tls() -> None:
    fault = ssl.SSLSyscallError(5, "Some I/O error occurred")
    fault.reason = ""

    assert cause_of_tls_fault(fault) == ("connection_lost", "")


_STARVED = """
import json, os, resource, sys
from panel.mail.net.policy import Policy
from panel.mail.smtp.errors import PopFailed
from panel.mail.smtp.pop3 import log_in
from panel.mail.smtp.redaction import Transcript
from panel.settings.model import Settings
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.session import Session
from panel.mail.net.deadline import Deadline

port, left = int(sys.argv[1]), int(sys.argv[2])
smtp = Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_auth=False, tls=False, from_address="a@example.org")
pop = Settings(pop_before_smtp=True, pop_host="127.0.0.1", pop_port=port, pop_user="a", pop_password="b")
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
held = []
try:
    while True:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    for each in held[:left]:
        os.close(each)
found = []
try:
    Session(smtp.server, policy=Policy(), deadline=Deadline(5)).open()
except DeliveryFailed as fault:
    found.append([fault.failure.cause, fault.failure.detail])
try:
    log_in(pop.pop_server, policy=Policy(), deadline=Deadline(5), transcript=Transcript())
except PopFailed as fault:
    found.append([fault.cause, fault.detail])
print(json.dumps(found))
"""


@pytest.mark.parametrize("left", [0, 1])
def test_a_process_without_a_file_to_open_says_so(left: int) -> None:
    """With none left the look-up fails, with one the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        given = [str(listener.getsockname()[1]), str(left)]
        ended = subprocess.run(
            [sys.executable, "-c", _STARVED, *given], capture_output=True, text=True, check=True, timeout=60
        )

    found = json.loads(ended.stdout)
    assert [cause for cause, _ in found] == ["local_resources", "local_resources"]
    assert all(os.strerror(errno.EMFILE) in detail for _, detail in found)


@pytest.mark.parametrize("behind", ["connection_refused", "connect_timeout", "network_unreachable", "dns_not_found"])
def test_why_a_pop_server_was_not_reached_is_told(behind: str) -> None:
    found = diagnose(Failure(Stage.POP, "pop_unreachable", detail=behind))

    assert CAUSES[behind].what in str(found.do[0])


@pytest.mark.parametrize("detail", ["", "protocol_error", "starttls"])
def test_nothing_is_told_of_what_is_not_known(detail: str) -> None:
    assert not any(
        "What came of it" in str(step) for step in diagnose(Failure(Stage.POP, "pop_unreachable", detail=detail)).do
    )
