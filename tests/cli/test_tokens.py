"""`mail-panel token`."""

from __future__ import annotations

import json

from tests.cli.conftest import Run


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
