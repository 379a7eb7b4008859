"""What of a login by OAuth2 can be checked without signing in: the grant, the secret, the address to return to."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from panel.checks.doctor.finding import Finding, ok, problem, unknown, warning
from panel.diagnosis.causes.connection import PROTOCOL_ERROR
from panel.diagnosis.causes.oauth import OAUTH_SERVER_UNREACHABLE
from panel.diagnosis.causes.table import CAUSES
from panel.i18n import N_, Text
from panel.mail.net import https
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import SessionError
from panel.mail.net.policy import Policy
from panel.settings.login import Flow, OAuthProvider
from panel.settings.model import Settings
from panel.settings.oauth import messages
from panel.settings.oauth.answers import skew_of
from panel.settings.oauth.client import Client
from panel.settings.oauth.tokens import UNUSED
from panel.settings.token_servers import SERVICES
from panel.storage.actor import actor_words

if TYPE_CHECKING:  # the doctor is handed one
    from panel.settings.oauth.grant import Grant

SECRET_DAYS = 30  # before a secret's end
NEAR_DAYS = 1
MOST_SECONDS = 60  # between two clocks: a token's life is counted by both
_NUMBERED = "aadsts50011"  # Entra shows it on a page whose status is 200
_SAID_OF_MISMATCH = (_NUMBERED, "redirect_uri", "redirect uri", "redirection_uri")


def examine_sign_in(
    settings: Settings, grant: Grant | None, redirect_uri: str, *, policy: Policy, deadline: Deadline, now: datetime
) -> Iterator[Finding]:
    """Look at all of them; nobody signs in, and no token is asked for."""
    client = Client.of(settings)
    yield _grant(client, grant)
    if grant and client.flow.by_person:
        yield from _age(client, grant, now)
    yield from _secret(settings, now)
    if client.flow is Flow.CODE:
        yield _redirect(client, redirect_uri, policy, deadline)
    yield _clock(client, policy, deadline)


def _grant(client: Client, grant: Grant | None) -> Finding:
    if grant is None and client.flow.by_person:
        return problem(
            "oauth_grant", N_("Nobody has signed in for these settings."), N_("Open the form, and sign in there.")
        )
    if grant is None:
        return ok("oauth_grant", N_("The panel gets its tokens by itself, and has needed none yet."))
    if grant.state == "refused":
        return problem(
            "oauth_grant",
            N_("The service gives no token any more: %(why)s"),
            N_("Send a test email: it says what is wrong."),
            why=_why(grant.cause or ""),
        )
    if not client.flow.by_person:
        return ok("oauth_grant", N_("The panel gets its tokens by itself."))
    return ok(
        "oauth_grant",
        N_("Signed in as %(account)s, by %(by)s."),
        account=grant.account or client.user,
        by=actor_words(grant.signed_in_by),
    )


def _why(cause: str) -> Text:
    """Say a cause in words; of an answer that is none of SMTP, that the server is at fault."""
    known = CAUSES.get(cause, OAUTH_SERVER_UNREACHABLE)
    return Text((OAUTH_SERVER_UNREACHABLE if known is PROTOCOL_ERROR else known).what)


def _age(client: Client, grant: Grant, now: datetime) -> Iterator[Finding]:
    """Compare the time since the last renewal with the one after which the service forgets."""
    service = SERVICES[client.provider]
    days = (now - (grant.refreshed_at or grant.signed_in_at)).days
    if not service.idle_days:
        yield ok("oauth_age", N_("Days since the sign-in was last renewed: %(days)d."), days=days)
        return
    said = N_(
        "Days since the sign-in was last renewed: %(days)d. %(service)s forgets it after %(idle)d days without use."
    )
    facts: dict[str, Any] = {"days": days, "service": Text(service.label), "idle": service.idle_days}
    if days > UNUSED.days:
        do = N_("See that a worker is running: it renews the sign-in every week.")
        yield warning("oauth_age", said, do, **facts)
    else:
        yield ok("oauth_age", said, **facts)


def _secret(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Count the days to the end of the client secret, where it is entered."""
    if not settings.oauth_client_secret or settings.oauth_flow is Flow.SERVICE_ACCOUNT:
        return
    if not settings.oauth_secret_expires:
        if settings.oauth_provider is OAuthProvider.MICROSOFT:
            yield unknown("oauth_secret", N_("The day on which the client secret ends is not entered."))
        return
    yield replace(_secret_end(settings.oauth_secret_expires, now), ends=settings.oauth_secret_expires)


def _secret_end(day: str, now: datetime) -> Finding:
    days = (date.fromisoformat(day) - now.date()).days
    do = N_("Make a new client secret at the service, and enter its value and its day.")
    if days < 0:
        return problem("oauth_secret", N_("The client secret ended on %(date)s."), do, date=day)
    if days <= SECRET_DAYS:
        level = problem if days <= NEAR_DAYS else warning
        return level("oauth_secret", N_("The client secret ends soon. Days left: %(days)d."), do, days=days)
    return ok("oauth_secret", N_("Days left on the client secret: %(days)d."), days=days)


def _redirect(client: Client, redirect_uri: str, policy: Policy, deadline: Deadline) -> Finding:
    """Ask for the sign-in page as nobody: what comes back may tell whether the address is registered."""
    try:
        answer = https.request(
            "GET",
            _asked(client, redirect_uri),
            policy=policy,
            deadline=deadline,
            ca_certificate=client.ca_certificate,
        )
    except (SessionError, ValueError):
        return unknown("oauth_redirect", _UNTOLD, address=redirect_uri)
    location = answer.headers.get("location", "")
    if _leads_back(location, redirect_uri):
        return ok("oauth_redirect", N_("%(address)s is registered at the service."), address=redirect_uri)
    body = answer.body.decode("utf-8", "replace").lower()
    said = f"{_words(location).lower()} {body if answer.status >= 400 else ''}"
    if _NUMBERED in body or any(word in said for word in _SAID_OF_MISMATCH):
        return problem(
            "oauth_redirect",
            N_("%(address)s is not registered at the service as redirect address."),
            N_("Register it to the letter, or set MAIL_PANEL_PUBLIC_URL to the address that is registered."),
            address=redirect_uri,
        )
    return unknown("oauth_redirect", _UNTOLD, address=redirect_uri)


_UNTOLD = N_("Whether %(address)s is registered at the service cannot be told without signing in.")


def _asked(client: Client, redirect_uri: str) -> str:
    """Write the request of a sign-in that shows no page: it goes back at once where the address is registered.

    OpenID Connect Core section 3.1.2.1: `prompt=none`.
    """
    word = secrets.token_urlsafe(32)
    address = messages.authorize_address(client, redirect_uri=redirect_uri, state=word, nonce=word, challenge=word)
    parts = urlsplit(address)
    query = [(name, "none" if name == "prompt" else value) for name, value in parse_qsl(parts.query)]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _leads_back(location: str, redirect_uri: str) -> bool:
    return location.startswith((f"{redirect_uri}?", f"{redirect_uri}#"))


def _words(location: str) -> str:
    """Read where an answer leads, and what Google packs there in base64; what was asked is no part of it."""
    found = []
    for name, value in parse_qsl(urlsplit(location).query):
        if name == "authError":
            found.append(_unpacked(value))
        elif name.startswith("error"):
            found.append(unquote(value))
    return " ".join(found)


def _unpacked(value: str) -> str:
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _clock(client: Client, policy: Policy, deadline: Deadline) -> Finding:
    """Compare our clock with that of the server that gives tokens (RFC 9110 section 6.6.1)."""
    url = client.endpoints.token_url
    host = urlsplit(url).hostname or url
    try:
        answer = https.request("GET", url, policy=policy, deadline=deadline, ca_certificate=client.ca_certificate)
    except (SessionError, ValueError) as fault:
        return problem(
            "oauth_server",
            N_("%(host)s, which gives the tokens, was not reached: %(why)s"),
            N_("See that this machine reaches it by HTTPS: name look-up, firewall, proxy."),
            host=host,
            why=_why(getattr(fault, "cause", "")),
        )
    skew = skew_of(answer)
    if skew is None:
        return unknown("oauth_server", N_("%(host)s answers, and does not say what time it has."), host=host)
    seconds = abs(skew)
    if seconds > MOST_SECONDS:
        return problem(
            "oauth_server",
            N_("The clock differs from that of %(host)s by %(seconds)d s: tokens end too early or too late."),
            N_("Set the clock, and let it be kept by NTP."),
            host=host,
            seconds=seconds,
        )
    return ok("oauth_server", N_("%(host)s answers, and its clock agrees with ours."), host=host)
