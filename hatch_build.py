"""Compiles the catalogues, writes the guides and compresses the static files when the package is built or installed."""

from __future__ import annotations

import gzip
import hashlib
import re
import runpy
from pathlib import Path
from typing import Any

import brotli
import rjsmin
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

JOINED = {"whole.js": ("htmx-4.0.1.min.js", "panel.js")}  # as panel/web/assets.py sends them
KINDS = (".css", ".js", ".svg")


class Products(BuildHookInterface[Any]):
    """Writes what is made of the sources, beside them; an editable install runs it, too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        _compile_catalogues(Path(self.root, "panel", "locale"))
        runpy.run_path(str(Path(self.root, "docs", "write_guides.py")), run_name="__main__")
        compress(Path(self.root, "static"))


def _compile_catalogues(folder: Path) -> None:
    """Write each `.po` as the `.mo` that gettext reads."""
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        with source.open("rb") as po, source.with_suffix(".mo").open("wb") as mo:
            write_mo(mo, read_po(po))


def compress(folder: Path) -> None:
    """Write each file as it is sent, plain, for brotli and for gzip, under the digest of its source.

    What is edited later finds none.
    """
    made: dict[str, bytes] = {}
    sources = {file.name: file.read_bytes() for file in folder.iterdir() if file.suffix in KINDS}
    for name in [*sources, *JOINED]:
        parts = JOINED.get(name, (name,))
        digest = hashlib.sha256(b"\n".join(sources[part] for part in parts)).hexdigest()
        sent = "\n".join(bare(part, sources[part].decode()) for part in parts).encode()
        made[digest] = sent
        made[f"{digest}.br"] = brotli.compress(sent)
        made[f"{digest}.gz"] = gzip.compress(sent, mtime=0)
    beside = folder / "compressed"
    beside.mkdir(exist_ok=True)
    for old in beside.iterdir():
        if old.name not in made:
            old.unlink()
    for name, content in made.items():
        _put(beside / name, content)


def bare(name: str, source: str) -> str:
    """Leave out what a browser reads past: comments, and the blanks between signs or that lines begin with."""
    if name.endswith(".min.js"):
        return source
    if name.endswith(".js"):
        minified: str = rjsmin.jsmin(source)
        return minified
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", "\n", source).strip()


def _put(file: Path, content: bytes) -> None:
    """Write a file that no panel that starts meanwhile sees in part."""
    part = file.with_suffix(file.suffix + ".part")
    part.write_bytes(content)
    part.replace(file)
