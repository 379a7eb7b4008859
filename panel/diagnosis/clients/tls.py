"""What is said by TLS libraries, whichever program it is that uses them."""

from __future__ import annotations

from panel.diagnosis.clients.encryption.gnutls import GNUTLS
from panel.diagnosis.clients.encryption.nss import NSS
from panel.diagnosis.clients.encryption.openssl import OPENSSL
from panel.diagnosis.clients.encryption.small import SMALL
from panel.diagnosis.clients.encryption.systems import SCHANNEL, SECURE_TRANSPORT
from panel.diagnosis.wording import Wording

TLS: tuple[Wording, ...] = (*OPENSSL, *GNUTLS, *NSS, *SCHANNEL, *SECURE_TRANSPORT, *SMALL)
