"""The panel's folder: no new home where one was, and none where others can put files."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from panel.config import Config
from panel.errors import ConfigError, DatabaseBusy, DatabaseError, VaultError
from panel.home import DATABASE_NAME
from panel.services import open_services
from panel.storage import folder, vault
from panel.storage.opening import open_database
from tests.support.credentials import lay_down
from tests.support.limits import NOBODY
from tests.support.needs import needs_root

pytestmark = pytest.mark.data_file("where it stands")

KEY = "A" * 43 + "="


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home that has been used, and is closed."""
    open_services(Config(home=tmp_path)).database.close()
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "left", ["nothing", "an empty file", "the log", "an empty file and the log", "a file without its log"]
)
def test_a_key_without_its_database_is_no_new_home(home: Path, left: str) -> None:
    (home / DATABASE_NAME).unlink()
    if "empty" in left:
        (home / DATABASE_NAME).touch()
    if "log" in left:
        (home / f"{DATABASE_NAME}-wal").write_bytes(b"the newest changes")
    if "without" in left:
        with sqlite3.connect(home / DATABASE_NAME) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.close()
    before = contents(home)

    with pytest.raises(DatabaseError, match=r"(gone|empty).*[Rr]estore"):
        open_services(Config(home=home))

    assert contents(home) == before


@pytest.mark.parametrize("size", [None, 0])
def test_a_log_without_its_database_is_kept(tmp_path: Path, size: int | None) -> None:
    path = tmp_path / "panel.db"
    if size is not None:
        path.touch()
    log = tmp_path / "panel.db-wal"
    log.write_bytes(b"the newest changes")

    for opening in (
        open_database(path).prepare,
        open_database(path).require,
        lambda: open_database(path).rows("SELECT 1"),
    ):
        with pytest.raises(DatabaseError, match="newest changes"):
            opening()

    assert log.read_bytes() == b"the newest changes"


def test_an_empty_database_beside_keys_of_the_environment_is_no_new_home(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).touch()

    with pytest.raises(DatabaseError, match="is empty"):
        open_services(Config(home=tmp_path, keys=(KEY,)))

    assert (tmp_path / DATABASE_NAME).read_bytes() == b""


def test_an_empty_database_beside_a_key_elsewhere_is_no_new_home(tmp_path: Path) -> None:
    vault.load_or_make(tmp_path / "key of mine")
    home = tmp_path / "home"
    home.mkdir()
    (home / DATABASE_NAME).touch()

    with pytest.raises(DatabaseError, match="is empty"):
        open_services(Config(home=home, key_file=tmp_path / "key of mine"))


def test_a_key_that_was_made_elsewhere_before_the_first_start_is_taken(tmp_path: Path) -> None:
    keys = vault.load_or_make(tmp_path / "key of mine")

    open_services(Config(home=tmp_path / "home", key_file=tmp_path / "key of mine"))

    assert vault.load_keys(tmp_path / "key of mine") == keys
    assert not (tmp_path / "home" / "key").exists()


def test_several_first_starts_at_once_make_one_home(tmp_path: Path) -> None:
    program = "from pathlib import Path; from panel.config import Config; from panel.services import open_services; "
    program += f"open_services(Config(home=Path({str(tmp_path / 'home')!r}), keys={{keys}}))"

    for keys in ((), (KEY,)):
        starts = [subprocess.Popen([sys.executable, "-c", program.format(keys=keys)]) for _ in range(6)]
        assert [each.wait() for each in starts] == [0] * 6
        shutil.rmtree(tmp_path / "home")


@pytest.mark.parametrize("made", ["nothing", "an empty file", "a file without tables"])
def test_a_first_start_that_was_killed_is_begun_again(tmp_path: Path, made: str) -> None:
    if made != "nothing":
        (tmp_path / DATABASE_NAME).touch(0o600)
    if "tables" in made:
        with sqlite3.connect(tmp_path / DATABASE_NAME) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

    assert not open_services(Config(home=tmp_path)).settings.newest()


def test_a_home_that_everybody_may_write_to_stops_the_start(home: Path) -> None:
    home.chmod(0o1777)

    with pytest.raises(ConfigError, match="chmod o-w"):
        open_services(Config(home=home))


def test_a_key_in_a_folder_that_everybody_may_write_to_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    vault.load_or_make(folder / "key")
    folder.chmod(0o777)

    with pytest.raises(ConfigError, match="KEY_FILE"):
        open_services(Config(home=tmp_path / "home", key_file=folder / "key"))


def test_a_credential_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    credential = lay_down(tmp_path / "credentials")
    credential.unlink()

    with pytest.raises(VaultError, match="no key at"):
        open_services(Config(home=tmp_path / "home", credential=credential))

    assert not credential.exists()
    assert not (tmp_path / "home" / "key").exists()


def test_credentials_that_everybody_may_write_to_stop_the_start(tmp_path: Path) -> None:
    credential = lay_down(tmp_path / "credentials")
    credential.parent.chmod(0o777)

    with pytest.raises(ConfigError, match="CREDENTIALS_DIRECTORY is"):
        open_services(Config(home=tmp_path / "home", credential=credential))


def test_a_database_in_a_folder_that_everybody_may_write_to_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    folder.chmod(0o777)

    with pytest.raises(ConfigError, match="DATABASE"):
        open_services(Config(home=tmp_path / "home", database=folder / "panel.db"))


def test_a_planted_key_file_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key"
    vault.load_or_make(path)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY - 1)

    with pytest.raises(VaultError, match="belongs to another user"):
        vault.load_keys(path)


def test_a_home_of_another_user_stops_the_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY - 1)

    with pytest.raises(ConfigError, match="another user"):
        open_services(Config(home=home))


def test_root_may_look_after_the_home_of_the_panels_user(home: Path) -> None:
    needs_root("somebody else's home")
    for path in (home, *home.iterdir()):
        os.chown(path, NOBODY, NOBODY)

    assert open_services(Config(home=home)).settings.newest() == 0


def test_who_is_alone_keeps_others_out_and_who_serves_is_not_alone(tmp_path: Path) -> None:
    path = tmp_path / "panel.db"
    serving = folder.served(path), folder.served(path)
    with serving[0], serving[1], pytest.raises(DatabaseBusy, match="A panel serves"), folder.alone(path):
        pass
    with folder.alone(path), pytest.raises(DatabaseBusy), folder.alone(path):
        pass
    with folder.served(path):
        assert [*tmp_path.iterdir()] == []
