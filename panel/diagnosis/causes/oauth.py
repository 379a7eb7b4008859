"""Causes of a sign-in by OAuth2 (RFC 6749): the permission, the client, the scope, and the server that gives tokens."""

from __future__ import annotations

from panel.diagnosis.causes.cause import ByHand, Cause, QueueEffect, Whose, Words
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage

_READ_ON = "2026-11-25"  # the day on which the sources below were read
_ENTRA_NUMBERS = "https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes"
_SIGN_IN_AGAIN = N_("Sign in again, as the account that sends.")
_CANCELLED = N_("If somebody pressed Cancel there: begin the sign-in again, and agree to what is asked.")
_THEN_AGAIN = N_("Then sign in again, and agree to all that is asked: what was given before stays as it was.")
_ENDED = N_("The permission to send has ended: it expired, it was withdrawn, or the account's password was changed.")
_CLIENT = N_("The sign-in server does not know this client, or its secret is wrong or has expired.")
_CONSENT = N_("Nobody has agreed yet that this client may send.")
_SCOPE = N_("The token is for something else than SMTP, or the scope does not exist.")
_FLOW = N_("This way of signing in is forbidden by a policy.")
_REDIRECT = N_("The redirect address is not the one that is registered.")
_ACCOUNT = N_("Somebody else has signed in than the SMTP user.")

OAUTH_SIGNIN_REQUIRED = Cause(
    name="oauth_signin_required",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_login",
    usual_stage=Stage.AUTH,
    example="invalid_grant: Token has been expired or revoked.",
    what=_ENDED,
    know=N_("The sign-in server says invalid_grant, expired or revoked, and it worked until some day."),
    do=(
        _SIGN_IN_AGAIN,
        N_(
            "See why it ended, lest it end again: a new password, an access that was removed in the account's security "
            "settings, or a long time without use."
        ),
        N_(
            "Let only one program renew this permission: where each renewal gives a new refresh token, the others keep "
            "an old one."
        ),
    ),
    at_service={
        "google": Words(
            _ENDED,
            (
                _SIGN_IN_AGAIN,
                N_(
                    "If it ends every 7 days, the app is External and in Testing at Google: publish it, or make it "
                    "Internal in Google Workspace."
                ),
                N_("A new password of the account ends a permission for Gmail at once; so do six months without use."),
            ),
        ),
        "microsoft": Words(
            _ENDED,
            (
                _SIGN_IN_AGAIN,
                N_(
                    "AADSTS50076 or AADSTS50079: the account now needs multi-factor authentication. Sign in with a "
                    "browser; user name and password alone do not do."
                ),
                N_("AADSTS700082: after 90 days without use it ends. Let the program renew it more often than that."),
                N_(
                    "AADSTS700084: it ends after 24 hours where the redirect address is registered for a single-page "
                    "application. Register it for Web, or for Mobile and desktop applications."
                ),
            ),
        ),
    },
    checked=_READ_ON,
    source="https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens",
    about_login=True,
)

OAUTH_CLIENT_REFUSED = Cause(
    name="oauth_client_refused",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="oauth_client_secret",
    usual_stage=Stage.AUTH,
    example="AADSTS7000215: Invalid client secret provided.",
    what=_CLIENT,
    know=N_(
        "The sign-in server says invalid_client or unauthorized_client, or names secret, application or tenant; a "
        "new sign-in does not help."
    ),
    do=(
        N_(
            "Copy the client ID once more from the app's registration, and see that the app is neither deleted nor off."
        ),
        N_("Make a new client secret, and enter its value, not its ID."),
        N_("Sign in again if the client ID has changed: a permission belongs to one client."),
    ),
    at_service={
        "microsoft": Words(
            _CLIENT,
            (
                N_(
                    "AADSTS7000222: the secret has expired. Make a new one in the Entra admin center (App "
                    "registrations, Certificates & secrets), and note the day on which it ends: in 24 months at most."
                ),
                N_("AADSTS7000215: enter the secret's value, which is shown only once, not its ID."),
                N_(
                    "AADSTS700016 or AADSTS90002: check application (client) ID and directory (tenant) ID; the app is "
                    "not in that tenant."
                ),
                N_(
                    "AADSTS7000218: enter the app's secret, or allow public client flows in its settings under "
                    "Authentication."
                ),
            ),
        ),
        "google": Words(
            _CLIENT,
            (
                N_(
                    "See in the Google Cloud console (Google Auth Platform, Clients) whether this client still exists, "
                    "and copy ID and secret from there."
                ),
                N_("Of a service account: enter a key that has not been deleted, and check this machine's clock."),
                N_("Sign in again if the client ID has changed: a permission belongs to one client."),
            ),
        ),
    },
    checked=_READ_ON,
    source=_ENTRA_NUMBERS,
    takes_effect_late=True,
    about_login=True,
)

OAUTH_CONSENT_MISSING = Cause(
    name="oauth_consent_missing",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="oauth_scope",
    usual_stage=Stage.AUTH,
    example="AADSTS65001: The user or administrator has not consented to use the application",
    what=_CONSENT,
    know=N_(
        "The browser shows it during the sign-in (“needs approval”, access_denied, org_internal), or the words "
        "name consent; no token was ever given."
    ),
    do=(
        _CANCELLED,
        N_(
            "Otherwise have an administrator of the organisation allow this client, or agree yourself where that is "
            "allowed."
        ),
        _THEN_AGAIN,
    ),
    at_service={
        "microsoft": Words(
            _CONSENT,
            (
                _CANCELLED,
                N_(
                    "In the Entra admin center, open the app under App registrations, API permissions: SMTP.Send "
                    "(delegated), or SMTP.SendAsApp of Office 365 Exchange Online (application), must be there."
                ),
                N_("Have an administrator press Grant admin consent there."),
                N_("AADSTS50105: assign the account to the app, under Enterprise applications, Users and groups."),
                _THEN_AGAIN,
            ),
        ),
        "google": Words(
            _CONSENT,
            (
                _CANCELLED,
                N_("org_internal: sign in with an account of the organisation, or make the app External."),
                N_(
                    "admin_policy_enforced: have the administrator mark the app as trusted in the Admin console "
                    "(Security, Access and data control, API controls)."
                ),
                N_("access_denied: enter the account under Test users while the app is in Testing."),
                N_(
                    "Of a service account: in the Admin console (Security, Access and data control, API controls, "
                    "Domain-wide delegation), add its client ID with the scope https://mail.google.com/."
                ),
                _THEN_AGAIN,
            ),
        ),
    },
    checked=_READ_ON,
    source="https://support.google.com/cloud/answer/15549945",
    takes_effect_late=True,
    about_login=True,
)

OAUTH_SCOPE_WRONG = Cause(
    name="oauth_scope_wrong",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="oauth_scope",
    usual_stage=Stage.AUTH,
    example="AADSTS70011: The provided value for the input parameter 'scope' is not valid.",
    what=_SCOPE,
    know=N_("The words name scope or resource; or the sign-in succeeds, and SMTP then refuses every token."),
    do=(
        N_("Ask for the scope that the service names for SMTP: one for its web API does not do."),
        _THEN_AGAIN,
    ),
    at_service={
        "google": Words(
            _SCOPE,
            (
                N_("Ask for https://mail.google.com/: gmail.send is for the web API, and SMTP refuses it."),
                _THEN_AGAIN,
            ),
        ),
        "microsoft": Words(
            _SCOPE,
            (
                N_("Ask for https://outlook.office.com/SMTP.Send with offline_access, and not for Microsoft Graph."),
                N_("If the program signs in by itself, without a person: https://outlook.office365.com/.default."),
                N_("Ask for the scopes of one service at a time."),
                _THEN_AGAIN,
            ),
        ),
    },
    checked=_READ_ON,
    source=(
        "https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/"
        "how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth"
    ),
    about_login=True,
)

OAUTH_FLOW_BLOCKED = Cause(
    name="oauth_flow_blocked",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="oauth_flow",
    usual_stage=Stage.AUTH,
    example="AADSTS53003: Access has been blocked by Conditional Access policies.",
    what=_FLOW,
    know=N_(
        "The words name a policy, Conditional Access or the kind of grant, and signing in with a browser on a "
        "usual device succeeds."
    ),
    do=(
        N_("Sign in with a browser, and not by a code on another device or by user name and password."),
        N_("Otherwise have an administrator except this account from the policy."),
    ),
    at_service={
        "microsoft": Words(
            _FLOW,
            (
                N_(
                    "Sign in with a browser: since February 2025 Microsoft switches on a policy that blocks codes for "
                    "another device."
                ),
                N_(
                    "The sign-in logs of the Entra admin center name the Conditional Access policy. Have an "
                    "administrator except this account or this machine's address from it."
                ),
                N_("AADSTS53000 or AADSTS53001: sign in on a device that the organisation manages."),
            ),
        ),
        "google": Words(
            _FLOW,
            (
                N_("Sign in with a browser: Google gives no permission for mail by a code on another device."),
                N_("disallowed_useragent: use a real browser, and not a window inside the program."),
            ),
        ),
    },
    checked=_READ_ON,
    source="https://techcommunity.microsoft.com/blog/microsoft-entra-blog/4286758",
    about_login=True,
)

OAUTH_REDIRECT_MISMATCH = Cause(
    name="oauth_redirect_mismatch",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="oauth_client_id",
    usual_stage=Stage.AUTH,
    example="Error 400: redirect_uri_mismatch",
    what=_REDIRECT,
    know=N_("The browser shows it before anybody can sign in: the error names redirect_uri or the reply address."),
    do=(
        N_(
            "Register the redirect address that the program uses, to the letter: http or https, host, port, path and "
            "the slash at the end."
        ),
        N_("If the program still copies a code from the browser (“out of band”, oob), update it."),
    ),
    at_service={
        "microsoft": Words(
            _REDIRECT,
            (
                N_(
                    "In the Entra admin center (App registrations, Authentication), register the address that the "
                    "program uses, to the letter: http or https, host, port, path and the slash at the end."
                ),
                N_(
                    "Register it for Web where the app has a secret, otherwise for Mobile and desktop applications, "
                    "and not for a single-page application."
                ),
            ),
        ),
        "google": Words(
            _REDIRECT,
            (
                N_(
                    "In the Google Cloud console (Google Auth Platform, Clients), enter the address that the program "
                    "uses under Authorized redirect URIs, to the letter: http or https, host, port, path and the slash "
                    "at the end."
                ),
                N_("If the program still copies a code from the browser (“out of band”, oob), update it."),
            ),
        ),
    },
    takes_effect_late=True,
    about_login=True,
)

OAUTH_WRONG_ACCOUNT = Cause(
    name="oauth_wrong_account",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_user",
    usual_stage=Stage.AUTH,
    example="AADSTS50020: User account from identity provider does not exist in tenant",
    what=_ACCOUNT,
    know=N_("The sign-in succeeds or names an account, and that is not the mailbox that sends."),
    do=(
        N_("Sign out at the service, or use a private window; then sign in as the mailbox that sends."),
        N_("Or enter as SMTP user the account that has signed in."),
    ),
    at_service={
        "microsoft": Words(
            _ACCOUNT,
            (
                N_("Sign out at the service, or use a private window; then sign in as the mailbox that sends."),
                N_("Check the tenant: the account must belong to it; accounts of Outlook.com need “consumers”."),
            ),
        ),
        "google": Words(
            _ACCOUNT,
            (
                N_("Sign out at the service, or use a private window; then sign in as the mailbox that sends."),
                N_("Of a service account: the user it sends for must be a mailbox of the organisation."),
            ),
        ),
    },
    about_login=True,
)

OAUTH_SERVER_UNREACHABLE = Cause(
    name="oauth_server_unreachable",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="oauth_token_url",
    usual_stage=Stage.AUTH,
    example="failed to refresh token: dial tcp: lookup oauth2.googleapis.com: i/o timeout",
    what=N_("The sign-in server cannot be reached, or answers with a fault of its own."),
    know=N_(
        "The fault is one of the network, or a 5xx, and names the sign-in server's host instead of the mail server's."
    ),
    do=(
        ByHand(N_("Try again in a few minutes.")),
        N_(
            "If it continues, see that the machine on which the program runs reaches the sign-in server by HTTPS (port "
            "443): name look-up, firewall, proxy."
        ),
        N_("If it does, look at the service's status page."),
    ),
)

OAUTH_ANSWER_BROKEN = Cause(
    name="oauth_answer_broken",
    whose=Whose.SERVER,
    effect=QueueEffect.HOLD,
    field="oauth_token_url",
    usual_stage=Stage.AUTH,
    example="oauth2: server response missing access_token",
    what=N_("What the sign-in server answered cannot be read as a token."),
    know=N_(
        "The sign-in server answers, but with a page (HTML) or without access_token, and names no error of its own."
    ),
    do=(
        N_("Check the token address: it must be the one that the service names, and no page for people."),
        N_("See whether a proxy or a sign-in page of the network answers instead."),
    ),
)
