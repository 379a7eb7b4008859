"""Machines of a test's own: each has its network, its name and its clocks, and nothing of it reaches the real ones.

Kernel namespaces make them, so that what runs there is the real program on real sockets; a cable between them delays
what it carries, and can be cut one way or both without a word to either end.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from tests.support.needs import find, missing
from tests.support.paths import ROOT

_NET = "10.77.0"
_CLONE_NEWNET = 0x40000000
_FAKETIME = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime")
_FAKED = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}
# What libfaketime has in memory for programs together is made by the first one, and left there where that is killed:
# here it is `cat`, which says again what it is told and ends by itself.
_MACHINE = (
    "hostname {name}; sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip link set lo up; echo $$; "
    "LD_PRELOAD={library} FAKETIME=+0s exec cat"
)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that can be reached at its address; `ahead` says by how many seconds its clock is wrong."""

    name: str
    address: str
    pid: int
    ahead: float

    def words(self, *words: str) -> list[str]:
        """Give the command that runs another one there."""
        return ["nsenter", "-t", str(self.pid), "--net", "--uts", "--time", *words]

    @property
    def clock(self) -> dict[str, str]:
        """Give the variables by which a program there has the time of that machine."""
        if not self.ahead:
            return {}
        return {
            **_FAKED,
            "LD_PRELOAD": _library(),
            "FAKETIME": f"{self.ahead:+}s",
            "FAKETIME_SHARED": f"/faketime_sem_{self.pid} /faketime_shm_{self.pid}",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).with_name("clocks"))]),
        }


def followed_clock(file: Path) -> dict[str, str]:
    """Give the variables by which a program has a clock that is wrong by as much as a file says, such as `+3.0s`."""
    return {**_FAKED, "LD_PRELOAD": _library(), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1"}


class Network:
    """Machines beside one another; those that are not `near` are `seconds` away from all others."""

    def __init__(self, *, seconds: float, near: Sequence[str]) -> None:
        self._seconds, self._near = seconds, near
        self._machines: dict[str, Machine] = {}
        self._cut: set[str] = set()

    def __enter__(self) -> Self:
        _needs_namespaces()
        self._stack = ExitStack()
        self._between = self._stack.enter_context(_machine("cable", []))
        return self

    def __exit__(self, *fault: object) -> None:
        self._stack.close()

    def add(self, name: str, *, ahead: float = 0.0) -> Machine:
        """Put a machine beside the others, before the cable is laid; its steady clocks are its own, too."""
        number = len(self._machines) + 1
        uptime = str(100_000 * number)
        pid = self._stack.enter_context(_machine(name, ["--time", "--boottime", uptime, "--monotonic", uptime]))
        machine = self._machines[name] = Machine(name, f"{_NET}.{number}", pid, ahead)
        here, there = ["name", name, "netns", str(self._between)], ["name", "eth0", "netns", str(pid)]
        _run("ip", "link", "add", *here, "type", "veth", "peer", *there)
        _run(*_inside(self._between, "ip", "link", "set", "dev", name, "up"))
        _run(*machine.words("ip", "address", "add", f"{machine.address}/24", "dev", "eth0"))
        _run(*machine.words("ip", "link", "set", "dev", "eth0", "up"))
        return machine

    def lay_cable(self) -> None:
        """Let the machines talk to each other."""
        words = [sys.executable, "-m", "tests.support.cable", str(self._seconds), *self._near]
        self._cable = self._stack.enter_context(_talking(_inside(self._between, *words)))
        assert self._cable.stdout
        assert self._cable.stdout.readline() == "ok\n"

    def cut(self, of: Machine, to: Machine, *, both: bool = False) -> None:
        """Let nothing more come from one to another, and say nothing of it."""
        self._cut |= {f"{of.name}>{to.name}", *({f"{to.name}>{of.name}"} if both else ())}
        self._heed()

    def mend(self) -> None:
        """Let everything through again."""
        self._cut.clear()
        self._heed()

    def _heed(self) -> None:
        assert self._cable.stdin
        assert self._cable.stdout
        self._cable.stdin.write(" ".join(sorted(self._cut)) + "\n")
        self._cable.stdin.flush()
        assert self._cable.stdout.readline() == "ok\n"


@contextmanager
def standing_at(machine: Machine) -> Iterator[None]:
    """Have this thread, and what it starts, open its connections at a machine."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as here, open(f"/proc/{machine.pid}/ns/net") as there:
        _check(libc.setns(there.fileno(), _CLONE_NEWNET))
        try:
            yield
        finally:
            _check(libc.setns(here.fileno(), _CLONE_NEWNET))


def _check(answer: int) -> None:
    if answer:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _needs_namespaces() -> None:
    """Skip the test where this user or this kernel makes no machines."""
    for program, package in (("ip", "iproute2"), ("unshare", "util-linux"), ("nsenter", "util-linux")):
        if not find(program):
            missing(f"{program} is not installed (Debian package: {package})")
    _library()
    trying = ["unshare", "--net", "--uts", "--time", "--fork", "ip", "link", "add", "v0", "type", "veth"]
    tried = subprocess.run(trying, capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(f"no network namespaces here: {tried.stderr.strip()}")


def _library() -> str:
    for folder in _FAKETIME:
        if os.path.exists(f"{folder}/libfaketime.so.1"):
            return f"{folder}/libfaketime.so.1"
    missing("libfaketime is not installed (Debian package: faketime)")


@contextmanager
def _machine(name: str, more: Sequence[str]) -> Iterator[int]:
    """Keep the namespaces of a machine as long as a process in them waits for us."""
    words = ["unshare", "--net", "--uts", *more, "--fork", "sh", "-c", _MACHINE.format(name=name, library=_library())]
    with _talking(words) as process:
        assert process.stdin
        assert process.stdout
        pid = int(process.stdout.readline())
        process.stdin.write("ready\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        yield pid


@contextmanager
def _talking(words: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    """Start what ends by itself when its standard input does, even where we are killed."""
    with subprocess.Popen(words, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


def _inside(pid: int, *words: str) -> list[str]:
    return ["nsenter", "-t", str(pid), "--net", *words]


def _run(*words: str) -> None:
    subprocess.run(words, check=True)
