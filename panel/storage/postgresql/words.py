"""Our statements in the server's words, and texts as it takes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import count

from panel.storage.database import Value


@lru_cache(maxsize=2048)
def in_servers_words(sql: str) -> bytes:
    """Give a statement with the server's marks for its parameters; no text of ours holds a question mark."""
    number = count(1)
    return re.sub(r"\?", lambda _: f"${next(number)}", sql.replace(*_LISTED)).encode()


# Numbers as one parameter, a list in JSON: they may be more than a statement takes parameters.
_LISTED = ("SELECT value FROM json_each(?)", "SELECT value::bigint FROM json_array_elements_text(?::json)")


def as_the_server_takes(parameters: Sequence[Value]) -> list[Value]:
    """Give parameters whose texts are without NUL, and without halves of characters."""
    return [_whole(each) if isinstance(each, str) else each for each in parameters]


def _whole(text: str) -> str:
    text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
