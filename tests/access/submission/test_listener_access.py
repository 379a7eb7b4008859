"""Which variables open the listener beyond this machine, and which of them stop the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from panel import config
from panel.errors import ConfigError

CERTIFICATE = {"SMTP_CERTIFICATE": "/etc/ssl/mail.pem"}
BEYOND = {"SMTP_LISTEN": "0.0.0.0:2525", "SMTP_NETWORKS": "10.0.0.0/8 fd00:1::/64"}

REQUIRED = {"SMTP_LISTEN_AUTH": "required"}


def read(**variables: str) -> config.Config:
    return config.read({f"MAIL_PANEL_{name}": value for name, value in variables.items()})


def test_without_a_variable_there_is_nothing() -> None:
    assert read(SMTP_LISTEN="127.0.0.1:2525").smtp_access is None


@pytest.mark.parametrize("listen", ["0.0.0.0:2525", "[::]:2525", "192.0.2.7:25"])
def test_it_listens_for_networks_that_are_named(listen: str) -> None:
    read_one = read(SMTP_LISTEN=listen, SMTP_NETWORKS="10.0.0.0/8, ::ffff:192.0.2.0/120", **CERTIFICATE)

    assert read_one.smtp_access
    assert [str(each) for each in read_one.smtp_access.networks] == ["10.0.0.0/8", "192.0.2.0/24"]
    assert read_one.smtp_access.certificate == Path("/etc/ssl/mail.pem")


def test_open_networks_alone_need_no_certificate() -> None:
    found = read(SMTP_LISTEN="0.0.0.0:2525", SMTP_NETWORKS="172.18.0.0/24", SMTP_OPEN_NETWORKS="172.18.0.0/24")

    assert found.smtp_access
    assert found.smtp_access.open_networks == found.smtp_access.networks


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        (BEYOND, "SMTP_CERTIFICATE"),
        ({**BEYOND, "SMTP_OPEN_NETWORKS": "10.1.0.0/16"}, "SMTP_CERTIFICATE"),
        ({**BEYOND, **CERTIFICATE, "SMTP_NETWORKS": "10.0.0.1/8"}, "SMTP_NETWORKS"),
        ({**BEYOND, **CERTIFICATE, "SMTP_NETWORKS": "  "}, "SMTP_NETWORKS"),
        ({**BEYOND, **CERTIFICATE, "SMTP_LISTEN": "mail.example.org:2525"}, "SMTP_LISTEN"),
        ({**BEYOND, **CERTIFICATE, "SMTP_OPEN_NETWORKS": "192.168.0.0/24"}, "SMTP_NETWORKS"),
        ({**BEYOND, **CERTIFICATE, "SMTP_OPEN_NETWORKS": "10.0.0.0/15"}, "65,536"),
        ({**BEYOND, **CERTIFICATE, "SMTP_OPEN_NETWORKS": "10.0.0.0/16 10.2.0.0/32"}, "65,536"),
        ({**BEYOND, **CERTIFICATE, "SMTP_OPEN_NETWORKS": "fd00:1::/64"}, "65,536"),
        (
            {**BEYOND, **CERTIFICATE, "SMTP_NETWORKS": "0.0.0.0/0", "SMTP_OPEN_NETWORKS": "203.0.113.0/24"},
            "private networks alone",
        ),
        (
            {**BEYOND, **CERTIFICATE, "SMTP_NETWORKS": "0.0.0.0/0", "SMTP_OPEN_NETWORKS": "0.0.0.0/0"},
            "private networks alone",
        ),
        (
            {**BEYOND, "SMTP_NETWORKS": "10.9.0.0/24", "SMTP_OPEN_NETWORKS": "10.9.0.0/24", **REQUIRED},
            "set MAIL_PANEL_SMTP_CERTIFICATE.$",
        ),
        ({"SMTP_LISTEN": "127.0.0.1:2525", "SMTP_KEY": "/key"}, "SMTP_KEY"),
        ({"SMTP_LISTEN_TLS": "127.0.0.1:465"}, "SMTP_LISTEN_TLS"),
        ({"SMTP_LISTEN_TLS": "0.0.0.0:465", **CERTIFICATE}, "SMTP_NETWORKS"),
    ],
)
def test_what_would_open_too_much_stops_the_start(variables: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        read(**variables)


def test_open_networks_are_counted_once_however_often_they_are_named() -> None:
    assert read(**BEYOND, **CERTIFICATE, SMTP_OPEN_NETWORKS="10.1.0.0/16 10.1.2.0/24 10.1.0.0/16").smtp_access
