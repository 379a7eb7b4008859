"""What a kubelet lays before a pod: secrets behind links, of root and of the pod's group, and folders for its data.

The modes are those of Kubernetes: with `fsGroup` a file is the group's to read beside its `defaultMode`, and a folder
hands its group on; secrets stand in memory that has the modes of /tmp, and are mounted to be read only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.containers.manifests import environment
from tests.support.containers.pod import Mount, Run

_READ = 0o440
_ENTER = 0o2110  # of a folder: its files get the group
_WRITE = 0o660
_STAMP = "..2026_11_28_08_00_00.1"


def run_of(spec: dict[str, Any], folder: Path, files: Mapping[str, Mapping[str, str]]) -> Run:
    """Give how a pod runs, with its volumes in a folder; what the folder has of the pod's data stays as it is.

    `files` are those of secrets and ConfigMaps, by the name of the volume.
    """
    group = spec["securityContext"]["fsGroup"]
    volumes = {each["name"]: each for each in spec["volumes"]}
    mounts = []
    for mount in spec["containers"][0]["volumeMounts"]:
        volume = volumes.get(mount["name"], {})
        place = folder / mount["name"]
        if mount["name"] in files:
            project(place, files[mount["name"]], mode=_mode(volume), group=group)
        elif not place.exists():
            _give(place, 0o777 if "emptyDir" in volume else 0o755, group)
        mounts.append(Mount(mount["mountPath"], place, writable=not mount.get("readOnly")))
    return Run(environment(spec), mounts, fs_group=group)


def project(place: Path, files: Mapping[str, str], *, mode: int = 0o644, group: int | None) -> None:
    """Lay files down as a volume of a secret has them: in a folder that a link can lead away from at once."""
    inside = place / _STAMP
    inside.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = inside / name
        path.unlink(missing_ok=True)
        path.write_text(content, "utf-8")
        os.chown(path, 0, group or 0)
        path.chmod(mode | (_READ if group else 0))
        if not (place / name).is_symlink():
            (place / name).symlink_to(f"..data/{name}")
    if not (place / "..data").is_symlink():
        (place / "..data").symlink_to(_STAMP)
    for folder, own in ((inside, 0o755), (place, 0o1777)):
        os.chown(folder, 0, group or 0)
        folder.chmod(own | (_READ | _ENTER if group else 0))


def _mode(volume: dict[str, Any]) -> int:
    mode: int = (volume.get("secret") or volume.get("configMap") or {}).get("defaultMode", 0o644)
    return mode


def _give(place: Path, mode: int, group: int) -> None:
    place.mkdir(parents=True)
    os.chown(place, 0, group)
    place.chmod(mode | _WRITE | _ENTER)
