"""The settings, and what a save takes."""

from __future__ import annotations

from typing import Annotated, get_type_hints

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from panel.mail.limits import LARGEST_BYTES, LEAST_BYTES, MAX_RECIPIENTS
from panel.mail.message.address import MAX_NAME
from panel.outbox.listing.filters import BEYOND
from panel.settings import parsing
from panel.settings.fields.labels import label_of
from panel.settings.fields.secret import SECRETS
from panel.settings.model import FIELDS, OF_SECOND, SECOND, Settings
from panel.settings.store import Kept
from panel.web.api.documents.words import Moment, Number

# What `panel.settings.parsing` asks, for the document: its sentences are better than those of a type.
_PORT = {"minimum": 1, "maximum": 65535}
_RULES: dict[str, dict[str, int]] = {
    "from_name": {"maxLength": MAX_NAME},
    "smtp_port": _PORT,
    "smtp_user": {"maxLength": parsing.MAX_USER},
    "pop_port": _PORT,
    "pop_user": {"maxLength": parsing.MAX_USER},
    "send_interval_ms": {"minimum": 0, "maximum": parsing.MAX_INTERVAL_MS},
    "max_per_hour": {"minimum": 1, "maximum": parsing.MAX_CAP},
    "max_per_day": {"minimum": 1, "maximum": parsing.MAX_CAP},
    "max_message_bytes": {"minimum": LEAST_BYTES, "maximum": LARGEST_BYTES},
    "max_recipients": {"minimum": 1, "maximum": MAX_RECIPIENTS},
    "second_after_minutes": {"minimum": 0, "maximum": parsing.MAX_MINUTES},
    "ca_certificate": {"maxLength": parsing.MAX_PEM},
    **{name: {"maxLength": parsing.MAX_SECRET} for name in SECRETS},
}

_KINDS = get_type_hints(Settings)


def _given(name: str, kind: type) -> tuple[str, object, object]:
    rules = _RULES.get(name.removeprefix(SECOND) if name in OF_SECOND else name)
    rule = Meta(description=str(label_of(name)), extra_json_schema=rules)
    return name, Annotated[kind | UnsetType | None if name in SECRETS else kind | UnsetType, rule], UNSET


SettingsGiven = msgspec.defstruct(
    "SettingsGiven",
    [_given(name, _KINDS[name]) for name in FIELDS],
    forbid_unknown_fields=True,
    frozen=True,
    namespace={
        "__doc__": "Settings to use; a member that is missing has its default, in a test the saved value. A password "
        "that is missing or blank is the saved one, as far as it may go to where these settings send it; null "
        "forgets it.",
        "__repr__": lambda value: f"{type(value).__name__}(…)",  # passwords may be in it
    },
)
SettingsTold = msgspec.defstruct(
    "SettingsTold",
    [(name, _KINDS[name]) for name in FIELDS if name not in SECRETS],
    frozen=True,
    namespace={"__doc__": "The settings but their passwords."},
)

Secrets = msgspec.defstruct(
    "Secrets",
    [(name, Kept) for name in SECRETS],
    frozen=True,
    namespace={"__doc__": "Which passwords are kept."},
)


class Staging(Struct, frozen=True):
    """By which settings mail does not go to those it is for."""

    redirect_to: Annotated[str, Meta(description="where all of it goes; blank where nothing is redirected")]
    allowed_recipients: Annotated[
        str, Meta(description="addresses and domains, with a comma between them; blank where all are allowed")
    ]


class SettingsVersion(Struct, frozen=True):
    """The settings in force; version 0 is the state before anything was saved."""

    version: int
    saved_at: Moment | None
    saved_by: str
    settings: SettingsTold  # type: ignore[valid-type]  # made above, by defstruct
    secrets: Secrets  # type: ignore[valid-type]  # made above, by defstruct
    staging: Annotated[Staging | None, Meta(description="null where mail goes to those it is for")]


SignInNumber = Annotated[
    Number, Meta(description="the number of a sign-in with OAuth2 to use; if it is missing, the one in use goes on")
]


class NewSettings(Struct, forbid_unknown_fields=True, frozen=True):
    """Settings to save; `version` is the one they were made from, which If-Match may say instead."""

    settings: SettingsGiven  # type: ignore[valid-type]  # made above, by defstruct
    version: Annotated[int, Meta(ge=0, lt=BEYOND)] | UnsetType = UNSET
    grant: SignInNumber | UnsetType = UNSET
    second_grant: SignInNumber | UnsetType = UNSET
