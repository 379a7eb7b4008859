"""The environment: defaults that are safe, and one sentence that names what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from panel import config
from panel.errors import ConfigError
from tests.support.credentials import lay_down


def test_the_defaults_are_local(tmp_path: Path) -> None:
    read = config.read({"XDG_DATA_HOME": str(tmp_path)})

    assert read.listen == ("127.0.0.1", 5870)
    assert read.home == tmp_path / "mail-panel"
    assert read.database_path == read.home / "mail-panel.db"
    assert read.smtp_listen is None
    assert read.trusted_proxies == ()
    assert read.locale == "ja"


def test_what_is_set_is_read() -> None:
    read = config.read(
        {
            "MAIL_PANEL_HOME": "/var/lib/mail-panel",
            "MAIL_PANEL_LISTEN": "[::1]:8080",
            "MAIL_PANEL_TRUSTED_PROXIES": "10.0.0.0/8, ::1, ::ffff:192.0.2.0/120",
            "MAIL_PANEL_DENY_NETWORKS": "192.168.0.0/16",
            "MAIL_PANEL_FRAME_ANCESTORS": "https://groupware.example.org",
            "MAIL_PANEL_BACK_URL": "https://groupware.example.org/admin",
            "MAIL_PANEL_PUBLIC_URL": "https://groupware.example.org/mail/",
            "MAIL_PANEL_LOCALE": "en",
            "MAIL_PANEL_HOSTS": "Panel.example.org",
            "MAIL_PANEL_WINDOW": "1",
            "MAIL_PANEL_STEP_UP_MINUTES": "0",
        }
    )

    assert read.listen == ("::1", 8080)
    assert [str(network) for network in read.trusted_proxies] == ["10.0.0.0/8", "::1/128", "192.0.2.0/24"]
    assert not read.policy.allows("192.168.1.1")
    assert read.hosts == ("panel.example.org",)
    assert read.window == 1
    assert read.step_up_minutes == 0
    assert read.public_url == "https://groupware.example.org/mail"


def test_every_place_where_mail_is_taken_is_a_listener(tmp_path: Path) -> None:
    beyond = {"MAIL_PANEL_SMTP_NETWORKS": "10.0.0.0/8", "MAIL_PANEL_SMTP_CERTIFICATE": str(tmp_path / "a.pem")}
    places = {"MAIL_PANEL_SMTP_LISTEN": "0.0.0.0:2525", "MAIL_PANEL_SMTP_LISTEN_TLS": "0.0.0.0:465"}

    assert config.read({}).listeners == ()
    assert config.read({"MAIL_PANEL_SMTP_LISTEN": "127.0.0.1:2525"}).listeners == (("127.0.0.1", 2525),)
    assert config.read({**beyond, **places}).listeners == (("0.0.0.0", 2525), ("0.0.0.0", 465))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", None),
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("192.0.2.53:5353", ("192.0.2.53", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
    ],
)
def test_a_resolver_is_an_address_with_a_port_or_without(text: str, address: tuple[str, int] | None) -> None:
    assert config.read({"MAIL_PANEL_HOME": "/home", "MAIL_PANEL_RESOLVER": text}).resolver == address


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LISTEN", "5870"),
        ("LISTEN", "127.0.0.1:port"),
        ("LISTEN", "127.0.0.1:70000"),
        ("LOCALE", "fr"),
        ("WINDOW", "0"),
        ("WINDOW", "101"),
        ("WINDOW", "twenty"),
        ("TIMEZONE", "Asia/Tokio"),
        ("TIMEZONE", "../etc/passwd"),
        ("RESOLVER", "dns.example.org"),
        ("RESOLVER", "192.0.2.53:0"),
        ("RESOLVER", "192.0.2.53:65536"),
        ("RESOLVER", "192.0.2.53:"),
        ("STEP_UP_MINUTES", "61"),
        ("STEP_UP_MINUTES", "-1"),
        ("STEP_UP_MINUTES", "five"),
        ("AUTH", "none"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("DENY_NETWORKS", "everything"),
        ("FRAME_ANCESTORS", "*"),
        ("FRAME_ANCESTORS", "https://a.example;script-src"),
        ("FRAME_ANCESTORS", "selfish"),
        ("BACK_URL", "javascript:alert(1)"),
        ("BACK_URL", "//evil.example"),
        ("PUBLIC_URL", "panel.example.org"),
        ("PUBLIC_URL", "http://panel.example.org"),
        ("PUBLIC_URL", "http://localhost.example.org"),
        ("PUBLIC_URL", "https://user@panel.example.org"),
        ("PUBLIC_URL", "https://panel.example.org/?mail"),
        ("PUBLIC_URL", "https://panel.example.org/a//b"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE", "mysql://db"),
        ("SMTP_LISTEN", "2525"),
        ("SMTP_LISTEN", "0.0.0.0:2525"),
        ("SMTP_LISTEN", "[::]:2525"),
        ("SMTP_LISTEN", "192.0.2.7:2525"),
        ("SMTP_LISTEN", "mail.example.org:2525"),
        ("SMTP_LISTEN_AUTH", "never"),
        ("SETTINGS", "/etc/mail-panel/caf\udce9.conf"),
    ],
)
def test_a_wrong_value_is_told_with_its_name(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"MAIL_PANEL_{name}"):
        config.read({f"MAIL_PANEL_{name}": value})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:2525", ("127.0.0.1", 2525)),
        ("localhost:2525", ("127.0.0.1", 2525)),
        ("[::1]:25", ("::1", 25)),
        ("127.0.0.2:2525", ("127.0.0.2", 2525)),
    ],
)
def test_mail_is_taken_from_this_machine_alone(text: str, place: tuple[str, int]) -> None:
    assert config.read({"MAIL_PANEL_SMTP_LISTEN": text}).smtp_listen == place


def test_keys_do_not_show() -> None:
    assert "c2VjcmV0" not in repr(config.read({"MAIL_PANEL_KEYS": "c2VjcmV0"}))


def test_the_key_is_found_among_the_credentials_of_systemd_unless_another_is_named(tmp_path: Path) -> None:
    credential = lay_down(tmp_path)
    given = {"MAIL_PANEL_HOME": "/var/lib/mail-panel", "CREDENTIALS_DIRECTORY": str(tmp_path)}

    assert config.read(given).key_path == credential
    assert config.read({**given, "MAIL_PANEL_KEY_FILE": "/run/secrets/key"}).key_path == Path("/run/secrets/key")


def test_credentials_without_our_key_leave_the_key_in_the_home(tmp_path: Path) -> None:
    read = config.read({"MAIL_PANEL_HOME": "/var/lib/mail-panel", "CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert read.key_path == Path("/var/lib/mail-panel/key")
