"""A key that is gone, a data file that cannot be written, a disk without room: each is told of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from panel import home
from panel.alerts.alert import Alert
from panel.alerts.conditions.machine import megabytes_free
from panel.alerts.conditions.view import Around
from tests.support.doors import POSTGRESQL
from tests.support.limits import files_up_to
from tests.support.watched import Watched, open_incident


def test_a_panel_that_is_well_has_no_sign(panel: Watched) -> None:
    for alert in (Alert.SECRET_UNREADABLE, Alert.DATABASE, Alert.DISK):
        assert panel.sign(alert) is None


def test_a_password_that_no_key_opens_is_told_of_with_its_field(panel: Watched) -> None:
    panel.version = replace(panel.version, unreadable=frozenset({"smtp_password"}))

    sign = panel.sign(Alert.SECRET_UNREADABLE)

    assert sign is not None
    assert sign.facts["field"] == "smtp_password"


def test_a_destination_that_no_key_opens_is_told_of_by_the_others(panel: Watched) -> None:
    panel.around = Around(panel.around.folder, lost_destinations=lambda: [3, 4])

    sign = panel.sign(Alert.SECRET_UNREADABLE)

    assert sign is not None
    assert (sign.facts["field"], sign.facts["destinations"]) == (None, 2)


@pytest.mark.data_file("its disk is this machine's")
def test_a_data_file_that_cannot_be_written_is_told_of_by_its_machine(panel: Watched) -> None:
    with files_up_to(1):
        sign = panel.sign(Alert.DATABASE)

    assert sign is not None
    assert sign.facts["host"] == home.machine_name()


@pytest.mark.data_file("its disk is this machine's")
def test_too_little_room_is_told_of(panel: Watched) -> None:
    free = int(megabytes_free(panel.view()))
    panel.set(disk_megabytes=min(free * 2, 1_000_000))

    sign = panel.sign(Alert.DISK)

    assert sign is not None
    assert sign.facts["host"] == home.machine_name()
    assert abs(int(str(sign.facts["megabytes"])) - free) < 1_000


@pytest.mark.parametrize("door", [POSTGRESQL], indirect=True)
def test_of_a_servers_disk_nobody_here_knows(panel: Watched) -> None:
    panel.set(disk_megabytes=1_000_000)

    assert megabytes_free(panel.view()) < 1_000_000
    assert panel.sign(Alert.DISK) is None


@pytest.mark.data_file("its disk is this machine's")
def test_room_is_there_again_where_it_is_a_fifth_more_than_too_little(panel: Watched) -> None:
    free = megabytes_free(panel.view())
    panel.set(disk_megabytes=min(int(free * 0.9), 1_000_000))

    assert panel.sign(Alert.DISK) is None
    if free < 1_000_000:
        assert panel.sign(Alert.DISK, incident=open_incident(Alert.DISK)) is not None
