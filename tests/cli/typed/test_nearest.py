"""The word that was meant."""

from __future__ import annotations

import pytest

from panel.cli.typed.nearest import did_you_mean, nearest
from tests.cli.conftest import Run

MEANT = [
    (("outbx", "list"), "There is no command 'outbx'. Did you mean outbox?", "mail-panel"),
    (("outbox", "lst"), "There is no command 'lst'. Did you mean list?", "mail-panel outbox"),
    (("outbox", "list", "--serach", "x"), "no option --serach. Did you mean --search?", "mail-panel outbox list"),
    (("outbox", "list", "--state", "Failed"), "'Failed' is not known. Did you mean failed?", "mail-panel outbox list"),
    (("settings", "set", "smtp_hots=x"), "named smtp_hots. Did you mean smtp_host?", "mail-panel settings set"),
    (("alert", "set", "waiting.minute=5"), "waiting.minute. Did you mean waiting.minutes?", "mail-panel alert set"),
    (("explain", "--stage", "atuh", "535"), "'atuh' is not known. Did you mean auth?", "mail-panel explain"),
]


@pytest.mark.parametrize(("words", "said", "help_of"), MEANT)
def test_a_word_that_is_nearly_right_is_told_with_the_right_one(
    run: Run, words: tuple[str, ...], said: str, help_of: str
) -> None:
    done = run(*words)

    assert (done.returncode, done.stdout) == (64, "")
    first, second = done.stderr.splitlines()
    assert first.startswith("mail-panel: ")
    assert said in first
    assert second == f"Try: {help_of} --help"


def test_a_word_that_is_nothing_like_any_is_told_with_those_there_are(run: Run) -> None:
    assert "It is one of: queued, sending," in run("outbox", "list", "--state", "purple").stderr
    assert "The fields are: from_address, " in run("settings", "set", "q=x").stderr
    assert run("zzz").stderr == "mail-panel: There is no command 'zzz'.\nTry: mail-panel --help\n"


def test_the_nearest_is_found_in_any_case() -> None:
    assert nearest("SMTP_HOTS", ["smtp_host", "pop_host"]) == "smtp_host"
    assert nearest("purple", ["smtp_host"]) is None
    assert did_you_mean("purple", ["smtp_host"], " No.") == " No."
