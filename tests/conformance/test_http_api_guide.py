"""What the how-to page of the HTTP API shows does what it says, in each of its languages."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from panel.config import Config
from panel.services import Services, open_services
from tests.support.needs import needs
from tests.support.paths import DOCS
from tests.support.serving import MAIN, Serving

PAGE = (DOCS / "howto" / "http-api.md").read_text("utf-8")
HERE = "http://127.0.0.1:5870"
Run = Callable[[str, int], str]


def block(language: str, number: int) -> str:
    """Give a block of the page; the first of a language is number 0."""
    return str(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[number])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def services(home: Path) -> Services:
    return open_services(Config(home=home))


@pytest.fixture(scope="module")
def run(home: Path, services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Run a block of the page beside a panel, in the folder with the token that the first block makes."""
    folder = tmp_path_factory.mktemp("application")
    command = folder / "mail-panel"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{MAIN}" "$@"\n')
    command.chmod(0o755)
    programs = {
        "sh": ["sh", "-e", "-c"],
        "python": [sys.executable, "-c"],
        "php": [needs("php", "php-cli"), "-r"],
    }
    needs("curl", "curl")

    with Serving(home) as serving:

        def run(language: str, number: int) -> str:
            text = block(language, number).replace(HERE, serving.address).removeprefix("<?php\n")
            done = subprocess.run(
                [*programs[language], text],
                cwd=folder,
                env={"PATH": f"{folder}:/usr/bin:/bin", "MAIL_PANEL_HOME": str(home), "LANG": "C.UTF-8"},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        run("sh", 0)
        yield run


def kept(services: Services, number: str) -> tuple[list[str], str]:
    """Give the recipients and the subject of a message in the outbox."""
    entry = services.outbox.get(int(number))
    row = services.database.row("SELECT content FROM messages WHERE number = ?", (int(number),))
    assert entry
    assert row
    message = message_from_bytes(row["content"], policy=policy.default)
    return [each.address for each in entry.recipients], str(message["Subject"])


def test_curl_hands_a_message_over_sees_it_and_takes_it_back(run: Run) -> None:
    made = run("sh", 1)
    number = str(re.findall(r'"id":(\d+)', made)[0])
    assert '"state":"queued"' in made

    assert number == "1"  # the number that the page goes on with
    assert "バックアップ完了" in run("sh", 2)
    assert '"state":"cancelled"' in run("sh", 3)


def test_php_hands_a_message_over_once(run: Run, services: Services) -> None:
    number = run("php", 0)

    assert run("php", 0) == number
    assert kept(services, number) == (["hanako@example.org"], "ご注文ありがとうございます")


@pytest.mark.parametrize("number", [0, 1], ids=["in parts", "whole"])
def test_python_hands_a_message_over(run: Run, services: Services, number: int) -> None:
    assert kept(services, run("python", number)) == (["hanako@example.org"], "月次報告")


def test_python_hands_many_over_and_is_told_of_each(run: Run, services: Services) -> None:
    first, second, refused = run("python", 2).splitlines()

    assert kept(services, first) == (["hanako@example.org"], "11月のお知らせ")
    assert kept(services, second)[0] == ["taro@example.org"]
    assert refused.startswith("no address 'no address' is not one mail address")
    assert run("python", 2).splitlines() == [first, second, refused]


def test_curl_reads_a_message_and_sends_it_as_a_new_one(run: Run, services: Services) -> None:
    number = re.findall(r'"id":(\d+)', run("sh", 4))[0]

    assert int(number) > 1
    assert kept(services, number) == kept(services, "1")


def test_curl_saves_and_tests_settings(run: Run, services: Services) -> None:
    told = run("sh", 5)

    assert '"version":1' in told
    assert '"mode":"check"' in told
    assert services.settings.current().settings.smtp_host == "127.0.0.1"
