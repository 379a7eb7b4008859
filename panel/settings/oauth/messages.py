"""The requests to a token server: oauthlib writes them, the panel's own guarded request carries them.

Where there is a client secret, the services that are known take it in the body; another server as HTTP Basic, which
RFC 6749 section 2.3.1 has every server know, and after `invalid_client` once more in the body.
"""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote_plus, urlencode

from panel import clock
from panel.mail.net import https
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import NoProtocol, SessionError
from panel.mail.net.policy import Policy
from panel.mail.net.url import parse_url
from panel.settings.login import Flow, OAuthProvider
from panel.settings.oauth import answers, service_key
from panel.settings.oauth.answers import DeviceAnswer, Hidden, TokenAnswer, TokenReply
from panel.settings.oauth.client import Client
from panel.settings.oauth.failure import BROKEN, CLIENT_REFUSED, SIGNIN_REQUIRED, UNREACHABLE, TokenFailed
from panel.settings.token_servers import SERVICES

__all__ = [
    *("DeviceAnswer", "TokenAnswer", "as_application", "authorize_address", "begin_device", "exchange_code"),
    *("poll_device", "refresh", "revoke"),
]

_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}
_WITHOUT_REFRESH = (Flow.CLIENT, Flow.SERVICE_ACCOUNT)
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"  # RFC 7523 section 2.1


def authorize_address(client: Client, *, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
    """Give where a browser signs in (RFC 6749 section 4.1.1) with PKCE S256 (RFC 7636)."""
    from oauthlib.oauth2 import WebApplicationClient

    service, place = SERVICES.get(client.provider), client.endpoints.authorize_url
    address = WebApplicationClient(client.client_id).prepare_request_uri(
        _as_secure(place),
        redirect_uri=redirect_uri,
        scope=client.scope,
        state=state,
        code_challenge=challenge,
        code_challenge_method="S256",
        nonce=nonce,
        prompt="consent",
        login_hint=client.user,
        **(service.parameters if service else {}),
    )
    return place.partition(":")[0] + ":" + str(address).partition(":")[2]


def exchange_code(
    client: Client, *, code: str, verifier: str, redirect_uri: str, nonce: str, policy: Policy, deadline: Deadline
) -> TokenAnswer:
    """Give the code of a sign-in for tokens (RFC 6749 section 4.1.3)."""
    from oauthlib.oauth2 import WebApplicationClient

    if not code:
        raise TokenFailed(BROKEN, "no code")
    body = WebApplicationClient(client.client_id).prepare_request_body(
        code=code, redirect_uri=redirect_uri, code_verifier=verifier, include_client_id=False
    )
    reply = _asked(client, body, (code, verifier), policy, deadline)
    return answers.token_of(reply, asked=client.scope, nonce=nonce, issuer=client.endpoints.issuer)


def refresh(client: Client, refresh_token: str, *, policy: Policy, deadline: Deadline) -> TokenAnswer:
    """Renew an access token (RFC 6749 section 6), for as much as was granted."""
    from oauthlib.oauth2 import WebApplicationClient

    if not refresh_token:
        raise TokenFailed(SIGNIN_REQUIRED)
    body = WebApplicationClient(client.client_id).prepare_refresh_body(refresh_token=refresh_token)
    return answers.token_of(_asked(client, body, (refresh_token,), policy, deadline), asked=client.scope)


def as_application(client: Client, *, policy: Policy, deadline: Deadline) -> TokenAnswer:
    """Get a token without a person: by the client's secret (RFC 6749 section 4.4) or a service account's key."""
    body, secrets = _signed(client) if client.flow is Flow.SERVICE_ACCOUNT else _credentials(client)
    return answers.token_of(_asked(client, body, secrets, policy, deadline), asked=client.scope)


def begin_device(client: Client, *, policy: Policy, deadline: Deadline) -> DeviceAnswer:
    """Ask for a code that somebody types into another device (RFC 8628 section 3.1)."""
    body = urlencode({"scope": client.scope})
    reply = _asked(client, body, (), policy, deadline, url=client.endpoints.device_url, named=True)
    return answers.device_of(reply)


def poll_device(client: Client, device_code: str, *, policy: Policy, deadline: Deadline) -> TokenAnswer:
    """Ask whether somebody has typed the code (RFC 8628 section 3.4); raise `Pending` or `SlowDown` meanwhile."""
    from oauthlib.oauth2 import DeviceClient

    body = DeviceClient(client.client_id).prepare_request_body(device_code)
    reply = _asked(client, body, (device_code,), policy, deadline, named=True)
    return answers.token_of(reply, asked=client.scope)


def revoke(client: Client, token: str, *, policy: Policy, deadline: Deadline) -> bool:
    """End a token at its server (RFC 7009); say whether that was done."""
    from oauthlib.oauth2 import WebApplicationClient

    place = client.endpoints.revocation_url
    if not place or not token:
        return False
    hint = "access_token" if client.flow in _WITHOUT_REFRESH else "refresh_token"
    _, _, body = WebApplicationClient(client.client_id).prepare_token_revocation_request(_as_secure(place), token, hint)
    for basic in _ways(client):
        try:
            if 200 <= _sent(client, place, body, basic, False, policy, deadline).status < 300:
                return True
        except TokenFailed:
            return False
    return False


# What a request is made of


def _credentials(client: Client) -> tuple[str, tuple[str, ...]]:
    from oauthlib.oauth2 import BackendApplicationClient

    return BackendApplicationClient(client.client_id).prepare_request_body(scope=client.scope), ()


def _signed(client: Client) -> tuple[str, tuple[str, ...]]:
    try:
        assertion = service_key.assertion(
            client.service_key,
            subject=client.user,
            audience=client.endpoints.token_url,
            scope=client.scope,
            issued_at=int(clock.now().timestamp()),
        )
    except ValueError as fault:
        raise TokenFailed(CLIENT_REFUSED, str(fault)) from None
    return urlencode({"grant_type": _JWT_BEARER, "assertion": assertion}), (assertion,)


def _as_secure(url: str) -> str:
    """Write an address as oauthlib wants it, whatever the environment says: `parse_url` judges which may be http."""
    return f"https:{url.partition(':')[2]}"


def _ways(client: Client) -> tuple[bool, ...]:
    """Give the ways of showing a client secret, in the order in which they are tried: as HTTP Basic, or not."""
    return (True, False) if client.client_secret and client.provider is OAuthProvider.CUSTOM else (False,)


def _shows(client: Client, basic: bool, named: bool) -> tuple[dict[str, str], dict[str, str]]:
    """Give the header and the members of the body by which the server knows the client (RFC 6749 section 2.3)."""
    if client.flow is Flow.SERVICE_ACCOUNT:
        return {}, {}
    own = {"client_id": client.client_id}
    if not client.client_secret:
        return {}, own
    if not basic:
        return {}, own | {"client_secret": client.client_secret}
    shown = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return {"authorization": f"Basic {b64encode(shown.encode()).decode()}"}, own if named else {}


# How it is asked


def _asked(
    client: Client,
    body: str,
    secrets: tuple[str, ...],
    policy: Policy,
    deadline: Deadline,
    *,
    url: str = "",
    named: bool = False,
) -> TokenReply:
    """Ask, and once more where another server does not know the client by HTTP Basic."""
    hide, place = Hidden((client.client_secret, *secrets)), url or client.endpoints.token_url
    *first, last = _ways(client)
    for basic in first:
        try:
            return answers.read_reply(_sent(client, place, body, basic, named, policy, deadline), hide)
        except TokenFailed as fault:
            if fault.error != "invalid_client":
                raise
    return answers.read_reply(_sent(client, place, body, last, named, policy, deadline), hide)


def _sent(
    client: Client, url: str, body: str, basic: bool, named: bool, policy: Policy, deadline: Deadline
) -> https.Answer:
    headers, members = _shows(client, basic, named)
    content = "&".join(filter(None, (body, urlencode(members))))
    return send("POST", url, client.ca_certificate, policy, deadline, headers=_FORM | headers, body=content.encode())


def send(
    method: str,
    url: str,
    ca_certificate: str,
    policy: Policy,
    deadline: Deadline,
    *,
    headers: dict[str, str],
    body: bytes = b"",
) -> https.Answer:
    """Ask once; what keeps an answer from coming is a `TokenFailed`."""
    try:
        parse_url(url)
    except ValueError:
        raise TokenFailed(UNREACHABLE, "no address to ask at") from None
    try:
        return https.request(
            method, url, headers=headers, body=body, policy=policy, deadline=deadline, ca_certificate=ca_certificate
        )
    except NoProtocol:
        raise TokenFailed(BROKEN, "no answer of HTTP") from None
    except SessionError as fault:
        raise TokenFailed(UNREACHABLE, ": ".join(filter(None, (fault.cause, fault.detail)))) from None
