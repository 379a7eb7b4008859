"""`mail-panel doctor`."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Run
from tests.support.dns_server import DnsServer

SETTINGS = ["from_address=report@example.org", "smtp_host=127.0.0.1", "smtp_port=1", "smtp_auth=no", "tls=no"]


def test_each_finding_is_a_line_and_a_problem_ends_with_78(run: Run) -> None:
    run("settings", "set", *SETTINGS)

    with DnsServer({}) as server:
        done = run("doctor", "--resolver", "{}:{}".format(*server.address))

    assert done.returncode == 78
    assert "PROBLEM    mx " in done.stdout
    assert 'TXT "v=DMARC1; p=none' in done.stdout


def test_an_empty_home_has_no_problem(run: Run) -> None:
    with DnsServer({}) as server:
        done = run("doctor", "--json", "--resolver", "{}:{}".format(*server.address))

    assert done.returncode == 0
    assert list(json.loads(done.stdout)[0]) == ["name", "server", "status", "what", "do", "record"]


@pytest.mark.parametrize("words", [["--address", "nonsense"], ["--resolver", "1.2.3.4:x"]])
def test_a_wrong_address_is_wrong_use(run: Run, words: list[str]) -> None:
    assert run("doctor", *words).returncode == 64
