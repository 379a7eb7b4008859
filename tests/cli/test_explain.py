"""`mail-panel explain`: as a shell sees it, in processes of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

WRONG_PASSWORD = "535 5.7.8 Error: authentication failed"


def explain(*words: str, given: bytes = b"", language: str = "C.UTF-8") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "panel", "explain", *words]
    environment = {"LC_ALL": language, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, input=given, capture_output=True, env=environment, check=False)


def test_a_reply_is_explained_in_words() -> None:
    done = explain(WRONG_PASSWORD)

    assert done.returncode == 0
    assert done.stdout.decode().startswith("login_refused (auth): The user name or password is wrong.\n  - ")
    assert "Field to change: SMTP password" in done.stdout.decode()
    assert "\n  How to know that it is this one: 535 after AUTH without further reasons" in done.stdout.decode()


def test_it_is_explained_in_japanese() -> None:
    told = explain(WRONG_PASSWORD, language="ja_JP.UTF-8").stdout.decode()

    assert "変更する項目: SMTPパスワード" in told
    assert "。 " not in told


def test_json_is_the_failure_object_of_a_test() -> None:
    failure = json.loads(explain("--json", "--host", "smtp.gmail.com", WRONG_PASSWORD).stdout)

    assert failure["cause"] == "app_password_required"
    keys = {"cause", "stage", "field", "whose", "reply", "what", "do", "checked", "suggestion"}
    assert set(failure) == keys


def test_words_need_no_quotes() -> None:
    assert explain("550", "5.1.1", "User", "unknown").stdout.startswith(b"recipient_unknown")


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "iso-2022-jp"])
def test_standard_input_is_read_in_its_own_encoding(encoding: str) -> None:
    done = explain("-", given="550 5.1.1 宛先のユーザーが存在しません\n".encode(encoding))

    assert "宛先のユーザーが存在しません" in done.stdout.decode()


def test_the_stage_may_be_given() -> None:
    assert json.loads(explain("--json", "--stage", "data", "550 Zork").stdout)["stage"] == "data"


def test_further_refusals_stand_beside_the_first() -> None:
    lines = "relay=a[1] said: 550 5.1.1 User unknown\nrelay=b[1] said: 452 4.2.2 Mailbox full"

    failure = json.loads(explain("--json", lines).stdout)

    assert [failure["cause"], failure["others"][0]["cause"]] == ["recipient_unknown", "recipient_mailbox_full"]


def test_a_text_without_a_refusal_is_bad_data() -> None:
    done = explain("--json", "Mail does not work, please help.")

    assert (done.returncode, json.loads(done.stdout)) == (65, None)
    assert done.stderr.startswith(b"mail-panel: No refusal by a server was found")


def test_a_wrong_stage_is_wrong_usage() -> None:
    assert explain("--stage", "lunch", "550 no").returncode == 64


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_secret_is_shown_again(form: tuple[str, ...]) -> None:
    given = b"535 5.7.8 authentication failed at smtp://bob:hunter2@mx.example.com, password: 'hunter2'"

    done = explain(*form, "--host", "smtp://bob:hunter2@mx.example.com", "-", given=given)

    assert b"authentication failed" in done.stdout
    assert b"hunter2" not in done.stdout + done.stderr
