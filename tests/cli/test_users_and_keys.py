"""`mail-panel user` and `mail-panel keys`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import COMPLETE, Run

PASSWORD = "correct horse battery"


def test_accounts_are_added_listed_and_removed(run: Run) -> None:
    assert run("user", "add", "hanako", "--password-file", "-", given=PASSWORD + "\n").returncode == 0
    assert run("user", "add", "ken", "--password-file", "-", given=PASSWORD).returncode == 0

    assert run("user", "remove", "hanako").returncode == 0

    assert json.loads(run("user", "list", "--json").stdout) == [{"name": "ken", "role": "administrator"}]


def test_the_last_administrator_stays(run: Run) -> None:
    run("user", "add", "hanako", "--password-file", "-", given=PASSWORD)

    done = run("user", "remove", "hanako")

    assert done.returncode == 65
    assert "last administrator" in done.stderr


def test_a_password_is_changed(run: Run) -> None:
    run("user", "add", "hanako", "--password-file", "-", given=PASSWORD)

    assert run("user", "passwd", "hanako", "--password-file", "-", given="another password").returncode == 0
    assert run("user", "passwd", "nobody", "--password-file", "-", given="another password").returncode == 65


def test_without_a_terminal_nobody_is_asked(run: Run) -> None:
    done = run("user", "add", "hanako")

    assert done.returncode == 64
    assert "standard input" in done.stderr


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
    assert json.loads(run("keys", "check", "--json").stdout) == {"readable": True, "unreadable": []}


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


def test_a_lost_key_is_told_when_a_new_one_is_made(run: Run, tmp_path: Path) -> None:
    run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret")
    (tmp_path / "home" / "key").unlink()

    told = run("settings", "show").stderr

    assert "key_missing" in told
    assert str(tmp_path / "home" / "key") in told
    assert "key_missing" not in run("settings", "show").stderr


@pytest.mark.parametrize(
    "words",
    [("outbox", "list"), ("token", "list"), ("user", "list"), ("settings", "show"), ("keys", "check"), ("backup", "b")],
)
def test_what_asks_of_a_home_makes_none(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    elsewhere = tmp_path / "elsewhere"

    asked = run(*words, MAIL_PANEL_HOME=str(elsewhere))

    assert asked.returncode == 78
    assert str(elsewhere) in asked.stderr
    assert not elsewhere.exists()


def test_a_check_of_the_keys_makes_none(run: Run, tmp_path: Path) -> None:
    assert run("keys", "check").returncode == 78
    assert not (tmp_path / "home" / "key").exists()


def test_a_password_file_that_is_empty_is_said_to_be(run: Run) -> None:
    done = run("user", "add", "hanako", "--password-file", "-", given="\n")

    assert done.returncode == 64
    assert "standard input is empty" in done.stderr
