"""Mail servers of the distribution, one of each for the whole run, and the product's settings for them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import dovecot as dovecot_server
from tests.conformance import exim as exim_server
from tests.conformance import postfix as postfix_server
from tests.conformance import token_logins as token_logins_server
from tests.conformance.certificates import Authority
from tests.conformance.dovecot import Dovecot
from tests.conformance.exim import Exim
from tests.conformance.mailbox import Mailbox
from tests.conformance.people import PEOPLE
from tests.conformance.postfix import Postfix
from tests.conformance.token_logins import TokenLogins
from tests.conformance.window import PopWindow
from tests.support.needs import needs, needs_root
from tests.support.oidc import OidcProvider


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A folder that the servers' own users can enter, with a path short enough for a Unix socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="mail-panel-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def authority(home: Path) -> Authority:
    return Authority(folder_of(home, "certificates"))


@pytest.fixture(scope="session")
def ca(authority: Authority) -> str:
    """The authority's certificate, as an operator pastes it into the form."""
    return authority.pem


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="session")
def dovecot(home: Path, authority: Authority) -> Iterator[Dovecot]:
    program = needs("dovecot", "dovecot-pop3d")
    needs_root("Dovecot")
    server = dovecot_server.start(
        program, folder_of(home, "dovecot"), window=home / "window", key_pair=authority.good, people=PEOPLE
    )
    yield server
    server.stop()


@pytest.fixture(scope="session")
def running_pop_window(home: Path, dovecot: Dovecot) -> Iterator[PopWindow]:
    with PopWindow(home / "window") as window:
        yield window


@pytest.fixture
def pop_window(running_pop_window: PopWindow) -> PopWindow:
    running_pop_window.forget()
    return running_pop_window


@pytest.fixture(scope="session")
def postfix(
    home: Path, authority: Authority, dovecot: Dovecot, running_pop_window: PopWindow, mailbox: Mailbox
) -> Iterator[Postfix]:
    program = needs("postfix", "postfix")
    needs_root("Postfix")
    server = postfix_server.start(
        program,
        folder_of(home, "postfix"),
        authority=authority,
        auth_socket=dovecot.auth_socket,
        token_socket=home / "tokens" / "auth",
        window_port=running_pop_window.port,
        mailbox_port=mailbox.port,
    )
    yield server
    server.stop()


@pytest.fixture(scope="session")
def token_logins(home: Path, oidc: OidcProvider) -> Iterator[TokenLogins]:
    """The login service of the Postfix at `by_token`."""
    program = needs("dovecot", "dovecot-pop3d")
    needs_root("Dovecot")
    server = token_logins_server.start(program, folder_of(home, "tokens"), introspection_url=oidc.introspection_url)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def exim(home: Path, authority: Authority, mailbox: Mailbox) -> Iterator[Exim]:
    program = needs("exim4", "exim4-daemon-light", exim_server.UNPACKED)
    needs_root("Exim")
    server = exim_server.start(
        program, folder_of(home, "exim"), key_pair=authority.good, people=PEOPLE, mailbox_port=mailbox.port
    )
    yield server
    server.stop()


def folder_of(home: Path, name: str) -> Path:
    folder = home / name
    folder.mkdir()
    return folder
