"""A connection to the data file works wherever the panel's folder may be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.needs import needs, needs_root
from tests.support.places import variables_of

pytestmark = pytest.mark.data_file("its own")

ALL_READ_ONLY = """
set -e
mkdir -p {home}
mount -t tmpfs -o mode=0700 none {home}
mount -o remount,bind,ro /
for each in /tmp /var /var/tmp /usr/tmp; do ! mountpoint -q $each || mount -o remount,bind,ro $each; done
cd /
exec {python} -B -m panel database prepare
"""


def test_a_machine_on_which_nothing_else_may_be_written_gets_its_tables(tmp_path: Path) -> None:
    needs_root("mount")
    home = variables_of(tmp_path / "home")
    script = ALL_READ_ONLY.format(home=tmp_path / "home", python=sys.executable)

    command = [needs("unshare", "util-linux"), "--mount", "--propagation", "private", "sh", "-c", script]
    done = subprocess.run(command, env={**os.environ, **home}, capture_output=True, text=True, check=False)

    if "unshare failed" in done.stderr or "mount:" in done.stderr:
        pytest.skip("nothing may be mounted here")
    assert (done.returncode, done.stderr) == (0, "")
