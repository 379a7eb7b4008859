"""What a grant needs when nobody asks for a token: use before the service forgets it, and its end told there."""

from __future__ import annotations

from panel import logs
from panel.clock import Instant
from panel.errors import DatabaseError
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import SessionError
from panel.mail.net.policy import Policy
from panel.settings.model import Settings
from panel.settings.oauth import messages
from panel.settings.oauth.client import Client
from panel.settings.oauth.failure import TokenFailed
from panel.settings.oauth.grants import GrantStore, KeptGrant
from panel.settings.oauth.tokens import REQUEST_SECONDS, GrantTokens
from panel.storage.actor import Actor


def tend(
    store: GrantStore, settings: Settings, tokens: GrantTokens, *, policy: Policy, at: Instant
) -> TokenFailed | None:
    """Renew a grant that was not used for a week, and end those that were forgotten; what fails is logged.

    Give the refusal after which somebody has to sign in again.
    """
    refusal = None
    try:
        tokens.keep_alive(Deadline(REQUEST_SECONDS))
    except TokenFailed as fault:  # logged where it happened
        refusal = fault if fault.permanent else None
    except SessionError:
        pass
    except DatabaseError as fault:
        logs.error("database_failed", text=fault)
    try:
        store.end_pending(at)
        client = Client.of(settings)
        for kept, token_url, client_id in store.to_revoke():
            ours = (client.endpoints.token_url, client.client_id) == (token_url, client_id)
            _end(store, kept, client if ours else None, policy)
    except DatabaseError as fault:
        logs.error("database_failed", text=fault)
    return refusal


def forget(store: GrantStore, settings: Settings, *, by: Actor, policy: Policy) -> bool:
    """End the grant of settings here, then at the service; say whether the service has taken it."""
    client = Client.of(settings)
    number = store.number_of(client, settings.grant)
    kept = store.kept(number) if number else None
    if kept is None:
        return False
    store.forget(kept.number)
    return _end(store, kept, client, policy, by)


def _end(store: GrantStore, kept: KeptGrant, client: Client | None, policy: Policy, by: Actor | None = None) -> bool:
    """Revoke the tokens where the service knows how (RFC 7009), and erase them in any case."""
    token = kept.refresh_token or kept.access_token
    try:
        ended = bool(
            client and token and messages.revoke(client, token, policy=policy, deadline=Deadline(REQUEST_SECONDS))
        )
    except SessionError:
        ended = False
    store.erase(kept.number)
    logs.info(
        "oauth_forgotten",
        grant=kept.number,
        revoked=ended,
        account=by.name if by else None,
        address=(by.address or None) if by else None,
    )
    return ended
