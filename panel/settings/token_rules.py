"""What the fields of a sign-in by OAuth2 lack together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from panel.i18n import N_, Text
from panel.mail.smtp.protocol import Security
from panel.settings.fields.secret import SECRETS
from panel.settings.login import Flow, OAuthProvider
from panel.settings.model import Settings
from panel.settings.parsing import is_this_machine
from panel.settings.token_servers import ANY_TENANT, SERVICES


def problems(settings: Settings) -> Iterator[tuple[str, Text]]:
    """Give each field that keeps the settings from a login with a token, with what to enter."""
    service = SERVICES.get(settings.oauth_provider)
    if service is None:
        yield "oauth_provider", Text(N_("Choose the service that you sign in at."))
    elif settings.oauth_flow not in service.flows:
        known = ", ".join(service.flows)
        yield "oauth_flow", Text(N_("That service does not know this way. It knows: %(known)s."), {"known": known})
    else:
        yield from _missing(settings)
    if settings.smtp_security is Security.NONE and not is_this_machine(settings.smtp_host):
        yield "tls", Text(N_("A token cannot be sent without TLS/SSL. Turn TLS/SSL on."))


def _missing(settings: Settings) -> Iterator[tuple[str, Text]]:
    flow, provider = settings.oauth_flow, settings.oauth_provider
    needed = ["oauth_service_key"] if flow is Flow.SERVICE_ACCOUNT else ["oauth_client_id"]
    if provider is OAuthProvider.MICROSOFT:
        needed.append("oauth_tenant")
    if flow is Flow.CLIENT:
        needed.append("oauth_client_secret")
    if provider is OAuthProvider.CUSTOM:
        needed += ["oauth_scope", "oauth_token_url", *OF_FLOW.get(flow, ())]
    for name in needed:
        if not getattr(settings, name):
            yield name, Text(SECRETS[name].missing if name in SECRETS else _NEEDED[name])
    if flow is Flow.CLIENT and settings.oauth_tenant in ANY_TENANT:
        yield (
            "oauth_tenant",
            Text(N_("An application that signs in by itself needs the ID or the domain of one tenant.")),
        )


OF_FLOW: Mapping[str, tuple[str, ...]] = {Flow.CODE: ("oauth_authorize_url",), Flow.DEVICE: ("oauth_device_url",)}
_NEEDED = {
    "oauth_client_id": N_("Enter the client ID of your application, as the service shows it."),
    "oauth_tenant": N_("Enter your tenant: its ID or its domain."),
    "oauth_scope": N_("Enter the scope that the mail server asks for."),
    "oauth_token_url": N_("Enter the token address, or the issuer and let the rest be found."),
    "oauth_authorize_url": N_("Enter the authorization address, or the issuer and let the rest be found."),
    "oauth_device_url": N_("Enter the device address, or the issuer and let the rest be found."),
}
