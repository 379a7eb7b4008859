"""How to register a client at the services that most people send through, step by step, as their consoles call it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from panel.i18n import N_
from panel.settings.login import Flow, OAuthProvider
from panel.settings.token_servers import OAuthService


@dataclass(frozen=True, slots=True)
class RegistrationStep:
    """One thing to do, with what is to be copied for it: a scope, an address, lines of a shell."""

    text: str
    copy: str = ""


_REDIRECT, _SCOPE = "{redirect}", "{scope}"

_GOOGLE = (
    RegistrationStep(
        N_(
            "In the Google Cloud console, open Google Auth Platform and make an app. Choose Internal in Google "
            "Workspace; otherwise External, and publish it: in Testing, a sign-in ends after 7 days."
        )
    ),
    RegistrationStep(
        N_(
            "Under Data access, press Add or remove scopes. Enter this scope under Manually add scopes, then press "
            "Add to table, Update and Save:"
        ),
        _SCOPE,
    ),
    RegistrationStep(
        N_(
            "Under Clients, create a client of the type Web application, and enter this address under Authorized "
            "redirect URIs:"
        ),
        _REDIRECT,
    ),
    RegistrationStep(N_("Enter its client ID and client secret below, then sign in as the mailbox that sends.")),
)
_GOOGLE_SERVICE_ACCOUNT = (
    RegistrationStep(
        N_(
            "In the Google Cloud console, create a service account (IAM & Admin, Service accounts), and a key of "
            "the type JSON for it."
        )
    ),
    RegistrationStep(
        N_(
            "In the Admin console (Security, Access and data control, API controls, Domain-wide delegation), add the "
            "client ID of the service account with this scope:"
        ),
        _SCOPE,
    ),
    RegistrationStep(N_("Paste the JSON file below. The SMTP user is the mailbox that the service account sends for.")),
)
_REGISTER = RegistrationStep(N_("In the Microsoft Entra admin center, open App registrations and register a new app."))
_DELEGATED = RegistrationStep(N_("Under API permissions, add the delegated permissions SMTP.Send and offline_access."))
_SECRET = RegistrationStep(
    N_(
        "Under Certificates & secrets, make a client secret. Enter its value below, not its ID, and the day on "
        "which it ends (in 24 months at most)."
    )
)
_SWITCH = "Set-CASMailbox -Identity {mailbox} -SmtpClientAuthenticationDisabled $false"
_SWITCH_ON = RegistrationStep(
    N_("Allow SMTP AUTH for the mailbox; it must be on for OAuth2, too. In Exchange Online PowerShell:"), _SWITCH
)
_MICROSOFT = (
    _REGISTER,
    RegistrationStep(
        N_("Under Authentication, add the platform Web (not a single-page application) with this redirect URI:"),
        _REDIRECT,
    ),
    _DELEGATED,
    _SECRET,
    _SWITCH_ON,
    RegistrationStep(
        N_(
            "Enter the application (client) ID and the directory (tenant) ID below, then sign in as the mailbox "
            "that sends."
        )
    ),
)
_MICROSOFT_DEVICE = (
    _REGISTER,
    RegistrationStep(
        N_(
            "Under Authentication, allow public client flows. Many organisations block codes for another device; "
            "then sign in in a browser."
        )
    ),
    _DELEGATED,
    _SWITCH_ON,
    _MICROSOFT[-1],
)
_MICROSOFT_APPLICATION = (
    _REGISTER,
    RegistrationStep(
        N_(
            "Under API permissions, choose APIs my organization uses, Office 365 Exchange Online, Application "
            "permissions, SMTP.SendAsApp. Then press Grant admin consent."
        )
    ),
    _SECRET,
    RegistrationStep(N_("Enter the application (client) ID and the directory (tenant) ID below.")),
    RegistrationStep(
        N_(
            "In Exchange Online PowerShell, let the app send for the mailbox. OBJECT_ID is that of the Enterprise "
            "application, not of the app registration. It takes 15 to 30 minutes to act."
        ),
        "Connect-ExchangeOnline\n"
        "New-ServicePrincipal -AppId {client_id} -ObjectId OBJECT_ID\n"
        "Add-MailboxPermission -Identity {mailbox} -User OBJECT_ID -AccessRights FullAccess\n" + _SWITCH,
    ),
)
_STEPS = {
    (OAuthProvider.GOOGLE, Flow.CODE): _GOOGLE,
    (OAuthProvider.GOOGLE, Flow.SERVICE_ACCOUNT): _GOOGLE_SERVICE_ACCOUNT,
    (OAuthProvider.MICROSOFT, Flow.CODE): _MICROSOFT,
    (OAuthProvider.MICROSOFT, Flow.DEVICE): _MICROSOFT_DEVICE,
    (OAuthProvider.MICROSOFT, Flow.CLIENT): _MICROSOFT_APPLICATION,
}
_ELSEWHERE = (RegistrationStep(N_("Register a client at the service, with this redirect address:"), _REDIRECT),)
_PLAIN = re.compile(r"[A-Za-z0-9@._+-]+")


def steps_of(
    service: OAuthService | None, flow: Flow, redirect: str, texts: Mapping[str, str | None]
) -> tuple[RegistrationStep, ...]:
    """List what to do at a service for a way of signing in, with what is typed already in the lines to copy."""
    if service is None:
        return ()
    values = {
        "redirect": redirect,
        "scope": service.scopes[flow],
        "client_id": _word(texts["oauth_client_id"], "CLIENT_ID"),
        "mailbox": _word(texts["smtp_user"], "MAILBOX"),
    }
    known = _STEPS.get((service.name, flow), _ELSEWHERE if flow is Flow.CODE else ())
    return tuple(RegistrationStep(each.text, each.copy.format(**values)) for each in known)


def _word(text: str | None, otherwise: str) -> str:
    """Give what was typed where a shell takes it as one word."""
    word = (text or "").strip()
    return word if _PLAIN.fullmatch(word) and not word.startswith("-") else otherwise
