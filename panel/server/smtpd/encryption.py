"""The TLS of the listener, with its certificate as it lies on the disk now (RFC 3207, RFC 8314)."""

from __future__ import annotations

import asyncio
import os
import ssl
from pathlib import Path

from panel import logs
from panel.access.submission.certificate import server_context
from panel.errors import ConfigError

HANDSHAKE_SECONDS = 20.0
SHUTDOWN_SECONDS = 5.0  # for the other end to say that it has heard the end


class Encryption:
    """Encrypts connections; a certificate that was renewed counts from the next one on, a broken one is passed over."""

    def __init__(self, certificate: Path, key: Path | None) -> None:
        self._certificate, self._key = certificate, key
        self._context: ssl.SSLContext | None = None
        self._seen: object = None
        self._seldom = logs.Seldom()

    def context(self) -> ssl.SSLContext | None:
        """Give what to encrypt with; nothing as long as no certificate could be read."""
        seen = self._state()
        if seen != self._seen:
            self._read_again()
            self._seen = seen
        return self._context

    async def secure(self, transport: asyncio.Transport, session: asyncio.BaseProtocol) -> asyncio.Transport:
        """Give the transport of a connection once it is encrypted, or raise `OSError`."""
        context = self.context()
        if context is None:
            raise ConnectionAbortedError("no certificate could be read")
        encrypted = await asyncio.get_running_loop().start_tls(
            transport,
            session,
            context,
            server_side=True,
            ssl_handshake_timeout=HANDSHAKE_SECONDS,
            ssl_shutdown_timeout=SHUTDOWN_SECONDS,
        )
        if encrypted is None:  # the client has left
            raise ConnectionResetError
        return encrypted

    def note_failure(self, fault: OSError, address: str) -> None:
        """Tell the log, seldom, of a client with which it did not come to TLS."""
        why = getattr(fault, "reason", None) or fault.strerror or type(fault).__name__
        self._seldom.warning("tls_failed", address=address, text=why)

    def _read_again(self) -> None:
        try:
            context = server_context(self._certificate, self._key)
        except ConfigError as fault:
            logs.error("certificate_not_read", text=fault)
            return
        if self._context:
            logs.info("certificate_renewed")
        self._context = context

    def _state(self) -> object:
        """Tell the files' present content from that before."""
        return [_state_of(path) for path in (self._certificate, self._key) if path]


def _state_of(path: Path) -> tuple[int, ...]:
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_ctime_ns  # which tells of rights that were mended, too
