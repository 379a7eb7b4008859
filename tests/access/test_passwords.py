"""Passwords: what is hashed verifies, and nothing else does."""

from __future__ import annotations

import pytest

from panel.access import passwords
from panel.access.passwords import MAX_PASSWORD, MIN_PASSWORD, AccountRefused


@pytest.mark.parametrize("password", ["x" * MIN_PASSWORD, "あ" * MAX_PASSWORD, "a" * 12 + "\ud800"])
def test_what_was_hashed_verifies(password: str) -> None:
    digest = passwords.hashed(password)

    assert passwords.verify(password, digest)
    assert not passwords.verify(password[:-1], digest)
    assert digest != passwords.hashed(password), "each has a salt of its own"


@pytest.mark.parametrize("length", [0, MIN_PASSWORD - 1, MAX_PASSWORD + 1])
def test_a_password_too_short_or_too_long_is_not_hashed(length: int) -> None:
    with pytest.raises(AccountRefused) as caught:
        passwords.hashed("x" * length)

    assert caught.value.field == "password"


def test_no_password_is_that_of_nobody() -> None:
    assert not passwords.verify("", passwords.NOBODY)
    assert not passwords.verify("correct horse battery", passwords.NOBODY)
