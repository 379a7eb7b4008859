"""`mail-panel arrived`: said from the shell, and answered with where to look."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.dns_server import DnsServer
from tests.support.servers import SmtpServer

RECIPIENT = "taro@example.net"


@pytest.fixture
def sent(run: Run, server: SmtpServer) -> SmtpServer:
    """A test that the server took."""
    texts = ["from_address=report@example.org", "smtp_host=127.0.0.1", f"smtp_port={server.port}", "tls=no"]
    assert run("settings", "set", *texts, "smtp_auth=no").returncode == 0
    done = run("test", RECIPIENT)
    assert re.search(r"\[#1\].*mail-panel arrived 1 yes\|no", done.stderr)
    return server


def test_the_number_is_that_of_the_subject_and_the_answer_is_said(run: Run, sent: SmtpServer) -> None:
    assert sent.messages[0].raw.count(b"Subject: [#1] ") == 1

    done = run("arrived", "1", "yes")

    assert done.returncode == 0
    assert re.fullmatch(r"Test 1: arrived \(\S+ by .*, \d+ s after it was sent\)\.\n", done.stdout)


def test_no_says_where_to_look_and_what_the_dns_says(run: Run, sent: SmtpServer, tmp_path: Path) -> None:
    with DnsServer({}) as names:
        resolver = "{}:{}".format(*names.address)
        done = run("arrived", "1", "no", "--json", MAIL_PANEL_RESOLVER=resolver)

    told = json.loads(done.stdout)
    assert (told["test"], told["in_force"], told["arrival"]["arrived"]) == (1, True, False)
    assert any("[#1]" in place for place in told["look_at"])
    assert [each["name"] for each in told["findings"]] == ["spf", "dkim", "dmarc"]
    assert ("example.org", "TXT") in names.asked


def test_a_test_that_is_not_there_or_sent_nothing_is_refused(run: Run, sent: SmtpServer) -> None:
    assert run("arrived", "7", "yes").returncode == 65
    assert run("test", RECIPIENT, "--check").returncode == 0

    refused = run("arrived", "2", "yes")

    assert (refused.returncode, "check without sending" in refused.stderr) == (65, True)
