"""What the environment names is opened: a file, or a server, which a start waits for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from panel.errors import CannotConnect, ConfigError
from panel.storage import opening
from panel.storage.opening import open_database, require_fit
from tests.support.postgres import USER, PostgresServer
from tests.support.serving import free_port
from tests.support.waiting import wait_until

NOBODY = "postgresql://panel@127.0.0.1:1/panel"

_HAND_IN = """
import sys
sys.modules["psycopg"] = None  # as where it is not installed
from panel.config import read
from panel.services import open_services
from panel.mailer import Draft, Mailer
open_services(read())
Mailer.open().send(Draft(to=("a@example.org",), subject="", text=""))
"""
_SERVE = "from panel.cli.main import main; main()"  # waits as long as a start does
_WORK = """
from panel.storage import opening
opening.START_SECONDS = 0.1
from panel.cli.main import main
main()
"""


def python(program: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *words]
    environment = {"PATH": os.defpath, "LANG": "C.UTF-8", **environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_without_a_url_the_servers_library_is_not_needed(tmp_path: Path) -> None:
    ended = python(_HAND_IN, MAIL_PANEL_HOME=str(tmp_path / "home"))

    assert (ended.returncode, ended.stderr) == (0, "")


def test_with_one_a_missing_library_is_told_with_how_to_get_it(tmp_path: Path) -> None:
    program = "import sys; sys.modules['psycopg'] = None; from panel.cli.main import main; main()"

    ended = python(program, "outbox", "list", MAIL_PANEL_HOME=str(tmp_path / "home"), MAIL_PANEL_DATABASE=NOBODY)

    assert ended.returncode == os.EX_CONFIG
    assert "pip install --require-hashes -r requirements-postgresql.lock" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_start_waits_for_its_server(tmp_path: Path, log: Callable[[], list[str]]) -> None:
    late, told = PostgresServer(port=free_port()).make(), list[str]()

    with ThreadPoolExecutor() as beside:
        start = beside.submit(require_fit, tmp_path / "mail-panel.db", late.url())
        wait_until(lambda: told.extend(log()) or told)
        late.start()
        start.result()

    late.remove()
    assert len(told) == 1
    assert "database_awaited" in told[0]


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """The URL of a server that asks `hanako` for a password."""
    with PostgresServer() as server:
        with server.connect() as connection:
            connection.execute("CREATE ROLE hanako LOGIN PASSWORD 'right'")
            (server.data / "pg_hba.conf").write_text("host all hanako all scram-sha-256\nhost all all all trust\n")
            connection.execute("SELECT pg_reload_conf()")
        yield server.url().replace(f"{USER}@", "hanako@")


def test_a_wrong_password_is_not_waited_for(guarded: str, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("wr0ng-one\n")
    home, started = tmp_path / "home", {"MAIL_PANEL_DATABASE_PASSWORD_FILE": str(password)}

    ended = python(_SERVE, "serve", MAIL_PANEL_HOME=str(home), MAIL_PANEL_DATABASE=guarded, **started)

    assert ended.returncode == os.EX_CONFIG, ended
    assert "refuses the password of hanako. Put it into the file" in ended.stderr
    assert f"The first is {password}." in ended.stderr
    assert "wr0ng-one" not in ended.stderr


def test_nor_is_one_that_nobody_gives(guarded: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="asks for the password of hanako, and there is none"):
        require_fit(tmp_path / "mail-panel.db", guarded)


def test_one_that_another_host_may_take_is_waited_for(guarded: str, tmp_path: Path) -> None:
    password, port = tmp_path / "password", f":{free_port()}"
    password.write_text("wrong\n")
    two = re.sub(r"@([^:]+)(:\d+)", rf"@\1\2,\1{port}", guarded)

    with pytest.raises(CannotConnect, match=r"cannot be reached: .* has waited for 0 seconds"):
        require_fit(tmp_path / "mail-panel.db", two, password, seconds=0)


def test_and_no_longer_than_it_says(tmp_path: Path) -> None:
    with pytest.raises(CannotConnect, match=r"cannot be reached: .* has waited for 0 seconds"):
        require_fit(tmp_path / "mail-panel.db", NOBODY, seconds=0)


@pytest.mark.parametrize("command", ["worker", "serve"])
def test_who_stays_leaves_with_69_where_no_server_came(command: str, tmp_path: Path) -> None:
    words = [command, *(["--listen", f"127.0.0.1:{free_port()}"] if command == "serve" else [])]

    ended = python(_WORK, *words, MAIL_PANEL_HOME=str(tmp_path / "home"), MAIL_PANEL_DATABASE=NOBODY)

    awaited, said = ended.stderr.splitlines()
    assert ended.returncode == os.EX_UNAVAILABLE
    assert "database_awaited" in awaited
    assert said.startswith(f"mail-panel: {NOBODY} cannot be reached")


def test_the_usual_wait_is_a_minute() -> None:
    assert opening.START_SECONDS == 60


def test_a_command_does_not_wait(tmp_path: Path) -> None:
    program = "from panel.cli.main import main; main()"

    ended = python(program, "outbox", "list", MAIL_PANEL_HOME=str(tmp_path / "home"), MAIL_PANEL_DATABASE=NOBODY)

    assert ended.returncode == os.EX_TEMPFAIL
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.data_file("where it stands")
def test_a_file_on_a_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("panel.storage.filesystem.kind_of", lambda *_: "nfs4")

    with pytest.raises(Exception, match="network file system"):
        require_fit(tmp_path / "mail-panel.db")


def test_nothing_is_asked_of_what_is_opened(tmp_path: Path) -> None:
    assert open_database(tmp_path / "mail-panel.db", NOBODY).name == NOBODY
