"""Until when certificates hold that were added."""

from __future__ import annotations

from datetime import timedelta

from panel.checks.doctor.authority import authority_ends
from panel.checks.doctor.finding import FindingStatus
from panel.checks.doctor.server import SOON_DAYS, _authority
from panel.settings.model import Settings
from tests.alerts.conditions.test_certificate import ends_in, leaf
from tests.support.mail import NOW


def test_of_several_those_that_have_ended_are_missed_by_nobody() -> None:
    ended, near, far = leaf(-3), leaf(5), leaf(300)

    assert authority_ends(ended + far + near, NOW) == ends_in(5)
    assert authority_ends(ended, NOW) == ends_in(-3)


def test_what_cannot_be_read_is_left_to_the_connection() -> None:
    assert authority_ends("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", NOW) is None


def test_its_end_is_counted_down() -> None:
    def status(days: int) -> tuple[FindingStatus, int | None]:
        [found] = _authority(Settings(ca_certificate=leaf(days)), NOW)
        return found.status, found.days_left(NOW + timedelta(days=1))

    assert status(300) == (FindingStatus.OK, 299)
    assert status(SOON_DAYS - 1) == (FindingStatus.WARNING, SOON_DAYS - 2)
    assert status(-1) == (FindingStatus.PROBLEM, 0)
    assert not [*_authority(Settings(), NOW)]
