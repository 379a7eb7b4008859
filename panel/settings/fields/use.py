"""Which fields of the settings are in use, by the switches that are on."""

from __future__ import annotations

from panel.settings.login import Flow, Login, OAuthProvider
from panel.settings.model import FIELDS, GRANT, OF_SECOND, OF_SERVER, SECOND, Settings


def unused_fields(settings: Settings) -> set[str]:
    """Name the fields of a switch that is off: what stands in them is neither judged nor shown."""
    if not settings.second:
        return _unused_of_first(settings) | {"second_after_minutes", *OF_SECOND}
    of_second = _unused_of_first(settings.by_second)
    return _unused_of_first(settings) | {f"{SECOND}{name}" for name in of_second if name in OF_SERVER}


def _unused_of_first(settings: Settings) -> set[str]:
    unused = set() if settings.pop_before_smtp else set(_OF_POP)
    if not settings.smtp_auth:
        return unused | {"smtp_login", "smtp_user", "smtp_password", *OF_SIGN_IN}
    if settings.smtp_login is Login.PASSWORD:
        return unused | OF_SIGN_IN
    return unused | {"smtp_password"} | _unused_of_tokens(settings)


_OF_POP = frozenset({"pop_host", "pop_port", "pop_user", "pop_password", "pop_tls_mode"})
OF_SIGN_IN = frozenset({name for name in FIELDS if name.startswith("oauth_")} | {GRANT})
_OF_OWN_SERVER = frozenset({"oauth_issuer", "oauth_authorize_url", "oauth_token_url", "oauth_device_url"})


def _unused_of_tokens(settings: Settings) -> set[str]:
    """Name what this provider, or this way of signing in, does not ask for."""
    unused = set() if settings.oauth_provider is OAuthProvider.CUSTOM else set(_OF_OWN_SERVER)
    if settings.oauth_provider is not OAuthProvider.MICROSOFT:
        unused.add("oauth_tenant")
    if settings.oauth_flow is Flow.SERVICE_ACCOUNT:
        return unused | {"oauth_client_id", "oauth_client_secret", "oauth_secret_expires", GRANT}
    unused.add("oauth_service_key")
    if settings.oauth_flow is not Flow.CODE:
        unused.add("oauth_authorize_url")
    if settings.oauth_flow is not Flow.DEVICE:
        unused.add("oauth_device_url")
    return unused if settings.oauth_flow.by_person else unused | {GRANT}
