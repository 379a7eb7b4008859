"""How the sign-in of settings stands, as programs are told it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from panel import clock
from panel.settings.model import Settings

if TYPE_CHECKING:  # where the login is made with a password there is none
    from panel.settings.oauth.grant import Grant

NONE = "none"


def status_to_json(settings: Settings, grant: Grant | None) -> dict[str, Any]:
    """Give the public object of a sign-in; `none` where there is no such login, or nobody has signed in."""
    return {
        "state": grant.state if grant else NONE,
        "provider": str(settings.oauth_provider) if settings.by_token else None,
        "account": (grant.account or None) if grant else None,
        "scope": (grant.scope or None) if grant else None,
        "signed_in_at": clock.stamp(grant.signed_in_at) if grant else None,
        "signed_in_by": (grant.signed_in_by or None) if grant else None,
        "expires_at": clock.stamp_or_none(grant.expires_at) if grant else None,
        "refreshed_at": clock.stamp_or_none(grant.refreshed_at) if grant else None,
        "cause": (grant.cause or None) if grant else None,
    }
