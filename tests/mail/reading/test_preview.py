"""HTML of strangers, written anew: what it shows stays, and what it would do does not."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.mail.reading.preview import preview
from tests.support.hostile_mail import HOSTILE_HTML, PNG


def no_picture(_content_id: str) -> None:
    return None


def logo(content_id: str) -> tuple[str, bytes] | None:
    return ("image/png", PNG) if content_id == "logo@example.org" else None


class Elements(HTMLParser):
    """What a parser of another make finds."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def elements(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(html)
    parser.close()
    return parser.found


def test_text_and_its_form_stay() -> None:
    html = '<h1 align=center>請求</h1><p style="color:red">1 &lt; 2 &amp; <b>3</b></p><td colspan=2>x</td>'

    assert preview(html, no_picture).html == (
        '<h1 align="center">請求</h1><p style="color:red">1 &lt; 2 &amp; <b>3</b></p><td colspan="2">x</td>'
    )


def test_nothing_that_loads_runs_or_leads_elsewhere_is_left() -> None:
    shown = preview(HOSTILE_HTML, logo)
    names = {name for name, _ in elements(shown.html)}
    attributes = {name for _, each in elements(shown.html) for name in each}

    assert not names & {"script", "link", "meta", "base", "iframe", "object", "form", "input", "button", "svg", "video"}
    assert not {name for name in attributes if name.startswith("on")}
    assert not attributes & {"href", "srcset", "action", "formaction", "background", "ping", "target", "autofocus"}
    assert "evil" not in "".join(each.get("src") or "" for _, each in elements(shown.html))
    assert not re.search(r"(?i)@import|url\s*\((?!data:)", shown.html)
    assert "Hello" in shown.html


def test_pictures_of_the_message_come_with_it_and_others_are_counted() -> None:
    shown = preview(HOSTILE_HTML, logo)

    assert [each["src"] for name, each in elements(shown.html) if "src" in each] == ["data:image/png;base64,iVBORw=="]
    assert shown.left_out == 2


def test_a_picture_that_could_hold_a_script_is_left_out() -> None:
    svg = preview('<img src="cid:x">', lambda _: ("image/svg+xml", b"<svg onload=alert(1)>"))
    data = preview('<img src="data:image/svg+xml;base64,AAAA"><img src="data:text/html;base64,AAAA">', no_picture)

    assert (svg.html, svg.left_out) == ("<img>", 1)
    assert (data.html, data.left_out) == ("<img><img>", 2)


def test_a_picture_is_decoded_once_however_often_it_is_named() -> None:
    asked: list[str] = []

    def picture(content_id: str) -> tuple[str, bytes]:
        asked.append(content_id)
        return ("image/png", PNG)

    shown = preview('<img src="cid:x"><img src="cid:svg">' * 500, picture)

    assert asked == ["x", "svg"]
    assert shown.html.count("data:image/png") == 1000


def test_the_same_picture_many_times_is_bounded() -> None:
    shown = preview('<img src="cid:x">' * 100, lambda _: ("image/png", b"x" * 1_000_000))

    assert len(shown.html) < 12_000_000
    assert shown.left_out > 90


def test_a_link_says_where_it_would_lead() -> None:
    assert preview('<a href="https://example.org/?a=1&amp;b=2" title="bank">x</a>', no_picture).html == (
        '<a title="https://example.org/?a=1&amp;b=2">x</a>'
    )


@pytest.mark.parametrize(
    "html",
    [
        '<p title="</p><script>alert(1)</script>">',
        "<p title='\"><img src=x onerror=alert(1)>'>",
        "<style></styl<script>alert(1)</script></style >",
        "<style><!--</style><script>alert(1)</script>-->",
        "<textarea><script>alert(1)</script></textarea><title><img src=x onerror=alert(1)></title>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></mtext></math>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<!--><script>alert(1)</script>-->",
        "<scr<script>ipt>alert(1)</script>",
        "<p/onclick=alert(1)//>",
        "<img src='x'onerror=alert(1)>",
        "<a href=java&#x0A;script:alert(1)>x</a>",
        "<xmp><p title='</xmp><script>alert(1)</script>'></xmp>",
        "<plaintext><script>alert(1)</script>",
        "<p style='x:\\75rl(http://evil.example/);behavior:url(#x)'>",
    ],
)
def test_tricks_end_as_text_or_not_at_all(html: str) -> None:
    found = elements(preview(html, no_picture).html)

    assert not {name for name, _ in found} & {"script", "svg", "math", "textarea", "title", "xmp", "plaintext"}
    assert not {key for _, each in found for key in each if key.startswith("on") or key == "href"}
    assert not any("url(h" in (value or "") for _, each in found for value in each.values())


@pytest.mark.parametrize(
    "css",
    [
        "b{background:u<rl(https://evil.example/)}",
        "@im<port 'https://evil.example/';",
        "@\\69 <mport 'https://evil.example/';",
        "b{background:image-set('https://evil.example/' 1x)}",
        "b{background:-webkit-image-set('https://evil.example/' 1x)}",
        "b{background:IMAGE ('https://evil.example/')}",
        "@font-face{src:src('https://evil.example/')}",
    ],
)
@pytest.mark.parametrize("where", ["<style>{}</style>", '<b style="{}">'])
def test_css_loads_nothing_however_it_is_written(css: str, where: str) -> None:
    shown = preview(where.format(css), no_picture).html

    assert "evil.example" in shown
    assert not re.search(r"(?i)@import|\b(url|src|image|image-set)\s*\(", shown)


@given(
    st.lists(
        st.sampled_from(
            [
                *"<>/='\" &;!-\\",
                "p",
                "a",
                "img",
                "style",
                "script",
                "svg",
                " src",
                " href",
                " onload",
                "=",
                "cid:x",
                "x",
            ]
        ),
        max_size=60,
    )
)
def test_whatever_it_is_no_other_parser_finds_more_than_is_allowed(pieces: list[str]) -> None:
    found = elements(preview("".join(pieces), no_picture).html)

    assert {name for name, _ in found} <= {"p", "a", "img", "style"}
    assert not {key for _, each in found for key in each} & {"href", "src", "onload"}
