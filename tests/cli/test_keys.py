"""`mail-panel keys`: rotated, checked, lost, and out of the environment."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import COMPLETE, Run


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


def test_a_check_of_the_keys_makes_none(run: Run, tmp_path: Path) -> None:
    assert run("keys", "check").returncode == 78
    assert not (tmp_path / "home" / "key").exists()
