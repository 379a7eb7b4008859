"""Staging: settings by which mail does not go to those it is for, as every place says it where mail is looked at."""

from __future__ import annotations

from panel.i18n import N_, Text
from panel.settings.model import Settings

OF_STAGING = ("redirect_to",)  # the fields, each of them blank where mail goes to those it is for


def is_staging(settings: Settings) -> bool:
    """Say whether these settings keep mail from anybody."""
    return any(getattr(settings, name) for name in OF_STAGING)


def staging_text(settings: Settings) -> Text | None:
    """Say what becomes of mail by these settings; None where it goes to those it is for."""
    if settings.redirect_to:
        return Text(_REDIRECTED, {"address": settings.redirect_to})
    return None


_REDIRECTED = N_("Staging: all mail goes to %(address)s, and none to its recipients.")


def staging_to_json(settings: Settings) -> dict[str, str] | None:
    """Give the same as JSON values."""
    return {name: getattr(settings, name) for name in OF_STAGING} if is_staging(settings) else None
