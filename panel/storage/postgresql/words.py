"""Our statements in the server's words."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=2048)
def in_servers_words(sql: str) -> str:
    """Give a statement with psycopg's marks for its parameters; no text of ours holds a question mark."""
    return sql.replace("%", "%%").replace("?", "%s")
