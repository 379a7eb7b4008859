"""What a database that others use, too, or a URL that somebody mistyped, must not do to the panel."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.errors import ConfigError, PanelError
from panel.home import read_home
from panel.storage.opening import open_database
from tests.support.postgres import PostgresServer

SECRET = "s3cr3t"


@pytest.fixture
def shared(postgres: PostgresServer) -> Iterator[str]:
    """A database in whose schema `public` everybody may make things, as those of PostgreSQL 14 are; and its URL."""
    with postgres.connect() as owner:
        owner.execute("CREATE DATABASE shared TEMPLATE template0")
        yield postgres.url("of_panel").replace("/postgres?", "/shared?")
        owner.execute("DROP DATABASE shared WITH (FORCE)")


def test_functions_of_others_are_not_called(shared: str, tmp_path: Path) -> None:
    with psycopg.connect(shared.partition("?")[0], autocommit=True) as stranger:
        stranger.execute("CREATE TABLE public.called (by text)")
        for signature in _NAMES:
            name, _, kinds = signature.partition(" ")
            stranger.execute(_FUNCTION.format(name=name, kinds=kinds))
        stranger.execute("CREATE OPERATOR public.|| (LEFTARG=bigint, RIGHTARG=bigint, FUNCTION=public.joined)")
        stranger.execute("CREATE TABLE public.settings (version text)")  # of the same name as one of ours

        database = open_database(tmp_path / "mail-panel.db", shared)
        database.refuse_unfit()
        database.prepare()
        with database.writing() as write:
            write.run("INSERT INTO routines (name) VALUES (lower('A'))")
            write.notify()
        database.rows("SELECT version FROM settings WHERE version = 1")
        database.close()

        assert stranger.execute("SELECT by FROM public.called").fetchall() == []


_NAMES = ("joined bigint,bigint", "hashtext varchar", "lower varchar", "pg_notify varchar,varchar")
_NAMES += ("substr varchar,bigint,bigint", "current_setting varchar", "set_config varchar,varchar,boolean")
_FUNCTION = """
CREATE FUNCTION public.{name}({kinds}) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO public.called VALUES ('{name}'); RETURN ''; END $$
"""


@pytest.mark.parametrize("schema", ["x;DROP SCHEMA public", 'a"b', "pg_catalog", "Öl", "", "a b", "a'b"])
def test_a_schema_is_a_name_and_nothing_else(schema: str, postgres: PostgresServer, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a name of small letters"):
        open_database(tmp_path / "mail-panel.db", f"{postgres.url()}?schema={schema}")


def test_an_encoding_in_the_url_changes_no_text(postgres: PostgresServer, tmp_path: Path) -> None:
    database = open_database(tmp_path / "mail-panel.db", postgres.url(client_encoding="LATIN1"))

    assert database.rows("SELECT ?::text AS said", ("\N{HIRAGANA LETTER HA}",))[0]["said"] == "\N{HIRAGANA LETTER HA}"
    assert database.rows("SHOW client_encoding")[0][0] == "UTF8"
    database.close()


def why_not(url: str) -> str:
    try:
        open_database(*read_home({"HOME": "/", "MAIL_PANEL_DATABASE": url}).place).require()
    except PanelError as fault:
        return str(fault)
    raise AssertionError


PASSWORDS = st.text(st.sampled_from("ab:/?#@%&= [],~\\'\"1"), max_size=12).map(lambda text: f"{text}{SECRET}")


@given(before=PASSWORDS, after=PASSWORDS)
def test_whatever_a_password_in_the_url_looks_like_it_is_not_repeated(before: str, after: str) -> None:
    for url in (
        f"postgresql://panel:{before}@127.0.0.1:1/panel",
        f"postgresql://panel@127.0.0.1:1/panel?password={before}",
        f"postgresql://panel@127.0.0.1:1/panel?sslpassword={before}&password={after}",
        f"postgresql://panel@127.0.0.1:1/panel?passw%6Frd={before}",
        f"postgresql://panel@127.0.0.1:1/panel?oauth_client_secret={before}",
    ):
        assert SECRET not in why_not(url)


def test_one_in_a_file_is_not_repeated_either(
    postgres: PostgresServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", SECRET)
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n", "utf-8")
    nobody = postgres.url().replace("postgres@", "nobody@")
    caplog.set_level(logging.DEBUG)

    for password_file in (file, None):
        with pytest.raises(PanelError) as refused:
            open_database(tmp_path / "mail-panel.db", nobody, password_file).require()
        assert SECRET not in f"{refused.value}{refused.value.__cause__}"

    assert SECRET not in caplog.text
