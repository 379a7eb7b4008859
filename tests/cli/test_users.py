"""`mail-panel user`."""

from __future__ import annotations

import json
import re

from tests.cli.conftest import Run

PASSWORD = "correct horse battery"


def test_accounts_are_added_listed_and_removed(run: Run) -> None:
    assert run("user", "add", "hanako", "--password-file", "-", given=PASSWORD + "\n").returncode == 0
    assert run("user", "add", "ken", "--password-file", "-", given=PASSWORD).returncode == 0
    assert run("user", "add", "rei", "--role", "administrator", "--password-file", "-", given=PASSWORD).returncode == 0

    assert run("user", "remove", "hanako").returncode == 0

    assert json.loads(run("user", "list", "--json").stdout) == [
        {"name": "ken", "role": "viewer", "via": "local", "seen_at": None},  # who comes second
        {"name": "rei", "role": "administrator", "via": "local", "seen_at": None},
    ]


def test_the_last_administrator_stays(run: Run) -> None:
    run("user", "add", "hanako", "--password-file", "-", given=PASSWORD)

    done = run("user", "remove", "hanako")

    assert done.returncode == 65
    assert "last administrator" in done.stderr


def test_a_role_is_changed(run: Run) -> None:
    for name in ("hanako", "ken"):
        run("user", "add", name, "--password-file", "-", given=PASSWORD)

    done = run("user", "role", "ken", "operator")
    wrong, nobody, last = (
        run("user", "role", *words) for words in (("ken", "king"), ("rei", "viewer"), ("hanako", "operator"))
    )

    assert done.stdout == "ken has the role operator now.\n"
    assert (wrong.returncode, nobody.returncode, last.returncode) == (64, 65, 65)
    assert "It is one of: viewer, operator, administrator." in wrong.stderr
    assert "no account named rei" in nobody.stderr
    assert "last administrator" in last.stderr
    assert [line.split("\t")[:2] for line in run("user", "list").stdout.splitlines()] == [
        ["hanako", "administrator"],
        ["ken", "operator"],
    ]


def test_a_password_is_changed(run: Run) -> None:
    run("user", "add", "hanako", "--password-file", "-", given=PASSWORD)

    assert run("user", "passwd", "hanako", "--password-file", "-", given="another password").returncode == 0
    assert run("user", "passwd", "nobody", "--password-file", "-", given="another password").returncode == 65


def test_without_a_terminal_nobody_is_asked(run: Run) -> None:
    done = run("user", "add", "hanako")

    assert done.returncode == 64
    assert "standard input" in done.stderr


def test_a_password_file_that_is_empty_is_said_to_be(run: Run) -> None:
    done = run("user", "add", "hanako", "--password-file", "-", given="\n")

    assert done.returncode == 65
    assert "standard input is empty" in done.stderr


def test_nobody_is_asked_for_a_password_that_cannot_be_set(run: Run) -> None:
    """Without a terminal, who would be asked gets 64."""
    run("user", "add", "hanako@example.org", "--via", "proxy")

    done, nobody = run("user", "passwd", "hanako@example.org"), run("user", "passwd", "ken")

    assert (done.returncode, nobody.returncode) == (65, 65)
    assert "signs in through the proxy, and has no password here" in done.stderr


def test_who_enters_by_the_proxy_is_added_without_a_password(run: Run) -> None:
    added = run("user", "add", "佐藤@example.org", "--via", "proxy", "--role", "administrator")
    asked = run("user", "add", "ken", "--via", "proxy", "--password-file", "-", given=PASSWORD)
    refused = run("user", "add", "sato,ken", "--via", "proxy")

    assert (added.returncode, asked.returncode, refused.returncode) == (0, 64, 65)
    [account] = json.loads(run("user", "list", "--json").stdout)
    assert (account["name"], account["role"]) == ("佐藤@example.org", "administrator")


def test_an_account_is_handed_over_to_the_proxy(run: Run) -> None:
    run("user", "add", "hanako", "--password-file", "-", given=PASSWORD)
    run("user", "add", "ken", "--password-file", "-", given=PASSWORD)

    handed = run("user", "via", "ken", "proxy")

    assert (handed.returncode, handed.stdout) == (0, "ken enters by the proxy from now on.\n")
    assert "MAIL_PANEL_AUTH is local for this command" in handed.stderr
    assert run("user", "passwd", "ken", "--password-file", "-", given=PASSWORD).returncode == 65
    assert run("user", "via", "hanako", "proxy").returncode == 65
    assert run("user", "via", "hanako", "local").returncode == 64


def test_an_invitation_and_a_link_for_a_new_password_are_printed_alone(run: Run) -> None:
    run("user", "add", "hanako", "--password-file", "-", given=PASSWORD)
    here = {"MAIL_PANEL_PUBLIC_URL": "https://example.org/mail"}

    invited = run("user", "invite", "ken", "--role", "operator", **here)
    reset = run("user", "reset", "hanako")

    assert re.fullmatch(r"https://example\.org/mail/invitation\?token=[\w-]{43}\n", invited.stdout)
    assert re.fullmatch(r"http://127\.0\.0\.1:5870/invitation\?token=[\w-]{43}\n", reset.stdout)


def test_who_cannot_be_invited_is_told_why(run: Run) -> None:
    run("user", "add", "hanako", "--password-file", "-", given=PASSWORD)

    assert run("user", "invite", "ken", "--role", "root").returncode == 64
    assert run("user", "invite", "hanako", "--role", "viewer").returncode == 65
    assert run("user", "reset", "nobody").returncode == 65
