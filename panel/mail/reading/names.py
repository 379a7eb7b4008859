"""Names of files that strangers gave, made safe to show and to save under, and written into a header (RFC 6266)."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from panel.mail.patterns import pattern_of

MAX_FILE_NAME = 100  # characters
_MAX_OCTETS = 200  # of UTF-8: file systems bear 255
_MAX_EXTENSION = 12
_PLACES = pattern_of(r'[/\\:*?"<>|%]')  # what leads to another place, or no system takes in a name
_OF_DEVICES = pattern_of(r"(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\..*)?", re.IGNORECASE)
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # also what turns a line around
_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
}


def file_name(name: str, kind: str, position: int) -> str:
    """Give a name under which a file may be saved anywhere; one without a name has one by its place and type."""
    return _safe(name) or f"part-{position}{_EXTENSIONS.get(kind, '.bin')}"


def disposition(name: str) -> str:
    """Write a Content-Disposition that has a file saved and never shown, under a name that `file_name` gave."""
    plain = re.sub(r"[^A-Za-z0-9 ._+()-]", "_", unicodedata.normalize("NFKD", name)).strip() or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _safe(name: str) -> str:
    name = unicodedata.normalize("NFC", name[: 4 * MAX_FILE_NAME])
    name = "".join(each for each in name if unicodedata.category(each) not in _NOT_SHOWN)
    name = " ".join(_PLACES.sub("_", name).split()).strip(". ")
    if _OF_DEVICES.fullmatch(name):
        name = f"_{name}"
    return _cut(name)


def _cut(name: str) -> str:
    """Cut a long name before its extension."""
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _MAX_EXTENSION:
        stem, extension = name, ""
    end = f"{dot}{extension}" if extension else ""
    stem = stem[: MAX_FILE_NAME - len(end)]
    while len(f"{stem}{end}".encode()) > _MAX_OCTETS and stem:
        stem = stem[:-1]
    return f"{stem.rstrip('. ')}{end}" if end else stem
