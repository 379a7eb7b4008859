"""The one-time link of the first administrator."""

from __future__ import annotations

from datetime import timedelta

from panel.access.setup import SETUP_LINK_LIFE, Setup
from tests.access.conftest import NOW, PASSWORD
from tests.support.actors import actor


def test_the_one_time_link_works_once(setup: Setup) -> None:
    token = setup.make_link(NOW)
    assert token

    assert setup.finish(token, "hanako", PASSWORD, by=actor(), now=NOW)
    assert setup.finish(token, "mallory", PASSWORD, by=actor(), now=NOW) is None
    assert setup.make_link(NOW) is None


def test_without_the_link_nothing_is_looked_at(setup: Setup) -> None:
    assert setup.finish("made up", "", "", by=actor(), now=NOW) is None


def test_only_the_newest_link_works(setup: Setup) -> None:
    old, new = setup.make_link(NOW), setup.make_link(NOW)
    assert old
    assert new

    assert not setup.knows(old, NOW)
    assert setup.knows(new, NOW)


def test_the_link_runs_out(setup: Setup) -> None:
    token = setup.make_link(NOW)
    assert token

    assert setup.finish(token, "hanako", PASSWORD, by=actor(), now=NOW + SETUP_LINK_LIFE + timedelta(seconds=1)) is None
