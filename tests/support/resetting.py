"""A server that takes each connection and breaks it off at once (RST), on a real socket."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def resetting(word: bytes = b"", host: str = "127.0.0.1") -> Iterator[int]:
    """Give the port of one that resets as soon as it has accepted, or has read anything and said its word."""
    with socket.create_server((host, 0), backlog=256) as listener:
        thread = threading.Thread(target=_reset_all, args=(listener, word), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _reset_all(listener: socket.socket, word: bytes) -> None:
    with suppress(OSError):
        while True:
            connected, _ = listener.accept()
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with connected, suppress(OSError):
                if word:
                    connected.recv(65536)
                    connected.sendall(word)
