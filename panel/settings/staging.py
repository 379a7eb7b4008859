"""Staging: settings by which mail does not go to those it is for, as every place says it where mail is looked at."""

from __future__ import annotations

from collections.abc import Iterable

from panel.i18n import N_, Text
from panel.settings.fields.allowed import in_short, may_reach
from panel.settings.model import Settings

OF_STAGING = ("redirect_to", "allowed_recipients")  # the fields, each of them blank where mail goes to those it is for


def is_staging(settings: Settings) -> bool:
    """Say whether these settings keep mail from anybody."""
    return any(getattr(settings, name) for name in OF_STAGING)


def staging_text(settings: Settings) -> Text | None:
    """Say what becomes of mail by these settings; None where it goes to those it is for."""
    if settings.redirect_to:
        return Text(_REDIRECTED, {"address": settings.redirect_to})
    if settings.allowed_recipients:
        return Text(_ALLOWED, {"allowed": in_short(settings.allowed_recipients)})
    return None


def withholds(settings: Settings, rcpt_to: Iterable[str]) -> bool:
    """Say whether mail to these is kept back: where it is redirected, it goes to nobody whom it could harm."""
    return not settings.redirect_to and not may_reach(settings.allowed_recipients, rcpt_to)


def kept_from(settings: Settings, rcpt_to: Iterable[str]) -> tuple[str, ...]:
    """Give those of these who are not among the recipients that mail may go to."""
    return tuple(each for each in rcpt_to if not may_reach(settings.allowed_recipients, (each,)))


_ALLOWED = N_("Staging: mail goes to %(allowed)s only; what is for others is withheld.")
_REDIRECTED = N_("Staging: all mail goes to %(address)s, and none to its recipients.")


def staging_to_json(settings: Settings) -> dict[str, str] | None:
    """Give the same as JSON values."""
    return {name: getattr(settings, name) for name in OF_STAGING} if is_staging(settings) else None
