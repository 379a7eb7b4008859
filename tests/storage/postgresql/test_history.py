"""An old primary that comes back beside the one that took its place is not written to."""

from __future__ import annotations

from pathlib import Path

import pytest

from panel.errors import OutOfReach
from panel.storage.postgresql.database import PostgresDatabase
from panel.storage.postgresql.history import SeenHistory
from panel.storage.postgresql.reaching.address import ServerAddress
from tests.support.postgres import PostgresServer


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mail-panel.db"


def test_an_older_history_of_a_server_is_refused_by_every_process_of_the_machine(path: Path) -> None:
    assert SeenHistory(path).admits("pg-7-00000001")
    assert SeenHistory(path).admits("pg-7-0000000A")

    assert not SeenHistory(path).admits("pg-7-00000009")
    assert SeenHistory(path).admits("pg-7-0000000A")


def test_another_server_is_no_older_history(path: Path) -> None:
    assert SeenHistory(path).admits("pg-7-0000000A")

    assert SeenHistory(path).admits("pg-8-00000001")


def test_what_cannot_be_noted_leaves_nothing_beside(path: Path) -> None:
    seen = SeenHistory(path)
    seen.file.mkdir()

    assert seen.admits("pg-7-0000000A")

    assert [*path.parent.iterdir()] == [seen.file]


def test_a_machine_that_has_seen_a_newer_history_does_not_go_back(postgres: PostgresServer, path: Path) -> None:
    database = PostgresDatabase(postgres.url("history"), path)
    database.prepare()
    boot = database.session().boot
    database.close()
    SeenHistory(path).admits(f"{boot[:-8]}0000FFFF")

    with pytest.raises(OutOfReach, match="took its place"):
        database.rows("SELECT 1")


@pytest.mark.parametrize(
    ("url", "rest"),
    [
        ("postgresql://u@a,b/mail?sslmode=disable", ("b", "")),
        ("postgresql://u@a:1,b:2,a:2/mail?sslmode=disable", ("b,a", "2,2")),
        ("postgresql://u@a,b/mail?port=5432&sslmode=disable", ("b", "5432")),
    ],
)
def test_the_other_hosts_of_the_url_are_tried(url: str, rest: tuple[str, str]) -> None:
    port = 1 if ":1" in url else 5432

    other = ServerAddress.of(url, None).without("a", port)

    assert other
    assert (other.parameters["host"], other.parameters["port"]) == rest


def test_where_there_is_no_other_host_none_is_tried() -> None:
    assert ServerAddress.of("postgresql://u@a/mail?sslmode=disable", None).without("a", 5432) is None
