"""Names of files from strangers: nothing in one leads elsewhere, hides its end, or cannot be saved."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.reading.names import MAX_FILE_NAME, disposition, file_name


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("月次レポート_11月.pdf", "月次レポート_11月.pdf"),
        ("../../etc/passwd", "_._etc_passwd"),
        ("C:\\Windows\\x.exe", "C__Windows_x.exe"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\r\nSet-Cookie: x\x00.txt", "aSet-Cookie_ x.txt"),
        ("  .hidden. ", "hidden"),
        ("CON.txt", "_CON.txt"),
        ("nul", "_nul"),
        ("a" * 300 + ".pdf", "a" * 96 + ".pdf"),
    ],
)
def test_a_name_leads_nowhere_and_shows_its_end(given_name: str, safe: str) -> None:
    assert file_name(given_name, "application/pdf", 3) == safe


@pytest.mark.parametrize("nothing", ["", "...", "\u202e", " / "])
def test_a_file_without_a_name_has_one_by_its_place_and_type(nothing: str) -> None:
    assert file_name(nothing, "image/png", 3) in ("part-3.png", "_")


def test_a_name_of_many_octets_fits_into_a_file_system() -> None:
    name = file_name("領" * 200 + ".pdf", "application/pdf", 1)

    assert name.endswith(".pdf")
    assert len(name.encode()) <= 200


def test_a_disposition_saves_under_the_name_in_every_browser() -> None:
    written = disposition('請求 "書".pdf')

    assert written.startswith('attachment; filename="')
    assert written.endswith("filename*=UTF-8''%E8%AB%8B%E6%B1%82%20%22%E6%9B%B8%22.pdf")
    assert written.isascii()


@given(st.text(max_size=300))
def test_no_name_breaks_out_of_a_header_or_a_folder(text: str) -> None:
    name = file_name(text, "x/y", 1)
    written = disposition(name)

    assert name
    assert len(name) <= MAX_FILE_NAME
    assert not {"/", "\\", "\0", "\n", "\u202e"} & {*name}
    assert written.isascii()
    assert written.isprintable()
    assert written.count('"') == 2
