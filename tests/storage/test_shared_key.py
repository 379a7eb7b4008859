"""The fingerprint of the key that the machines of a server have agreed on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from panel import clock
from panel.errors import VaultError
from panel.storage import vault
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.vault import OTHER_KEY, Vault, fingerprint_of
from tests.support.postgres import PostgresServer

OURS, THEIRS = vault.new_key(), vault.new_key()


@pytest.fixture
def server_database(postgres: PostgresServer, tmp_path: Path) -> Iterator[PostgresDatabase]:
    """The tables on a server, by a door to them."""
    database = PostgresDatabase(postgres.url(f"test_{uuid4().hex[:12]}"), tmp_path / "panel.db")
    database.prepare()
    yield database
    database.close()
    clock.follow_none()


@pytest.fixture
def first(server_database: PostgresDatabase) -> Vault:
    return Vault([OURS], shared=server_database.shared_key)


def test_the_first_key_that_seals_is_that_of_all_machines(server_database: PostgresDatabase, first: Vault) -> None:
    assert first.look()
    assert first.is_undecided

    first.seal("secret", "here")

    row = server_database.row("SELECT key_fingerprint FROM mail_panel_schema")
    assert row
    assert row[0] == fingerprint_of(OURS)
    assert OURS.hex() not in row[0]


def test_of_two_first_machines_one_wins_and_the_other_seals_nothing(
    server_database: PostgresDatabase, first: Vault
) -> None:
    other = Vault([THEIRS], shared=server_database.shared_key)
    assert first.look()
    assert other.look()

    first.note_key()
    other.note_key()

    assert first.look()
    assert not other.look()
    with pytest.raises(VaultError, match="does not have the key"):
        other.seal("secret", "here")


def test_a_machine_seals_with_the_key_of_all_wherever_that_stands(
    server_database: PostgresDatabase, first: Vault
) -> None:
    first.note_key()
    newer = Vault([THEIRS, OURS], shared=server_database.shared_key)

    newer.refresh()

    assert newer.agrees
    assert newer.has_newer
    assert first.open(newer.seal("secret", "here"), "here") == "secret"
    assert newer.derive("x")[0] == first.derive("x")[0]


def test_a_change_of_the_key_holds_with_its_transaction_alone(server_database: PostgresDatabase, first: Vault) -> None:
    first.note_key()
    newer = Vault([THEIRS, OURS], shared=server_database.shared_key)

    write = server_database.writing()
    write.__enter__()
    newer.change_key()
    write.__exit__(RuntimeError, RuntimeError(), None)
    assert first.look()
    with server_database.writing():
        newer.change_key()

    assert not first.look()
    assert newer.look()
    assert not newer.has_newer


def test_a_key_that_is_put_here_and_cannot_be_used_is_told_with_the_reason(
    server_database: PostgresDatabase, first: Vault, tmp_path: Path, log: Callable[[], list[str]]
) -> None:
    first.note_key()
    path = tmp_path / "key"
    late = Vault([THEIRS], partial(vault.load_keys, path), server_database.shared_key)
    assert not late.look()
    assert late.remedy == OTHER_KEY

    vault.store_keys(path, [OURS])
    path.chmod(0o644)

    assert not late.look()
    assert not late.look()
    assert late.remedy.startswith(f"Others can read the key file {path}")
    with pytest.raises(VaultError, match="Others can read"):
        late.seal("secret", "here")
    path.chmod(0o600)
    assert late.look()
    assert ["key_differs" in line or "key_found" in line for line in log()] == [True] * 3


def test_a_key_that_is_put_here_later_is_found(server_database: PostgresDatabase, first: Vault) -> None:
    first.note_key()
    here = [THEIRS]
    late = Vault(here, lambda: here, server_database.shared_key)
    assert not late.look()

    here.append(OURS)

    assert late.look()
