"""Pages go out compressed where they answer to our own: what another site asks for tells nothing by its length."""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

WORTH_IT = 700  # bytes, from which a page is worth it
LEVEL = 9
OURS = ("same-origin", "none")  # `none` is a person's own doing: an address typed, a bookmark


def compress_pages(app: Flask) -> None:
    """Compress the pages of an application that stands alone; one around us sees to its own answers."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.update(("Accept-Encoding", "Sec-Fetch-Site"))
    if response.content_encoding or not (_takes_gzip() and _is_of_ours()):
        return response
    page = response.get_data()
    if len(page) < WORTH_IT:
        return response
    response.set_data(gzip.compress(page, LEVEL, mtime=0))
    response.content_encoding = "gzip"
    return response


def _takes_gzip() -> bool:
    asked = {coding.lower(): weight for coding, weight in request.accept_encodings}
    weight = asked.get("gzip", asked.get("*", 0))
    return weight > 0 and weight >= asked.get("identity", 0)


def _is_of_ours() -> bool:
    """Say whether the browser says that our own page asks, as it does over HTTPS, also where a proxy does not tell us.

    Plain HTTP hides no length.
    """
    site = request.headers.get("Sec-Fetch-Site")
    return site in OURS if site else not request.is_secure
