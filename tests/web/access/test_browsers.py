"""Which browser a session is in, in words."""

from __future__ import annotations

from flask import Flask

from panel.web.access.browsers import in_words

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


AGENTS = [
    ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
    (f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/142.0 Safari/537.36", "Chrome on Windows"),
    (f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
    (f"Mozilla/5.0 (Linux; Android 15) {_WEBKIT} Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
    (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) {_WEBKIT} Version/26.0 Safari/605.1", "Safari on macOS"),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) {_WEBKIT} Safari/604.1", "Safari on iPhone"),
    ("curl/8.5.0", "curl"),
    ("", "Unknown browser"),
    ("<script>alert(1)</script>", "Unknown browser"),
]


def test_a_browser_is_told_by_name_and_system(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "en"}):
        assert [in_words(agent) for agent, _ in AGENTS] == [words for _, words in AGENTS]
