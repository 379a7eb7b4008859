"""The image as its Containerfile makes it, run as the compose file and the manifests say, without an engine.

A Debian of its own is unpacked for it, and Debian's Python stands in for that of the official image.
"""

from __future__ import annotations

import json
import os
import smtplib
import ssl
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
import trustme

from panel.storage import vault
from tests.support.containers.containerfile import Told
from tests.support.containers.image import Image, base_copy, build
from tests.support.containers.kubelet import project, run_of
from tests.support.containers.manifests import COMPOSE, CONTAINERFILE, compose, document, pod_spec
from tests.support.containers.pod import Mount, Pod, Run
from tests.support.network import Machine, Network, standing_at
from tests.support.servers import PASSWORD, USER, Authority, Loop, SmtpServer
from tests.support.waiting import wait_until

pytestmark = pytest.mark.long

NETWORK = "10.77.0.0/24"  # where the tests' machines are
CHANGES = {"bounce_address=bounces@example.org\n": "settings_saved", "smtp_port=many\n": "settings_file_refused"}
SERVICE = "mail-panel.mail-panel.svc"
PAGES = 5870


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    return build(CONTAINERFILE, tmp_path_factory.mktemp("image"))


@dataclass(frozen=True, slots=True)
class Places:
    """Machines for two containers, and `out`, where the mail server and we are."""

    panel: Machine
    application: Machine
    out: Machine
    loop: Loop

    def hosts(self, folder: Path, **names: Machine) -> Mount:
        """Give the file by which a container finds others."""
        path = folder / "hosts"
        named = {"localhost": "127.0.0.1", **{name: machine.address for name, machine in names.items()}}
        path.write_text("".join(f"{address} {name}\n" for name, address in named.items()))
        return Mount("/etc/hosts", path)

    def ask(self, machine: Machine, path: str, *, port: int = PAGES, body: bytes | None = None) -> tuple[int, str]:
        """Give what a machine answers to a request; 0 where nobody does."""
        try:
            with urllib.request.urlopen(f"http://{machine.address}:{port}{path}", body, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError as fault:
            return 0, str(fault)

    def wait_for(self, machine: Machine, path: str, *, port: int = PAGES) -> None:
        wait_until(lambda: self.ask(machine, path, port=port)[0] == 200, within=60)


@pytest.fixture
def places() -> Iterator[Places]:
    with Network(seconds=0, near=["panel", "application", "out"]) as network:
        panel, application, out = (network.add(name) for name in ("panel", "application", "out"))
        network.lay_cable()
        with standing_at(out), Loop() as loop:
            yield Places(panel, application, out, loop)


def in_the_tests_network(env: Mapping[str, str]) -> dict[str, str]:
    """Give the variables with the tests' network in the place of a cluster's or of an engine's."""
    networks = {name for name in env if name.endswith(("_NETWORKS", "_PROXIES"))}
    return {**env, **dict.fromkeys(networks, NETWORK)}


def new_key() -> str:
    return b64encode(vault.new_key()).decode()


def refused_to_write(pod: Pod, path: str) -> bool:
    return "Read-only file system" in pod.exec("python", "-c", f"open({path!r}, 'w')").stderr


def standing_of(pod: Pod) -> dict[str, str]:
    """Give what the kernel says of process 1."""
    lines = Path(f"/proc/{pod.first}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


class Cluster:
    """What a cluster has of the pod of a manifest: its volumes, which outlive it."""

    def __init__(self, image: Image, places: Places, folder: Path) -> None:
        self.image, self.places, self.folder = image, places, folder
        self.authority = trustme.CA()
        self.server = SmtpServer(host=places.out.address).start(places.loop, authority=self._certified())
        self.key = new_key()
        self.lines = document("settings", "ConfigMap")["data"]["mail.conf"]

    @contextmanager
    def pod(self) -> Iterator[Pod]:
        spec = pod_spec("panel")
        run = run_of(spec, self.folder / "volumes", self.files())
        hosts = self.places.hosts(self.folder, **{"smtp.example.org": self.places.out})
        run = replace(run, env=in_the_tests_network(run.env), mounts=[*run.mounts, hosts])
        with Pod(self.image, self.places.panel, run, self.folder / "log") as pod:
            for probe in ("startupProbe", "readinessProbe"):
                self.places.wait_for(self.places.panel, spec["containers"][0][probe]["httpGet"]["path"])
            yield pod

    def files(self) -> dict[str, dict[str, str]]:
        """Give what the operator has made secrets and a ConfigMap of, by the volume that has it."""
        certificate = self.authority.issue_cert(SERVICE)
        lines = self.lines.replace("smtp_port=587", f"smtp_port={self.server.port}")
        lines = lines.replace("smtp_user=report@example.org", f"smtp_user={USER}")
        return {
            "settings": {
                "mail.conf": f"{lines}ca_certificate=@ca.pem\n",
                "ca.pem": self.authority.cert_pem.bytes().decode(),
            },
            "secrets": {"key": self.key, "smtp_password": PASSWORD},
            "tls": {
                "tls.crt": b"".join(blob.bytes() for blob in certificate.cert_chain_pems).decode(),
                "tls.key": certificate.private_key_pem.bytes().decode(),
            },
        }

    def hand_in(self, token: str, subject: str) -> None:
        """Send as an application of the cluster does: to the name of the Service, under TLS, with a token."""
        context = ssl.create_default_context(cadata=self.authority.cert_pem.bytes().decode())
        with smtplib.SMTP(self.places.panel.address, 2525, timeout=20) as client:
            client._host = SERVICE  # type: ignore[attr-defined]  # which the certificate is for
            client.starttls(context=context)
            client.login("shop", token)
            client.sendmail("shop@example.org", ["hanako@example.org"], f"Subject: {subject}\r\n\r\nHello\r\n")

    def _certified(self) -> Authority:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("smtp.example.org").configure_cert(context)
        return Authority(self.authority.cert_pem.bytes().decode(), context)


@pytest.fixture
def cluster(image: Image, places: Places, tmp_path: Path) -> Cluster:
    return Cluster(image, places, tmp_path)


def test_a_pod_takes_mail_under_tls_with_a_token_and_sends_it(cluster: Cluster) -> None:
    with cluster.pod() as pod:
        token = pod.exec("mail-panel", "token", "create", "shop", "--scope", "send").stdout.strip()
        cluster.hand_in(token, "through the Service")
        cluster.server.wait_for(1)

        with smtplib.SMTP(cluster.places.panel.address, 2525, timeout=20) as stranger:
            stranger.ehlo()
            refused = stranger.docmd("MAIL", "FROM:<shop@example.org>")
        assert refused[0] == 530
        assert cluster.places.ask(cluster.places.panel, "/login")[0] == 200
        assert pod.exec(*cluster.image.told.health).returncode == 0
        assert [message.mail_from for message in cluster.server.messages] == ["report@example.org"]
        assert PASSWORD not in pod.said


def test_a_pod_may_write_to_its_volume_alone(cluster: Cluster) -> None:
    with cluster.pod() as pod:
        standing = standing_of(pod)

        assert {*standing["Uid"].split()} == {*standing["Gid"].split()} == {"10001"}
        assert (standing["NoNewPrivs"], int(standing["CapEff"], 16), int(standing["CapPrm"], 16)) == ("1", 0, 0)
        for path in ("/x", "/opt/mail-panel/x", "/etc/mail-panel/x", "/run/secrets/mail-panel/x", "/var/x"):
            assert refused_to_write(pod, path), path
        assert pod.exec("mail-panel", "doctor").returncode == 0
        volume = cluster.folder / "volumes" / "data"
        assert [path.name for path in volume.iterdir()] == ["home"]
        assert (volume / "home").stat().st_mode & 0o777 == 0o700


def test_every_line_of_the_log_is_an_object_once_somebody_has_an_account(cluster: Cluster) -> None:
    with cluster.pod() as pod:
        added = pod.exec("mail-panel", "user", "add", "hanako", "--password-file", "-", input="correct horse battery\n")
        assert added.returncode == 0
    before = len(pod.said)
    with cluster.pod() as pod:
        pod.signal("TERM")
        assert pod.wait() == 0

    events = [json.loads(line) for line in pod.said[before:].splitlines()]
    assert {"started", "stopped"} <= {each["event"] for each in events}


def test_sigterm_finishes_the_message_in_hand_and_the_next_pod_sends_the_rest(cluster: Cluster) -> None:
    with cluster.pod() as pod:
        token = pod.exec("mail-panel", "token", "create", "shop", "--scope", "send").stdout.strip()
        cluster.server.may_answer.clear()
        for subject in ("first", "second"):
            cluster.hand_in(token, subject)
        assert cluster.server.dot_came.wait(20)
        pod.signal(cluster.image.told.stop_signal)
        cluster.server.may_answer.set()
        assert pod.wait() == 0

    with cluster.pod():
        cluster.server.wait_for(2)
    assert len({message.raw for message in cluster.server.messages}) == 2


def test_a_pod_that_is_killed_loses_nothing_and_its_volume_serves_the_next(cluster: Cluster) -> None:
    with cluster.pod() as pod:
        token = pod.exec("mail-panel", "token", "create", "shop", "--scope", "send").stdout.strip()
        pod.exec("mail-panel", "outbox", "pause")
        cluster.hand_in(token, "before")
        pod.kill()
    with cluster.pod() as pod:
        assert pod.exec("mail-panel", "outbox", "resume").returncode == 0
        cluster.server.wait_for(1)


def test_a_changed_configmap_counts_after_a_hangup_and_a_wrong_one_does_not(cluster: Cluster) -> None:
    with cluster.pod() as pod:
        token = pod.exec("mail-panel", "token", "create", "shop", "--scope", "send").stdout.strip()
        for line, event in CHANGES.items():
            cluster.lines += line
            project(cluster.folder / "volumes" / "settings", cluster.files()["settings"], group=10001)
            before = len(pod.said)
            pod.signal("HUP")
            wait_until(lambda before=before, event=event: event in pod.said[before:])
        cluster.hand_in(token, "by the new settings")
        cluster.server.wait_for(1)

        assert cluster.server.messages[0].mail_from == "bounces@example.org"


def test_an_application_beside_the_panel_sends_through_it(image: Image, places: Places, tmp_path: Path) -> None:
    """The compose example, with a server of the tests in Mailpit's place."""
    server = SmtpServer(host=places.out.address).start(places.loop)
    told = compose()["services"]
    panel_files = _of_compose(tmp_path, server)
    data = Mount("/var/lib/mail-panel", tmp_path / "data", writable=True)
    hosts = places.hosts(tmp_path, panel=places.panel, mailpit=places.out)
    run = Run(in_the_tests_network(told["panel"]["environment"]), [data, Mount("/tmp"), hosts, *panel_files])
    python = Image(base_copy(tmp_path / "python"), Told(env=dict(image.told.env), user=told["application"]["user"]))
    source = COMPOSE.parent / "application" / "notices.py"
    beside = Run(
        told["application"]["environment"], [Mount("/srv/notices.py", source), hosts], told["application"]["command"]
    )

    with (
        Pod(image, places.panel, run, tmp_path / "panel.log"),
        Pod(python, places.application, beside, tmp_path / "application.log"),
    ):
        places.wait_for(places.panel, "/healthz")
        places.wait_for(places.application, "/", port=8000)
        entered = urlencode({"to": "hanako@example.org", "notice": "こんにちは"}).encode()

        assert "Sent." in places.ask(places.application, "/", port=8000, body=entered)[1]
        server.wait_for(1)
        assert server.messages[0].rcpt_to == ("hanako@example.org",)
        assert places.ask(places.application, "/", port=8000, body=b"to=nobody&notice=x")[0] == 503


def _of_compose(folder: Path, server: SmtpServer) -> list[Mount]:
    """Lay down what the guide has the operator make, and the settings with the server of the tests."""
    data = folder / "data"
    data.mkdir()
    secrets = folder / "secrets"
    secrets.mkdir()
    for name, content in {"mail_panel_key": new_key(), "smtp_password": PASSWORD}.items():
        (secrets / name).write_text(content)
        (secrets / name).chmod(0o400)
    _give_to_image(data, *secrets.iterdir())
    data.chmod(0o700)
    settings = folder / "mail.conf"
    lines = (COMPOSE.parent / "mail.conf").read_text()
    settings.write_text(
        lines.replace("smtp_port=1025", f"smtp_port={server.port}").replace("smtp_user=panel", f"smtp_user={USER}")
    )
    mounted = [Mount(f"/run/secrets/{path.name}", path) for path in secrets.iterdir()]
    return [Mount("/etc/mail-panel/mail.conf", settings), *mounted]


def _give_to_image(*paths: Path) -> None:
    for path in paths:
        os.chown(path, 10001, 10001)
