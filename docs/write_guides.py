"""Writes the guides as the panel shows them, which the build runs: HTML by language, and their contents."""

from __future__ import annotations

import json
import re
import shutil
import struct
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

DOCS = Path(__file__).resolve().parent
MADE = DOCS.parent / "panel" / "guides"
ENDINGS = {"en": ".md", "ja": ".ja.md"}  # English first: its headings name the anchors of both
CAUSES = ("causes.md", "causes.ja.md")


@dataclass(slots=True)
class Part:
    """What stands under one heading: its anchor, and its words as the search reads them."""

    anchor: str
    title: str
    level: int
    text: str = ""


@dataclass(slots=True)
class Guide:
    """A guide in one language, read and not yet written."""

    name: str
    path: Path
    tokens: list[Token]
    parts: list[Part] = field(default_factory=list)
    lead: str = ""  # its first sentence, for the contents
    slugs: list[str] = field(default_factory=list)  # of its own headings, as other documents link to them


def chapters() -> list[dict[str, Any]]:
    """Give the chapters, each with its title by language and the names of its guides."""
    read: list[dict[str, Any]] = tomllib.loads((DOCS / "guides.toml").read_text("utf-8"))["chapter"]
    return read


def names() -> list[str]:
    """Give all guides by their place below docs/, without an ending."""
    return [name for chapter in chapters() for name in chapter["guides"]]


def main(folder: Path = MADE) -> None:
    """Write all guides, and put each file in the place of the one of before when all are there."""
    read = {
        language: {name: _read(DOCS / f"{name}{ending}") for name in names()} for language, ending in ENDINGS.items()
    }
    for guides in read.values():
        for name, guide in guides.items():
            _name_anchors(guide, read["en"][name])
    with tempfile.TemporaryDirectory(prefix=".guides-", dir=folder.parent) as part:
        for language, guides in read.items():
            _write(Path(part), language, guides)
        _put(Path(part), folder)


def _put(part: Path, folder: Path) -> None:
    """Move all files, and remove what is no more; two builds at once, and a panel that starts, see whole files."""
    names = {path.relative_to(part) for path in part.rglob("*") if path.is_file()}
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (part / name).replace(folder / name)
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder) not in names:
            path.unlink(missing_ok=True)


def _read(path: Path) -> Guide:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    guide = Guide(path.name.partition(".")[0], path, parser.parse(path.read_text("utf-8")))
    guide.lead = _lead(guide)
    if path.name.endswith(ENDINGS["ja"]):
        _join_lines(guide.tokens)
    for token, inline in _headings(guide.tokens):
        guide.slugs.append(slug(inline.content))
        guide.parts.append(Part("", _plain(inline), int(token.tag[1])))
    for number, text in _texts(guide.tokens):
        guide.parts[number].text += f"{text}\n"
    return guide


def _lead(guide: Guide) -> str:
    """Give the first sentence, which has a line of its own."""
    after = next(at for at, token in enumerate(guide.tokens) if token.type == "heading_close") + 1
    if guide.tokens[after].type != "paragraph_open":
        raise SystemExit(f"{guide.path} does not begin with a sentence")
    words = takewhile(lambda each: "break" not in each.type, guide.tokens[after + 1].children or [])
    return "".join(each.content for each in words)


def _join_lines(tokens: list[Token]) -> None:
    """Take away the blank that a browser shows for the end of a line: Japanese has none between sentences."""
    for child in (child for token in tokens for child in token.children or []):
        if child.type == "softbreak":
            child.type = "text"


def slug(title: str) -> str:
    """Give the anchor of a heading as GitHub does."""
    return re.sub(r"[^\w -]", "", title).lower().replace(" ", "-")


def _headings(tokens: list[Token]) -> Iterator[tuple[Token, Token]]:
    return ((token, tokens[at + 1]) for at, token in enumerate(tokens) if token.type == "heading_open")


def _texts(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """Give all that is read, each with the number of the heading above it."""
    number = -1
    for at, token in enumerate(tokens):
        number += token.type == "heading_open"
        if token.type == "inline" and tokens[at - 1].type != "heading_open":
            yield number, _plain(token)
        elif token.type == "fence":
            yield number, token.content


def _plain(inline: Token) -> str:
    return "".join(" " if "break" in each.type else each.content for each in inline.children or ())


def _name_anchors(guide: Guide, english: Guide) -> None:
    """Give each part the anchor that its heading has in English; the first one is the page itself."""
    if [part.level for part in guide.parts] != [part.level for part in english.parts]:
        raise SystemExit(f"{guide.path} has other headings than {english.path}")
    for part, anchor in zip(guide.parts, english.slugs, strict=True):
        part.anchor = anchor


def _write(folder: Path, language: str, guides: dict[str, Guide]) -> None:
    beside, pictures = folder / language, folder / "pictures"
    for each in (beside, pictures):
        each.mkdir(exist_ok=True)
    for guide in guides.values():
        (beside / f"{guide.name}.html").write_text(_html(guide, guides, pictures), "utf-8")
    contents = [
        {"title": chapter[language], "guides": [_entry(guides[name]) for name in chapter["guides"]]}
        for chapter in chapters()
    ]
    (beside / "contents.json").write_text(json.dumps(contents, ensure_ascii=False, indent=1), "utf-8")


def _entry(guide: Guide) -> dict[str, Any]:
    return {"name": guide.name, "lead": guide.lead, "parts": [asdict(part) for part in guide.parts]}


def _html(guide: Guide, guides: dict[str, Guide], pictures: Path) -> str:
    """Write a guide as the inside of an article; its headings stand one level lower, below the page's own."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("image", _picture)
    targets = {each.path: each for each in guides.values()}
    _lower_headings(guide)
    for token in guide.tokens:
        if token.type.startswith("blockquote"):
            token.tag = "div"
            token.attrs = {"class": "note info"} if token.nesting == 1 else {}
        elif token.type == "inline":
            token.children = list(_linked(token.children or [], guide.path, targets))
            for image in (each for each in token.children if each.type == "image"):
                shutil.copy(guide.path.parent / str(image.attrs["src"]), pictures)
    _make_figures(guide.tokens)
    html: str = parser.renderer.render(guide.tokens, parser.options, {"folder": guide.path.parent})
    return html


def _lower_headings(guide: Guide) -> None:
    parts = iter(guide.parts)
    for token in guide.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{int(token.tag[1]) + 1}"
        if token.type == "heading_open":
            token.attrSet("id", next(parts).anchor)


def _linked(tokens: list[Token], page: Path, targets: dict[Path, Guide]) -> Iterator[Token]:
    """Lead links to where the panel has what they lead to; what it has not is left as text."""
    dropped = 0
    for token in tokens:
        if token.type == "link_open":
            address = _address(str(token.attrs["href"]), page, targets)
            if address is None:
                dropped += 1
                continue
            token.attrs = {"href": address, **({"rel": "noreferrer"} if "://" in address else {})}
        elif token.type == "link_close" and dropped:
            dropped -= 1
            continue
        yield token


def _address(href: str, page: Path, targets: dict[Path, Guide]) -> str | None:
    """Give an address of the web as it is, else `guide:NAME#ANCHOR` or `causes:#ANCHOR`, which the panel ends."""
    if "://" in href:
        return href
    path, _, anchor = unquote(href).partition("#")
    there = (page.parent / path).resolve() if path else page
    if there.name in CAUSES:
        return f"causes:#{anchor}" if anchor else "causes:"
    if there not in targets:
        return None
    guide = targets[there]
    return f"guide:{guide.name}#{guide.parts[guide.slugs.index(anchor)].anchor}" if anchor else f"guide:{guide.name}"


def _make_figures(tokens: list[Token]) -> None:
    """Make a figure of each paragraph that is a picture."""
    for at, token in enumerate(tokens):
        children = token.children or []
        if token.type == "inline" and [each.type for each in children] == ["image"]:
            tokens[at - 1].tag = tokens[at + 1].tag = "figure"
            tokens[at - 1].hidden = tokens[at + 1].hidden = False


def _picture(_self: RendererHTML, tokens: list[Token], at: int, _options: Any, env: Any) -> str:
    """Write a picture with its size, so that nothing moves when it comes, and its title as the caption."""
    token = tokens[at]
    path = env["folder"] / str(token.attrs["src"])
    width, height = picture_size(path)
    alt, title = escapeHtml(token.content), escapeHtml(str(token.attrs.get("title", "")))
    size = f'width="{width}" height="{height}" loading="lazy"'
    return f'<img src="picture:{path.name}" {size} alt="{alt}">' + (
        f"<figcaption>{title}</figcaption>" if title else ""
    )


def picture_size(path: Path) -> tuple[int, int]:
    """Read the width and the height of a PNG, in pixels."""
    width, height = struct.unpack(">II", path.read_bytes()[16:24])
    return width, height


if __name__ == "__main__":
    main()
