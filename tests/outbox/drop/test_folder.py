"""The folder: made by root for the panel's user, and used by nobody where it is another one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from panel.errors import CannotCreate, ConfigError
from panel.outbox.drop.folder import fault_of, prepare_folder, refuse_unfit_drop
from tests.support.dropping import put, slip
from tests.support.limits import NOBODY

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a folder of somebody else's")


@pytest.fixture
def parent(folder: Path) -> Path:
    return folder.parent


def test_it_is_for_everybody_to_put_into_and_for_its_owner_to_see(folder: Path, tmp_path: Path) -> None:
    assert folder.stat().st_mode & 0o7777 == 0o1733
    assert (folder / "rejected").stat().st_mode & 0o7777 == 0o700
    assert fault_of(folder, tmp_path / "home") == ""


@AS_ROOT
def test_it_belongs_to_whose_home_it_is(parent: Path, tmp_path: Path) -> None:
    home = tmp_path / "other"
    home.mkdir()
    os.chown(home, 7, 7)

    assert prepare_folder(parent / "theirs", home) == 7
    assert {(parent / name).stat().st_uid for name in ("theirs", "theirs/rejected")} == {7}


def test_it_is_mended_with_what_is_in_it(folder: Path, tmp_path: Path) -> None:
    path = put(folder, slip())
    folder.chmod(0o700)

    prepare_folder(folder, tmp_path / "home")

    assert fault_of(folder, tmp_path / "home") == ""
    assert path.read_bytes() == slip()


@AS_ROOT
def test_another_users_folder_is_not_taken_over(parent: Path, tmp_path: Path) -> None:
    (parent / "theirs").mkdir()
    os.chown(parent / "theirs", 7, 7)

    with pytest.raises(CannotCreate, match="belongs to"):
        prepare_folder(parent / "theirs", tmp_path / "home")
    assert (parent / "theirs").stat().st_uid == 7


@AS_ROOT
@pytest.mark.parametrize("kind", ["a link", "another user's"])
def test_a_folder_for_what_is_refused_that_somebody_else_made_is_not_used(
    folder: Path, tmp_path: Path, kind: str
) -> None:
    (folder / "rejected").rmdir()
    if kind == "a link":
        (folder / "rejected").symlink_to("/etc")
    else:
        (folder / "rejected").mkdir()
        os.chown(folder / "rejected", 7, 7)
    before = os.stat("/etc").st_mode

    with pytest.raises(CannotCreate, match="rejected"):
        prepare_folder(folder, tmp_path / "home")
    assert os.stat("/etc").st_mode == before


def test_a_link_is_not_followed(parent: Path, folder: Path, tmp_path: Path) -> None:
    (parent / "link").symlink_to(folder)

    with pytest.raises(CannotCreate, match="link"):
        prepare_folder(parent / "link", tmp_path / "home")


@pytest.mark.parametrize("place", ["home", "home/drop", ""])
def test_the_home_and_it_are_apart(parent: Path, place: str) -> None:
    (parent / "home").mkdir()
    path = parent / place

    with pytest.raises(ConfigError, match="not apart from MAIL_PANEL_HOME"):
        prepare_folder(path, parent / "home")
    assert "not apart" in fault_of(path, parent / "home")


def test_one_that_others_could_replace_is_refused(parent: Path, folder: Path, tmp_path: Path) -> None:
    parent.chmod(0o777)

    with pytest.raises(ConfigError, match=f"chmod o-w {parent}"):
        refuse_unfit_drop(folder, tmp_path / "home")
    parent.chmod(0o1777)
    refuse_unfit_drop(folder, tmp_path / "home")


@AS_ROOT
def test_one_in_a_folder_of_somebody_elses_is_refused(parent: Path, folder: Path, tmp_path: Path) -> None:
    os.chown(parent, NOBODY, NOBODY)

    with pytest.raises(ConfigError, match=f"whose {parent} is"):
        refuse_unfit_drop(folder, tmp_path / "home")
    with pytest.raises(ConfigError, match=f"whose {parent} is"):
        prepare_folder(parent / "another", tmp_path / "home")


def test_a_path_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    assert "whole path" in fault_of(Path("drop"), tmp_path / "home")


def test_a_parent_that_is_missing_is_said(parent: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        prepare_folder(parent / "missing" / "drop", tmp_path / "home")


def test_a_home_that_nobody_has_made_says_nothing_of_the_owner(parent: Path, tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root asks")
    with pytest.raises(ConfigError, match="Start the panel first"):
        prepare_folder(parent / "drop2", tmp_path / "missing")
