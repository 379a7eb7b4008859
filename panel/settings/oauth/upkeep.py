"""What a grant needs when nobody asks for a token: use before the service forgets it, and its end told there."""

from __future__ import annotations

from panel import logs
from panel.clock import Instant
from panel.errors import DatabaseError
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import SessionError
from panel.mail.net.policy import Policy
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.settings.oauth.discovery import end_at_service
from panel.settings.oauth.failure import TokenFailed
from panel.settings.oauth.grants import GrantStore
from panel.settings.oauth.sign_in import SignIns
from panel.settings.oauth.tokens import REQUEST_SECONDS, GrantTokens
from panel.storage.actor import Actor


def renew_unused(tokens: GrantTokens) -> TokenFailed | None:
    """Renew a grant that was not used for a week; give the refusal after which somebody has to sign in again."""
    try:
        tokens.keep_alive(Deadline(REQUEST_SECONDS))
    except TokenFailed as fault:  # logged where it happened
        return fault if fault.permanent else None
    except SessionError:
        pass
    except DatabaseError as fault:
        logs.error("database_failed", text=fault)
    return None


def end_forgotten(store: GrantStore, sign_ins: SignIns, settings: Settings, *, policy: Policy, at: Instant) -> None:
    """End the sign-ins that nobody waits for any more and that these settings do not use, here and at the service."""
    sign_ins.end_overdue(at)
    store.end_unused(settings, at)
    for number, token, client in store.to_revoke():
        _end(store, number, token, client, policy)


def forget(store: GrantStore, settings: Settings, *, by: Actor, policy: Policy, at: Instant) -> bool:
    """End the grant of settings here, then at the service; say whether the service has taken it."""
    client = Client.of(settings)
    number = store.number_of(client, settings.grant, at)
    kept = store.kept(number) if number else None
    if kept is None:
        return False
    store.forget(kept.number, by=by, at=at)
    return _end(store, kept.number, kept.refresh_token or kept.access_token, client, policy, by)


def _end(
    store: GrantStore, number: int, token: str, client: Client | None, policy: Policy, by: Actor | None = None
) -> bool:
    """Revoke the tokens where the service knows how, and erase them in any case."""
    deadline = Deadline(REQUEST_SECONDS)
    ended = end_at_service(client, token, policy=policy, deadline=deadline) if client and token else False
    if not store.erase(number):
        return ended  # another process was faster, and has told it
    logs.info(
        "oauth_forgotten",
        grant=number,
        revoked=ended,
        account=by.name if by else None,
        address=(by.address or None) if by else None,
    )
    return ended
