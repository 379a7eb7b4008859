"""`mail-panel audit`."""

from __future__ import annotations

import json

from tests.cli.conftest import Run


def test_what_a_command_does_is_listed_with_who_did_it(run: Run) -> None:
    run("token", "create", "shop", "--scope", "send")
    run("outbox", "pause")

    listed = run("audit")

    assert (listed.returncode, listed.stderr) == (0, "")
    first, second = listed.stdout.splitlines()
    number, _, who, did, what, changed = first.split("\t")
    assert (number, did, json.loads(changed)["scopes"]) == ("1", "token_created", "send")
    assert who.endswith("(command line) cli")
    assert what.startswith("token/mp_")
    assert second.split("\t")[3] == "sending_paused"


def test_it_is_found_by_action_and_time_and_goes_on_after_a_row(run: Run) -> None:
    run("outbox", "pause")
    run("outbox", "resume")

    only = run("audit", "--action", "sending_resumed", "--json").stdout
    rest = run("audit", "--after", "1", "--json").stdout
    late = run("audit", "--since", "2100-01-01").stdout

    assert json.loads(only)["action"] == "sending_resumed"
    assert (only, late) == (rest, "")


def test_csv_has_its_mark_and_its_line_ends(run: Run) -> None:
    run("outbox", "pause")

    text = run("audit", "--csv").stdout

    assert text.startswith("\ufeffnumber,at,account,role,via,address,action,object,outcome,changed,request")


def test_a_filter_that_nothing_can_match_ends_with_64(run: Run) -> None:
    run("outbox", "pause")

    wrong = (["--since", "yesterday"], ["--action", "x"], ["--json", "--csv"], ["--after", "-1"], ["--after", "9" * 19])

    assert [run("audit", *words).returncode for words in wrong] == [64] * 5
