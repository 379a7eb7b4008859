"""How a request is read: the numbers in its address within what a data file holds, and no file as a text."""

from __future__ import annotations

from flask import Request, request
from werkzeug.datastructures import FileStorage, ImmutableMultiDict
from werkzeug.routing import BaseConverter

from panel.settings import parsing


class NumberConverter(BaseConverter):
    """A number in an address; there is nothing at one that is too long, or not in plain digits."""

    regex = "[0-9]{1,18}"  # another method's rule is not asked about more than that

    def to_python(self, value: str) -> int:
        return int(value)


class FormRequest(Request):
    """A request without files: no form of ours asks for one, so a text that comes as a file is missing."""

    @property
    def files(self) -> ImmutableMultiDict[str, FileStorage]:
        return ImmutableMultiDict()


def may_hold_a_code() -> bool:
    """Say whether the address may be that of a sign-in or of a one-time link, right or mistaken.

    What stands in its query is nobody's. The page of a link, whose form needs a Referer, has no token in its address.
    """
    path = request.path.lstrip("/").lower()
    return path.startswith("oauth2") or (path.startswith("invitation") and "token" in request.args)


def in_frame() -> bool:
    """Say whether a page is asked for by a frame; a browser says so over HTTPS alone, and to this machine."""
    return request.headers.get("Sec-Fetch-Dest") in ("iframe", "frame", "embed", "object")


def number_in_query(name: str) -> int | None:
    """Give a number of the query, None where there is none."""
    return parsing.number(request.args.get(name, ""))
