"""Says in words which browser a session is in, from what it says of itself; what is unknown is not repeated."""

from __future__ import annotations

from panel.i18n import N_
from panel.web.text import gettext, translated

_BROWSERS = {  # the first that is found: each claims to be those below it
    "Edg": "Edge",
    "OPR/": "Opera",
    "Vivaldi/": "Vivaldi",
    "SamsungBrowser/": "Samsung Internet",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Firefox/": "Firefox",
    "Chromium/": "Chromium",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
    "curl/": "curl",
}
_SYSTEMS = {
    "Windows": "Windows",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def in_words(agent: str) -> str:
    """Name the browser and the system that a User-Agent tells of."""
    browser, system = _first(_BROWSERS, agent), _first(_SYSTEMS, agent)
    if not browser:
        return gettext(N_("Unknown browser"))
    return translated(N_("%(browser)s on %(system)s"), browser=browser, system=system) if system else browser


def _first(names: dict[str, str], agent: str) -> str:
    return next((name for sign, name in names.items() if sign in agent), "")
