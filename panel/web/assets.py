"""Where templates and static files are, and static files under names that change with their content."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from flask import Response, abort, request

from panel.web.render import link

_PACKAGE = Path(__file__).resolve().parent.parent
JOINED = {"whole.js": ("htmx-4.0.1.min.js", "panel.js")}  # one request for what nearly every page has
_CODINGS = {"br": ".br", "gzip": ".gz"}  # the smaller one first


def folder(name: str) -> Path:
    """Find a folder inside the package, as a wheel has it, or beside it, as a checkout has it."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


@dataclass(frozen=True, slots=True)
class Asset:
    """A static file, and what the build has made of it for those who take it compressed."""

    name: str
    content: bytes
    digest: str
    compressed: Mapping[str, bytes]

    @property
    def versioned(self) -> str:
        """Give its name with the version in it."""
        name = Path(self.name)
        return f"{name.stem}.{self.digest[:10]}{name.suffix}"


class Assets:
    """The static files by name and by name with a digest, read once; `joined` ones are sent as one, too."""

    def __init__(self, path: Path, joined: Mapping[str, Sequence[str]] = MappingProxyType({})) -> None:
        sources = {file.name: file.read_bytes() for file in path.iterdir() if file.is_file()}
        sources |= {name: b"\n".join(sources[part] for part in parts) for name, parts in joined.items()}
        assets = [_read(name, source, path / "compressed") for name, source in sources.items()]
        self._names = {asset.name: asset.versioned for asset in assets}
        self._versioned = {asset.versioned: asset for asset in assets}

    def url(self, name: str) -> str:
        """Give the address of a file, with its version in it."""
        return self.urls(link)(name)

    def urls(self, link: Callable[..., str], endpoint: str = "static") -> Callable[[str], str]:
        """Give what tells the addresses of files by the links of one page; `endpoint` serves them."""
        return lambda name: link(endpoint, filename=self._names[name])

    def serve(self, filename: str) -> Response:
        """Send a file that may be kept for ever: when it changes, its name does."""
        asset = self._versioned.get(filename) or abort(404)
        coding = _coding(asset)
        response = Response(asset.compressed[coding] if coding else asset.content, mimetype=_type(asset.name))
        if coding:
            response.content_encoding = coding
        response.set_etag(f"{asset.digest[:10]}-{coding}")
        response.vary.add("Accept-Encoding")
        response.cache_control.max_age = 31_536_000
        response.cache_control.immutable = True
        response.make_conditional(request)
        return response


def _read(name: str, source: bytes, beside: Path) -> Asset:
    """Take a file as the build has made it; what was made of another source has another name, and is not found."""
    digest = hashlib.sha256(source).hexdigest()
    made = beside / digest
    content = made.read_bytes() if made.exists() else source
    coded = {coding: made.with_suffix(suffix) for coding, suffix in _CODINGS.items()}
    compressed = {coding: each.read_bytes() for coding, each in coded.items() if each.exists()}
    return Asset(name, content, digest, compressed)


def _type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _coding(asset: Asset) -> str:
    """Choose the coding that is asked for most, or none (RFC 9110 section 12.5.3: what is named counts before `*`)."""
    asked = {coding.lower(): weight for coding, weight in request.accept_encodings}
    weights = {coding: asked.get(coding, asked.get("*", 0)) for coding in asset.compressed}
    best = max(weights, key=weights.__getitem__, default="")
    return best if best and weights[best] > 0 and weights[best] >= asked.get("identity", 0) else ""
