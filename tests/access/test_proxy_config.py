"""Login by a proxy as the environment says it: what is right is read, and each mistake is a sentence with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from panel import config
from panel.access.proxy_config import ProxyLogin
from panel.access.rights import Role
from panel.errors import ConfigError

SECRET = "7d0c" * 16
RIGHT = {"AUTH": "proxy", "TRUSTED_PROXIES": "127.0.0.1/32", "PROXY_USER_HEADER": "Remote-User"}


def read(**changed: str) -> ProxyLogin:
    variables = {f"MAIL_PANEL_{name}": value for name, value in {**RIGHT, **changed}.items()}
    found = config.read({"MAIL_PANEL_HOME": "/nowhere", **variables}).proxy_login
    assert found
    return found


def kept(folder: Path, text: str = SECRET, mode: int = 0o600) -> str:
    path = folder / "secret"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(mode)
    return str(path)


def test_without_it_nothing_is_read() -> None:
    variables = {"MAIL_PANEL_PROXY_USER_HEADER": "no name", "MAIL_PANEL_HOME": "/nowhere"}

    assert config.read(variables).proxy_login is None


def test_a_name_is_enough() -> None:
    assert read() == ProxyLogin("Remote-User")


def test_all_of_it_is_read(tmp_path: Path) -> None:
    found = read(
        PROXY_ROLE_HEADER="Remote-Groups",
        PROXY_ROLES="administrator=mail-admins, Domain Admins operator=helpdesk|ops  viewer=staff",
        PROXY_DEFAULT_ROLE="viewer",
        PROXY_SECRET_FILE=kept(tmp_path, SECRET + "\n"),
        PROXY_LOGOUT_URL="https://auth.example.org/logout?rd=https://mail.example.org/",
        TRUSTED_PROXIES="10.0.0.0/8, 2001:db8::/32",
    )

    assert found.roles == (
        ("mail-admins", Role.ADMINISTRATOR),
        ("Domain Admins", Role.ADMINISTRATOR),
        ("helpdesk", Role.OPERATOR),
        ("ops", Role.OPERATOR),
        ("staff", Role.VIEWER),
    )
    assert (found.default_role, found.secret) == (Role.VIEWER, SECRET)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("named", "changed"),
    [
        ("AUTH", {"AUTH": "Proxy"}),
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": ""}),
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "0.0.0.0/0"}),
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "127.0.0.1/32 ::/0"}),
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "::ffff:0:0/96"}),
        ("PROXY_SECRET_FILE", {"TRUSTED_PROXIES": "10.0.0.0/15"}),
        ("PROXY_SECRET_FILE", {"TRUSTED_PROXIES": "2001:db8::/63"}),
        ("PROXY_USER_HEADER", {"PROXY_USER_HEADER": ""}),
        ("PROXY_USER_HEADER", {"PROXY_USER_HEADER": "Remote_User"}),
        ("PROXY_USER_HEADER", {"PROXY_USER_HEADER": "Remote User"}),
        ("PROXY_USER_HEADER", {"PROXY_USER_HEADER": "Remote-User:"}),
        ("PROXY_USER_HEADER", {"PROXY_USER_HEADER": "-User"}),
        ("PROXY_USER_HEADER", {"PROXY_USER_HEADER": "利用者"}),
        ("PROXY_USER_HEADER", {"PROXY_USER_HEADER": "X" * 65}),
        *(
            ("PROXY_USER_HEADER", {"PROXY_USER_HEADER": name})
            for name in (
                *("X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded"),
                *("X-Mail-Panel-Proxy", "Authorization", "Cookie", "Host", "Origin", "HX-Request", "X-CSRFToken"),
                *("Sec-Fetch-Site", "Content-Type", "Cf-Access-Jwt-Assertion", "X-Pomerium-Jwt-Assertion"),
            )
        ),
        ("PROXY_ROLE_HEADER", {"PROXY_ROLE_HEADER": "remote-user", "PROXY_ROLES": "viewer=staff"}),
        ("PROXY_ROLE_HEADER", {"PROXY_ROLE_HEADER": "X-Forwarded-For", "PROXY_ROLES": "viewer=staff"}),
        ("PROXY_ROLES", {"PROXY_ROLE_HEADER": "Remote-Groups"}),
        ("PROXY_ROLE_HEADER", {"PROXY_ROLES": "viewer=staff"}),
        *(
            ("PROXY_ROLES", {"PROXY_ROLE_HEADER": "Remote-Groups", "PROXY_ROLES": text})
            for text in ("staff", "owner=staff", "viewer=", "viewer=a,,b", "viewer=a owner=b", "a viewer=b", "Viewer=a")
        ),
        ("PROXY_DEFAULT_ROLE", {"PROXY_DEFAULT_ROLE": "operator"}),
        ("PROXY_DEFAULT_ROLE", {"PROXY_DEFAULT_ROLE": "administrator"}),
        *(
            ("PROXY_LOGOUT_URL", {"PROXY_LOGOUT_URL": text})
            for text in (
                *("http://auth.example.org/", "//auth.example.org/", "/\\auth.example.org", "javascript:alert(1)"),
                *("logout", "https://auth.example.org/\r\nX: y", "https://user@auth.example.org/", "/a b"),
            )
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(f"{name}={text}" for name, text in value.items()),
)
def test_each_mistake_is_one_sentence_with_its_name(named: str, changed: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as caught:
        read(**changed)

    assert f"MAIL_PANEL_{named}" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (SECRET, 0o644, "chmod"),
        ("", 0o600, "32"),
        ("short", 0o600, "32"),
        ("x" * 257, 0o600, "256"),
        (f"{SECRET}\n{SECRET}", 0o600, "one line"),
        (f"{SECRET} {SECRET}", 0o600, "one line"),
        ("é" * 40, 0o600, "ASCII"),
    ],
)
def test_a_secret_that_is_none_stops_the_start(tmp_path: Path, text: str, mode: int, why: str) -> None:
    with pytest.raises(ConfigError, match=f"MAIL_PANEL_PROXY_SECRET_FILE.*{why}") as caught:
        read(PROXY_SECRET_FILE=kept(tmp_path, text, mode))

    assert SECRET not in str(caught.value)


def test_a_secret_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"MAIL_PANEL_PROXY_SECRET_FILE: .*No such file"):
        read(PROXY_SECRET_FILE=str(tmp_path / "none"))
