"""`mail-panel token`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from panel import clock
from panel.access.submission.token_limits import TokenLimits
from panel.home import DATABASE_NAME
from panel.outbox.outbox import Outbox
from panel.storage.actor import Actor
from panel.storage.opening import open_database
from tests.cli.conftest import Run, See
from tests.support.actors import actor
from tests.support.mail import mail


def test_a_token_is_printed_alone_and_known_by_its_beginning(run: Run) -> None:
    made = run("token", "create", "shop", "--scope", "send", "--scope", "read", "--expires", "90d")

    [listed] = json.loads(run("token", "list", "--json").stdout)
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.count("\n") == 1
    assert made.stdout.startswith(listed["id"] + "_")
    assert (listed["name"], listed["state"], listed["scopes"]) == ("shop", "valid", ["read", "send"])
    assert listed["created_by"].endswith("(command line)")
    assert listed["last_used_at"] is None


def test_a_list_shows_no_token(run: Run) -> None:
    secret = run("token", "create", "shop", "--scope", "admin").stdout.strip()[12:]

    assert secret not in run("token", "list").stdout + run("token", "list", "--json").stdout


def test_a_list_counts_what_each_token_has_handed_in_lately(run: Run, tmp_path: Path) -> None:
    for name in ("shop", "idle"):
        run("token", "create", name, "--scope", "send")
    database = open_database(tmp_path / "home" / DATABASE_NAME)
    Outbox(database).enqueue(mail(), by=actor("shop (token)", via="api"), now=clock.now())
    database.close()

    listed = json.loads(run("token", "list", "--json").stdout)
    lines = [line.split("\t") for line in run("token", "list").stdout.splitlines()]

    assert {each["name"]: each["messages_30d"] for each in listed} == {"shop": 1, "idle": 0}
    assert {each[1]: each[6] for each in lines} == {"shop": "1", "idle": "0"}

    run("token", "revoke", "shop")

    after = json.loads(run("token", "list", "--json").stdout)
    assert {each["name"]: each["messages_30d"] for each in after} == {"shop": None, "idle": 0}


def test_a_token_is_revoked_by_its_beginning(run: Run) -> None:
    beginning = run("token", "create", "shop", "--scope", "send").stdout[:11]

    done = run("token", "revoke", beginning)

    assert (done.returncode, done.stdout) == (0, "Revoked shop.\n")
    assert "\trevoked\t" in run("token", "list").stdout
    assert run("token", "revoke", "shop").returncode == 65


def test_a_token_without_a_scope_is_not_made(run: Run) -> None:
    assert run("token", "create", "shop").returncode == 64
    assert run("token", "create", "shop", "--scope", "everything").returncode == 64
    assert run("token", "create", "shop", "--scope", "send", "--expires", "tomorrow").returncode == 65
    assert run("token", "list").stdout == ""


def test_limits_are_set_changed_and_listed_with_what_was_used(run: Run, see: See, tmp_path: Path) -> None:
    token = run("token", "create", "shop", "--scope", "send", "--messages-per-minute", "60").stdout.strip()
    run("token", "create", "free", "--scope", "send")

    limited = run("token", "limit", "shop", "--recipients-per-day", "500")
    database = open_database(tmp_path / "home" / DATABASE_NAME)
    by = Actor("shop (token)", "api", limited=token[:11])
    Outbox(database).enqueue(mail("a@example.org", "b@example.org"), by=by, now=clock.now())
    database.close()

    assert limited.stdout == "shop: 60/min 500/day.\n"
    listed = {each["name"]: each for each in json.loads(run("token", "list", "--json").stdout)}
    assert listed["shop"]["limits"] == {"messages_per_minute": 60, "recipients_per_day": 500}
    assert listed["shop"]["used"] == {"messages_in_a_minute": 1, "recipients_today": 2}
    assert (listed["free"]["limits"], listed["free"]["used"]) == (dict.fromkeys(TokenLimits._fields), None)
    lines = [line.split("\t") for line in run("token", "list").stdout.splitlines()]
    assert {each[1]: each[7:] for each in lines} == {"shop": ["60/min 500/day", "2"], "free": ["no limits", "0"]}
    assert "60/min 500/day" in see("token", "list", columns=160)
    assert run("token", "limit", "shop", "--messages-per-minute", "none", "--recipients-per-day", "none").stdout == (
        "shop: no limits.\n"
    )


def test_a_list_of_tokens_without_limits_does_not_speak_of_any(run: Run, see: See) -> None:
    run("token", "create", "free", "--scope", "send")

    assert "Limits" not in see("token", "list", columns=160)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("shop",), os.EX_USAGE, "Say --messages-per-minute or --recipients-per-day"),
        (("shop", "--messages-per-minute", "0"), os.EX_DATAERR, "from 1 to 10000000"),
        (("nobody", "--messages-per-minute", "1"), os.EX_DATAERR, "no valid token named nobody"),
    ],
)
def test_what_is_wrong_with_limits_is_said(run: Run, words: tuple[str, ...], code: int, said: str) -> None:
    run("token", "create", "shop", "--scope", "send")

    done = run("token", "limit", *words)

    assert (done.returncode, said in done.stderr) == (code, True), done
