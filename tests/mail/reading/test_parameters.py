"""Structured header values: parameters quoted, in pieces, escaped, and as programs write them against the rules."""

from __future__ import annotations

import pytest

from panel.mail.reading.parameters import read_value


@pytest.mark.parametrize(
    ("written", "name", "value"),
    [
        ('text/plain; charset="utf-8"', "charset", "utf-8"),
        ("text/plain; charset = iso-2022-jp (comment)", "charset", "iso-2022-jp (comment)"),
        ('a/b; name="a \\"b\\";c.txt"', "name", 'a "b";c.txt'),
        ("attachment; filename*=utf-8''%E8%AB%8B.pdf", "filename", "請.pdf"),
        ("attachment; filename*0*=shift_jis'ja'%90%BF; filename*1=b.pdf", "filename", "請b.pdf"),
        ('attachment; filename*1="b.pdf"; filename*0="a"', "filename", "ab.pdf"),
        ('attachment; filename="=?UTF-8?B?6KuL?=.pdf"', "filename", "請.pdf"),
        ("attachment; filename=plain.txt; filename*=utf-8''best.txt", "filename", "best.txt"),
        ("attachment; filename=a.txt; filename=b.txt", "filename", "a.txt"),
        ("attachment; filename*=broken%ZZ", "filename", "broken%ZZ"),
    ],
)
def test_a_parameter_is_read_as_it_was_meant(written: str, name: str, value: str) -> None:
    assert read_value(written)[1][name] == value


def test_what_a_value_says_comes_in_small_letters() -> None:
    assert read_value(" Multipart/MIXED ;x=y")[0] == "multipart/mixed"
    assert read_value("")[0] == ""


@pytest.mark.parametrize("bad", [';a="', ";a='", ";a=\\", ';a="\\"', "; ", ";*0=", ";a*999999999999=x"])
def test_broken_parameters_are_no_fault(bad: str) -> None:
    assert read_value("x/y" + bad * 10_000)[0].startswith("x/y")
