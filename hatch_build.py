"""Compiles the catalogues, writes the guides and compresses the static files when the package is built or installed."""

from __future__ import annotations

import gzip
import hashlib
import runpy
from pathlib import Path
from typing import Any

import brotli
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


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
    """Write each file for brotli and for gzip, under the digest of its content: what is edited later finds none."""
    made: dict[str, bytes] = {}
    for content in (file.read_bytes() for file in folder.iterdir() if file.suffix in (".css", ".js", ".svg")):
        digest = hashlib.sha256(content).hexdigest()
        made[f"{digest}.br"] = brotli.compress(content)
        made[f"{digest}.gz"] = gzip.compress(content, mtime=0)
    beside = folder / "compressed"
    beside.mkdir(exist_ok=True)
    for old in beside.iterdir():
        if old.name not in made:
            old.unlink()
    for name, content in made.items():
        _put(beside / name, content)


def _put(file: Path, content: bytes) -> None:
    """Write a file that no panel that starts meanwhile sees in part."""
    part = file.with_suffix(file.suffix + ".part")
    part.write_bytes(content)
    part.replace(file)
