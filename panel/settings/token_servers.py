"""The servers that give tokens, as data: their addresses, scopes and ways of signing in, and when we looked.

A fact stands here only where a document of the service, or another program's table of it, says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from panel.i18n import N_
from panel.settings.login import Flow, OAuthProvider

CHECKED_ON = "2026-11-25"  # the day on which the sources below were read

ORGANIZATIONS, CONSUMERS, COMMON = "organizations", "consumers", "common"
ANY_TENANT = (ORGANIZATIONS, CONSUMERS, COMMON)  # Entra's words for any tenant of a kind: none of them for `client`


class Endpoints(NamedTuple):
    """Where somebody signs in, where tokens are given, and where devices ask; blank where there is no such thing."""

    authorize_url: str = ""
    token_url: str = ""
    device_url: str = ""
    revocation_url: str = ""
    issuer: str = ""

    def by_field(self) -> dict[str, str]:
        """Give those that the settings hold, by the name of their field."""
        return {
            "oauth_issuer": self.issuer,
            "oauth_authorize_url": self.authorize_url,
            "oauth_token_url": self.token_url,
            "oauth_device_url": self.device_url,
        }


_NOWHERE = Endpoints()


@dataclass(frozen=True, slots=True)
class OAuthService:
    """A server that gives tokens for mail; `{tenant}` in an address stands for the customer's own part.

    `idle_days` says after how long without use it forgets a refresh token, 0 where that is not known.
    """

    name: OAuthProvider
    label: str
    endpoints: Endpoints = _NOWHERE
    scopes: Mapping[Flow, str] = field(default_factory=dict)  # for each way of signing in that serves
    parameters: Mapping[str, str] = field(default_factory=dict)  # of the authorization request, beside the usual
    idle_days: int = 0
    note: str = ""
    checked: str = CHECKED_ON
    source: str = ""

    @property
    def flows(self) -> tuple[Flow, ...]:
        """List the ways of signing in that serve."""
        return tuple(self.scopes)


_ENTRA = "https://login.microsoftonline.com/{tenant}"
_SMTP_SEND = "https://outlook.office.com/SMTP.Send offline_access"

SERVICES: Mapping[OAuthProvider, OAuthService] = {
    each.name: each
    for each in (
        OAuthService(
            OAuthProvider.GOOGLE,
            "Google",
            Endpoints(
                "https://accounts.google.com/o/oauth2/v2/auth",
                "https://oauth2.googleapis.com/token",
                revocation_url="https://oauth2.googleapis.com/revoke",
                issuer="https://accounts.google.com",
            ),
            dict.fromkeys((Flow.CODE, Flow.SERVICE_ACCOUNT), "https://mail.google.com/"),
            parameters={"access_type": "offline"},
            idle_days=180,
            note=N_(
                "While the application is External and in Testing at Google, a sign-in ends after 7 days. Internal "
                "(Workspace) or production does not."
            ),
            source="https://support.google.com/cloud/answer/15549945",
        ),
        OAuthService(
            OAuthProvider.MICROSOFT,
            "Microsoft",
            Endpoints(
                f"{_ENTRA}/oauth2/v2.0/authorize", f"{_ENTRA}/oauth2/v2.0/token", f"{_ENTRA}/oauth2/v2.0/devicecode"
            ),
            {
                Flow.CODE: _SMTP_SEND,
                Flow.DEVICE: _SMTP_SEND,
                Flow.CLIENT: "https://outlook.office365.com/.default",
            },
            idle_days=90,
            note=N_("SMTP AUTH must be on for the mailbox, with OAuth2 too. A password change ends the sign-in."),
            source="https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",
        ),
        OAuthService(
            OAuthProvider.YAHOO,
            "Yahoo Mail",
            Endpoints(
                "https://api.login.yahoo.com/oauth2/request_auth", "https://api.login.yahoo.com/oauth2/get_token"
            ),
            {Flow.CODE: "mail-w"},
            note=N_("Yahoo gives this scope to applications that it has approved. An app password serves, too."),
            source="Thunderbird, OAuth2Providers",
        ),
        OAuthService(
            OAuthProvider.AOL,
            "AOL Mail",
            Endpoints("https://api.login.aol.com/oauth2/request_auth", "https://api.login.aol.com/oauth2/get_token"),
            {Flow.CODE: "mail-w"},
            note=N_("AOL gives this scope to applications that it has approved. An app password serves, too."),
            source="Thunderbird, OAuth2Providers",
        ),
        OAuthService(
            OAuthProvider.YANDEX,
            "Yandex Mail",
            Endpoints("https://oauth.yandex.com/authorize", "https://oauth.yandex.com/token"),
            {Flow.CODE: "mail:smtp"},
            source="https://yandex.ru/support/mail-business/web/security/oauth",
        ),
        OAuthService(
            OAuthProvider.FASTMAIL,
            "Fastmail",
            Endpoints("https://api.fastmail.com/oauth/authorize", "https://api.fastmail.com/oauth/refresh"),
            {Flow.CODE: "https://www.fastmail.com/dev/protocol-smtp"},
            note=N_("The application must be registered with Fastmail. An app password serves, too."),
            source="Thunderbird, OAuth2Providers",
        ),
        OAuthService(
            OAuthProvider.CUSTOM,
            N_("Another server"),
            scopes=dict.fromkeys((Flow.CODE, Flow.DEVICE, Flow.CLIENT), ""),
        ),
    )
}


def endpoints_of(provider: OAuthProvider, tenant: str, own: Endpoints) -> Endpoints:
    """Give the addresses of a service for a tenant, or those of one's own for `custom`."""
    if provider is OAuthProvider.CUSTOM:
        return own
    service = SERVICES.get(provider)
    return Endpoints(*(each.replace("{tenant}", tenant) for each in service.endpoints)) if service else own
