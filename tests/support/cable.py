"""What lies between the machines of a test: it carries every frame from one to another, late, or drops it in silence.

Runs in a network namespace of its own, `python -m tests.support.cable SECONDS NEAR…`: each network device but `lo` is
a port, named as it is; what comes from or goes to a port that is not NEAR is SECONDS under way. A line on standard
input such as `a>db c>db` names the ways that carry nothing from here on; an empty one opens all.
"""

from __future__ import annotations

import heapq
import os
import select
import socket
import sys
import time
from itertools import count

SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
HEADER = 10  # of virtio: what the kernel knows of checksums and segments that nobody has made yet
ETH_P_ALL = 3
MOST_BYTES = 1 << 17
TO_ALL = b"\xff" * 6


class Cable:
    """The ports, what is under way between them, and which ways are cut."""

    def __init__(self, seconds: float, near: set[str]) -> None:
        self._seconds, self._near = seconds, near
        self._ports = {name: _port(name) for _, name in socket.if_nameindex() if name != "lo"}
        self._names = {port.fileno(): name for name, port in self._ports.items()}
        self._at: dict[bytes, str] = {}  # at which port an address was seen
        self._under_way: list[tuple[float, int, str, bytes]] = []
        self._number = count()
        self._cut: set[str] = set()

    def run(self) -> None:
        poll = select.poll()
        poll.register(0, select.POLLIN)
        for port in self._ports.values():
            poll.register(port, select.POLLIN)
        while True:
            for number, _ in poll.poll(self._until_next_ms()):
                if number:
                    self._take(self._names[number])
                elif not self._heed():
                    return
            self._deliver()

    def _heed(self) -> bool:
        said = os.read(0, 4096).decode()
        if said:
            self._cut = set(said.splitlines()[-1].split())
            print("ok", flush=True)
        return bool(said)

    def _take(self, name: str) -> None:
        frame = self._ports[name].recv(MOST_BYTES)
        to, of = frame[HEADER : HEADER + 6], frame[HEADER + 6 : HEADER + 12]
        self._at[of] = name
        known = self._at.get(to)
        for other in [known] if known and to != TO_ALL else self._ports:
            if other != name and f"{name}>{other}" not in self._cut:
                delay = self._seconds * (name not in self._near or other not in self._near)
                heapq.heappush(self._under_way, (time.monotonic() + delay, next(self._number), other, frame))

    def _until_next_ms(self) -> float | None:
        return max(0.0, self._under_way[0][0] - time.monotonic()) * 1000 if self._under_way else None

    def _deliver(self) -> None:
        while self._under_way and self._under_way[0][0] <= time.monotonic():
            _, _, name, frame = heapq.heappop(self._under_way)
            try:
                self._ports[name].send(frame)
            except OSError:  # the machine is gone
                continue


def _port(name: str) -> socket.socket:
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    port.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    port.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    port.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    port.bind((name, 0))
    return port


if __name__ == "__main__":
    cable = Cable(float(sys.argv[1]), set(sys.argv[2:]))
    print("ok", flush=True)
    cable.run()
