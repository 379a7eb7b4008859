"""What wakes the workers of all machines."""

from __future__ import annotations

import threading
from pathlib import Path
from time import monotonic

from panel.storage.postgresql.history import SeenHistory
from panel.storage.postgresql.notifier import ChannelNotifier
from panel.storage.postgresql.reaching.address import ServerAddress
from tests.support.postgres import PostgresServer


def test_what_came_before_a_waiter_has_listened_is_not_waited_for(postgres: PostgresServer, tmp_path: Path) -> None:
    began = monotonic()

    with notifier_of(postgres, tmp_path).waiter("1-a") as waiter:
        waiter.wait(60)

    assert monotonic() - began < 30


def test_a_waiter_is_woken_from_another_machine(postgres: PostgresServer, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with notifier_of(postgres, tmp_path).waiter("1-a") as waiter:
        waiter.wait(60)
        woken = threading.Event()
        thread = threading.Thread(target=lambda: (waiter.wait(60), woken.set()))
        thread.start()
        notifier_of(postgres, elsewhere).notify()

        assert woken.wait(30)
        thread.join()


def notifier_of(postgres: PostgresServer, folder: Path) -> ChannelNotifier:
    place = folder / "mail-panel.db"
    return ChannelNotifier(ServerAddress.of(postgres.url("woken"), None), place, SeenHistory(place))
