"""Whom the system trusts: its folder of authorities where that holds all of them, for its file takes 25 ms to load."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, takewhile

from panel.mail.patterns import pattern_of

_HASHED = pattern_of(r"[0-9a-f]{8}\.0\Z")
_BLOCK = pattern_of(rb"-----BEGIN [^-]+-----[^-]+-----END [^-]+-----")


def trusting_system() -> ssl.SSLContext:
    """Make a context that trusts whom Python's own would trust, looked up one by one where that can be."""
    return ssl.create_default_context(capath=_whole_folder())


def _whole_folder() -> str | None:
    """Give the folder that names its authorities by hash, as OpenSSL looks for them, if none is in the file alone."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile is None or paths.capath is None:
        return None
    with suppress(OSError):
        if _blocks(paths.cafile) <= {*_found(paths.capath)}:
            return paths.capath
    return None


def _found(folder: str) -> Iterator[bytes]:
    """Give what OpenSSL finds in a folder: it opens HASH.0, HASH.1 and so on, as far as it can.

    Of several in one file it finds those whose own hash that is, so that none of them is counted on.
    """
    names = {*os.listdir(folder)}
    for first in filter(_HASHED.match, names):
        with suppress(OSError):
            for name in takewhile(names.__contains__, (f"{first[:-1]}{number}" for number in count())):
                blocks = _blocks(f"{folder}/{name}")
                yield from blocks if len(blocks) == 1 else ()


def _blocks(path: str) -> set[bytes]:
    """Give the certificates in a file, and what else of that kind is in it."""
    with open(path, "rb") as file:
        return {*_BLOCK.findall(file.read().replace(b"\r", b""))}
