"""Answers that are held back on their way to the browser, and let through in the order that a test wants."""

from __future__ import annotations

import contextlib

from playwright.sync_api import APIResponse, Error, Page, Route


class Held:
    """What a page asks at some addresses: each is answered by the panel at once, and shown when the test says so."""

    def __init__(self, page: Page, *addresses: str) -> None:
        self._page = page
        self.asked: list[str] = []
        self._waiting: list[tuple[Route, APIResponse]] = []
        self._holds, self._answered = True, 0
        for address in addresses:
            page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        self.asked.append(f"{route.request.method} {route.request.url}")
        with contextlib.suppress(Error):  # the page has given it up
            answer = route.fetch(max_redirects=0)
            if self._holds:
                self._waiting.append((route, answer))
            else:
                route.fulfill(response=answer)
        self._answered += 1

    def wait(self, count: int = 1) -> None:
        """Wait until so many have been answered by the panel, or given up by the page."""
        while self._answered < count:
            self._page.evaluate("new Promise(requestAnimationFrame)")

    def let_through(self, *, newest_first: bool = False) -> None:
        """Let all through, one after the other, and what the page asks once it has seen them; then hold no more."""
        for _ in range(20):
            if self._waiting:
                self._show(*self._waiting.pop(-1 if newest_first else 0))
            self._page.evaluate("new Promise(requestAnimationFrame)")
        self._holds = False
        while self._waiting:
            self._show(*self._waiting.pop(0))

    def _show(self, route: Route, answer: APIResponse) -> None:
        with contextlib.suppress(Error):  # the page has given it up
            route.fulfill(response=answer)
