"""What a token server says of itself: its addresses, by the name of its issuer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import SessionError
from panel.mail.net.policy import Policy
from panel.settings.oauth import answers
from panel.settings.oauth.client import Client
from panel.settings.oauth.failure import BROKEN, TokenFailed
from panel.settings.oauth.messages import revoke, send
from panel.settings.token_servers import Endpoints

_NAMES = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "revocation_endpoint")


def discover(issuer: str, *, policy: Policy, deadline: Deadline, ca_certificate: str = "") -> Endpoints:
    """Find the addresses of a token server (RFC 8414, then OpenID Connect Discovery); raise `TokenFailed`."""
    fault = TokenFailed(BROKEN, "no metadata")
    for place in _places(issuer):
        try:
            answer = send("GET", place, ca_certificate, policy, deadline, headers={"accept": "application/json"})
            return _endpoints(answers.read_reply(answer, answers.Hidden(())), issuer)
        except TokenFailed as failed:
            fault = failed
            if fault.cause != BROKEN:
                break
    raise fault


def end_at_service(client: Client, token: str, *, policy: Policy, deadline: Deadline) -> bool:
    """End a token where the service says that it does that (RFC 7009); say whether it has taken it."""
    try:
        there = _with_revocation(client, policy, deadline)
        return revoke(there, token, policy=policy, deadline=deadline)
    except SessionError:
        return False


def _with_revocation(client: Client, policy: Policy, deadline: Deadline) -> Client:
    """Ask the issuer for the address, where it is not known; tokens are shown to the server alone that gave them."""
    known = client.endpoints
    if known.revocation_url or not known.issuer:
        return client
    found = discover(known.issuer, ca_certificate=client.ca_certificate, policy=policy, deadline=deadline)
    if found.token_url != known.token_url or _server_of(found.revocation_url) != _server_of(known.token_url):
        return client
    return replace(client, endpoints=known._replace(revocation_url=found.revocation_url))


def _server_of(url: str) -> tuple[str, str]:
    return urlsplit(url)[:2]


def _places(issuer: str) -> Iterator[str]:
    """RFC 8414 section 3.1 puts its part before the path; OpenID Connect Discovery section 4 behind it."""
    scheme, _, rest = issuer.rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    yield f"{scheme}://{host}/.well-known/oauth-authorization-server{slash}{path}"
    yield f"{scheme}://{rest}/.well-known/openid-configuration"


def _endpoints(reply: answers.TokenReply, issuer: str) -> Endpoints:
    """Read the addresses; who says to be another issuer is not believed (RFC 8414 section 3.3)."""
    named = reply.members.get("issuer")
    if not isinstance(named, str) or named.rstrip("/") != issuer.rstrip("/"):
        raise reply.broken("the metadata of another issuer")
    authorize, token, device, revocation = (answers.address_of(reply.members.get(name)) for name in _NAMES)
    if not token:
        raise reply.broken("no token_endpoint")
    return Endpoints(authorize, token, device, revocation, named)
