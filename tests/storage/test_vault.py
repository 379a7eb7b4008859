"""Sealing: what is bound to one place opens nowhere else, and keys change without loss."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.errors import VaultError
from panel.storage import vault
from panel.storage.vault import Vault
from tests.support.limits import NOBODY, files_up_to

OLD, NEW = vault.new_key(), vault.new_key()


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    st.text(alphabet=st.characters(exclude_categories=["Cs"])),
)
def test_a_secret_opens_as_it_was_sealed(secret: str, bound_to: str) -> None:
    sealer = Vault([NEW])

    assert sealer.open(sealer.seal(secret, bound_to), bound_to) == secret


def test_a_secret_moved_elsewhere_does_not_open() -> None:
    sealer = Vault([NEW])
    sealed = sealer.seal("secret", "settings/smtp_password/a")

    with pytest.raises(VaultError):
        sealer.open(sealed, "settings/pop_password/a")


@given(st.data())
def test_a_changed_byte_is_noticed(data: st.DataObject) -> None:
    sealer = Vault([NEW])
    sealed = bytearray(sealer.seal("secret", "here"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))

    with pytest.raises(VaultError):
        sealer.open(bytes(sealed), "here")


@given(st.binary())
def test_what_was_never_sealed_does_not_open(junk: bytes) -> None:
    with pytest.raises(VaultError):
        Vault([NEW]).open(junk, "here")


def test_the_newest_key_seals_and_all_open() -> None:
    sealed = Vault([OLD]).seal("secret", "here")
    both = Vault([NEW, OLD])

    assert both.open(sealed, "here") == "secret"
    assert Vault([NEW]).open(both.seal("secret", "here"), "here") == "secret"


def test_a_lost_key_is_told_and_not_guessed() -> None:
    sealed = Vault([OLD]).seal("secret", "here")

    with pytest.raises(VaultError, match="Enter the password again"):
        Vault([NEW]).open(sealed, "here")


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"

    first = vault.load_or_make(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert vault.load_or_make(path) == first


def test_several_who_begin_at_once_have_one_whole_key(tmp_path: Path) -> None:
    path, found = tmp_path / "key", []
    threads = [threading.Thread(target=lambda: found.append(vault.load_or_make(path))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [vault.load_or_make(path)] * 20
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_a_key_file_on_a_full_disk_is_not_left_half_made(tmp_path: Path) -> None:
    with files_up_to(0), pytest.raises(VaultError, match="cannot be made"):
        vault.load_or_make(tmp_path / "key")

    assert vault.load_or_make(tmp_path / "key")


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    vault.load_or_make(path)
    path.chmod(0o644)

    with pytest.raises(VaultError, match="chmod 600"):
        vault.load_or_make(path)


@pytest.mark.parametrize(
    ("mode", "owner", "exposed"),
    [
        *((0o400, "us", False), (0o600, "us", False), (0o440, "us", True), (0o444, "us", True)),
        *((0o440, "root", False), (0o640, "root", False), (0o660, "root", True), (0o444, "root", True)),
    ],
)
def test_a_mounted_secret_of_root_may_be_its_groups_to_read(mode: int, owner: str, exposed: bool) -> None:
    file = os.stat_result((mode, 0, 0, 1, 0 if owner == "root" else NOBODY, NOBODY, 32, 0, 0, 0))

    assert vault.is_exposed(file) is exposed


@pytest.mark.parametrize("content", ["", "short\n", "not base64 at all!\n", "AAAA" * 20])
def test_a_damaged_key_file_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "key"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(VaultError):
        vault.load_or_make(path)


def test_stored_keys_come_back_newest_first(tmp_path: Path) -> None:
    path = tmp_path / "key"

    vault.store_keys(path, [NEW, OLD])

    assert vault.load_or_make(path) == [NEW, OLD]
    assert path.stat().st_mode & 0o777 == 0o600


def test_keys_for_other_purposes_differ() -> None:
    sealer = Vault([NEW, OLD])

    assert len({*sealer.derive("session"), *sealer.derive("fingerprint"), NEW, OLD}) == 6


def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = vault.load_or_make(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert vault.load_keys(path) == made
