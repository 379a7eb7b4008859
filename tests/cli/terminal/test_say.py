"""What somebody at a shell is told is in one language, that of the shell, whichever command says it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.cli.conftest import COMPLETE, Run
from tests.support.paths import ROOT

JAPANESE = "ja_JP.UTF-8"
SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}[^:]*\.$")
TOLD_BY = {"echo", "print", "CannotDo", "VaultError", "_leave"}  # a slip in the command line itself is a UsageError
ENGLISH = ("sendmail", "bounce", "typed", "arguments")  # what a mailer's caller reads, and slips in what is given


def sentences() -> Iterator[tuple[str, str]]:
    """Give the sentences of the commands that no catalogue has, by their modules."""
    for path in sorted((ROOT / "panel/cli").rglob("*.py")):
        if path.parent.name in ENGLISH or path.stem in ENGLISH:
            continue
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and call.args and _name(call.func) in TOLD_BY:
                text = _words(call.args[0])
                if SENTENCE.search(text):
                    yield path.name, text


def _name(func: ast.expr) -> str:
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _words(given: ast.expr) -> str:
    if isinstance(given, ast.Constant):
        return str(given.value)
    parts = given.values if isinstance(given, ast.JoinedStr) else ()
    return "".join(str(each.value) if isinstance(each, ast.Constant) else "x" for each in parts)


def test_no_command_has_a_sentence_of_its_own_language() -> None:
    assert [*sentences()] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(
            ("backup", "copy.db"), "にコピーしました。", marks=pytest.mark.data_file("a server is copied by pg_dump")
        ),
        (("outbox", "pause"), "送信を一時停止しました。"),
        (("outbox", "resume"), "送信箱は空です。"),
        (("outbox", "show", "7"), "メール 7 はありません。"),
        (("settings", "set", *COMPLETE, "smtp_auth=no"), "バージョン 1 として保存しました。"),
        (("settings", "restore", "9"), "バージョン 9 はありません。"),
        (("doctor", "--last"), "まだ診断していません。"),
        (("arrived", "1", "yes"), "テスト 1 はありません。"),
        (("user", "role", "nobody", "viewer"), "nobody というアカウントはありません。"),
        (("token", "revoke", "shop"), "shop という名前の有効なトークンはありません。"),
        (("alert", "remove", "9"), "通知先 9 はありません。次を実行してください: mail-panel alert list"),
        (("outbox", "server", "second"), "予備サーバーが設定されていません。"),
    ],
)
def test_what_is_done_or_refused_is_told_in_the_language_of_the_shell(
    run: Run, tmp_path: object, words: tuple[str, ...], said: str
) -> None:
    given = [f"{tmp_path}/{word}" if word.endswith(".db") else word for word in words]

    done = run(*given, LANG=JAPANESE)

    assert said in done.stdout + done.stderr


@pytest.mark.data_file("a server is copied by pg_dump")
def test_a_restore_speaks_the_language_of_the_shell_from_its_first_word_to_the_last(run: Run, tmp_path: object) -> None:
    run("backup", f"{tmp_path}/copy.db")

    told = run("restore", f"{tmp_path}/copy.db", LANG=JAPANESE).stdout

    assert [line for line in told.splitlines() if not re.search("[ぁ-んァ-ン]", line)] == []
    assert told.startswith(f"{tmp_path}/copy.db に破損はありません。")
    assert told.endswith("mail-panel を起動してください。\n")
