"""The guides are there in both languages, of one shape and with the same facts, and the build writes what they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from filecmp import cmpfiles
from functools import cache
from pathlib import Path

import pytest

from docs import write_guides
from docs.write_guides import DOCS, names
from panel.i18n import catalogue
from tests.support.paths import ROOT

MOST_OF_A_PICTURE = 60_000  # bytes
TWINS = [*names(), "README", "../README"]
LABELLED = [
    name for name in names() if name.startswith("manual/")
]  # where all words in bold, but for steps, are on the screen
LINK = re.compile(r"\]\(([^)\s]+)")
FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
STEP = re.compile(r"^ *\d+\. \*\*(.+)\*\*$", re.MULTILINE)
SLANTED = re.compile(r"\*([^*]+)\*")
BOLD = re.compile(r"\*\*([^*]+)\*\*")


@cache
def written(name: str, ending: str) -> str:
    return (DOCS / f"{name}{ending}").read_text("utf-8")


@cache
def prose(name: str, ending: str) -> str:
    """Give a guide without its blocks of code."""
    return FENCE.sub("", written(name, ending))


def shape(text: str) -> dict[str, object]:
    """Say what a guide is made of, in whatever language."""
    return {
        "headings": [len(signs) for signs in re.findall(r"^(#+) ", text, re.MULTILINE)],
        "steps": len(re.findall(r"^ *\d+\. ", text, re.MULTILINE)),
        "points": len(re.findall(r"^[ >]*- ", text, re.MULTILINE)),
        "rows": [line.count("|") for line in re.findall(r"^ *\|.*$", text, re.MULTILINE)],
        "notes": len(re.findall(r"^> \*\*", text, re.MULTILINE)),
        "pictures": text.count("!["),
    }


def targets(text: str) -> list[str]:
    """Give where links lead, whatever the language of what they lead to; anchors are looked at by themselves."""
    return sorted(re.sub(r"\.(ja|en)\.", ".", each.partition("#")[0]) for each in LINK.findall(text))


@pytest.mark.parametrize("name", TWINS)
def test_a_guide_has_a_twin_of_its_shape(name: str) -> None:
    assert shape(prose(name, ".ja.md")) == shape(prose(name, ".md"))


@pytest.mark.parametrize("name", TWINS)
def test_the_twins_show_the_same_code_and_links(name: str) -> None:
    codes = [FENCE.findall(written(name, ending)) for ending in (".md", ".ja.md")]
    words = [{*re.findall(r"`([^`\n]+)`", prose(name, ending))} for ending in (".md", ".ja.md")]

    assert codes[0] == codes[1]
    assert words[0] == words[1]
    assert targets(prose(name, ".md")) == targets(prose(name, ".ja.md"))


def test_no_page_is_in_japanese_alone_and_every_twin_is_known() -> None:
    twins = {path.name for path in ROOT.rglob("*.ja.md") if not {"node_modules", ".venv"} & {*path.parts}}

    assert twins == {f"{Path(name).name}.ja.md" for name in [*TWINS, "causes"]}


@pytest.mark.parametrize("name", TWINS)
def test_a_japanese_guide_leads_to_japanese_guides_and_shows_japanese_pictures(name: str) -> None:
    folder = (DOCS / name).parent
    led = [each.partition("#")[0] for each in LINK.findall(prose(name, ".ja.md")) if "://" not in each]
    own = "README.md" if name in ("README", "../README") else ""  # the other language of itself

    english = [
        each
        for each in led
        if (folder / each.replace(".md", ".ja.md")).exists() and each.endswith(".md") and ".ja." not in each
    ]

    assert [each for each in english if each not in (own, "causes.md")] == []
    assert [each for each in led if each.endswith(".en.png")] == []


def labels(name: str) -> Iterator[tuple[str, set[str]]]:
    """Give what a guide shows of the screen, in bold, or in a step of the manual slanted, with its Japanese there."""
    text = re.sub(r"^> \*\*.*$", "", prose(name, ".md"), flags=re.MULTILINE)  # titles of notes
    steps = STEP.findall(text) if name in LABELLED else []
    bold = BOLD.findall(STEP.sub("", text) if name in LABELLED else text)
    for label in dict.fromkeys([*bold, *(each for step in steps for each in SLANTED.findall(step))]):
        known = {translated(label), catalogue("ja").pgettext("message", label)} - {label}
        if known or name in LABELLED:
            yield label, known or {label}


def translated(label: str) -> str:
    """Give the Japanese of a label, also of one with a number in it."""
    number = re.search(r"\d+", label)
    known: str = catalogue("ja").gettext(label)
    if known != label or not number:
        return known
    return catalogue("ja").gettext(label.replace(number[0], "%(number)d", 1)).replace("%(number)d", number[0])


@pytest.mark.parametrize("name", names())
def test_a_label_of_the_screen_is_in_the_twin_as_the_screen_has_it(name: str) -> None:
    text = prose(name, ".ja.md")
    missing = [label for label, known in labels(name) if not any(f"「{each}」" in text for each in known)]

    assert missing == []


@pytest.mark.parametrize("picture", sorted((DOCS / "pictures").iterdir()), ids=lambda path: path.name)
def test_a_picture_is_light(picture: Path) -> None:
    assert picture.stat().st_size <= MOST_OF_A_PICTURE


def test_every_picture_is_shown_somewhere() -> None:
    shown = {Path(each).name for path in ROOT.glob("**/*.md") for each in LINK.findall(path.read_text("utf-8"))}

    assert [path.name for path in (DOCS / "pictures").iterdir() if path.name not in shown] == []


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guides as the build would write them now."""
    folder = tmp_path_factory.mktemp("made") / "guides"
    write_guides.main(folder)
    return folder


def test_what_is_installed_is_what_would_be_written_now(made: Path) -> None:
    files = sorted(str(path.relative_to(made)) for path in made.rglob("*") if path.is_file())

    same, other, missing = cmpfiles(made, write_guides.MADE, files, shallow=False)

    assert (len(same), other, missing) == (len(files), [], []), "run: pip install -e ."


@pytest.mark.parametrize("language", ["en", "ja"])
def test_nothing_of_a_guide_is_lost_or_raw(made: Path, language: str) -> None:
    for path in (made / language).glob("*.html"):
        html = path.read_text("utf-8")
        ids = re.findall(r' id="([^"]+)"', html)
        assert len(ids) == len(set(ids)), path
        assert set(re.findall(r"<(\w+)", html)) <= TAGS, path
        assert not re.search(r'href="(?!guide:|causes:|https://|#)|src="(?!picture:)', html), path


def test_no_blank_stands_between_japanese_sentences(made: Path) -> None:
    """A browser shows the end of a line as one."""
    for path in (made / "ja").glob("*.html"):
        assert not re.search(r"。\s+[^\s<]", path.read_text("utf-8")), path


TAGS = {
    *("h2", "h3", "h4", "p", "ul", "ol", "li", "a", "strong", "em", "code", "pre", "div"),
    *("table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "img"),
}


def test_raw_html_in_a_guide_is_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '# Title\n\nLead.\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![a"b](p.png "c<d")\n'
    for ending in (".md", ".ja.md"):
        (tmp_path / f"one{ending}").write_text(text, "utf-8")
    (tmp_path / "guides.toml").write_text('[[chapter]]\nen = "A"\nja = "B"\nguides = ["one"]\n', "utf-8")
    (tmp_path / "p.png").write_bytes(next((DOCS / "pictures").glob("*.png")).read_bytes())
    monkeypatch.setattr(write_guides, "DOCS", tmp_path)

    write_guides.main(tmp_path / "made")

    html = (tmp_path / "made" / "en" / "one.html").read_text("utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<a" not in html
    assert 'alt="a&quot;b"' in html
    assert "<figcaption>c&lt;d</figcaption>" in html


@pytest.mark.parametrize(
    ("japanese", "said"),
    [("# 題\n\n文。\n", "other headings"), ("# 題\n\n## 節\n\n文。\n", "does not begin with a sentence")],
)
def test_a_guide_that_is_not_whole_stops_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, japanese: str, said: str
) -> None:
    (tmp_path / "one.md").write_text("# Title\n\nLead.\n\n## Part\n", "utf-8")
    (tmp_path / "one.ja.md").write_text(japanese, "utf-8")
    (tmp_path / "guides.toml").write_text('[[chapter]]\nen = "A"\nja = "B"\nguides = ["one"]\n', "utf-8")
    monkeypatch.setattr(write_guides, "DOCS", tmp_path)

    with pytest.raises(SystemExit, match=said):
        write_guides.main(tmp_path / "made")

    assert not (tmp_path / "made").exists()
