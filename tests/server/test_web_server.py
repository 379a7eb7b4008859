"""The start of the panel: where it says one begins, and what stops it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

from tests.support.places import variables_of
from tests.support.serving import MAIN, Serving

BEHIND = {
    "MAIL_PANEL_AUTH": "proxy",
    "MAIL_PANEL_TRUSTED_PROXIES": "127.0.0.1/32",
    "MAIL_PANEL_PROXY_USER_HEADER": "Remote-User",
}


def said_at_start(home: Path, variables: dict[str, str]) -> str:
    """Give what a panel says until it answers."""
    with Serving(home, variables=variables) as serving, urlopen(f"{serving.address}/healthz") as answer:
        assert answer.status == 200
    return "".join(serving.said)


def test_behind_a_proxy_the_start_says_how_somebody_becomes_its_administrator(tmp_path: Path) -> None:
    said = said_at_start(tmp_path, BEHIND)
    assert "mail-panel user add NAME --via proxy --role administrator" in said
    assert "/setup" not in said


def test_the_first_link_leads_where_browsers_reach_the_panel(tmp_path: Path) -> None:
    said = said_at_start(tmp_path, {"MAIL_PANEL_PUBLIC_URL": "https://example.org/mail"})
    assert "\n    https://example.org/mail/setup?token=" in said


def test_a_proxy_that_is_anybody_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    wrong = {**BEHIND, **variables_of(tmp_path), "MAIL_PANEL_TRUSTED_PROXIES": "0.0.0.0/0"}

    ended = subprocess.run(
        [sys.executable, "-c", MAIN, "serve"], env=wrong, capture_output=True, text=True, check=False, timeout=30
    )

    assert ended.returncode == 78
    assert ended.stderr.startswith("mail-panel: MAIL_PANEL_TRUSTED_PROXIES is 0.0.0.0/0")
    assert len(ended.stderr.splitlines()) == 1
