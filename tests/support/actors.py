"""Who asks, for tests that write without a door."""

from __future__ import annotations

from panel.storage.actor import Actor


def actor(name: str = "", via: str = "test", address: str = "") -> Actor:
    return Actor(name, via, address)
