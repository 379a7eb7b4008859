"""`mail-panel oauth`: signing in where there is no browser, and what a script learns of it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from panel import clock
from panel.config import Config
from panel.mail.net.deadline import Deadline
from panel.services import Services, open_services
from tests.cli.conftest import COMPLETE, Run
from tests.support.places import variables_of
from tests.support.token_server import TokenServer, error, running
from tests.support.waiting import wait_until

USER = "report@example.org"
LOGIN = ["smtp_login=oauth2", "oauth_provider=custom", "oauth_client_id=panel", "oauth_scope=smtp"]
KEYS = [
    *("state", "provider", "account", "scope", "signed_in_at", "signed_in_by", "expires_at", "refreshed_at", "cause"),
]


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with running(TokenServer(interval=1)) as server:
        yield server


@pytest.fixture
def saved(run: Run, tokens: TokenServer) -> TokenServer:
    """Settings whose login is made with a token that a person signs in for."""
    urls = [f"oauth_{name}_url={tokens.url}/{name}" for name in ("authorize", "token", "device")]
    assert run("settings", "set", *COMPLETE, f"smtp_user={USER}", *LOGIN, *urls).returncode == 0
    return tokens


@pytest.fixture
def services(tmp_path: Path, saved: TokenServer) -> Services:
    """The same home, as the running panel has it."""
    return open_services(Config(home=tmp_path / "home"))


def test_the_addresses_are_found_by_the_issuer(run: Run, tokens: TokenServer) -> None:
    words = [*COMPLETE, f"smtp_user={USER}", *LOGIN, f"oauth_issuer={tokens.url}/"]
    tokens.scripted += [(503, {}, b"")]
    assert run("settings", "set", *words).returncode == 69
    tokens.scripted += [(200, {}, b"<html>"), (200, {}, b"<html>")]
    failed = run("settings", "set", *words)
    assert (failed.returncode, "oauth_answer_broken" in failed.stderr) == (69, True)

    assert run("settings", "set", *words, "oauth_device_url=https://id.example.org/device").returncode == 0

    shown = run("settings", "show").stdout
    assert f"oauth_issuer={tokens.url}\n" in shown
    assert f"oauth_authorize_url={tokens.url}/authorization\noauth_token_url={tokens.url}/token\n" in shown
    assert "oauth_device_url=https://id.example.org/device" in shown


def _heeds_ctrl_c() -> None:
    """A shell starts what it puts into the background deaf to it, and so all that those start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Waiting:
    """A sign-in that waits for what happens elsewhere."""

    def __init__(self, home: Path, *words: str) -> None:
        environment = {"PATH": os.environ["PATH"], **variables_of(home), "PYTHONUNBUFFERED": "1"}
        self.said = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "panel", "oauth", "sign-in", *words],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=_heeds_ctrl_c,
        )

    def address(self) -> str:
        """Give the address that it wants to be opened."""
        assert self.process.stdout
        while not self.said.rpartition("\n  http")[1]:
            self.said += self.process.stdout.readline()
        return self.said.splitlines()[-1].strip()

    def ended(self, given: str = "") -> tuple[int, str]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(given)
        self.process.stdin.close()
        self.said += self.process.stdout.read()
        return self.process.wait(), self.said


def answered(address: str, tokens: TokenServer) -> str:
    """Give the address that the service leads the browser to after the sign-in at another one."""
    asked = dict(parse_qsl(urlsplit(address).query))
    tokens.codes["code-1"] = asked["code_challenge"]
    return f"{asked['redirect_uri']}?code=code-1&state={asked['state']}"


def come_back(services: Services, address: str, tokens: TokenServer, **instead: str) -> None:
    """Do what the browser and the panel do: open the link, sign in, come back."""
    ticket = dict(parse_qsl(urlsplit(address).query))["ticket"]
    opened = services.sign_ins.opened(ticket, clock.instant())
    arguments = dict(parse_qsl(urlsplit(answered(opened.address, tokens)).query))
    given = {"state": arguments["state"], **instead} if instead else arguments
    policy, deadline = services.config.policy, Deadline(10)
    services.sign_ins.finished(given, opened.cookie, policy=policy, deadline=deadline, at=clock.instant())


def test_without_such_a_login_every_command_says_so(run: Run) -> None:
    assert run("settings", "set", *COMPLETE, "smtp_password=@-", given="word").returncode == 0

    told = run("oauth", "status", "--json")

    assert (told.returncode, json.loads(told.stdout)) == (78, {**dict.fromkeys(KEYS), "state": "none"})
    for words in (["sign-in"], ["refresh"], ["forget"]):
        done = run("oauth", *words)
        assert (done.returncode, "smtp_login=oauth2" in done.stderr) == (78, True)


def test_before_anybody_has_signed_in_there_is_no_token(run: Run, saved: TokenServer) -> None:
    assert run("oauth", "status").returncode == 77
    assert run("oauth", "refresh").returncode == 77
    assert run("oauth", "forget").returncode == 65


def test_the_running_panel_ends_a_sign_in_and_it_is_saved(
    run: Run, services: Services, saved: TokenServer, tmp_path: Path
) -> None:
    waiting = Waiting(tmp_path / "home")
    address = waiting.address()
    assert address.startswith("http://127.0.0.1:5870/oauth2/begin?ticket=")

    come_back(services, address, saved)

    code, said = waiting.ended()
    assert (code, f"Signed in as {USER}. Saved as version 2." in said) == (0, True)
    told = json.loads(run("oauth", "status", "--json").stdout)
    assert (list(told), told["state"], told["scope"]) == (KEYS, "ready", "smtp")
    assert not any(token in said + json.dumps(told) for token in (*saved.given, *saved.living))


def test_an_answer_is_pasted_where_the_browser_does_not_reach_the_panel(
    run: Run, saved: TokenServer, tmp_path: Path
) -> None:
    waiting = Waiting(tmp_path / "home", "--paste")

    code, said = waiting.ended(answered(waiting.address(), saved) + "\n")

    assert (code, "Saved as version 2." in said) == (0, True)
    assert run("oauth", "status").returncode == 0


def test_a_foreign_address_is_no_answer(saved: TokenServer, tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "home", "--paste")

    waiting.address()

    assert waiting.ended("http://127.0.0.1:5870/oauth2/callback?code=1&state=foreign\n")[0] == 65


def test_a_code_is_typed_into_another_device(run: Run, saved: TokenServer, tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "home", "--device")
    assert waiting.address() == f"{saved.url}/activate"

    saved.typed = True

    code, said = waiting.ended()
    assert (code, "WDJB-MJHT" in said, "Signed in as" in said) == (0, True, True)


def test_a_refused_sign_in_ends_with_77_and_saves_nothing(
    run: Run, services: Services, saved: TokenServer, tmp_path: Path
) -> None:
    waiting = Waiting(tmp_path / "home")

    come_back(services, waiting.address(), saved, error="access_denied")

    code, said = waiting.ended()
    assert (code, said.count("oauth_consent_missing: ")) == (77, 1)
    assert services.settings.newest() == 1


def test_ctrl_c_leaves_nothing_half_done(services: Services, saved: TokenServer, tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "home")
    address = waiting.address()
    waiting.process.send_signal(signal.SIGINT)

    assert waiting.ended()[0] == 130
    [row] = services.database.rows("SELECT outcome, ticket, length(sealed) AS length FROM sign_ins")
    assert (row["outcome"], row["ticket"], row["length"]) == ("over", None, 0)
    with pytest.raises(Exception, match="This link"):
        come_back(services, address, saved)


def test_a_token_is_renewed_by_hand_and_forgotten(run: Run, saved: TokenServer, tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "home", "--paste")
    assert waiting.ended(answered(waiting.address(), saved) + "\n")[0] == 0
    before = len(saved.requests)

    done = run("oauth", "refresh")

    assert (done.returncode, len(saved.requests)) == (0, before + 1)
    assert re.search(r"It lasts until 20..-", done.stdout)
    done = run("oauth", "forget")
    assert done.returncode == 0
    assert re.search(r"oauth_forgotten grant=1 revoked=\w+ account=\S+", done.stderr)
    assert run("oauth", "status").returncode == 77


def test_a_refused_renewal_ends_with_77_and_an_outage_with_69(run: Run, saved: TokenServer, tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "home", "--paste")
    assert waiting.ended(answered(waiting.address(), saved) + "\n")[0] == 0

    saved.scripted.append(error("server_error", status=503))
    away = run("oauth", "refresh")
    saved.scripted.append(error("invalid_grant", "it was revoked"))
    refused = run("oauth", "refresh")

    assert (away.returncode, refused.returncode) == (69, 77)
    assert "oauth_signin_required: " in refused.stderr
    assert "it was revoked" in refused.stderr
    assert run("oauth", "status").returncode == 77
    assert run("oauth", "refresh").returncode == 0  # somebody has asked for it once more


def test_an_application_signs_in_by_itself(run: Run, saved: TokenServer) -> None:
    assert run("settings", "set", "oauth_flow=client", "oauth_client_secret=@-", given="word").returncode == 0

    assert run("oauth", "sign-in").returncode == 78
    assert run("oauth", "refresh").returncode == 0
    assert json.loads(run("oauth", "status", "--json").stdout)["state"] == "ready"


def test_an_export_has_no_sign_in_and_says_so(run: Run, saved: TokenServer) -> None:
    done = run("settings", "export")

    assert "mail-panel oauth sign-in" in done.stderr
    assert "grant" not in json.loads(done.stdout)["settings"]
    assert json.loads(done.stdout)["settings"]["oauth_provider"] == "custom"


def test_waiting_takes_no_longer_than_the_sign_in_may(services: Services, saved: TokenServer, tmp_path: Path) -> None:
    waiting = Waiting(tmp_path / "home")
    waiting.address()
    with services.database.writing() as write:
        write.run("UPDATE sign_ins SET ends_at = ?", ("2026-01-01T00:00:00.000Z",))

    wait_until(lambda: waiting.process.poll() is not None)

    assert waiting.ended()[0] == 75


def test_the_second_server_has_a_sign_in_of_its_own(run: Run, saved: TokenServer, tmp_path: Path) -> None:
    assert run("oauth", "sign-in", "--server", "second").returncode == 78
    words = [f"second_{word}" for word in (*LOGIN, "smtp_host=relay.example.net", f"smtp_user={USER}")]
    urls = [f"second_oauth_{name}_url={saved.url}/{name}" for name in ("authorize", "token")]
    done = run("settings", "set", "second=yes", *words, *urls)
    assert "Run: mail-panel oauth sign-in --server second\n" in done.stdout

    waiting = Waiting(tmp_path / "home", "--paste", "--server", "second")
    code, said = waiting.ended(answered(waiting.address(), saved) + "\n")

    assert (code, "Saved as version 3." in said) == (0, True)
    assert run("oauth", "status").returncode == 77
    assert run("oauth", "status", "--server", "second").returncode == 0
    assert run("oauth", "refresh", "--server", "second").returncode == 0
    assert run("oauth", "forget", "--server", "second").returncode == 0
    assert run("oauth", "status", "--server", "second").returncode == 77
