"""STARTTLS and TLS from the first byte, with real clients, and a certificate that is renewed."""

from __future__ import annotations

import os
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from panel.access.submission.listener_access import ListenerAccess
from panel.server.smtpd import encryption, listener, session
from panel.storage.database import Database
from tests.support.handing_in import HOST, Client, Door, open_door
from tests.support.servers import Loop
from tests.support.waiting import wait_until

WITHIN = 10.0  # seconds


@dataclass
class Secured:
    """A listener with a certificate in a file."""

    door: Door
    folder: Path
    authority: trustme.CA

    @property
    def trusting(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context

    def smtp(self) -> smtplib.SMTP:
        client = smtplib.SMTP("localhost", self.door.port, timeout=WITHIN)
        client.starttls(context=self.trusting)
        return client

    def serial(self) -> int | None:
        """Connect, and give the number of the certificate that is shown."""
        with self.smtp() as client:
            assert isinstance(client.sock, ssl.SSLSocket)
            shown = client.sock.getpeercert()
            assert shown
            return int(shown["serialNumber"], 16)


def issue(folder: Path, authority: trustme.CA) -> None:
    """Put a certificate in its place, as a program that renews it does."""
    issued = authority.issue_cert("localhost", "127.0.0.1")
    for name, pem in (("cert.pem", issued.cert_chain_pems[0]), ("key.pem", issued.private_key_pem)):
        (folder / f"{name}.new").write_bytes(pem.bytes())
        os.replace(folder / f"{name}.new", folder / name)


def unread(client: socket.socket) -> bytes:
    """Read what comes until the other end hangs up."""
    said = b""
    with suppress(ConnectionError):
        while got := client.recv(1000):
            said += got
    return said


def greeted(client: socket.socket, trusting: ssl.SSLContext) -> tuple[ssl.SSLObject, ssl.MemoryBIO]:
    """Come to TLS and to the greeting, and read no more; give what is to be sent there, too."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = trusting.wrap_bio(incoming, outgoing, server_hostname="localhost")
    for step in (tls.do_handshake, tls.read):
        while True:
            try:
                step()
                break
            except ssl.SSLWantReadError:
                client.sendall(outgoing.read())
                incoming.write(client.recv(65536))
    return tls, outgoing


@pytest.fixture
def secured(database: Database, loop: Loop, tmp_path: Path) -> Iterator[Secured]:
    authority = trustme.CA()
    issue(tmp_path, authority)
    access = ListenerAccess(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    with open_door(database, loop, must_log_in=True, access=access) as door:
        yield Secured(door, tmp_path, authority)


@pytest.fixture
def implicit(database: Database, loop: Loop, tmp_path: Path) -> Iterator[Secured]:
    """The same where TLS begins with the first byte."""
    authority = trustme.CA()
    issue(tmp_path, authority)
    access = ListenerAccess(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    with open_door(database, loop, access=access, begins_with_tls=True) as door:
        yield Secured(door, tmp_path, authority)


def test_a_message_is_handed_in_under_starttls_with_a_token(secured: Secured) -> None:
    with secured.smtp() as client:
        client.login("shop", secured.door.token())
        client.sendmail("shop@example.org", ["hanako@example.org"], b"Subject: One\r\n\r\n" + b"x" * 300_000 + b"\r\n")
        client.sendmail("shop@example.org", ["hanako@example.org"], b"Subject: Two\r\n\r\nHi\r\n")

    assert [entry.account for entry in secured.door.entries()] == ["shop (token)"] * 2


def test_a_message_is_handed_in_under_tls_from_the_first_byte(implicit: Secured) -> None:
    with smtplib.SMTP_SSL("localhost", implicit.door.port, timeout=WITHIN, context=implicit.trusting) as client:
        client.ehlo()
        assert not client.has_extn("starttls")
        assert client.docmd("STARTTLS")[0] == 503
        client.login("shop", implicit.door.token())
        client.sendmail("shop@example.org", ["hanako@example.org"], b"Subject: One\r\n\r\nHi\r\n")

    assert len(implicit.door.entries()) == 1


def test_a_goodbye_under_tls_is_no_fault(secured: Secured, caplog: pytest.LogCaptureFixture) -> None:
    with secured.smtp() as client:
        client.noop()

    wait_until(lambda: not secured.door.listener._desk.sessions)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_starttls_is_offered_until_it_has_begun(secured: Secured) -> None:
    with smtplib.SMTP("localhost", secured.door.port, timeout=WITHIN) as client:
        client.ehlo()
        assert client.has_extn("starttls")
        client.starttls(context=secured.trusting)
        client.ehlo()
        assert not client.has_extn("starttls")


def test_a_program_of_this_machine_is_not_offered_starttls_and_may_begin_it(
    database: Database, loop: Loop, tmp_path: Path
) -> None:
    """Many begin it wherever it is offered, and would find that the certificate is not for 127.0.0.1."""
    authority = trustme.CA()
    issue(tmp_path, authority)
    access = ListenerAccess(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    with open_door(database, loop, access=access) as door, door.client() as client:
        assert "STARTTLS" not in client.say("EHLO app")
        assert client.say("STARTTLS").startswith("220")


def test_what_was_said_before_tls_is_forgotten(secured: Secured) -> None:
    token = secured.door.token()
    with smtplib.SMTP("localhost", secured.door.port, timeout=WITHIN) as client:
        client.login("shop", token)
        client.docmd("MAIL", "FROM:<a@example.org>")
        client.docmd("RCPT", "TO:<hanako@example.org>")
        assert client.docmd("STARTTLS")[0] == 220
        client.sock = secured.trusting.wrap_socket(client.sock, server_hostname="localhost")
        client.file = None
        assert client.docmd("DATA")[0] == 503
        assert client.docmd("MAIL", "FROM:<a@example.org>")[0] == 503  # no EHLO was heard
        client.ehlo()
        assert client.docmd("AUTH", "PLAIN AHgAeA==")[0] == 535  # and no login


@pytest.mark.parametrize(
    "behind", [b"\r\n", b"EHLO evil\r\n", b"RSET\r\nMAIL FROM:<evil@example.org>\r\n", b"\x16\x03\x01"]
)
def test_nothing_that_comes_with_starttls_is_taken_as_encrypted(secured: Secured, behind: bytes) -> None:
    with secured.door.client() as client:
        client.say("EHLO app")
        client.send(b"STARTTLS\r\n" + behind)

        assert client.hear().startswith("503 5.5.1")
        assert client.hear() == ""


def test_what_is_said_in_clear_instead_of_tls_ends_the_session(secured: Secured) -> None:
    with secured.door.client() as client:
        client.say("EHLO app")
        assert client.say("STARTTLS").startswith("220")
        client.send(b"MAIL FROM:<evil@example.org>\r\nRCPT TO:<hanako@example.org>\r\nDATA\r\n")
        assert not re.search(rb"\b[0-9]{3}[ -]", unread(client.socket))  # an alert of TLS at most

    wait_until(lambda: not secured.door.listener._desk.sessions)
    assert secured.door.entries() == []


def test_a_client_without_tls_gets_no_word_where_tls_is_first(implicit: Secured) -> None:
    with socket.create_connection(("127.0.0.1", implicit.door.port), WITHIN) as client:
        client.sendall(b"EHLO app\r\n")
        assert b"220" not in unread(client)

    wait_until(lambda: not implicit.door.listener._desk.sessions)


@pytest.mark.parametrize("oldest", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_what_is_older_than_tls_1_2_is_refused(implicit: Secured, oldest: ssl.TLSVersion) -> None:
    context = implicit.trusting
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = context.maximum_version = oldest

    with pytest.raises((ssl.SSLError, ConnectionError)):
        smtplib.SMTP_SSL("localhost", implicit.door.port, timeout=WITHIN, context=context)


def test_a_certificate_that_was_renewed_is_shown_to_the_next_client(secured: Secured) -> None:
    before = secured.serial()
    with secured.smtp() as client:
        issue(secured.folder, secured.authority)
        assert client.ehlo()[0] == 250  # who is there stays

    assert secured.serial() not in (before, None)


def test_a_broken_renewal_leaves_the_old_certificate_and_is_logged_once(
    secured: Secured, caplog: pytest.LogCaptureFixture
) -> None:
    before = secured.serial()
    (secured.folder / "cert.pem").write_text("nothing")

    assert secured.serial() == before
    assert secured.serial() == before
    assert [record.getMessage() for record in caplog.records].count("certificate_not_read") == 1

    issue(secured.folder, secured.authority)
    assert secured.serial() not in (before, None)


def test_a_file_that_is_as_large_and_as_old_as_before_is_read_again(
    secured: Secured, caplog: pytest.LogCaptureFixture
) -> None:
    """As one is whose rights alone were mended."""
    before, path = secured.serial(), secured.folder / "key.pem"
    state = path.stat()
    path.write_bytes(b"x" * state.st_size)
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))

    assert secured.serial() == before
    assert [record.getMessage() for record in caplog.records].count("certificate_not_read") == 1


def test_a_listener_that_begins_without_a_certificate_has_no_tls_until_there_is_one(
    database: Database, loop: Loop, tmp_path: Path
) -> None:
    authority = trustme.CA()
    access = ListenerAccess(certificate=tmp_path / "cert.pem", key=tmp_path / "key.pem")
    with open_door(database, loop, must_log_in=True, access=access) as door:
        with door.client() as client:
            client.say("EHLO app")
            client.say("STARTTLS")
            assert client.hear() == ""

        issue(tmp_path, authority)
        assert Secured(door, tmp_path, authority).serial()


def test_who_does_not_end_the_handshake_holds_no_place_for_long(
    implicit: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encryption, "HANDSHAKE_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", implicit.door.port), WITHIN) as silent:
        assert unread(silent) == b""

    wait_until(lambda: not implicit.door.listener._desk.sessions)


def test_who_leaves_in_the_handshake_holds_no_place(implicit: Secured) -> None:
    socket.create_connection(("127.0.0.1", implicit.door.port), WITHIN).close()

    wait_until(lambda: not implicit.door.listener._desk.sessions)


def test_the_listener_stops_while_a_handshake_is_under_way(implicit: Secured) -> None:
    with socket.create_connection(("127.0.0.1", implicit.door.port), WITHIN) as client:
        wait_until(lambda: bool(implicit.door.listener._desk.sessions))
        implicit.door.stop()
        assert unread(client) == b""

    assert not implicit.door.listener._desk.sessions


def test_bytes_that_follow_the_handshake_at_once_are_heard(secured: Secured) -> None:
    """With TLS 1.3 a client may speak with the last of its handshake."""
    for _ in range(3):
        with Client(secured.door.port) as client:
            client.say("EHLO app")
            client.say("STARTTLS")
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = secured.trusting.wrap_bio(incoming, outgoing, server_hostname="localhost")
            with pytest.raises(ssl.SSLWantReadError):
                tls.do_handshake()
            client.send(outgoing.read())
            while True:
                incoming.write(client.socket.recv(65536))
                try:
                    tls.do_handshake()
                except ssl.SSLWantReadError:
                    continue
                break
            tls.write(b"EHLO app\r\n")
            client.send(outgoing.read())
            said = b""
            while HOST.encode() not in said:
                incoming.write(client.socket.recv(65536))
                try:
                    said += tls.read(65536)
                except ssl.SSLWantReadError:
                    continue
            assert said.startswith(b"250-")


def test_who_reads_no_reply_and_says_goodbye_under_tls_keeps_no_place(
    implicit: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not read lies below the TLS then, and whoever closes there waits for it."""
    monkeypatch.setattr(session, "UNREAD_SECONDS", 0.2)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        client.settimeout(WITHIN)
        client.connect(("127.0.0.1", implicit.door.port))
        tls, outgoing = greeted(client, implicit.trusting)
        [connection] = implicit.door.listener._desk.sessions
        below = connection._transport._ssl_protocol._transport  # type: ignore[attr-defined]  # asyncio's own
        below.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        while below.get_write_buffer_size() < 1000:  # of 64 KiB, from which on nothing more is heard
            tls.write(b"NOOP\r\n" * 100)
            client.sendall(outgoing.read())
            time.sleep(0.001)
        with suppress(ssl.SSLWantReadError):
            tls.unwrap()
        client.sendall(outgoing.read())

        wait_until(lambda: not implicit.door.listener._desk.sessions)


def test_the_listener_stops_though_a_client_reads_no_goodbye(
    implicit: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encryption, "SHUTDOWN_SECONDS", 0.2)
    with socket.create_connection(("127.0.0.1", implicit.door.port), WITHIN) as client:
        tls, outgoing = greeted(client, implicit.trusting)
        tls.write(b"QUIT\r\n")
        client.sendall(outgoing.read())
        [connection] = implicit.door.listener._desk.sessions
        wait_until(connection._transport.is_closing)  # type: ignore[attr-defined]  # asyncio's own

        implicit.door.stop(0.1)


def test_who_comes_too_much_is_sent_away_before_tls(implicit: Secured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "MAX_SESSIONS", 0)
    with socket.create_connection(("127.0.0.1", implicit.door.port), WITHIN) as client:
        assert unread(client) == b""

    assert not implicit.door.listener._desk.sessions
