"""How the panel shows who it is to the mail server, and how it comes to a token for that."""

from __future__ import annotations

from enum import StrEnum

from panel.i18n import N_

# What a browser is told that comes for a sign-in which is not there, or is there no more.
TICKET_USED = N_("This link has been used, or is over a minute old. Go back to the form and begin the sign-in again.")
UNKNOWN_ANSWER = N_(
    "This answer belongs to no sign-in that is under way. Go back to the form and begin the sign-in again."
)


class Login(StrEnum):
    """What a login shows: a password, or an access token (RFC 7628)."""

    PASSWORD = "password"  # noqa: S105 - a word
    OAUTH2 = "oauth2"


class OAuthProvider(StrEnum):
    """Whose server gives the tokens; `custom` is any that the settings describe."""

    NONE = ""
    GOOGLE = "google"
    MICROSOFT = "microsoft"
    YAHOO = "yahoo"
    AOL = "aol"
    YANDEX = "yandex"
    FASTMAIL = "fastmail"
    CUSTOM = "custom"


class Flow(StrEnum):
    """How a grant is come by: a person signs in (RFC 6749 section 4.1, RFC 8628), or the panel has a credential."""

    CODE = "code"
    DEVICE = "device"
    CLIENT = "client"
    SERVICE_ACCOUNT = "service_account"

    @property
    def by_person(self) -> bool:
        """Say whether somebody signs in."""
        return self in (Flow.CODE, Flow.DEVICE)
