"""The settings as a version keeps them: a document with every field but the secrets."""

from __future__ import annotations

import json
from enum import StrEnum

from panel.settings.fields.secret import SECRETS
from panel.settings.login import Flow, Login, OAuthProvider
from panel.settings.model import (
    GRANT,
    OF_SERVER,
    RECORD,
    SECOND,
    SECOND_GRANT,
    FromNameRule,
    PopTlsMode,
    Settings,
    TlsMode,
)


def settings_to_json(settings: Settings) -> str:
    """Write the settings down, without their secrets, which have columns of their own."""
    numbers = {GRANT: settings.grant, SECOND_GRANT: settings.second_grant}
    return json.dumps({**settings.public(), **numbers}, ensure_ascii=False)


def settings_from_json(text: str) -> Settings:
    """Read what was written down; a field that it does not know yet has its default."""
    document = {name: value for name, value in json.loads(text).items() if name in _IN_DOCUMENT}
    for name, kind in _ENUMS.items():
        if name in document:
            document[name] = kind(document[name])
    return Settings(**document)


_IN_DOCUMENT = frozenset(RECORD) - set(SECRETS)
_OF_FIRST: dict[str, type[StrEnum]] = {
    "tls_mode": TlsMode,
    "pop_tls_mode": PopTlsMode,
    "smtp_login": Login,
    "oauth_provider": OAuthProvider,
    "oauth_flow": Flow,
    "from_name_rule": FromNameRule,
}
_ENUMS = {**_OF_FIRST, **{f"{SECOND}{name}": kind for name, kind in _OF_FIRST.items() if name in OF_SERVER}}
