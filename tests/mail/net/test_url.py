"""What may be asked, and how it is written on the line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.net.url import MAX_URL, Url, parse_url


@pytest.mark.parametrize(
    ("text", "url", "authority"),
    [
        ("https://login.example.org", Url(True, "login.example.org", 443, "/"), "login.example.org"),
        ("HTTPS://Login.Example.ORG.:443/A?b=C", Url(True, "login.example.org", 443, "/A?b=C"), "login.example.org"),
        ("https://example.org:8443?a=b@c:d", Url(True, "example.org", 8443, "/?a=b@c:d"), "example.org:8443"),
        (
            "https://パネル.example/道?値",
            Url(True, "xn--kdkh3f.example", 443, "/%E9%81%93?%E5%80%A4"),
            "xn--kdkh3f.example",
        ),
        ("https://[2001:DB8::1]/", Url(True, "2001:DB8::1", 443, "/"), "[2001:DB8::1]"),
        ("https://192.0.2.1/", Url(True, "192.0.2.1", 443, "/"), "192.0.2.1"),
        ("http://127.0.0.1:8080/a", Url(False, "127.0.0.1", 8080, "/a"), "127.0.0.1:8080"),
        ("http://[::1]/", Url(False, "::1", 80, "/"), "[::1]"),
        ("http://idp.localhost:443/", Url(False, "idp.localhost", 443, "/"), "idp.localhost:443"),
    ],
)
def test_an_address_is_taken_apart(text: str, url: Url, authority: str) -> None:
    assert parse_url(text) == url
    assert url.authority == authority


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "localhost",
            "//localhost/",
            "ftp://localhost/",
            "https:/localhost",
            "https://",
            "https:///a",
            "https://./",
        ),
        *("https://user@localhost/", "https://user:pw@localhost/", "https://good.example\\@localhost/", "https://@a/"),
        *("https://localhost/#a", "https://localhost#", "https://localhost:/", "https://localhost:99999/"),
        *("https://[::1", "https://[fe80::1%25eth0]/", "https://[::1]a/", "https://a%2eb/", "https://a_b*c/"),
        *("https://localhost/\r\nX: y", "https://local\nhost/", "https://a/\n", "https://a/\x00", "https://a/\u2028"),
        *("https://localhost/ a", " https://a/", "https://ab\udc80c/", "https://-é-/", "https://a/\ud800"),
        "https://localhost/" + "a" * MAX_URL,
    ],
)
def test_what_may_not_be_asked_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no (address|name)"):
        parse_url(text)


@pytest.mark.parametrize("host", ["example.org", "192.0.2.1", "localhost.example.org", "notlocalhost", "[2001:db8::1]"])
def test_in_the_clear_only_this_machine_is_asked(host: str) -> None:
    assert parse_url(f"https://{host}/")

    with pytest.raises(ValueError, match="may be asked"):
        parse_url(f"http://{host}/")


@given(
    st.text(alphabet="aé/?#@:\\[]%. \r\n\t\x00\u3002１-", max_size=12),
    st.sampled_from(["https://", "http://localhost"]),
)
def test_what_is_taken_can_stand_on_a_line(text: str, start: str) -> None:
    try:
        url = parse_url(start + text)
    except ValueError:
        return

    assert f"{url.host}{url.target}{url.authority}".isascii()
    assert f"{url.host}{url.target}{url.authority}".isprintable()
    assert not {"@", "#", " "} & {*url.authority}
    assert url.host
    assert url.target.startswith("/")
