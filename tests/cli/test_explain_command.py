"""`mail-panel explain`."""

from __future__ import annotations

import json

from tests.cli.conftest import Run

REFUSAL = "535 5.7.8 Username and Password not accepted. https://support.google.com/mail/?p=BadCredentials - gsmtp"


def test_a_reply_is_explained_with_what_to_do(run: Run) -> None:
    done = run("explain", REFUSAL)

    assert done.returncode == 0
    assert done.stdout.startswith("app_password_required: ")
    assert "\n  - " in done.stdout


def test_the_failure_comes_as_json_with_its_stage_where_it_is_known(run: Run) -> None:
    told = json.loads(run("explain", "--json", "--stage", "auth", REFUSAL).stdout)
    guessed = json.loads(run("explain", "--json", REFUSAL).stdout)

    assert list(told) == ["cause", "stage", "field", "whose", "reply", "what", "do", "checked", "suggestion"]
    assert (told["stage"], guessed["stage"]) == ("auth", None)


def test_a_text_from_standard_input_in_the_readers_language(run: Run) -> None:
    done = run("explain", "-", given="550 5.1.1 No such user", LANG="ja_JP.UTF-8")

    assert done.stdout.startswith("recipient_unknown: 宛先")


def test_a_text_without_a_failure_is_bad_data(run: Run) -> None:
    done = run("explain", "It works.")

    assert done.returncode == 65
    assert "no server's reply" in done.stderr
