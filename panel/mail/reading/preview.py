"""A stranger's HTML, written anew from what may be in it: nothing that runs, loads, leads elsewhere or asks for input.

It is the second wall. The first one is the answer that it is shown in, which may neither run nor load anything; but a
browser looks up names and opens connections for some elements before it asks that answer (`<link rel=preconnect>`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape, unescape

from panel.mail.patterns import pattern_of

MOST_INLINE = 8 * 1024 * 1024  # octets of pictures of the message that are shown in it
_SHOWN_IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp")

_ELEMENTS = """
a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd del details dfn div dl
dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark menu nav ol p pre q rp rt
ruby s samp section small span strike strong style sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr
"""
_ATTRIBUTES = """
abbr align alt bgcolor border cellpadding cellspacing class color colspan dir face headers height hspace id lang nowrap
rowspan scope size span start style type valign vspace width
"""
_KEPT, _KEPT_OF_THEM = frozenset(_ELEMENTS.split()), frozenset(_ATTRIBUTES.split())
_UNREAD = ("script", "iframe", "noembed", "noframes", "title", "textarea", "xmp", "plaintext", "object", "applet")
_TAG = pattern_of(r"</?([A-Za-z][^\s/>]*+)")
_ATTRIBUTE = pattern_of(
    r"[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>\"'][^\s>]*+)|(?=>)))?"
)
_END = pattern_of(r"[\s/]*+>")
_DATA = pattern_of(r"data:(image/[a-z]+);base64,[A-Za-z0-9+/=\s]*+", re.IGNORECASE)
_LOADS = pattern_of(
    r"@import|@charset|@namespace|\burl\s*+\(\s*+[\"']?(?!data:image/)|\b(?:image-set|image|src|cross-fade)\s*+\(",
    re.IGNORECASE,
)
_BEHIND = {
    name: pattern_of(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in (*_UNREAD, "style") if name != "plaintext"
}

Image = Callable[[str], tuple[str, bytes] | None]  # a picture's type and octets, by its Content-ID


@dataclass(frozen=True, slots=True)
class Preview:
    """HTML that is harmless; `left_out` is the number of pictures from elsewhere that are not in it."""

    html: str
    left_out: int


def preview(html: str, image: Image) -> Preview:
    """Write HTML anew; the pictures that stand in the message itself come with it."""
    writing = _Writing(html, image)
    return Preview("".join(writing.run()), writing.left_out)


class _Writing:
    """Goes through HTML from its beginning to its end; what waits for an end that does not come is dropped."""

    def __init__(self, html: str, image: Image) -> None:
        self._html = html
        self._image = image
        self._room = MOST_INLINE
        self._pictures: dict[str, tuple[str, bytes] | None] = {}  # each is decoded once, however often it is shown
        self.left_out = 0

    def run(self) -> Iterator[str]:
        html, position = self._html, 0
        while (start := html.find("<", position)) >= 0:
            yield _text(html[position:start])
            position, written = self._markup(start)
            yield written
        yield _text(html[position:])

    def _markup(self, start: int) -> tuple[int, str]:
        """Read what begins with this sign; give where it ends, and what is written of it."""
        html = self._html
        if html.startswith("<!--", start):
            return self._after("-->", start + 4), ""
        if html.startswith(("<!", "<?"), start):
            return self._after(">", start), ""
        tag = _TAG.match(html, start)
        if tag is None:
            return start + 1, "&lt;"
        name = tag[1].lower()
        if html[start + 1] == "/":
            return self._after(">", tag.end()), f"</{name}>" if name in _KEPT and name != "style" else ""
        position, attributes = self._attributes(tag.end())
        if name == "style":
            return self._style(position)
        if name in _UNREAD:
            return self._behind(name, position)[0], ""
        return position, self._element(name, attributes) if name in _KEPT else ""

    def _after(self, end: str, position: int) -> int:
        found = self._html.find(end, position)
        return found + len(end) if found >= 0 else len(self._html)

    def _attributes(self, position: int) -> tuple[int, dict[str, str]]:
        """Read the attributes of an element up to its end; of two with one name, the first counts."""
        found: dict[str, str] = {}
        while not (end := _END.match(self._html, position)):
            one = _ATTRIBUTE.match(self._html, position)
            if one is None or one.end() == position:
                return len(self._html), {}
            found.setdefault(one[1].lower(), unescape(next((each for each in one.groups()[1:] if each), "")))
            position = one.end()
        return end.end(), found

    def _behind(self, name: str, position: int) -> tuple[int, int]:
        """Find the end of an element that holds no markup: where its content ends, and what is behind its tag."""
        found = _BEHIND[name].search(self._html, position) if name in _BEHIND else None
        if found is None:
            return len(self._html), len(self._html)
        return self._after(">", found.end()), found.start()

    def _style(self, position: int) -> tuple[int, str]:
        after, end = self._behind("style", position)
        return after, f"<style>{_harmless_css(self._html[position:end])}</style>"

    def _element(self, name: str, attributes: dict[str, str]) -> str:
        kept = {key: value for key, value in attributes.items() if key in _KEPT_OF_THEM}
        if "style" in kept:
            kept["style"] = _harmless_css(kept["style"])
        if name == "a" and "href" in attributes:
            kept["title"] = attributes["href"].strip()[:500]  # it leads nowhere, and says where it would
        elif "title" in attributes:
            kept["title"] = attributes["title"]
        if name == "img" and (source := self._source(attributes.get("src", ""))):
            kept["src"] = source
        written = "".join(f' {key}="{escape(value)}"' for key, value in kept.items())
        return f"<{name}{written}>"

    def _source(self, source: str) -> str:
        """Give a picture of the message itself as data; nothing of one from elsewhere."""
        source = source.strip()
        if (found := _DATA.fullmatch(source)) and found[1].lower() in _SHOWN_IMAGES:
            return source
        picture = self._picture(source[4:].strip("<>")) if source[:4].lower() == "cid:" else None
        if picture is None or picture[0] not in _SHOWN_IMAGES or len(picture[1]) > self._room:
            self.left_out += bool(source)
            return ""
        self._room -= len(picture[1])
        return f"data:{picture[0]};base64,{base64.b64encode(picture[1]).decode('ascii')}"

    def _picture(self, content_id: str) -> tuple[str, bytes] | None:
        if content_id not in self._pictures:
            self._pictures[content_id] = self._image(content_id)
        return self._pictures[content_id]


def _text(text: str) -> str:
    """Write text between two tags; its character references stay what they are."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def _harmless_css(css: str) -> str:
    """Take out of CSS what would load something, also where it is escaped, and what could end it."""
    css = css.replace("<", "")
    if "\\" in css:
        css = re.sub(r"\\(?:[0-9A-Fa-f]{1,6}\s?|.)", "", css, flags=re.DOTALL)
    return _LOADS.sub("none(", css)
