"""A panel on one machine and an application on another: each finds the other by name, as the guides say it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import trustme

from panel import clock
from panel.access.rights import Scope
from panel.config import Config
from panel.mail.message.submission import Submission
from panel.outbox.entry import Entry
from panel.services import Services, open_services
from tests.support.actors import actor
from tests.support.network import Machine, Network, standing_at
from tests.support.rows import bodies
from tests.support.serving import Serving, wait_for

HOST = "mail.example.org"  # in the certificate
SMTP, SMTPS = 2525, 2465
_THERE = 'mount --bind "$0" /etc/hosts && exec "$@"'


@dataclass(frozen=True, slots=True)
class ApplicationSite:
    """The panel's machine and the application's, a token for the latter, and whom it trusts."""

    panel: Machine
    shop: Machine
    services: Services
    folder: Path
    token: str

    @property
    def authority(self) -> Path:
        return self.folder / "ca.pem"

    def run_beside(self, *command: object, cwd: Path, **variables: str) -> None:
        """Run a program on the panel's machine, to a good end."""
        self._run(self.panel, "127.0.0.1", command, cwd, variables)

    def run_elsewhere(self, *command: object, cwd: Path, **variables: str) -> None:
        """Run a program on the other one, which has the token."""
        self._run(self.shop, self.panel.address, command, cwd, {"MAIL_TOKEN": self.token, **variables})

    def last(self) -> tuple[Entry, EmailMessage]:
        """Give the last message of the outbox, as it leaves with the application's name before the address."""
        [row] = self.services.database.rows("SELECT number, reply_to FROM messages ORDER BY number DESC LIMIT 1")
        entry = self.services.outbox.get(row["number"])
        assert entry
        kept = Submission((), bodies(self.services.database)[entry.number], "", reply_to=row["reply_to"])
        leaving = kept.envelope("panel@example.org", "", own_name=True)
        return entry, message_from_bytes(leaving.message, policy=policy.default)

    def _run(
        self, machine: Machine, address: str, command: tuple[object, ...], cwd: Path, variables: Mapping[str, str]
    ) -> None:
        hosts = self.folder / f"hosts-{machine.name}"
        hosts.write_text(f"127.0.0.1 localhost\n{address} {HOST}\n")
        words = machine.words("unshare", "--mount", "sh", "-c", _THERE, str(hosts), *map(str, command))
        environment = {
            **{"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
            **{"SSL_CERT_FILE": str(self.authority), "NODE_EXTRA_CA_CERTS": str(self.authority), **variables},
        }
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd, env=environment, timeout=120, check=False
        )
        assert done.returncode == 0, (done.stdout, done.stderr)


@contextmanager
def application_site(folder: Path) -> Iterator[ApplicationSite]:
    """Serve a panel to the other machine, which must log in under TLS, and to its own, which need not."""
    with ExitStack() as stack:
        network = stack.enter_context(Network(seconds=0.0, near=("panel", "shop")))
        panel, shop = network.add("panel"), network.add("shop")
        network.lay_cable()
        authority = trustme.CA()
        authority.cert_pem.write_to_path(folder / "ca.pem")
        authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(folder / "cert.pem")
        services = open_services(Config(home=folder / "home"))
        token = services.tokens.create("shop", [Scope.SEND], by=actor("test"), now=clock.now())
        variables = {
            "MAIL_PANEL_SMTP_LISTEN": f"0.0.0.0:{SMTP}",
            "MAIL_PANEL_SMTP_LISTEN_TLS": f"0.0.0.0:{SMTPS}",
            "MAIL_PANEL_SMTP_NETWORKS": shop.address,
            "MAIL_PANEL_SMTP_CERTIFICATE": str(folder / "cert.pem"),
        }
        with standing_at(panel):
            stack.enter_context(Serving(folder / "home", variables=variables))
            wait_for(SMTPS)
        yield ApplicationSite(panel, shop, services, folder, token)
