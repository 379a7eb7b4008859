"""What `mail-panel serve` says when it starts."""

from __future__ import annotations

from pathlib import Path

from tests.support.serving import Serving
from tests.support.waiting import wait_until


def test_the_start_says_that_a_frame_of_another_site_needs_https(tmp_path: Path) -> None:
    ancestors = {"MAIL_PANEL_FRAME_ANCESTORS": "https://portal.example.org"}

    with Serving(tmp_path / "home", variables=ancestors) as serving:
        wait_until(lambda: any("MAIL_PANEL_TRUSTED_PROXIES" in line for line in serving.said))
