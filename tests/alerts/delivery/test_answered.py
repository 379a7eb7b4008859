"""What an answer means: by its status, and how long a receiver may have us wait."""

from __future__ import annotations

import pytest

from panel.alerts.delivery.answered import LONGEST_RETRY_AFTER, answered_with

DATE = "Fri, 27 Nov 2026 09:00:00 GMT"


@pytest.mark.parametrize(
    ("status", "told", "gone", "line"),
    [
        (200, True, False, "200 OK"),
        (202, True, False, "202 Accepted"),
        (204, True, False, "204 No Content"),
        (299, True, False, "299"),
        (302, False, False, "302 Found"),
        (410, False, True, "410 Gone"),
        (429, False, False, "429 Too Many Requests"),
        (503, False, False, "503 Service Unavailable"),
        (999, False, False, "999"),
    ],
)
def test_the_status_says_it(status: int, told: bool, gone: bool, line: str) -> None:
    answered = answered_with(status, {})

    assert (answered.told, answered.gone, answered.status, answered.retry_after) == (told, gone, line, None)


@pytest.mark.parametrize(
    ("after", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("3601", LONGEST_RETRY_AFTER),
        ("999999999999999999", LONGEST_RETRY_AFTER),
        ("Fri, 27 Nov 2026 09:02:00 GMT", 120),
        ("Fri, 27 Nov 2026 08:00:00 GMT", 0),
        ("Fri, 27 Nov 2099 09:00:00 GMT", LONGEST_RETRY_AFTER),
        ("9999999999999999999", None),
        ("-1", None),
        ("1e3", None),
        ("１２", None),
        ("soon", None),
        ("Fri, 99 Nov 2026 09:02:00 GMT", None),
        ("Fri, 27 Nov 999999999999 09:02:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", LONGEST_RETRY_AFTER),
    ],
)
def test_retry_after_is_seconds_or_a_moment_by_the_clock_of_the_server(after: str, seconds: int | None) -> None:
    assert answered_with(429, {"retry-after": after, "date": DATE}).retry_after == seconds
