"""The start of the panel: where it says one begins, and what stops it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from panel import clock
from panel.config import Config
from panel.services import open_services
from tests.support.actors import actor
from tests.support.needs import needs_root
from tests.support.places import variables_of
from tests.support.serving import MAIN, Serving, free_port

BEHIND = {
    "MAIL_PANEL_AUTH": "proxy",
    "MAIL_PANEL_TRUSTED_PROXIES": "127.0.0.1/32",
    "MAIL_PANEL_PROXY_USER_HEADER": "Remote-User",
}


def said_at_start(home: Path, variables: dict[str, str], *, port: int = 0) -> str:
    """Give what a panel says until it answers."""
    with Serving(home, variables=variables, port=port) as serving, urlopen(f"{serving.address}/healthz") as answer:
        assert answer.status == 200
    return "".join(serving.said)


def test_behind_a_proxy_the_start_says_how_somebody_becomes_its_administrator(tmp_path: Path) -> None:
    said = said_at_start(tmp_path, BEHIND)
    assert "mail-panel user add NAME --via proxy --role administrator" in said
    assert "/setup" not in said


def test_the_first_link_leads_where_browsers_reach_the_panel(tmp_path: Path) -> None:
    said = said_at_start(tmp_path, {"MAIL_PANEL_PUBLIC_URL": "https://example.org/mail"})
    assert "\n    https://example.org/mail/setup?token=" in said


def test_the_first_link_leads_to_this_machine_where_the_panel_listens_everywhere(tmp_path: Path) -> None:
    port = free_port()

    said = said_at_start(tmp_path, {"MAIL_PANEL_LISTEN": f"0.0.0.0:{port}"}, port=port)

    assert f"\n    http://127.0.0.1:{port}/setup?token=" in said


def test_where_the_log_is_json_the_start_says_in_it_where_everything_is_but_the_first_link(tmp_path: Path) -> None:
    services = open_services(Config(home=tmp_path))
    variables = {"MAIL_PANEL_LOG_FORMAT": "json", "MAIL_PANEL_SMTP_LISTEN": f"127.0.0.1:{free_port()}"}
    first = said_at_start(tmp_path, variables)
    services.accounts.add("hanako", "correct horse battery", by=actor(), now=clock.now())

    second = [json.loads(line) for line in said_at_start(tmp_path, variables).splitlines()]

    assert "\n    http://127.0.0.1:" in first
    assert [line for line in first.splitlines() if line.startswith("{") and "/setup?" in line] == []
    told = [each["text"] for each in second if each["event"] == "serving"]
    assert told[0].startswith("mail-panel is at http://127.0.0.1:")
    assert told[1].startswith("Programs on this machine hand mail over by SMTP at 127.0.0.1:")


WITHOUT_THE_RIGHT = (  # on a machine of its own, whose ports below 1024 are root's
    *("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"),
    *("setpriv", "--bounding-set=-net_bind_service", "--inh-caps=-net_bind_service"),
)
INSTEAD = {
    "MAIL_PANEL_LISTEN": "Choose another one: --listen 127.0.0.1:2080",
    "MAIL_PANEL_SMTP_LISTEN": "127.0.0.1:2080 is free.",
}


@pytest.mark.parametrize("variable", INSTEAD)
def test_a_port_that_only_root_may_open_stops_the_start_and_names_another(tmp_path: Path, variable: str) -> None:
    needs_root("a network of its own")
    given = {"MAIL_PANEL_HOME": str(tmp_path), variable: "127.0.0.1:80"}  # its database is on its disk

    ended = subprocess.run(
        [*WITHOUT_THE_RIGHT, sys.executable, "-c", MAIN, "serve"],
        env={"PATH": os.environ["PATH"], **given},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (ended.returncode, ended.stdout) == (69, "")
    assert ended.stderr == (
        f"mail-panel: {variable} is 127.0.0.1:80, where the panel cannot listen: Permission denied. "
        f"A port below 1024 needs the capability CAP_NET_BIND_SERVICE. {INSTEAD[variable]}\n"
    )


def test_a_proxy_that_is_anybody_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    wrong = {**BEHIND, **variables_of(tmp_path), "MAIL_PANEL_TRUSTED_PROXIES": "0.0.0.0/0"}

    ended = subprocess.run(
        [sys.executable, "-c", MAIN, "serve"], env=wrong, capture_output=True, text=True, check=False, timeout=30
    )

    assert ended.returncode == 78
    assert ended.stderr.startswith("mail-panel: MAIL_PANEL_TRUSTED_PROXIES is 0.0.0.0/0")
    assert len(ended.stderr.splitlines()) == 1
