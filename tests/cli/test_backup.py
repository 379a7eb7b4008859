"""`mail-panel backup` and `mail-panel restore`: what somebody sees who has lost a database, or the key."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from panel import clock
from panel.access.rights import Role
from panel.config import Config
from panel.services import open_services
from tests.cli.conftest import COMPLETE, Run
from tests.support.actors import actor
from tests.support.limits import NOBODY
from tests.support.mail import mail
from tests.support.needs import needs_root
from tests.support.serving import Serving

pytestmark = pytest.mark.data_file("a server is copied by pg_dump")


@pytest.fixture
def home(run: Run, tmp_path: Path) -> Path:
    """A home with a password in it, and a message that waits."""
    assert run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret").returncode == 0
    services = open_services(Config(home=tmp_path / "home"))
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())
    services.database.close()
    return tmp_path / "home"


@pytest.fixture
def copy(run: Run, home: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    assert run("backup", str(tmp_path / "copy.db")).returncode == 0
    return tmp_path / "copy.db"


def version(run: Run) -> int:
    shown: int = json.loads(run("settings", "show", "--json").stdout)["version"]
    return shown


def kept_in(home: Path) -> list[Path]:
    return [*home.glob("mail-panel-before-*.db")]


def test_a_backup_comes_back_in_one_step(run: Run, home: Path, copy: Path) -> None:
    run("settings", "set", "from_name=Later")

    done = run("restore", str(copy))

    assert done.returncode == 0, done.stderr
    [kept] = kept_in(home)
    whole, readable, before, restored, *_ = done.stdout.splitlines()
    assert whole == f"{copy} is whole."
    assert readable == "Every saved password can be read."
    assert before == f"The database of before is kept as {kept}."
    assert restored.startswith("Restored. 1 messages wait, marked as those that may have arrived twice")
    assert version(run) == 1
    [listed] = json.loads(run("outbox", "list", "--json").stdout)["messages"]
    assert listed["uncertain"] is True
    row = json.loads(run("audit", "--action", "restored", "--json").stdout)
    assert (row["via"], row["changed"]) == ("cli", {"file": str(copy)})


def test_what_was_restored_can_be_taken_back(run: Run, home: Path, copy: Path) -> None:
    run("settings", "set", "from_name=Later")
    run("restore", str(copy))
    [kept] = kept_in(home)

    assert run("restore", str(kept)).returncode == 0

    assert version(run) == 2


def test_what_was_signed_out_or_used_since_opens_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    services, by, now = open_services(Config(home=home)), actor(), clock.now()
    hanako = services.accounts.add("hanako", "correct horse battery", by=by, now=now)
    session = services.sessions.open(hanako, by=by, now=now)
    reset, invitation = (
        services.links.reset("hanako", by=by, now=now),
        services.links.invite("ken", Role.VIEWER, by=by, now=now),
    )
    run("backup", str(tmp_path / "later.db"))
    services.sessions.close(session, by=by, now=now)
    services.database.close()

    done = run("restore", str(tmp_path / "later.db"))

    restored = open_services(Config(home=home))
    assert [each.name for each in restored.accounts.list()] == ["hanako"]
    assert restored.sessions.account(session, now) is None
    assert [restored.links.find(each, now) for each in (reset, invitation)] == [None, None]
    assert "Sessions and one-time links have ended: sign in again" in done.stdout


def test_a_panel_that_runs_is_left_alone(run: Run, home: Path, copy: Path) -> None:
    run("settings", "set", "from_name=Later")
    with Serving(home):
        done = run("restore", str(copy))

        assert done.returncode == 75
        assert "A panel serves" in done.stderr
    assert version(run) == 2
    assert kept_in(home) == []


def test_another_key_changes_nothing_unless_somebody_says_so(run: Run, home: Path, copy: Path) -> None:
    run("settings", "set", "from_name=Later")
    (home / "key").write_text("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n")

    refused = run("restore", str(copy))

    assert refused.returncode == 78
    assert "1 of the saved passwords cannot be read" in refused.stderr
    assert (version(run), kept_in(home)) == (2, [])
    assert run("restore", str(copy), "--without-key").returncode == 0
    assert version(run) == 1


def test_a_machine_that_never_had_a_panel_gets_one(run: Run, home: Path, copy: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (elsewhere / "key").write_bytes((home / "key").read_bytes())
    (elsewhere / "key").chmod(0o600)

    done = run("restore", str(copy), MAIL_PANEL_HOME=str(elsewhere))

    assert done.returncode == 0, done.stderr
    assert "of before" not in done.stdout
    check = run("keys", "check", MAIL_PANEL_HOME=str(elsewhere))
    assert check.stdout == "Every saved password can be read.\n"


@pytest.mark.parametrize(("content", "code"), [(b"", 65), (b"a text " * 900, 65), (None, 66)])
def test_what_is_no_backup_is_refused(run: Run, home: Path, tmp_path: Path, content: bytes | None, code: int) -> None:
    file = tmp_path / "file.db"
    if content is not None:
        file.write_bytes(content)

    done = run("restore", str(file))

    assert done.returncode == code
    assert done.stderr.startswith(f"mail-panel: {file} ")
    assert version(run) == 1


def test_a_file_that_is_missing_makes_no_home(run: Run, tmp_path: Path) -> None:
    done = run("restore", str(tmp_path / "away.db"), MAIL_PANEL_HOME=str(tmp_path / "elsewhere"))

    assert done.returncode == 66
    assert not (tmp_path / "elsewhere").exists()


def test_what_root_restores_stays_whose_the_folder_is(run: Run, copy: Path, tmp_path: Path) -> None:
    needs_root("the owner of another folder")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    os.chown(elsewhere, NOBODY, NOBODY)

    done = run("restore", str(copy), "--without-key", MAIL_PANEL_HOME=str(elsewhere))

    assert done.returncode == 0, done.stderr
    assert {each.name: each.stat().st_uid for each in elsewhere.iterdir()} == {
        "mail-panel.db": NOBODY,
        "mail-panel.db.sign-ins": NOBODY,
    }


def test_a_backup_overwrites_nothing(run: Run, home: Path, copy: Path) -> None:
    before = copy.read_bytes()

    done = run("backup", str(copy))

    assert (done.returncode, "is there already" in done.stderr) == (73, True)
    assert copy.read_bytes() == before
