"""Sessions end on the server: by hand, when nobody comes, and after a week."""

from __future__ import annotations

from datetime import timedelta

from panel.access.accounts import Account
from panel.access.sessions import ABSOLUTE, IDLE, Sessions
from tests.access.conftest import HERE, NOW


def test_a_session_ends_when_it_is_closed(sessions: Sessions, hanako: Account) -> None:
    token = sessions.open(hanako, address=HERE, now=NOW)
    assert sessions.account(token, NOW)

    sessions.close(token)

    assert sessions.account(token, NOW) is None


def test_a_session_ends_when_nobody_comes(sessions: Sessions, hanako: Account) -> None:
    token = sessions.open(hanako, address=HERE, now=NOW)

    assert sessions.account(token, NOW + IDLE)
    assert sessions.account(token, NOW + IDLE + IDLE)
    assert sessions.account(token, NOW + IDLE * 3 + timedelta(seconds=1)) is None


def test_a_session_ends_after_a_week_whoever_comes(sessions: Sessions, hanako: Account) -> None:
    token = sessions.open(hanako, address=HERE, now=NOW)
    for hours in range(0, 7 * 24, 4):
        assert sessions.account(token, NOW + timedelta(hours=hours))

    assert sessions.account(token, NOW + ABSOLUTE + timedelta(seconds=1)) is None
