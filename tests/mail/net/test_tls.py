"""What a connection is protected by, and until when."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from panel.mail.net.tls import tls_facts


@dataclass
class Secured:
    """A connection whose certificate ends when it says."""

    ends: str

    def cipher(self) -> tuple[str, str, int]:
        return ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256)

    def version(self) -> str:
        return "TLSv1.3"

    def getpeercert(self) -> dict[str, Any]:
        return {"notAfter": self.ends}


@pytest.mark.parametrize("ends", ["Jan  5 09:34:43 2018 GMT", "Feb 29 00:00:00 2028 GMT", "Dec 31 23:59:59 9999 GMT"])
def test_the_end_is_read_as_python_reads_it(ends: str) -> None:
    expected = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)

    assert tls_facts(Secured(ends)).not_after == expected.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    "ends",
    [
        *("", "None", "Jan  5 09:34:43 2018", "Jan  5 09:34:43 2018 CET", "Jän  5 09:34:43 2018 GMT"),
        *("Feb 30 00:00:00 2028 GMT", "Jan  5 09:34 2018 GMT", "Jan  5 24:00:00 2018 GMT", "Jan 5 1:2:3 99999 GMT"),
        f"Jan  5 09:34:43 {10**20} GMT",
    ],
)
def test_what_is_no_date_is_left_out(ends: str) -> None:
    assert tls_facts(Secured(ends)).not_after == ""
