"""Runs an image as an engine does: processes and mounts of its own, a root that is read-only, no new privileges."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.support.container import children
from tests.support.containers.image import Image
from tests.support.network import Machine
from tests.support.waiting import WITHIN, wait_until

_RUN = """
mount --bind {root} {root}
mount -t proc proc {root}/proc
mount -t tmpfs -o mode=1777 tmpfs {root}/dev/shm
{mounts}
mount -o remount,bind,ro {root}
exec setpriv --no-new-privs chroot --userspec={user}:{group} --groups={groups} {root} \
    env -i --chdir={folder} {env} setpriv --pdeathsig=KILL {command}
"""


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or a file of this machine, where a container sees it; where there is none, memory."""

    at: str
    of: Path | None = None
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What whoever runs an image says beside it: variables, mounts, and a group that comes with them."""

    env: Mapping[str, str] = field(default_factory=dict)
    mounts: Sequence[Mount] = ()
    command: tuple[str, ...] = ()
    fs_group: int | None = None


class Pod:
    """A container on a machine of the test's own; `said` is its log."""

    def __init__(self, image: Image, machine: Machine, run: Run, log: Path) -> None:
        self.image, self.machine, self.run, self.log = image, machine, run, log
        self.env = {**image.told.env, "HOSTNAME": machine.name, **run.env}

    def __enter__(self) -> Self:
        for mount in self.run.mounts:
            _make_place(self.image.root / mount.at.lstrip("/"), of_a_file=bool(mount.of and mount.of.is_file()))
        ends_with_us = ["setpriv", "--pdeathsig=KILL"]  # and so does the container, whose user has changed since
        apart = ["unshare", "--mount", "--pid", "--ipc", "--fork", "--kill-child", "sh", "-ec", self._script()]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [*ends_with_us, *self.machine.words(*apart)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.first = wait_until(lambda: _first_below(self._process.pid))
        return self

    def __exit__(self, *fault: object) -> None:
        if self._process.poll() is None:
            self.kill()

    @property
    def said(self) -> str:
        """Give its log, and that of those before it."""
        return self.log.read_text("utf-8")

    def signal(self, name: str) -> None:
        """Signal process 1, as the engine's `kill` and `stop` do."""
        subprocess.run(["kill", "-s", name, str(self.first)], check=True)

    def kill(self) -> None:
        """End all of it at once, as the kernel does where memory runs out, or the machine."""
        self.signal("KILL")
        self.wait()

    def wait(self) -> int:
        """Give the exit code of process 1 when it has ended."""
        return self._process.wait(WITHIN)

    def exec(self, *command: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as its user and with its variables."""
        user, group = self.image.ids
        inside = ["nsenter", "--target", str(self.first), "--all", "--root", f"--setuid={user}", f"--setgid={group}"]
        words = [*inside, "env", "-i", f"--chdir={self.image.told.folder}", *_assigned(self.env), *command]
        return subprocess.run(words, input=input, capture_output=True, text=True, check=False, timeout=WITHIN)

    def _script(self) -> str:
        user, group = self.image.ids
        told = self.image.told
        groups = group if self.run.fs_group is None else self.run.fs_group
        command = [*told.entrypoint, *(self.run.command or told.command)]
        return _RUN.format(
            root=shlex.quote(str(self.image.root)),
            mounts="\n".join(_mounted(self.image.root, each) for each in self.run.mounts),
            user=user,
            group=group,
            groups=groups,
            folder=told.folder,
            env=shlex.join(_assigned(self.env)),
            command=shlex.join(command),
        )


def _first_below(pid: int) -> int | None:
    """Find the process that is number 1 for those beside it, once it is the command and no longer our script."""
    for child in children(pid):
        try:
            numbers = Path(f"/proc/{child}/status").read_text().partition("NSpid:")[2].splitlines()[0].split()
            if numbers[-1] == "1" and len(numbers) > 1:
                return child if Path(f"/proc/{child}/root").readlink() != Path("/") else None
        except OSError:
            continue
        if found := _first_below(child):
            return found
    return None


def _assigned(env: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in env.items()]


def _make_place(place: Path, *, of_a_file: bool) -> None:
    if of_a_file:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    else:
        place.mkdir(parents=True, exist_ok=True)


def _mounted(root: Path, mount: Mount) -> str:
    at = shlex.quote(str(root / mount.at.lstrip("/")))
    if mount.of is None:
        return f"mount -t tmpfs -o mode=1777 tmpfs {at}"
    bind = f"mount --bind {shlex.quote(str(mount.of))} {at}"
    return bind if mount.writable else f"{bind}\nmount -o remount,bind,ro {at}"
