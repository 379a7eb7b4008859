"""The fields that are sealed and never shown, and where what is in them may go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from panel.i18n import N_
from panel.settings.model import OF_SERVER, SECOND, SecretDestination, Settings


class Secret(NamedTuple):
    """A field that is sealed and never shown, with all that depends on which one it is."""

    name: str
    label: str
    missing: str  # what is said where it is needed and blank
    moved_by: tuple[str, ...]  # the fields that lead it elsewhere, in the order in which one is named; else TLS
    destination: Callable[[Settings], SecretDestination]


_SMTP_PASSWORD = Secret(
    name="smtp_password",
    label=N_("SMTP password"),
    missing=N_("Enter an SMTP password, or turn SMTP authentication off."),
    moved_by=("smtp_host", "smtp_port", "smtp_user", "ca_certificate"),
    destination=lambda settings: settings.smtp_destination,
)
_POP_PASSWORD = Secret(
    name="pop_password",
    label=N_("POP password"),
    missing=N_("Enter a POP password, or turn POP before SMTP off."),
    moved_by=("pop_host", "pop_port", "pop_user", "ca_certificate"),
    destination=lambda settings: settings.pop_destination,
)
_OAUTH_MOVES = (
    *("oauth_provider", "oauth_tenant", "oauth_client_id", "oauth_token_url", "oauth_device_url", "ca_certificate"),
)
_OAUTH_CLIENT_SECRET = Secret(
    name="oauth_client_secret",
    label=N_("Client secret"),
    missing=N_("Enter the client secret: without it, nobody but a person can sign in."),
    moved_by=_OAUTH_MOVES,
    destination=lambda settings: settings.oauth_destination,
)
_OAUTH_SERVICE_KEY = Secret(
    name="oauth_service_key",
    label=N_("Service account key"),
    missing=N_("Paste the key of the service account, a JSON file that the service gave you."),
    moved_by=_OAUTH_MOVES,
    destination=lambda settings: settings.oauth_destination,
)
_OF_FIRST = (_SMTP_PASSWORD, _POP_PASSWORD, _OAUTH_CLIENT_SECRET, _OAUTH_SERVICE_KEY)


def _of_second(secret: Secret) -> Secret:
    """Give the same secret of the second server."""
    return Secret(
        name=f"{SECOND}{secret.name}",
        label=secret.label,
        missing=secret.missing,
        moved_by=tuple(f"{SECOND}{name}" for name in secret.moved_by),
        destination=lambda settings: secret.destination(settings.by_second),
    )


SECRETS: Mapping[str, Secret] = {
    each.name: each for each in (*_OF_FIRST, *(_of_second(each) for each in _OF_FIRST if each.name in OF_SERVER))
}
