"""Who gets the mail of root is what /etc/aliases says."""

from __future__ import annotations

from pathlib import Path

import pytest

from panel.cli.sendmail.aliases import addresses_behind, read_aliases

FILE = """
# Person who should get root's mail
Postmaster:    root
root: hanako@example.org,
   "taro@example.org", root
# a comment between
www-data:\\root
nobody: /dev/null
list: :include:/etc/list, |/usr/bin/program
one: two
two: one
"""


@pytest.fixture
def known(tmp_path: Path) -> dict[str, list[str]]:
    (tmp_path / "aliases").write_text(FILE)
    return read_aliases(tmp_path / "aliases")


@pytest.mark.parametrize("name", ["root", "ROOT", "postmaster", "www-data"])
def test_names_lead_to_addresses_also_by_further_names(known: dict[str, list[str]], name: str) -> None:
    assert addresses_behind(name, known) == ["hanako@example.org", "taro@example.org"]


@pytest.mark.parametrize("name", ["nobody", "list", "one", "somebody"])
def test_files_programs_lists_and_circles_lead_nowhere(known: dict[str, list[str]], name: str) -> None:
    assert addresses_behind(name, known) == []


def test_where_there_is_no_file_nobody_is_known(tmp_path: Path) -> None:
    assert read_aliases(tmp_path / "aliases") == {}


@pytest.mark.parametrize("charset", ["utf-8-sig", "euc_jp"])
def test_a_file_is_read_in_its_charset(tmp_path: Path, charset: str) -> None:
    path = tmp_path / "aliases"
    path.write_bytes("root: a@example.org\n担当: b@example.org # 担当者のアドレス\n".encode(charset))

    assert addresses_behind("root", read_aliases(path)) == ["a@example.org"]
