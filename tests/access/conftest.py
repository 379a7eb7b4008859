"""Accounts in a data file, and what stands on them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from panel.access.accounts import Account, Accounts
from panel.access.logins import Logins
from panel.access.sessions import Sessions
from panel.access.setup import Setup
from panel.storage.database import Database
from tests.support.actors import actor

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
HERE = "192.0.2.1"


@pytest.fixture
def accounts(database: Database) -> Accounts:
    return Accounts(database)


@pytest.fixture
def sessions(database: Database) -> Sessions:
    return Sessions(database)


@pytest.fixture
def logins(database: Database) -> Logins:
    return Logins(database)


@pytest.fixture
def setup(database: Database) -> Setup:
    return Setup(database)


@pytest.fixture
def hanako(accounts: Accounts) -> Account:
    """The first account, an administrator's."""
    return accounts.add("hanako", PASSWORD, by=actor(), now=NOW)
