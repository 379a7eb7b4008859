"""The certificates of the test servers: one authority, and what it may have got wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from tests.conformance.people import MAIL_HOST, OTHER_HOST


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Where a server finds its certificate chain and its key."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority, its own certificate as PEM text, and what it has issued."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        authority = trustme.CA()
        yesterday = datetime.now(UTC) - timedelta(days=1)
        self.pem = authority.cert_pem.bytes().decode()
        self.good = self._save("good", authority.issue_cert("localhost", "127.0.0.1", MAIL_HOST))
        self.for_another_host = self._save("another", authority.issue_cert(OTHER_HOST))
        self.expired = self._save("expired", authority.issue_cert("localhost", "127.0.0.1", not_after=yesterday))

    def _save(self, name: str, issued: trustme.LeafCert) -> KeyPair:
        pair = KeyPair(self._folder / f"{name}.pem", self._folder / f"{name}.key")
        pair.certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(pair.key)
        pair.key.chmod(0o644)  # Exim reads it as its own user
        return pair
