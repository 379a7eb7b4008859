"""Where a field of the settings is changed: the page, and its place there."""

from __future__ import annotations

from flask import url_for

from panel.settings.model import OF_RULES, OF_SECOND, OF_SERVER, SECOND


def edit_link(field: str = "", second: bool = False) -> str:
    """Give the address of the page on which a field is changed, and its place there; of the `second` server if so."""
    if second and field in OF_SERVER:
        field = f"{SECOND}{field}"
    page = "second.edit" if second or field in OF_SECOND else "settings.edit"
    page = "rules.edit" if field in OF_RULES else page
    return f"{url_for(page)}#{_control(field)}" if field else url_for(page)


def _control(name: str) -> str:
    return name.removeprefix(SECOND) if name.endswith("grant") else name
