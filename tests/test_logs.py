"""The log: one event a line, whatever a stranger put into it."""

from __future__ import annotations

import json
import logging

import pytest

from panel import logs


def test_a_control_character_cannot_begin_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("text")

    logging.getLogger("panel").warning("sign-in refused: name=%s", "x\n2026-11-23 INFO signed in: name=hanako \x1b[31m")

    [line] = capsys.readouterr().err.splitlines()
    assert "\\n2026" in line
    assert "\x1b" not in line


def test_an_event_is_an_object_where_json_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")

    logging.getLogger("panel").info("settings saved: by=%s", '花子 "\n')

    event = json.loads(capsys.readouterr().err)
    assert event["event"] == 'settings saved: by=花子 "\n'
    assert event["level"] == "INFO"
