"""`mail-panel keys`: rotated, checked, lost, and out of the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from panel import clock
from panel.alerts.destinations import DestinationStore
from panel.storage import vault
from panel.storage.opening import open_database
from panel.storage.vault import Vault
from tests.cli.conftest import COMPLETE, Run
from tests.support.actors import actor
from tests.support.credentials import lay_down
from tests.support.needs import needs, needs_root
from tests.support.places import variables_of


def test_rotating_keeps_the_password_readable(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    key = tmp_path / "home" / "key"
    before = key.read_text()

    done = run("keys", "rotate")

    assert done.returncode == 0
    assert len(key.read_text().split()) == 2
    assert before.strip() in key.read_text()
    assert run("keys", "check").returncode == 0


def test_the_old_key_can_be_forgotten(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")

    run("keys", "rotate", "--forget-old")

    assert len((tmp_path / "home" / "key").read_text().split()) == 1
    told = json.loads(run("keys", "check", "--json").stdout)
    assert (told["readable"], told["unreadable"]) == (True, [])


def test_a_lost_key_is_told_and_loses_nothing(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    (tmp_path / "home" / "key").unlink()

    done = run("keys", "check")

    assert done.returncode == 78
    shown = json.loads(run("settings", "show", "--json").stdout)["settings"]
    assert (shown["smtp_host"], shown["smtp_password"]) == ("smtp.example.org", "unreadable")


def test_keys_come_from_the_environment_too(run: Run, tmp_path: Path) -> None:
    key = "A" * 43 + "="
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret", MAIL_PANEL_KEYS=key)

    assert run("keys", "check", MAIL_PANEL_KEYS=key).returncode == 0
    assert not (tmp_path / "home" / "key").exists()
    assert run("keys", "check", MAIL_PANEL_KEYS="short").returncode == 78


def test_rotating_says_what_it_can_do_with_keys_of_the_environment(run: Run) -> None:
    old, new = "A" * 43 + "=", "B" * 42 + "A="
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret", MAIL_PANEL_KEYS=old)

    alone = run("keys", "rotate", MAIL_PANEL_KEYS=old)
    both = run("keys", "rotate", "--forget-old", MAIL_PANEL_KEYS=f"{new} {old}")

    assert alone.returncode == 78
    assert "Put a new key before it" in alone.stderr
    assert both.returncode == 0
    assert "can be removed" in both.stdout
    assert run("keys", "check", MAIL_PANEL_KEYS=new).returncode == 0


def test_rotating_without_the_key_makes_none(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    (tmp_path / "home" / "key").unlink()

    done = run("keys", "rotate")

    assert done.returncode == 78
    assert "no key at" in done.stderr
    assert not (tmp_path / "home" / "key").exists()


def test_a_command_that_lacks_the_key_says_so_and_makes_none(run: Run, tmp_path: Path) -> None:
    """It may only lack the variable that tells the panel where its key is."""
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    (tmp_path / "home" / "key").unlink()

    told = run("settings", "show").stderr
    saved = run("settings", "set", "smtp_password=@-", given="another")

    assert "key_missing" in told
    assert str(tmp_path / "home" / "key") in told
    assert saved.returncode == 78
    assert "There is no key at" in saved.stderr.splitlines()[-1]
    assert "CREDENTIALS_DIRECTORY where it is." in saved.stderr.splitlines()[-1]
    assert not (tmp_path / "home" / "key").exists()


def test_a_command_makes_the_first_key_when_it_seals_the_first_password(run: Run, tmp_path: Path) -> None:
    run("user", "add", "hanako", "--password-file", "-", given="correct horse battery")
    assert not (tmp_path / "home" / "key").exists()

    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")

    assert run("keys", "check").returncode == 0


def test_a_check_of_the_keys_makes_none(run: Run, tmp_path: Path) -> None:
    assert run("keys", "check").returncode == 78
    assert not (tmp_path / "home" / "key").exists()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_credential_of_systemd_is_the_key_and_the_home_gets_none(run: Run, tmp_path: Path) -> None:
    store = lay_down(tmp_path / "credentials").parent
    before = contents(store)

    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret", CREDENTIALS_DIRECTORY=str(store))

    assert run("keys", "check", CREDENTIALS_DIRECTORY=str(store)).returncode == 0
    assert not (tmp_path / "home" / "key").exists()
    assert contents(store) == before


def test_a_credential_is_not_rotated_and_it_is_said_what_to_do(run: Run, tmp_path: Path) -> None:
    old, new = vault.new_key(), vault.new_key()
    store = lay_down(tmp_path / "credentials", old).parent
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret", CREDENTIALS_DIRECTORY=str(store))
    before = contents(store)

    alone = run("keys", "rotate", CREDENTIALS_DIRECTORY=str(store))

    assert alone.returncode == 78
    assert "In the file that LoadCredential= of the unit names, put a new key before it" in alone.stderr
    assert contents(store) == before

    lay_down(store, new, old)
    both = run("keys", "rotate", CREDENTIALS_DIRECTORY=str(store))
    lay_down(store, new)

    assert both.returncode == 0
    assert "can be removed" in both.stdout
    assert run("keys", "check", CREDENTIALS_DIRECTORY=str(store)).returncode == 0


def test_credentials_that_cannot_be_read_are_no_reason_to_make_a_key(run: Run, tmp_path: Path) -> None:
    done = run("settings", "show", CREDENTIALS_DIRECTORY=f"{tmp_path}/{'x' * 300}")

    assert done.returncode == 78
    assert "CREDENTIALS_DIRECTORY is" in done.stderr
    assert not (tmp_path / "home" / "key").exists()


MOUNTED = """
set -e
mount --bind {secret} {secret}
case {how} in folder) mount -o remount,bind,ro {secret};; esac
export MAIL_PANEL_KEY_FILE={secret}/key
case {how} in file) touch {secret}/mounted; mount --bind {secret}/key {secret}/mounted
    export MAIL_PANEL_KEY_FILE={secret}/mounted;; esac
exec {python} -m panel keys rotate
"""


@pytest.mark.parametrize(
    ("how", "mode", "said"),
    [
        ("folder", 0o400, "That file cannot be changed here: where it comes from, put a new key before it"),
        ("file", 0o400, "That file cannot be changed here: where it comes from, put a new key before it"),
        ("folder", 0o444, "Have it put there with mode 0400"),
    ],
)
def test_a_mounted_secret_is_not_rotated_and_nothing_is_left_beside_it(
    run: Run, tmp_path: Path, how: str, mode: int, said: str
) -> None:
    needs_root("mount")
    unshare = needs("unshare", "util-linux")
    secret = tmp_path / "secret"
    secret.mkdir(mode=0o700)
    vault.load_or_make(secret / "key")
    (secret / "key").chmod(mode)
    home = variables_of(tmp_path / "home")
    script = MOUNTED.format(secret=secret, how=how, python=sys.executable)

    command = [unshare, "--mount", "--propagation", "private", "sh", "-c", script]
    done = subprocess.run(command, env={**os.environ, **home}, capture_output=True, text=True, check=False)

    if "unshare failed" in done.stderr or "mount:" in done.stderr:
        pytest.skip("nothing may be mounted here")
    assert done.returncode == 78
    assert said in done.stderr
    assert {path.name for path in secret.iterdir()} <= {"key", "mounted"}


def test_a_destination_of_alerts_is_checked_and_sealed_anew_too(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    home, key = tmp_path / "home", tmp_path / "home" / "key"
    [database] = home.glob("*.db")
    store = DestinationStore(open_database(database), Vault(vault.load_keys(key)))
    store.add("ping", {"url": "https://hooks.example.org/x"}, actor(), clock.now())
    before = key.read_text()

    assert "Sealed 2 saved passwords" in run("keys", "rotate", "--forget-old").stdout
    assert run("keys", "check").returncode == 0
    key.write_text(before)

    done = run("keys", "check", "--json")

    assert done.returncode == 78
    assert {"destination": 1} in json.loads(done.stdout)["unreadable"]
    assert "Alert destination 1 cannot be read" in run("keys", "check").stdout
