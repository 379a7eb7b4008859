"""The compose file and the Kubernetes manifests as this checkout has them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.support.paths import ROOT

CONTAINERS = ROOT / "containers"
CONTAINERFILE = CONTAINERS / "Containerfile"
COMPOSE = CONTAINERS / "compose" / "compose.yaml"
KUBERNETES = CONTAINERS / "kubernetes"


def compose() -> dict[str, Any]:
    """Give the compose file."""
    read: dict[str, Any] = yaml.safe_load(COMPOSE.read_text("utf-8"))
    return read


def documents(name: str = "*") -> list[dict[str, Any]]:
    """Give the documents of the manifests with this name, in the order of their files."""
    paths = sorted(KUBERNETES.glob(f"{name}.yaml"))
    return [each for path in paths for each in yaml.safe_load_all(path.read_text("utf-8"))]


def document(name: str, kind: str) -> dict[str, Any]:
    """Give the one document of a kind."""
    [found] = [each for each in documents(name) if each["kind"] == kind]
    return found


def pod_spec(name: str) -> dict[str, Any]:
    """Give what a manifest runs: `panel`, or `panel-postgresql`."""
    [found] = [each["spec"]["template"]["spec"] for each in documents(name) if "template" in each["spec"]]
    return dict(found)


def environment(spec: dict[str, Any]) -> dict[str, str]:
    """Give the variables that the one container of a pod is started with."""
    return {each["name"]: each["value"] for each in spec["containers"][0]["env"]}


def file_of(name: str, path: Path) -> Path:
    """Write a file of the ConfigMap where it is to be."""
    path.write_text(document("settings", "ConfigMap")["data"][name], "utf-8")
    return path
