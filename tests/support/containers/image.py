"""Builds the image of a Containerfile step by step in folders, each stage on a Debian that was unpacked for it.

Debian's own Python stands in for that of the official image, at the same place: /usr/local/bin/python.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

from tests.support.containers.containerfile import Stage, Step, Told, read, told_by
from tests.support.needs import needs, needs_root
from tests.support.paths import ROOT

BASE = ROOT / ".cache" / "trixie"
PYTHON = "docker.io/library/python:3.13-slim-trixie"  # what the base stands in for
_WITH = "python3-venv,ca-certificates"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_OF_THE_MACHINE = (
    "/etc/resolv.conf",
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pip.conf",
)  # how it reaches a registry
_RUN = "mount -t proc proc {root}/proc && {binds} exec chroot {root} env -i --chdir={folder} {env} sh -ec {script}"


@dataclass(frozen=True, slots=True)
class Image:
    """The files of an image, and what it tells the engine."""

    root: Path
    told: Told

    @property
    def ids(self) -> tuple[int, int]:
        """Give the user and the group that it runs as."""
        user, group = self.told.user.split(":")
        return int(user), int(group)


def build(containerfile: Path, folder: Path) -> Image:
    """Build the last stage of a file, with this checkout as the context, in an empty folder."""
    context = folder / "context"
    copy_context(context)
    made: dict[str, Image] = {}
    for number, stage in enumerate(read(containerfile)):
        assert stage.base == PYTHON, stage.base
        root = base_copy(folder / (stage.name or str(number)))
        made[root.name] = _built(stage, root, context, made)
    return made[root.name]


def base_copy(root: Path) -> Path:
    """Give a copy of what all images stand on."""
    subprocess.run(["cp", "--archive", _base(), root], check=True)
    return root


def copy_context(folder: Path) -> None:
    """Copy of this checkout what `.dockerignore` lets through, as an engine is given it."""
    for path in context_files():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target)


def context_files() -> Iterator[Path]:
    """Give the files that `.dockerignore` lets through; a pattern there begins at the top, as one of git's with `/`."""
    lines = (line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#")
    spec = GitIgnoreSpec.from_lines(f"!/{line[1:]}" if line[0] == "!" else f"/{line}" for line in lines)
    for top in sorted(ROOT.iterdir()):
        if not spec.match_file(top.name):
            files = [top] if top.is_file() else [path for path in sorted(top.rglob("*")) if path.is_file()]
            names = (path.relative_to(ROOT) for path in files)
            yield from (name for name in names if not spec.match_file(str(name)))


def _base() -> Path:
    """Unpack a Debian once; it is kept beside the checkout's other downloads."""
    needs_root("debootstrap")
    debootstrap = needs("debootstrap", "debootstrap")
    if not BASE.exists():
        beside = BASE.with_suffix(".new")
        shutil.rmtree(beside, ignore_errors=True)
        words = [debootstrap, "--variant=minbase", f"--include={_WITH}", "trixie", str(beside)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        for name in ("python", "python3"):
            (beside / "usr/local/bin" / name).symlink_to("/usr/bin/python3")
        beside.rename(BASE)
    return BASE


def _built(stage: Stage, root: Path, context: Path, made: dict[str, Image]) -> Image:
    told = Told(env={"PATH": _PATH})
    for step in stage.steps:
        told = told_by(told, step)
        if step.word == "WORKDIR":
            _inside(root, told.folder).mkdir(parents=True, exist_ok=True)
        elif step.word == "COPY":
            _copy(step, root, told, context, made)
        elif step.word == "RUN":
            _run(step, root, told)
    return Image(root, told)


def _copy(step: Step, root: Path, told: Told, context: Path, made: dict[str, Image]) -> None:
    words = step.rest.split()
    origin = context
    if words[0].startswith("--from="):
        origin = made[words.pop(0).removeprefix("--from=")].root
    *sources, target = words
    place = _inside(root, os.path.join(told.folder, target))
    for source in sources:
        path = _inside(origin, source)
        where = place / path.name if target.endswith("/") else place
        where.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "--archive", "--no-target-directory", path, where], check=True)
        subprocess.run(["chown", "--recursive", "0:0", where], check=True)


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _run(step: Step, root: Path, told: Told) -> None:
    """Run a step as root, with what this machine gives every build to reach its registry."""
    binds = "".join(
        f"touch {root}{path} && mount --bind {path} {root}{path} && "
        for path in _OF_THE_MACHINE
        if os.path.exists(path)
    )
    of_pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    env = " ".join(shlex.quote(f"{name}={value}") for name, value in {**of_pip, **told.env}.items())
    script = _RUN.format(
        root=shlex.quote(str(root)), binds=binds, folder=told.folder, env=env, script=shlex.quote(step.rest)
    )
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", script]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{step.rest}\n{done.stdout}{done.stderr}"
