"""Passwords: what is hashed verifies, and nothing else does."""

from __future__ import annotations

import subprocess
import sys

import pytest

from panel.access import passwords
from panel.access.passwords import MAX_PASSWORD, MIN_PASSWORD, AccountRefused

MADE_BY_CRYPTOGRAPHY = (
    "$argon2id$v=19$m=19456,t=2,p=1$QzLXP23c/9l9oWKlJluUhQ$P0KAm0LaHGJF4pRMvB4Ivd43gsapyOMXTXan2Y+BUT4"
)
IN_EIGHT_THREADS = """
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from panel.access.passwords import hashed, verify

def held(what):
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what)]
    return int(line.split()[1]) / 1024

digest = hashed("correct horse battery")
before = held("VmRSS")
with ThreadPoolExecutor(8) as threads:
    found = [*threads.map(lambda number: verify(f"wrong horse battery {number}", digest), range(40))]
assert not any(found)
print(held("VmRSS") - before, held("VmHWM") - before)
"""


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


@pytest.mark.parametrize(
    "digest", ["", "x", "$2b$12$" + "a" * 53, "$scrypt$" + "a" * 200, "\u00e9", MADE_BY_CRYPTOGRAPHY[:-1]]
)
def test_what_is_no_digest_fits_no_password(digest: str) -> None:
    assert not passwords.verify("correct horse battery", digest)


def test_a_digest_of_the_versions_before_still_verifies() -> None:
    assert passwords.verify("correct horse battery", MADE_BY_CRYPTOGRAPHY)
    assert not passwords.verify("correct horse batterx", MADE_BY_CRYPTOGRAPHY)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_many_at_once_hold_the_memory_of_one_and_keep_none_of_it() -> None:
    said = subprocess.run([sys.executable, "-c", IN_EIGHT_THREADS], check=True, capture_output=True, text=True).stdout
    grown, at_most = map(float, said.split())  # MiB

    assert at_most < 2 * 19
    assert grown < 19 / 2
