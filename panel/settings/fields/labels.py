"""What the fields of the settings are called."""

from __future__ import annotations

from collections.abc import Mapping

from panel.i18n import N_, Text
from panel.settings.fields.secret import SECRETS
from panel.settings.model import GRANT, OF_SECOND, SECOND

LABELS: Mapping[str, str] = {  # those of the second server are called as the first's, behind its name
    "from_address": N_("From address"),
    "from_name": N_("From name"),
    "smtp_host": N_("SMTP host"),
    "smtp_port": N_("SMTP port"),
    "smtp_auth": N_("SMTP authentication"),
    "smtp_login": N_("Login method"),
    "smtp_user": N_("SMTP user"),
    "smtp_password": SECRETS["smtp_password"].label,
    "oauth_provider": N_("Service of the sign-in"),
    "oauth_flow": N_("Way of signing in"),
    "oauth_tenant": N_("Tenant"),
    "oauth_client_id": N_("Client ID"),
    "oauth_client_secret": SECRETS["oauth_client_secret"].label,
    "oauth_secret_expires": N_("Secret expires on"),
    "oauth_service_key": SECRETS["oauth_service_key"].label,
    "oauth_scope": N_("Scope"),
    "oauth_issuer": N_("Issuer"),
    "oauth_authorize_url": N_("Authorization address"),
    "oauth_token_url": N_("Token address"),
    "oauth_device_url": N_("Device address"),
    GRANT: N_("Signed in as"),
    "pop_before_smtp": N_("POP before SMTP"),
    "pop_host": N_("POP host"),
    "pop_port": N_("POP port"),
    "pop_user": N_("POP user"),
    "pop_password": SECRETS["pop_password"].label,
    "tls": N_("TLS/SSL"),
    "tls_mode": N_("TLS mode"),
    "pop_tls_mode": N_("POP TLS mode"),
    "local_hostname": N_("Local host name"),
    "send_interval_ms": N_("Sending interval"),
    "max_per_hour": N_("Hourly limit"),
    "max_per_day": N_("Daily limit"),
    "ca_certificate": N_("CA certificate"),
    "allow_plain_auth": N_("Allow login without TLS"),
    "bounce_address": N_("Bounce address"),
    "from_name_rule": N_("Sender name"),
    "max_message_bytes": N_("Largest message"),
    "max_recipients": N_("Recipients of one message"),
    "source_address": N_("Source address"),
    "redirect_to": N_("Redirect all mail to"),
    "allowed_recipients": N_("Allowed recipients"),
    "second": N_("Second server"),
    "second_after_minutes": N_("Minutes until the second server"),
    "recipient": N_("Recipient"),
}


def label_of(field: str) -> Text:
    """Give the label of a field; of the second server's fields one that tells them from the first's."""
    if field in _OF_SECOND:
        return Text(N_("Second server: %(field)s"), {"field": Text(LABELS[field.removeprefix(SECOND)])})
    return Text(LABELS[field])


def has_label(name: str) -> bool:
    """Say whether a name is that of a field."""
    return name in LABELS or name in _OF_SECOND


_OF_SECOND = frozenset(OF_SECOND)
