"""The listener as a process of serve, and real clients at its door."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.services import Services
from panel.storage.vault import new_key
from tests.support.actors import actor
from tests.support.handing_in import keep_handing_in
from tests.support.needs import needs
from tests.support.places import variables_of
from tests.support.sending import home_leading_to
from tests.support.servers import SmtpServer
from tests.support.serving import Serving, free_port
from tests.support.waiting import wait_until

WITHIN = 20.0  # seconds


@pytest.fixture
def services(tmp_path: Path, server: SmtpServer) -> Services:
    return home_leading_to(server, tmp_path / "home")


@pytest.fixture
def door(services: Services) -> Iterator[Serving]:
    """A panel that listens for SMTP, too."""
    with Serving(services.config.home, variables={"MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{free_port()}"}) as serving:
        yield serving


def listener_of(serving: Serving) -> int:
    """Give the listener's process id, as soon as there is one (Linux)."""

    def found() -> list[int]:
        module = b"panel.server.smtpd.listener"
        return [pid for pid in serving.tree[1:] if module in Path(f"/proc/{pid}/cmdline").read_bytes()]

    wait_until(found)
    return found()[0]


def port_of(serving: Serving) -> int:
    return int(serving.variables["MAIL_PANEL_SMTP_LISTEN"].rpartition(":")[2])


def hand_in(serving: Serving) -> None:
    with smtplib.SMTP("127.0.0.1", port_of(serving), timeout=WITHIN) as smtp:
        smtp.sendmail("shop@example.org", ["hanako@example.org"], b"Subject: Order\r\n\r\nThank you.\r\n")


def test_what_is_handed_in_is_sent(door: Serving, server: SmtpServer) -> None:
    hand_in(door)

    server.wait_for(1)
    assert server.messages[0].mail_from == "report@example.org"
    assert any(f"by SMTP at 127.0.0.1:{port_of(door)}" in line for line in door.said)


def test_a_listener_that_is_killed_is_started_again_and_its_clients_wait(door: Serving, services: Services) -> None:
    hand_in(door)
    os.kill(listener_of(door), signal.SIGKILL)

    hand_in(door)

    assert services.outbox.counts().by_state


def test_the_listener_does_not_inherit_the_keys(tmp_path: Path) -> None:
    variables = {"MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{free_port()}", "MAIL_PANEL_KEYS": b64encode(new_key()).decode()}

    with Serving(tmp_path / "home", variables=variables) as serving:
        environment = Path(f"/proc/{listener_of(serving)}/environ").read_bytes()

    assert b"MAIL_PANEL_HOME=" in environment
    assert b"MAIL_PANEL_KEYS" not in environment


def test_serve_and_its_listener_do_without_aiosmtpd() -> None:
    without = "import sys; sys.modules['aiosmtpd'] = None; import panel.server.web_server, panel.server.smtpd.listener"

    subprocess.run([sys.executable, "-c", without], check=True)


def test_serve_ends_with_its_listener(services: Services) -> None:
    variables = {"MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{free_port()}"}
    with Serving(services.config.home, variables=variables) as serving:
        pid = listener_of(serving)

    assert not Path(f"/proc/{pid}").exists()
    socket.create_server(("127.0.0.1", port_of(serving))).close()


def test_what_was_taken_is_kept_where_serve_is_killed(services: Services) -> None:
    variables = {"MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{free_port()}"}
    told = set[str]()
    ended = threading.Event()
    with Serving(services.config.home, variables=variables) as serving, ThreadPoolExecutor(10) as clients:
        pid = listener_of(serving)
        handing_in = [clients.submit(keep_handing_in, port_of(serving), name, told, ended) for name in range(10)]
        try:
            wait_until(lambda: len(told) >= 100)
            serving.kill()
            wait_until(lambda: not Path(f"/proc/{pid}").exists())
        finally:
            ended.set()
        for each in handing_in:
            each.result()

    rows = services.database.rows("SELECT message_id FROM messages")
    kept = [row["message_id"] for row in rows]
    assert told <= set(kept)
    assert len(set(kept)) == len(kept)


FREE = {
    "MAIL_PANEL_LISTEN": r"Choose another one: --listen 127\.0\.0\.1:[0-9]+",
    "MAIL_PANEL_SMTP_LISTEN": r"127\.0\.0\.1:[0-9]+ is free\.",
}


@pytest.mark.parametrize(
    ("command", "variable"),
    [("serve", "MAIL_PANEL_SMTP_LISTEN"), ("serve", "MAIL_PANEL_LISTEN"), ("demo", "MAIL_PANEL_LISTEN")],
)
def test_a_port_that_is_taken_stops_the_start_and_names_the_variable(
    tmp_path: Path, command: str, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        places = {"MAIL_PANEL_LISTEN": f"127.0.0.1:{free_port()}", variable: place}
        done = subprocess.run(
            [sys.executable, "-m", "panel", command],
            env={**os.environ, **variables_of(tmp_path), **places},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 69
    assert done.stdout == ""
    said, another = done.stderr.split("in use.")
    assert said == f"mail-panel: {variable} is {place}, where the panel cannot listen: Address already "
    assert re.fullmatch(FREE[variable], another.strip()), another


def arrived(server: SmtpServer) -> EmailMessage:
    server.wait_for(1)
    message = message_from_bytes(server.messages[0].raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_swaks_hands_in_an_attachment(door: Serving, server: SmtpServer, tmp_path: Path) -> None:
    swaks = needs("swaks", "swaks")
    (tmp_path / "bill.txt").write_text("12,000 円\n", "utf-8")
    words = ["--server", f"127.0.0.1:{port_of(door)}", "--from", "shop@example.org", "--to", "hanako@example.org"]
    content = ["--header", "Subject: Bill", "--body", "Here it is.", "--attach", f"@{tmp_path / 'bill.txt'}"]

    done = subprocess.run([swaks, *words, *content, "--pipeline"], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    message = arrived(server)
    assert message["Subject"] == "Bill"
    assert [part.get_filename() for part in message.iter_attachments()] == ["bill.txt"]


def test_curl_hands_in_japanese_with_a_token(
    door: Serving, server: SmtpServer, services: Services, tmp_path: Path
) -> None:
    curl = needs("curl", "curl")
    token = services.tokens.create("shop", [Scope.SEND], by=actor("test"), now=clock.now())
    file = tmp_path / "message"
    file.write_text("From: 店 <shop@example.org>\nTo: hanako@example.org\nSubject: 請求書\n\nありがとう\n", "utf-8")
    words = ["--mail-from", "shop@example.org", "--mail-rcpt", "hanako@example.org", "--upload-file", str(file)]

    done = subprocess.run(
        [curl, "--silent", "--show-error", "--config", "-", *words, f"smtp://127.0.0.1:{port_of(door)}"],
        input=f'user = "shop:{token}"\n',
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert arrived(server)["Subject"] == "請求書"
    assert arrived(server).get_content().strip() == "ありがとう"
