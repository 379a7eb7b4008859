"""A panel as a container runs it: settings and secret from files, sent through a server, changed by SIGHUP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from panel import clock
from panel.config import Config
from panel.services import Services, open_services
from panel.web import create_app
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.places import variables_of
from tests.support.servers import PASSWORD, USER, Authority, SmtpServer
from tests.support.serving import MAIN, Serving
from tests.support.waiting import wait_until


class Mount:
    """What is mounted beside the home: the file, and the secrets in files of their own."""

    def __init__(self, folder: Path, server: SmtpServer, authority: Authority) -> None:
        self.file = folder / "mail.conf"
        self.secrets = folder / "secrets"
        self.secrets.mkdir()
        (self.secrets / "ca.pem").write_text(authority.pem)
        self.put_secret(PASSWORD)
        self.write(
            "from_address=report@example.org",
            f"smtp_host=localhost\nsmtp_port={server.port}\nsmtp_user={USER}",
            "smtp_password=@secrets/smtp_password",
            "ca_certificate=@secrets/ca.pem",
        )

    def write(self, *lines: str) -> None:
        self.lines = lines
        self.file.write_text("\n".join(lines))

    def put_secret(self, secret: str) -> None:
        path = self.secrets / "smtp_password"
        path.write_text(secret)
        path.chmod(0o400)

    @property
    def variables(self) -> dict[str, str]:
        return {"MAIL_PANEL_SETTINGS": str(self.file), "MAIL_PANEL_ALERTS": "off"}


@pytest.fixture
def mount(tmp_path: Path, submission: SmtpServer, authority: Authority) -> Mount:
    return Mount(tmp_path, submission, authority)


def hang_up(serving: Serving) -> None:
    os.kill(serving.tree[0], signal.SIGHUP)


def said(serving: Serving, event: str) -> list[str]:
    return [line for line in list(serving.said) if f" {event} " in line]


def send(services: Services, number: str) -> None:
    services.outbox.enqueue(mail("hanako@example.net", number=number), by=actor(), now=clock.now())


def test_what_a_file_says_is_used_from_the_next_sighup_which_ends_no_process(
    tmp_path: Path, mount: Mount, submission: SmtpServer
) -> None:
    services = open_services(Config(home=tmp_path / "home"))
    with Serving(tmp_path / "home", variables=mount.variables) as serving:
        wait_until(lambda: len(serving.tree) == 3)  # one that watches, one that answers, one that sends
        processes = serving.tree
        mount.write(*mount.lines, "bounce_address=bounces@example.org")
        hang_up(serving)
        wait_until(lambda: services.settings.newest() == 2)
        send(services, "first")
        submission.wait_for(1)

        assert submission.messages[0].mail_from == "bounces@example.org"
        assert serving.tree == processes
    assert PASSWORD not in "".join(serving.said)


@pytest.mark.long
def test_a_wrong_file_is_refused_at_sighup_and_mail_goes_on_by_the_former_one(
    tmp_path: Path, mount: Mount, submission: SmtpServer
) -> None:
    services = open_services(Config(home=tmp_path / "home"))
    with Serving(tmp_path / "home", variables=mount.variables) as serving:
        send(services, "first")
        submission.wait_for(1)

        mount.write(*mount.lines, "smtp_port=many")
        hang_up(serving)
        wait_until(lambda: said(serving, "settings_file_refused"))
        send(services, "second")
        submission.wait_for(2)

        assert services.settings.newest() == 1
        [refused] = said(serving, "settings_file_refused")
        assert f"{mount.file}, line 7: smtp_port is given in line 3 already." in refused
    assert PASSWORD not in "".join(serving.said)


@pytest.mark.long
def test_a_start_with_the_same_files_makes_no_version_and_one_with_a_wrong_file_is_none(
    tmp_path: Path, mount: Mount
) -> None:
    home = tmp_path / "home"
    services = open_services(Config(home=home))
    for _ in range(2):
        with Serving(home, variables=mount.variables) as serving:
            pass
    assert services.settings.newest() == 1

    (mount.secrets / "smtp_password").chmod(0o444)
    ended = subprocess.run(
        [sys.executable, "-c", MAIN, "serve"],
        env=serving.variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 78
    assert ended.stdout == ""
    assert f"{mount.file}, line 5: smtp_password: every user of this machine may read" in ended.stderr
    assert PASSWORD not in ended.stderr
    assert services.settings.newest() == 1


@pytest.mark.long
def test_where_other_servers_show_the_pages_it_is_the_worker_that_reads_the_file(
    tmp_path: Path, mount: Mount, submission: SmtpServer
) -> None:
    services = open_services(Config(home=tmp_path / "home", settings_file=mount.file))
    create_app(services.config, services)
    assert services.settings.newest() == 0
    send(services, "first")

    with working(tmp_path / "home", mount) as worker:
        submission.wait_for(1)
        mount.write(*mount.lines, "bounce_address=bounces@example.org")
        wait_until(lambda: services.heartbeats.living(clock.now()))
        worker.send_signal(signal.SIGHUP)
        wait_until(lambda: services.settings.newest() == 2)
        send(services, "second")
        submission.wait_for(2)
    assert worker.returncode == 0
    assert submission.messages[1].mail_from == "bounces@example.org"

    mount.write(*mount.lines[:4], "max_per_hour=many")
    with working(tmp_path / "home", mount) as worker:
        assert worker.wait(30) == 78
    assert (tmp_path / "said").read_text().count(f"{mount.file}, line 7: max_per_hour") == 1


@contextmanager
def working(home: Path, mount: Mount) -> Iterator[subprocess.Popen[bytes]]:
    """Run `mail-panel worker` alone."""
    environment = {"PATH": os.defpath, **variables_of(home), **mount.variables}
    with (home.parent / "said").open("wb") as said:
        command = [sys.executable, "-c", MAIN, "worker"]
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def test_a_panel_without_the_variable_loads_nothing_of_it(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom panel import config\nfrom panel.services import open_services\n"
        "from panel.server import web_server\nservices = open_services(config.read())\n"
        "web_server._settings_from_file(services)()\nservices.settings.current()\n"
        "print([name for name in sys.modules if name.endswith(('settings_file', 'given_settings'))])"
    )
    environment = {"PATH": os.defpath, "MAIL_PANEL_HOME": str(tmp_path / "home")}

    ended = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert ended.stdout == "[]\n"
