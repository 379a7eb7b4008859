"""`mail-panel database`: tables on a server, who may use them, and the way there from a file."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from panel import clock
from panel.config import Config
from panel.home import machine_name
from panel.services import Services, open_services
from panel.storage.steps import SCHEMA
from tests.cli.conftest import COMPLETE, Run
from tests.support.actors import actor
from tests.support.mail import mail
from tests.support.postgres import PostgresServer, program
from tests.support.waiting import wait_until

pytestmark = pytest.mark.data_file("it stands at both doors by itself")

NAME = "moved_here"


@pytest.fixture
def owner(postgres: PostgresServer) -> Iterator[psycopg.Connection[Any]]:
    with postgres.connect() as connection:
        yield connection
        connection.execute(f"DROP SCHEMA IF EXISTS {NAME} CASCADE")


@pytest.fixture
def url(owner: psycopg.Connection[Any], postgres: PostgresServer) -> str:
    """A server on which nothing is yet."""
    return postgres.url(NAME)


@pytest.fixture
def file(run: Run, tmp_path: Path) -> Path:
    """A data file with a password, accounts, and mail of which one message is gone."""
    assert run("settings", "set", *COMPLETE, "smtp_password=@-", given="secret").returncode == 0
    services = open_services(Config(home=tmp_path / "home"))
    account = services.accounts.add("hanako", "correct horse battery", by=actor(), now=clock.now())
    services.sessions.open(account, by=actor(), now=clock.now())
    for subject in ("請求書", "a\tb\\N", ""):
        services.outbox.enqueue(mail("a@example.org", subject=subject), by=actor(), now=clock.now())
    with services.database.writing() as write:
        write.run("UPDATE pace SET boot = 'a start of this machine'")
        write.run("DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)")  # whose number is not given again
    services.database.close()
    return services.config.database_path


def on_server(url: str, file: Path) -> Services:
    return open_services(Config(home=file.parent, database_url=url))


def everything(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Read all that a data file holds, whatever program may open it."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr)
            for name in names
            if not name.startswith(("sqlite_", "_"))
        }


# prepare


def test_tables_are_made_once(run: Run, url: str) -> None:
    first, second = (run("database", "prepare", MAIL_PANEL_DATABASE=url) for _ in range(2))

    assert first.stdout == f"The tables of {url} are made, at step {SCHEMA}.\n"
    assert second.stdout == f"The tables of {url} are at step {SCHEMA}, as before.\n"


def test_who_may_only_read_and_write_starts_the_panel(
    run: Run, url: str, owner: psycopg.Connection[Any], tmp_path: Path
) -> None:
    owner.execute("CREATE ROLE worker_bee LOGIN")
    as_user = url.replace("postgres@", "worker_bee@")
    try:
        refused = run("outbox", "list", MAIL_PANEL_DATABASE=as_user)
        assert run("database", "prepare", "--user", "worker_bee", MAIL_PANEL_DATABASE=url).returncode == 0

        services = on_server(as_user, tmp_path / "home" / "mail-panel.db")
        number = services.outbox.enqueue(mail(), by=actor(), now=clock.now()).number
        with pytest.raises(Exception, match="does not let this user do that"), services.database.writing() as write:
            write.run("CREATE TABLE another (a bigint)")
        services.database.close()

        assert refused.returncode == os.EX_CONFIG
        assert "has no tables of mail-panel" in refused.stderr
        assert run("outbox", "show", str(number), MAIL_PANEL_DATABASE=as_user).returncode == 0
    finally:
        owner.execute(f"DROP SCHEMA {NAME} CASCADE")
        owner.execute("DROP OWNED BY worker_bee")
        owner.execute("DROP ROLE worker_bee")


def test_a_user_that_there_is_not_is_said(run: Run, url: str) -> None:
    done = run("database", "prepare", "--user", "nobody_here", MAIL_PANEL_DATABASE=url)

    assert done.returncode == os.EX_DATAERR
    assert "has no user nobody_here. Run: CREATE ROLE" in done.stderr


def test_tables_of_a_newer_program_are_left_alone(run: Run, url: str, owner: psycopg.Connection[Any]) -> None:
    run("database", "prepare", MAIL_PANEL_DATABASE=url)
    owner.execute(f"UPDATE {NAME}.mail_panel_schema SET step = 99")

    done = run("database", "prepare", MAIL_PANEL_DATABASE=url)

    assert done.returncode == os.EX_CONFIG
    assert "Update this one, or go back to a dump of before (pg_restore)" in done.stderr


def test_a_schema_in_which_everybody_makes_things_is_refused(
    run: Run, url: str, owner: psycopg.Connection[Any]
) -> None:
    owner.execute(f"CREATE SCHEMA {NAME}")
    owner.execute(f"GRANT CREATE ON SCHEMA {NAME} TO PUBLIC")

    done = run("database", "prepare", MAIL_PANEL_DATABASE=url)

    assert done.returncode == os.EX_CONFIG
    assert f"REVOKE CREATE ON SCHEMA {NAME} FROM PUBLIC" in done.stderr


def test_the_tables_of_a_file_are_brought_up_to_date_too(run: Run, file: Path) -> None:
    done = run("database", "prepare")

    assert done.stdout == f"The tables of {file} are at step {SCHEMA}, as before.\n"
    assert run("database", "prepare", "--user", "hanako").returncode == os.EX_DATAERR


# status


def test_a_server_is_told_of_as_it_is(run: Run, url: str, file: Path, owner: psycopg.Connection[Any]) -> None:
    services = on_server(url, file)
    services.heartbeats.beat("1-a", message=None, now=clock.now())
    holder = ("pace", clock.instant().boot, clock.instant().steady_ms + 60_000)
    owner.execute(f"UPDATE {NAME}.pace SET holder = '1-a/' || %s, boot = %s, lease_ms = %s", holder)
    services.database.close()

    told = json.loads(run("database", "status", "--json", MAIL_PANEL_DATABASE=url).stdout)

    assert (told["database"], told["step"], told["step_of_program"]) == (url, SCHEMA, SCHEMA)
    assert told["server"]["version"] in str(owner.execute("SELECT version()").fetchone())
    assert abs(told["server"]["clock_ahead_ms"]) < 2_000
    assert told["bytes"] > 100_000
    assert [(each["name"], each["woken"]) for each in told["workers"]] == [("1-a", False)]
    assert told["pace_held_by"] == {"worker": "1-a", "host": machine_name()}
    assert len(told["key_fingerprint"]) == 32


def test_it_is_told_in_lines_too(run: Run, url: str) -> None:
    run("database", "prepare", MAIL_PANEL_DATABASE=url)

    lines = run("database", "status", MAIL_PANEL_DATABASE=url).stdout.splitlines()

    assert lines[0] == f"Database: {url}"
    assert "Standbys that confirm what is written: none" in lines
    assert run("database", "status", MAIL_PANEL_DATABASE=url, LANG="ja_JP.UTF-8").stdout.startswith("データベース: ")


def test_tables_of_another_step_are_told_of(run: Run, url: str, owner: psycopg.Connection[Any]) -> None:
    none = json.loads(run("database", "status", "--json", MAIL_PANEL_DATABASE=url).stdout)
    run("database", "prepare", MAIL_PANEL_DATABASE=url)
    owner.execute(f"UPDATE {NAME}.mail_panel_schema SET step = 99")

    newer = json.loads(run("database", "status", "--json", MAIL_PANEL_DATABASE=url).stdout)

    assert (none["step"], newer["step"]) == (0, 99)


def test_a_file_is_told_of(run: Run, file: Path) -> None:
    told = json.loads(run("database", "status", "--json").stdout)

    assert (told["database"], told["step"], told["server"]) == (str(file), SCHEMA, None)
    assert told["bytes"] >= file.stat().st_size


# copy


def test_everything_arrives(run: Run, file: Path, url: str, owner: psycopg.Connection[Any]) -> None:
    before = everything(file)

    done = run("database", "copy", "--from", str(file), "--to", url)

    assert done.returncode == 0, done.stderr
    assert "source address" not in done.stdout
    assert owner.execute(f"SELECT key_fingerprint FROM {NAME}.mail_panel_schema").fetchall() != [(None,)]
    services = on_server(url, file)
    after = {name: sorted(map(tuple, services.database.rows(f"SELECT * FROM {name}")), key=repr) for name in before}
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"messages", "pace", "sessions", "audit"}
    assert after["sessions"] == []
    assert [row["uncertain"] for row in services.database.rows("SELECT uncertain FROM messages")] == [1, 1, 1]
    assert not services.settings.current().unreadable
    assert services.outbox.counts().waiting == 3
    assert services.database.rows("SELECT action FROM audit ORDER BY number DESC LIMIT 1")[0][0] == "moved"
    services.database.close()


def test_an_address_of_this_machine_alone_is_named_with_what_to_do(run: Run, file: Path, url: str) -> None:
    assert run("settings", "set", "source_address=127.0.0.1").returncode == 0
    words = ["settings", "set", "source_address="]

    done = run("database", "copy", "--from", str(file), "--to", url)

    assert "source address 127.0.0.1" in done.stdout
    assert "mail-panel " + " ".join(words) in done.stdout
    assert run(*words, MAIL_PANEL_DATABASE=url).returncode == 0
    services = on_server(url, file)
    assert services.settings.current().settings.source_address == ""
    services.database.close()


def test_a_text_that_the_server_refuses_arrives_with_a_mark(
    run: Run, file: Path, url: str, owner: psycopg.Connection[Any]
) -> None:
    with closing(sqlite3.connect(file)) as held, held:
        held.execute("UPDATE messages SET subject = 'a' || char(0) || 'b' WHERE number = 1")

    done = run("database", "copy", "--from", str(file), "--to", url)

    assert done.returncode == 0, done.stderr
    [row] = owner.execute(f"SELECT subject FROM {NAME}.messages WHERE number = 1")
    assert row[0] == "a\N{REPLACEMENT CHARACTER}b"


def test_what_comes_next_goes_on_where_the_file_has_ended(
    run: Run, file: Path, url: str, owner: psycopg.Connection[Any]
) -> None:
    with closing(sqlite3.connect(file)) as connection:
        last = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()[0]
    assert run("database", "copy", "--from", str(file), "--to", url).returncode == 0
    assert owner.execute(f"SELECT boot FROM {NAME}.pace").fetchall() == [("",)]

    services = on_server(url, file)
    queued = services.outbox.enqueue(mail(), by=actor(), now=clock.now())
    services.pace.pause(by=actor(), now=clock.now())

    numbers = [row[0] for row in services.database.rows("SELECT number FROM audit ORDER BY number DESC LIMIT 2")]
    assert queued.number == 4
    assert numbers[0] > numbers[1] > last
    services.database.close()


@pytest.mark.parametrize("words", [["outbox", "list"], ["settings", "show"], ["doctor"], ["database", "prepare"]])
def test_the_file_is_refused_from_then_on(run: Run, file: Path, url: str, words: list[str]) -> None:
    assert run("database", "copy", "--from", str(file), "--to", url).returncode == 0
    kept = file.with_name("mail-panel.db.moved")

    by_home, by_name = run(*words), run(*words, MAIL_PANEL_DATABASE=str(kept))

    assert not file.exists()
    assert not kept.with_name(f"{kept.name}-wal").exists()
    for done in (by_home, by_name):
        assert done.returncode == os.EX_CONFIG
        assert "Set MAIL_PANEL_DATABASE to the URL of that server." in done.stderr


def test_mail_is_not_handed_to_the_file_either(run: Run, file: Path, url: str) -> None:
    assert run("database", "copy", "--from", str(file), "--to", url).returncode == 0

    done = run("sendmail", "a@example.org", given="Subject: a\n\nb\n")

    assert done.returncode == os.EX_CONFIG
    assert "Set MAIL_PANEL_DATABASE" in done.stderr


def test_who_has_it_open_already_can_write_no_more(run: Run, file: Path, url: str) -> None:
    """A file that was put back under its old name, as by a backup of the folder."""
    assert run("database", "copy", "--from", str(file), "--to", url).returncode == 0
    file.with_name("mail-panel.db.moved").rename(file)

    assert run("outbox", "list").returncode == os.EX_CONFIG
    assert run("restore", str(file), MAIL_PANEL_DATABASE=str(file.with_name("new.db"))).returncode == os.EX_CONFIG


def test_a_server_with_a_panel_is_not_written_over(run: Run, file: Path, url: str) -> None:
    there = on_server(url, file)
    there.outbox.enqueue(mail(), by=actor(), now=clock.now())
    there.database.close()
    before = everything(file)

    done = run("database", "copy", "--from", str(file), "--to", url)

    assert done.returncode == os.EX_DATAERR
    assert "is not empty: there are rows in" in done.stderr
    assert everything(file) == before
    assert run("outbox", "list").returncode == 0


def test_a_file_in_use_is_not_copied(run: Run, file: Path, url: str, owner: psycopg.Connection[Any]) -> None:
    holder = sqlite3.connect(file)
    holder.execute("SELECT count(*) FROM messages").fetchall()

    done = run("database", "copy", "--from", str(file), "--to", url)
    holder.close()

    assert done.returncode == os.EX_TEMPFAIL
    assert f"Something has {file} open. Stop the panel" in done.stderr
    assert owner.execute("SELECT to_regnamespace(%s)", (NAME,)).fetchone() == (None,)


@pytest.mark.parametrize(
    ("source", "code"), [("none.db", os.EX_NOINPUT), ("empty.db", os.EX_DATAERR), ("other.db", os.EX_CONFIG)]
)
def test_what_holds_no_panel_is_not_copied(run: Run, tmp_path: Path, url: str, source: str, code: int) -> None:
    (tmp_path / "empty.db").touch()
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE theirs (a)")

    assert run("database", "copy", "--from", str(tmp_path / source), "--to", url).returncode == code


@pytest.mark.parametrize(
    ("statements", "word"),
    [
        (
            [
                "PRAGMA writable_schema = ON",
                "UPDATE sqlite_schema SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'messages'",
                "PRAGMA writable_schema = RESET",
                "UPDATE messages SET message_id = NULL",
            ],
            'null value in column "message_id"',
        ),
        (["CREATE TRIGGER bad BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'of others'); END"], "of others"),
    ],
)
def test_a_file_that_something_else_has_changed_is_left_as_it_is(
    run: Run, file: Path, url: str, owner: psycopg.Connection[Any], statements: list[str], word: str
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        for each in statements:
            other.execute(each)
    there = everything(file)

    done = run("database", "copy", "--from", str(file), "--to", url)

    assert done.returncode == os.EX_DATAERR
    assert word in done.stderr
    assert "請求書" not in done.stderr  # the row that was refused
    assert everything(file) == there
    assert owner.execute("SELECT to_regnamespace(%s)", (NAME,)).fetchone() == (None,)


def test_a_target_that_is_no_server_is_misuse(run: Run, file: Path) -> None:
    assert run("database", "copy", "--from", str(file), "--to", "/tmp/other.db").returncode == os.EX_USAGE


def test_killed_meanwhile_it_leaves_the_file_and_no_half(
    run: Run, file: Path, url: str, owner: psycopg.Connection[Any]
) -> None:
    """It is killed where it waits for the last table, for somebody has that."""
    run("database", "prepare", MAIL_PANEL_DATABASE=url)
    before = everything(file)
    with psycopg.connect(owner.info.dsn) as holder:
        holder.execute(f"LOCK TABLE {NAME}.workers IN SHARE MODE")
        environment = {**os.environ, "MAIL_PANEL_HOME": str(file.parent)}
        words = [sys.executable, "-m", "panel", "database", "copy", "--from", str(file), "--to", url]
        process = subprocess.Popen(words, env=environment)
        waits = "SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND NOT granted"
        wait_until(lambda: owner.execute(waits, (f"{NAME}.workers",)).fetchone())

        process.send_signal(signal.SIGKILL)
        process.wait()

    assert everything(file) == before
    assert owner.execute(f"SELECT count(*) FROM {NAME}.messages").fetchone() == (0,)
    assert run("database", "copy", "--from", str(file), "--to", url).returncode == 0


# Backups


def test_the_servers_own_program_copies_it(run: Run, url: str, tmp_path: Path) -> None:
    done = run("backup", str(tmp_path / "a b.dump"), MAIL_PANEL_DATABASE=url)

    assert done.returncode == os.EX_USAGE
    assert f"Run: pg_dump --format=custom --schema={NAME} '--file={tmp_path}/a b.dump' {url.partition('?')[0]}\n" in (
        done.stderr
    )


def test_a_dump_comes_back_by_the_commands_that_are_printed(run: Run, file: Path, url: str, tmp_path: Path) -> None:
    run("database", "copy", "--from", str(file), "--to", url)
    there = on_server(url, file)
    there.database.close()
    programs = {"PATH": f"{Path(program('pg_dump')).parent}:{os.environ['PATH']}", "MAIL_PANEL_HOME": str(file.parent)}
    dump = run("backup", str(tmp_path / "dump"), MAIL_PANEL_DATABASE=url).stderr.partition("Run: ")[2].splitlines()[0]
    subprocess.run(dump, shell=True, env={**os.environ, **programs}, check=True)
    lost = there.outbox.enqueue(mail(), by=actor(), now=clock.now())
    there.database.close()

    back = run("restore", str(tmp_path / "dump"), MAIL_PANEL_DATABASE=url)
    command, _, marks = back.stderr.partition("run: ")[2].splitlines()[0].partition(" && ")
    subprocess.run(command, shell=True, env={**os.environ, **programs}, check=True)
    marked = run(*marks.split()[1:], MAIL_PANEL_DATABASE=url)

    assert back.returncode == os.EX_USAGE
    assert marked.returncode == 0
    assert there.outbox.get(lost.number) is None
    assert there.outbox.counts().waiting == 3
    assert there.database.rows("SELECT action FROM audit ORDER BY number DESC LIMIT 1")[0][0] == "restored"
    there.database.close()
