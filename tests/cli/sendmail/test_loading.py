"""What a process that hands one message in loads: it lives for that alone, and half of its time is imports."""

from __future__ import annotations

import importlib

import pytest

from panel.__main__ import Later
from panel.services import Services
from tests.cli.sendmail.conftest import Run

MODULES = {
    "address",
    "encoded_words",
    "envelope",
    "header",
    "normalize",
    "reencoding",
    "structure",
    "submission",
}
OURS = {
    *("cli", "cli.sendmail", "cli.sendmail.command", "clock", "errors", "home", "i18n"),
    *(
        "mail",
        "mail.message",
        *(f"mail.message.{name}" for name in MODULES),
        "mail.patterns",
        "mail.reading",
        "mail.reading.outline",
        "mail.limits",
        "mail.text",
        "mail.message.transfer_encoding",
    ),
    *("outbox", "outbox.enqueue", "outbox.state", "settings", "settings.sender"),
    *(
        "storage",
        "storage.database",
        "storage.opening",
        "storage.shared_key",
        "storage.steps",
        "storage.actor",
        "storage.wakeup",
    ),
    *("storage.sqlite", "storage.sqlite.connection", "storage.sqlite.database", "storage.sqlite.schema"),
}
HEAVY = {"flask", "werkzeug", "click", "jinja2", "wtforms", "cryptography", "sqlite_utils", "aiosmtpd", "idna"}
NOT_NEEDED = {"ssl", "socketserver", "http", "asyncio", "subprocess", "argparse", "logging", "email.message", "uuid"}


@pytest.mark.data_file("a server needs more")
def test_it_loads_nothing_that_it_does_not_use(run: Run, services: Services) -> None:
    program = "import panel.cli.sendmail.command as s, sys\ns.run(sys.argv[1:])\nprint(*sorted(sys.modules))"

    loaded = {*run("a@example.org", program=program).stdout.decode().split()}

    assert {name.partition(".")[0] for name in loaded} & HEAVY == set()
    assert loaded & NOT_NEEDED == set()
    assert {name.removeprefix("panel.") for name in loaded if name.startswith("panel.")} == OURS


COUNTS_COMPILED = """
import builtins
compiled, compile_ = [], compile
builtins.compile = lambda source, *of, **how: compiled.append(source) or compile_(source, *of, **how)
import panel.cli.sendmail.command, sys
print(*[each for each in compiled if isinstance(each, str)])
"""


def test_no_annotation_is_compiled_for_it(run: Run) -> None:
    assert run(program=COUNTS_COMPILED).stdout.split() == []  # the first one takes a thirtieth of the command's time


AS_COMMAND = "import os, runpy, sys\nos._exit = lambda code: print(*sys.modules)\n"
AS_COMMAND += "runpy.run_module('panel', run_name='__main__')"


@pytest.mark.data_file("a server needs more")
def test_the_common_command_loads_no_more(run: Run, services: Services) -> None:
    loaded = {*run("sendmail", "a@example.org", program=AS_COMMAND).stdout.decode().split()}

    assert "panel.cli.sendmail.command" in loaded
    assert loaded & {"click", "panel.cli.main", "ast", "selectors", "hashlib"} == set()


def test_what_is_put_off_is_there_when_it_is_used() -> None:
    later = Later("colorsys")

    assert later.rgb_to_hsv(1, 1, 1) == (0.0, 0.0, 1)  # type: ignore[operator]  # what it stands for is not known
    assert importlib.import_module("colorsys").hsv_to_rgb is later.hsv_to_rgb
    with pytest.raises(AttributeError):
        _ = later.no_such_name
