"""The certificate of the SMTP listener, as it lies on the disk."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path

from panel.errors import ConfigError


def server_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """Give a context with a certificate and its key, or raise `ConfigError`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as fault:
        why = getattr(fault, "reason", None) or getattr(fault, "strerror", None) or str(fault)
        raise ConfigError(
            f"MAIL_PANEL_SMTP_CERTIFICATE is {certificate}, which cannot be used"
            f"{f' with the key {key}' if key else ''}: {why}."
        ) from None
    return context


def _no_password() -> str:
    """Refuse a key with a password, which OpenSSL would ask for in the terminal."""
    raise ValueError("the key has a password")


def certificate_ends(certificate: Path) -> datetime:
    """Say when the certificate ends that stands first in the file: the listener's own."""
    from cryptography.x509 import load_pem_x509_certificates  # slow to load, and asked for by the doctor alone

    return load_pem_x509_certificates(certificate.read_bytes())[0].not_valid_after_utc
