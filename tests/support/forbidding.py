"""A process that its kernel lets connect to nothing (seccomp), as a container's policy or SELinux does it."""

from __future__ import annotations

import errno
import json
import platform
import subprocess
import sys

import pytest

# The filter of BPF: load the number of the system call; where it is connect, fail with an error, else allow.
_PROGRAM = """
import ctypes, json, struct, sys
from panel.mail.net.policy import Policy
from panel.mail.net.errors import NoRoute
from panel.mail.net.connect import connect, resolve
from panel.mail.net.deadline import Deadline

number, code, host, port = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x00050000 | code), (6, 0, 0, 0x7FFF0000)]
bpf = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
program = ctypes.create_string_buffer(struct.pack("HP", len(steps), ctypes.addressof(bpf)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
    sys.exit("no seccomp")
deadline = Deadline(5)
try:
    connect(resolve(host, port, policy=Policy(), deadline=deadline), deadline)
except NoRoute as fault:
    print(json.dumps([fault.cause, fault.detail]))
"""
_CONNECT = {"x86_64": 42, "aarch64": 203}


def forbidden(code: str, host: str, port: int) -> tuple[str, str]:
    """Connect where the kernel answers with an error of this name; give the cause and what else is told."""
    number = _CONNECT.get(platform.machine())
    if number is None or sys.platform != "linux":
        pytest.skip("needs seccomp on Linux, x86_64 or aarch64")
    given = [str(number), str(getattr(errno, code)), host, str(port)]
    ended = subprocess.run([sys.executable, "-c", _PROGRAM, *given], capture_output=True, text=True, check=False)
    if "no seccomp" in ended.stderr:
        pytest.skip("needs a kernel with seccomp filters")
    assert ended.returncode == 0, ended.stderr
    cause, detail = json.loads(ended.stdout)
    return cause, detail
