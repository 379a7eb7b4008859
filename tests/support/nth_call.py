"""A Python process of which strace lets the n-th of a system call fail, or end it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.support.needs import needs
from tests.support.paths import ROOT


def run_injected(
    injection: str, *arguments: str, environment: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    """Run Python so with what strace is to do to a call of it, such as `fsync:error=EIO:when=2`."""
    strace = [needs("strace", "strace"), "-f", "-qq", "-o", os.devnull, "-e", f"inject={injection}"]
    told = subprocess.run(
        [*strace, sys.executable, *arguments],
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if "PTRACE" in told.stderr:
        pytest.skip("strace may not look into processes here")
    return told
