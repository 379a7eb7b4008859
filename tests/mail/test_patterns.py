"""Patterns: what `re.compile` gives, and nothing compiled before it is looked for."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import panel
from panel.mail.patterns import pattern_of

LOADED = """
import re._compiler, sys

compile_now, made = re._compiler.compile, []

def compile(source, flags=0):
    frame = sys._getframe()
    while frame and frame.f_globals["__name__"].partition(".")[0] in ("re", "__main__"):
        frame = frame.f_back
    made.append((frame.f_globals["__name__"] if frame else "", source))
    return compile_now(source, flags)

re._compiler.compile = compile
import panel.outbox.enqueue, panel.mail.message.normalize, panel.mail.smtp.session, panel.outbox.pace.slot
re.compile("one")
print(len(made), [each for each in made if each[0].startswith(("panel.mail.", "panel.outbox."))])
"""


def test_a_pattern_does_what_the_compiled_one_does() -> None:
    lazy, compiled = pattern_of(r"(\w+)-(?P<number>\d+)", re.ASCII), re.compile(r"(\w+)-(?P<number>\d+)", re.ASCII)

    for _ in range(2):
        assert [each.groups() for each in lazy.finditer("a-1 b-2")] == [("a", "1"), ("b", "2")]
        assert lazy.sub(r"\2", "a-1") == compiled.sub(r"\2", "a-1")
        assert (lazy.match("-1"), lazy.pattern, lazy.flags) == (None, compiled.pattern, compiled.flags)
        assert lazy.groupindex == compiled.groupindex


def test_every_pattern_of_the_panel_compiles() -> None:
    """One that is wrong would be found only where it is used."""
    seen = 0
    for found in pkgutil.walk_packages(panel.__path__, "panel."):
        for each in vars(importlib.import_module(found.name)).values():
            for one in each if isinstance(each, tuple) else (each,):
                if type(one) is type(pattern_of("")):
                    assert one.groups >= 0
                    seen += 1
    assert seen > 50


def test_no_group_is_possessive() -> None:
    """Python before 3.11.5 loses what a possessive group has matched; an atomic one (`(?>…)`) it keeps."""
    wrong = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+")
    assert [bool(wrong.search(each)) for each in ("(?:a|b)*+", "(a){1,2}+", "(?>(?:a|b)*)[ab]*+")] == [
        True,
        True,
        False,
    ]

    files = [path for path in Path(panel.__file__).parent.rglob("*.py") if wrong.search(path.read_text("utf-8"))]

    assert files == []


def test_what_reads_and_sends_mail_compiles_nothing_when_it_is_loaded() -> None:
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout

    compiled, ours = said.split(maxsplit=1)
    assert int(compiled) > 0
    assert ours.strip() == "[]"
