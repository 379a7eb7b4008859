"""Our statements in the server's words."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count


@lru_cache(maxsize=2048)
def in_servers_words(sql: str) -> bytes:
    """Give a statement with the server's marks for its parameters; no text of ours holds a question mark."""
    number = count(1)
    return re.sub(r"\?", lambda _: f"${next(number)}", sql.replace(*_LISTED)).encode()


# Numbers as one parameter, a list in JSON: they may be more than a statement takes parameters.
_LISTED = ("SELECT value FROM json_each(?)", "SELECT value::bigint FROM json_array_elements_text(?::json)")
