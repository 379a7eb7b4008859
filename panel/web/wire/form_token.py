"""The token of the forms, another one in each answer, so that the length of a page tells nothing of it (BREACH)."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from hashlib import shake_256
from secrets import token_bytes

from flask import Flask, g
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf

PAD = 16  # bytes


class MaskedTokens(CSRFProtect):
    """Flask-WTF's check, which looks below the mask."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        app.jinja_env.globals["csrf_token"] = form_token
        app.context_processor(lambda: {"csrf_token": form_token})  # before Flask-WTF's own, which is asked first

    def _get_csrf_token(self) -> str | None:
        given: str | None = super()._get_csrf_token()
        return unmasked(given) if given else given


def form_token() -> str:
    """Give the form token of this answer; the forms of one page have the same."""
    if "form_token" not in g:
        g.form_token = masked(generate_csrf())
    made: str = g.form_token
    return made


def masked(token: str) -> str:
    """Lay a token under what random bytes make, which go before it."""
    pad = token_bytes(PAD)
    return urlsafe_b64encode(pad + _laid(token.encode(), pad)).decode()


def unmasked(given: str) -> str:
    """Give what lies below the mask; what has none, as a page that was open during an update, is given as it is."""
    if "." in given:  # which stands in a token of Flask-WTF alone
        return given
    try:
        both = urlsafe_b64decode(given.encode())
        return _laid(both[PAD:], both[:PAD]).decode()
    except (Error, ValueError):
        return given


def _laid(text: bytes, pad: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(text, shake_256(pad).digest(len(text)), strict=True))
