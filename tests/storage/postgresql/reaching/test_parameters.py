"""What a URL may say of the way to a server, and what the environment says with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from panel.errors import ConfigError
from panel.storage.postgresql.reaching.address import ServerAddress
from panel.storage.postgresql.reaching.parameters import WEAK

ELSEWHERE = (
    "db.example.org/mail",
    "192.0.2.1/mail",
    "[2001:db8::1]/mail",
    "localhost,db.example.org/mail",
    "db.example.org,localhost/mail?port=5432",
    "localhost/mail?hostaddr=192.0.2.1",
    "localhost,127.0.0.1/mail?hostaddr=127.0.0.1,192.0.2.1",
    "localhost.example.org/mail",
    "/mail?host=db.example.org",
)
HERE = (
    "/mail",
    "localhost:5433/mail",
    "127.0.0.2/mail",
    "[::1],localhost/mail",
    "%2Frun%2Fpostgresql/mail",
    "/mail?host=/run/postgresql",
    "/mail?host=@abstract",
    "db.example.org/mail?hostaddr=127.0.0.1",
)


def address(rest: str, **said: str) -> ServerAddress:
    query = "&".join(f"{name}={value}" for name, value in said.items())
    joint = "&" if "?" in rest else "?"
    return ServerAddress.of(f"postgresql://panel@{rest}{joint if query else ''}{query}", None)


def why_not(rest: str, **said: str) -> str:
    with pytest.raises(ConfigError) as refused:
        address(rest, **said)
    return str(refused.value)


@pytest.fixture(autouse=True)
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a file of a CA; nothing of the environment of whoever runs the tests counts."""
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGSSLMODE", "PGSSLROOTCERT", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "ca.pem"
    file.write_text("a certificate")
    return file


@pytest.mark.parametrize("rest", ELSEWHERE)
def test_the_way_to_another_machine_says_whether_it_is_encrypted(rest: str, authority: Path) -> None:
    for said in ({}, {"sslmode": "prefer"}, {"sslmode": "allow"}):
        assert "Write sslmode=verify-full, with sslrootcert=" in why_not(rest, **said)

    for mode in (*WEAK, "verify-full"):
        assert address(rest, sslmode=mode, sslrootcert=str(authority)).encryption == mode


@pytest.mark.parametrize("rest", HERE)
def test_a_server_on_this_machine_needs_to_say_nothing(rest: str) -> None:
    assert address(rest).encryption == ""


def test_what_the_environment_says_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.example.org")
    assert "leads to another machine" in why_not("/mail")
    monkeypatch.setenv("PGSSLMODE", "require")
    assert address("/mail").encryption == "require"
    assert "leads to another machine" in why_not("/mail", sslmode="prefer")
    monkeypatch.setenv("PGSSLMODE", "required")
    assert "sslmode of the database server is one of" in why_not("/mail")


def test_what_the_file_of_services_says_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    services = tmp_path / "services"
    services.write_text("[mail]\nhost=db.example.org\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    monkeypatch.setenv("PGSERVICE", "mail")

    assert "leads to another machine" in why_not("/mail")


@pytest.mark.parametrize("name", ["options", "service", "replication", "sslkeylogfile"])
def test_what_is_not_the_operators_to_say_is_refused(name: str) -> None:
    assert f"says {name}=, which" in why_not("localhost/mail", **{name: "x"})


def test_a_file_of_services_is_named_by_the_environment_alone() -> None:
    assert "servicefile" in why_not("localhost/mail", servicefile="/etc/services")  # not every libpq knows it


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sslmode", "Verify-Full"),
        ("sslmode", ""),
        ("gssencmode", "x"),
        ("channel_binding", "on"),
        ("sslnegotiation", "x"),
        ("sslcertmode", "x"),
        ("load_balance_hosts", "x"),
        ("target_session_attrs", "x"),
        ("ssl_min_protocol_version", "TLSv1"),
        ("connect_timeout", "abc"),
        ("keepalives_idle", "1.5"),
        ("tcp_user_timeout", "99999999999999"),
        ("port", "65536"),
        ("port", "0"),
        ("port", "5432,5433"),
        ("hostaddr", "db.example.org"),
        ("hostaddr", "127.0.0.1,127.0.0.2"),
        ("sslrootcert", "/nowhere/ca.pem"),
        ("sslcert", "/nowhere/client.pem"),
        ("sslkey", "/nowhere/client.key"),
        ("sslcrl", "/nowhere/crl.pem"),
    ],
)
def test_what_the_library_would_not_take_is_a_fault_of_the_configuration(name: str, value: str) -> None:
    assert name in why_not("localhost/mail", **{name: value})


def test_who_is_to_be_verified_needs_an_authority(tmp_path: Path) -> None:
    assert "has no CA to go by" in why_not("db.example.org/mail", sslmode="verify-full")
    assert address("db.example.org/mail", sslmode="verify-full", sslrootcert="system").encryption == "verify-full"
    usual = tmp_path / ".postgresql" / "root.crt"
    usual.parent.mkdir()
    usual.touch()
    assert address("db.example.org/mail", sslmode="verify-full").encryption == "verify-full"


def test_a_key_of_a_device_is_no_file() -> None:
    assert address("localhost/mail", sslkey="pkcs11:mail").parameters["sslkey"] == "pkcs11:mail"
