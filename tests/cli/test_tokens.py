"""`mail-panel token`."""

from __future__ import annotations

import json
from pathlib import Path

from panel import clock
from panel.home import DATABASE_NAME
from panel.outbox.outbox import Outbox
from panel.storage.opening import open_database
from tests.cli.conftest import Run
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
    assert {each[1]: each[-1] for each in lines} == {"shop": "1", "idle": "0"}

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
