"""Who asks a token server, and where: all that a request for a token is made of, taken out of the settings."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Self
from urllib.parse import quote

from panel.settings.login import Flow, OAuthProvider
from panel.settings.model import Settings
from panel.settings.oauth import service_key
from panel.settings.token_servers import SERVICES, Endpoints


@dataclass(frozen=True, slots=True)
class Client:
    """The client of RFC 6749; one that is a service account has its address in the place of a client ID.

    `user` is the mailbox that sends, `destination` where its login may be shown.
    """

    provider: OAuthProvider
    flow: Flow
    client_id: str
    client_secret: str = field(repr=False)
    service_key: str = field(repr=False)
    scope: str
    endpoints: Endpoints
    ca_certificate: str = field(repr=False)
    user: str
    destination: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take it out of the settings, with the service's own scope where none is given."""
        flow, service = settings.oauth_flow, SERVICES.get(settings.oauth_provider)
        by_key = flow is Flow.SERVICE_ACCOUNT
        return cls(
            settings.oauth_provider,
            flow,
            service_key.client_email(settings.oauth_service_key) if by_key else settings.oauth_client_id,
            "" if by_key else settings.oauth_client_secret,
            settings.oauth_service_key if by_key else "",
            settings.oauth_scope or (service.scopes.get(flow, "") if service else ""),
            settings.oauth_endpoints,
            settings.ca_certificate,
            settings.smtp_user,
            str(settings.smtp_destination),
        )

    @property
    def binding(self) -> str:
        """Name where its tokens may go: to this token server as this client, and to this login at the mail server."""
        parts = (quote(each, safe="@:=. ") for each in (self.client_id, self.destination))
        return "/".join((self.endpoints.token_url, *parts))

    def to_json(self) -> str:
        """Write it down for sealing: its secrets are in it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        kept = json.loads(text)
        kept |= {"provider": OAuthProvider(kept["provider"]), "flow": Flow(kept["flow"])}
        return cls(**kept | {"endpoints": Endpoints(*kept["endpoints"])})
