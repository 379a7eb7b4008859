"""Who asks, as a proxy's headers say it: one name that is nobody else's, and the role of whole groups."""

from __future__ import annotations

import pytest

from panel.access.proxy_config import ProxyLogin
from panel.access.proxy_login import HeaderRefused, proxy_name, role_by_groups
from panel.access.rights import Role

GROUPS = ProxyLogin(
    "Remote-User",
    role_header="Remote-Groups",
    roles=(("staff", Role.VIEWER), ("mail-admins", Role.ADMINISTRATOR), ("Help Desk", Role.OPERATOR)),
)


def wsgi(text: str) -> str:
    """Write a text as WSGI hands its bytes on."""
    return text.encode("utf-8").decode("latin-1")


@pytest.mark.parametrize("name", ["sato", "sato@example.org", "佐藤 花子", "DOMAIN\\sato", "a", "é" * 254])
def test_a_name_is_read_as_it_was_written(name: str) -> None:
    assert proxy_name(wsgi(name), "Remote-User") == name


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "sato, admin",  # a field that came twice
        "sato,admin",
        " sato",
        "sato ",
        wsgi("sato\u3000"),
        wsgi("\u00a0sato"),
        "sa\tto",
        "sato\x00",
        "sato\x7f",
        wsgi("sato\x85"),
        wsgi("sato\u200b"),  # looks like another's name
        wsgi("\u202eotas"),
        "é",  # Latin-1
        "\udcff",
        "x" * 255,
        "crm (token)",
        "root (command line)",
        wsgi("root（コマンドライン）"),
        wsgi("shop（トークン）"),
    ],
)
def test_what_can_be_nobodys_name_is_refused(raw: str) -> None:
    with pytest.raises(HeaderRefused) as caught:
        proxy_name(raw, "Remote-User")

    assert caught.value.header == "Remote-User"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("=?utf-8?q?Sato_J=C3=BCrgen?=", "Sato Jürgen"),
        ("=?UTF-8?Q?=E4=BD=90?= =?utf-8?q?=E8=97=A4?=", "佐藤"),
        ("=?utf-8?q?=E4=BD?= =?utf-8?q?=90?=", "佐"),  # Go parts at characters; nobody else has to
        ("=?iso-8859-1?q?J=FCrgen?=", "=?iso-8859-1?q?J=FCrgen?="),
        ("x =?utf-8?q?y?=", "x =?utf-8?q?y?="),
    ],
)
def test_encoded_words_are_tailscales(raw: str, name: str) -> None:
    assert proxy_name(raw, "Tailscale-User-Login") == name
    assert proxy_name(raw, "Remote-User") == raw


@pytest.mark.parametrize("raw", ["=?utf-8?q?sato=0A?=", "=?utf-8?q?a=2Cb?=", "=?utf-8?q?_a?=", "=?utf-8?q?=FF?="])
def test_what_an_encoded_word_hides_is_refused(raw: str) -> None:
    with pytest.raises(HeaderRefused):
        proxy_name(raw, "Tailscale-User-Login")


@pytest.mark.parametrize(
    ("raw", "role"),
    [
        ("mail-admins", Role.ADMINISTRATOR),
        ("staff,mail-admins", Role.ADMINISTRATOR),
        ("mail-admins, staff", Role.ADMINISTRATOR),
        ("staff|Help Desk", Role.OPERATOR),
        ("other, staff", Role.VIEWER),
        ("", None),
        ("mail-admins-x", None),
        ("x-mail-admins", None),
        ("mail-admin", None),
        ("Mail-Admins", None),
        ("Help", None),
        ("mail-admins;staff", None),
        (wsgi("mail\u2010admins"), None),
    ],
)
def test_groups_are_compared_whole(raw: str, role: Role | None) -> None:
    assert role_by_groups(raw, GROUPS) == role


def test_a_group_beside_those_that_are_named_has_the_default_role() -> None:
    login = ProxyLogin("Remote-User", "Remote-Groups", GROUPS.roles, default_role=Role.VIEWER)

    assert role_by_groups("other", login) == Role.VIEWER


def test_authentiks_groups_may_hold_a_comma() -> None:
    login = ProxyLogin("X-authentik-username", "X-authentik-groups", GROUPS.roles)

    assert role_by_groups("x,mail-admins", login) is None
    assert role_by_groups("x|mail-admins", login) is Role.ADMINISTRATOR


def test_groups_that_came_twice_are_refused() -> None:
    with pytest.raises(HeaderRefused, match="the header came twice"):
        role_by_groups("staff, mail-admins\n", GROUPS)


def test_groups_in_other_bytes_are_refused() -> None:
    with pytest.raises(HeaderRefused, match="UTF-8"):
        role_by_groups("é", GROUPS)
