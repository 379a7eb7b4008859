"""The audit as CSV and as JSON lines: what somebody is called neither runs nor ends a line."""

from __future__ import annotations

import csv
import io
import json

import pytest

from panel.access.audit.asked import AuditFilter
from panel.access.audit.lines import FIELDS_OF_A_ROW, csv_lines, json_lines
from panel.access.audit.reading import Audit
from panel.storage.journal import Action
from tests.access.audit.conftest import SATO, Done

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "＝1",
    "a;=cmd|' /C calc'!A0;",
    'a"b,c;d',
    "a\r\nb",
    "\u202egnp.exe",
    "a\x1b[2Jb",
    "\x85\u2028x",
]


def test_a_line_is_one_object_of_these_names(audit: Audit, done: Done) -> None:
    done(Action.SETTINGS_SAVED, object="settings/8", changed={"smtp_host": ["a", "b"], "smtp_password": "changed"})

    [line] = json_lines(audit.all(AuditFilter()))

    assert line.endswith("}\n")
    assert json.loads(line) == {
        "number": 1,
        "at": "2026-11-25T09:00:00.120Z",
        "account": "sato",
        "role": "administrator",
        "via": "session",
        "address": "192.0.2.7",
        "action": "settings_saved",
        "object": "settings/8",
        "outcome": "done",
        "changed": {"smtp_host": ["a", "b"], "smtp_password": "changed"},
        "request": "9f2c",
    }


def test_csv_begins_with_a_mark_and_a_header(audit: Audit, done: Done) -> None:
    done(changed={"a": ["x, y", 'z"']})

    lines = [*csv_lines(audit.all(AuditFilter()))]

    assert lines[0] == "\ufeff" + ",".join(FIELDS_OF_A_ROW) + "\r\n"
    [row] = csv.DictReader(lines[1:], FIELDS_OF_A_ROW)
    assert row["changed"] == '{"a":["x, y","z\\""]}'


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_runs_or_ends_a_line(audit: Audit, done: Done, name: str) -> None:
    done(by=SATO._replace(name=name), object=name, changed={"name": name})

    text = "".join(csv_lines(audit.all(AuditFilter())))
    [row] = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    assert all(each.isprintable() for each in text.removeprefix("\ufeff").replace("\r\n", ""))
    begins = {cell[:1] for cell in row["account"].split(";")}  # as a spreadsheet of many countries parts it
    assert not begins & {"=", "+", "-", "@", "\t", "\r", "＝"}
    assert row["object"] == row["account"]
    [line] = json_lines(audit.all(AuditFilter()))
    assert line.removesuffix("\n").isprintable()
    assert json.loads(line)["account"] == name
