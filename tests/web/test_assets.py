"""Static files: compressed for those who take it, kept for ever by their digest, and never of another content."""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path

import brotli
import pytest
from flask import Flask

from hatch_build import bare, compress
from panel.config import Config
from panel.services import Services
from panel.web import create_app
from panel.web.assets import Assets, folder
from tests.web.conftest import Browser

CHROMIUM = "gzip, deflate, br, zstd"


@pytest.fixture
def static(tmp_path: Path) -> Path:
    """The static files of the panel, compressed as the build does it."""
    copied = shutil.copytree(folder("static"), tmp_path / "static", ignore=shutil.ignore_patterns("compressed"))
    compress(copied)
    return copied


@pytest.fixture
def app(config: Config, services: Services, static: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    monkeypatch.setattr("panel.web.templating.folder", lambda _name: static)
    return create_app(config, services)


@pytest.fixture
def style(stranger: Browser) -> str:
    """The address of the style sheet, as a page gives it."""
    [address] = re.findall(r'<link rel="stylesheet" href="([^"]+)"', stranger.get("/login").text)
    return address


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (CHROMIUM, "br"),
        ("gzip, deflate", "gzip"),  # browsers over plain HTTP
        ("GZIP", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("gzip;q=0", None),
        ("identity", None),
        ("identity, gzip;q=0.5", None),
        ("deflate, zstd", None),
        ("*;q=0", None),
        ("", None),
        ("br;q=x, ,;", None),
    ],
)
def test_the_coding_is_the_one_that_is_taken(
    stranger: Browser, style: str, static: Path, accepted: str, coding: str | None
) -> None:
    answer = stranger.client.get(style, headers={"Accept-Encoding": accepted})

    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[coding]
    assert answer.headers.get("Content-Encoding") == coding
    assert unpack(answer.data) == bare("panel.css", (static / "panel.css").read_text("utf-8")).encode()
    assert answer.content_length == len(answer.data)
    assert answer.mimetype == "text/css"
    assert answer.vary.to_header() == "Accept-Encoding"
    assert answer.headers["Cache-Control"] == "max-age=31536000, immutable"


def test_scripts_are_scripts_whatever_their_coding(browser: Browser, stranger: Browser) -> None:
    address = re.findall(r'<script src="([^"]+)"', browser.get("/settings").text)[0]

    for accepted in (CHROMIUM, ""):
        answer = stranger.client.get(address, headers={"Accept-Encoding": accepted})
        assert (answer.status_code, answer.mimetype) == (200, "text/javascript")


def test_each_coding_has_a_tag_of_its_own_and_is_not_sent_twice(stranger: Browser, style: str) -> None:
    tags = {}
    for accepted in (CHROMIUM, "gzip", ""):
        answer = stranger.client.get(style, headers={"Accept-Encoding": accepted})
        tags[answer.headers["ETag"]] = accepted

    assert len(tags) == 3
    for tag, accepted in tags.items():
        again = stranger.client.get(style, headers={"Accept-Encoding": accepted, "If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["Vary"]) == (304, b"", "Accept-Encoding")


def test_a_page_is_sent_in_gzip_where_a_file_is_in_brotli(browser: Browser) -> None:
    """It is compressed for each request, a file once; neither is sent plain to a browser."""
    for path in ("/settings", "/settings/edit", "/outbox"):
        answer = browser.client.get(path, headers={"Accept-Encoding": CHROMIUM})
        assert (answer.status_code, answer.content_encoding) == (200, "gzip"), path
        assert gzip.decompress(answer.data).decode().startswith("<!doctype html>"), path


def test_what_programs_read_is_sent_plain(browser: Browser) -> None:
    for path in ("/healthz", "/api/v1/openapi.json", "/api/v1/status"):
        answer = browser.get(path, headers={"Accept-Encoding": CHROMIUM})
        assert "Content-Encoding" not in answer.headers, path
        assert answer.text, path


def test_a_file_that_was_edited_since_the_build_is_sent_as_it_is_now(app: Flask, static: Path) -> None:
    (static / "panel.css").write_text("body { color: red }")
    assets = Assets(static)

    with app.test_request_context(headers={"Accept-Encoding": CHROMIUM}):
        answer = assets.serve(assets.url("panel.css").rpartition("/")[2])

    assert (answer.data, answer.content_encoding) == (b"body { color: red }", None)


def test_a_panel_that_runs_sends_what_it_has_read_under_the_old_address(
    stranger: Browser, style: str, static: Path
) -> None:
    before = stranger.client.get(style).data
    (static / "panel.css").write_text("body { color: red }")

    assert stranger.client.get(style).data == before


def test_the_build_takes_away_what_it_made_of_files_before(static: Path) -> None:
    names = {each.name for each in (static / "compressed").iterdir()}
    (static / "panel.css").write_text("body { color: red }")
    compress(static)

    assert len(names - {each.name for each in (static / "compressed").iterdir()}) == 3


def test_what_is_sent_has_no_comment_and_the_same_rules_and_statements() -> None:
    for name in ("panel.css", "pages.css", "panel.js"):
        source = (folder("static") / name).read_text("utf-8")
        sent = bare(name, source)
        assert len(sent) < len(source)
        assert "/*" not in sent
        assert " // " not in sent
        assert re.findall(r"[{}()]", sent) == re.findall(r"[{}()]", _without_comments(source))
    assert bare("own.js", '  const at = "https://a.example"; // of a friend\n  // one more\n') == (
        'const at="https://a.example";'
    )


def _without_comments(source: str) -> str:
    """Leave out comments as a reader sees them: between signs in a sheet, from two strokes on in a script."""
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    return "\n".join(line.partition("//")[0] if "://" not in line else line for line in source.splitlines())


def test_htmx_is_sent_as_it_is(stranger: Browser, static: Path) -> None:
    file = next(static.glob("htmx-*.min.js"))
    library = file.read_text("utf-8")

    assert bare(file.name, library) == library
    made = [each.read_bytes() for each in (static / "compressed").iterdir() if not each.suffix]
    assert sum(each.startswith(library.encode()) for each in made) == 2, "alone, and before our own"


def test_only_files_themselves_have_an_address(stranger: Browser, static: Path) -> None:
    for each in (static / "compressed").iterdir():
        for path in (f"compressed/{each.name}", each.name):
            assert stranger.client.get(f"/static/{path}").status_code == 404


def test_the_style_of_the_manual_stands_within_the_panel_alone() -> None:
    style = re.sub(r"/\*.*?\*/", "", (folder("static") / "guide.css").read_text("utf-8"), flags=re.DOTALL).strip()

    assert style.startswith(".mail-panel{")
    assert style.endswith("}")
    depths = [style[:at].count("{") - style[:at].count("}") for at in range(1, len(style))]
    assert min(depths[len(".mail-panel") :]) == 1


@pytest.mark.parametrize("name", ["panel.css", "pages.css"])
def test_the_style_sheet_says_nothing_about_what_is_outside_of_the_panel(name: str) -> None:
    """It stands in pages of other applications, too."""
    style = re.sub(r"/\*.*?\*/", "", (folder("static") / name).read_text("utf-8"), flags=re.DOTALL)
    rules, depth, begun = [], 0, 0
    for at, sign in enumerate(style):
        depth += (sign == "{") - (sign == "}")
        if sign == "{" and depth == 1:
            rules.append(style[begun:at].rpartition(";")[2].strip())
        begun = at + 1 if sign == "}" and depth == 0 else begun

    begins, ends = (":root:has(>.mail-panel)", ":where(.mail-panel)"), ("@media print",)
    assert (
        rules
        == {
            "panel.css": [*begins, ".mail-panel", *ends],
            "pages.css": [
                ".mail-panel",
                "@keyframes mail-panel-gone",
                "@keyframes mail-panel-turn",
                "@keyframes mail-panel-again",
            ],
        }[name]
    )
    assert not re.search(
        r"(^|[},{])\s*(html|body|main|:root)\b",
        ("\n" + style.lstrip()).partition("\n.mail-panel{")[2].partition("\n}")[0],
    )


def test_each_icon_that_a_template_names_is_drawn() -> None:
    templates = {path: path.read_text("utf-8") for path in folder("templates").rglob("*.html")}
    sprites = [templates.pop(folder("templates") / name) for name in ("_icons.html", "_icons_pages.html")]
    drawn = [name for sprite in sprites for name in re.findall(r'<symbol id="i-([a-z]+)"', sprite)]
    assert len(drawn) == len(set(drawn))

    named = {name for text in templates.values() for name in re.findall(r'\bicon\("([a-z]+)"', text)}
    assert named - set(drawn) == set()
