"""Where templates and static files are, and static files under names that change with their content."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Response, abort, send_from_directory

from panel.web.render import link

_PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """Find a folder inside the package, as a wheel has it, or beside it, as a checkout has it."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


class Assets:
    """The static files by name and by name with a digest, read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._versioned = {file.name: _versioned(file) for file in path.iterdir() if file.is_file()}
        self._plain = {versioned: name for name, versioned in self._versioned.items()}

    def url(self, name: str) -> str:
        """Give the address of a file, with its version in it."""
        return link("static", filename=self._versioned[name])

    def serve(self, filename: str) -> Response:
        """Send a file that may be kept for ever: when it changes, its name does."""
        if filename not in self._plain:
            abort(404)
        response = send_from_directory(self._path, self._plain[filename], max_age=31_536_000)
        response.cache_control.immutable = True
        response.cache_control.public = True
        return response


def _versioned(file: Path) -> str:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:10]
    return f"{file.stem}.{digest}{file.suffix}"
