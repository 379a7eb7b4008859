"""A real systemd lays down the key by the drop-in of the guide, and the panel uses it and leaves it alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from panel.storage import vault
from tests.support.needs import find, needs, needs_root
from tests.support.paths import DOCS, ROOT

UNIT = """
[Unit]
SuccessAction=exit-force
FailureAction=exit-force

[Service]
Type=oneshot
Environment=MAIL_PANEL_HOME={folder}/home PYTHONPATH={root}
ExecStart={python} -m panel settings set from_address=report@example.org smtp_host=smtp.example.org smtp_user=report \
smtp_password=@{folder}/password
ExecStart={python} -m panel keys check
ExecStart=-{python} -m panel keys rotate
ExecStart=sh -c 'ls -A $CREDENTIALS_DIRECTORY'
StandardOutput=append:{folder}/said
StandardError=append:{folder}/said
"""
MANAGER = """
mount --make-rshared / && mount -t tmpfs tmpfs /run && mkdir -p -m 755 /run/systemd/system /run/user/0 || exit 77
export XDG_RUNTIME_DIR=/run/user/0 XDG_CONFIG_HOME={folder}/config HOME={folder}
exec timeout 60 {systemd} --user --unit=mail-panel.service --log-target=null
"""
CGROUPS = Path("/sys/fs/cgroup")


@pytest.fixture
def no_cgroup_stays() -> Iterator[None]:
    """A manager leaves the group behind that it was in."""
    before = {*CGROUPS.glob("*/init.scope")}
    yield
    for made in {*CGROUPS.glob("*/init.scope")} - before:
        with suppress(OSError):
            made.rmdir()


def lay_out(folder: Path) -> None:
    """Write the unit with the drop-in of the guide, and the key where that takes it from."""
    units = folder / "config" / "systemd" / "user"
    (units / "mail-panel.service.d").mkdir(parents=True)
    (units / "mail-panel.service").write_text(UNIT.format(folder=folder, root=ROOT, python=sys.executable))
    drop_in = (DOCS / "howto" / "mail-panel-key.conf").read_text("utf-8")
    (units / "mail-panel.service.d" / "key.conf").write_text(drop_in.replace("/etc/mail-panel", str(folder)))
    vault.load_or_make(folder / "key")
    (folder / "password").write_text("secret")


def test_a_credential_of_a_real_service_is_the_key(tmp_path: Path, no_cgroup_stays: None) -> None:
    needs_root("a manager in a mount namespace of its own")
    systemd = find("systemd", "/lib/systemd", "/usr/lib/systemd")
    if systemd is None:
        pytest.skip("systemd is not installed (Debian package: systemd)")
    lay_out(tmp_path)

    script = MANAGER.format(folder=tmp_path, systemd=systemd)
    words = ["--mount", "--propagation", "private", "--cgroup", "--pid", "--kill-child", "--mount-proc", "sh", "-c"]
    command = [needs("unshare", "util-linux"), *words, script]
    subprocess.run(command, env={"PATH": os.environ["PATH"]}, capture_output=True, check=False)

    if not (tmp_path / "said").exists():
        pytest.skip("systemd does not run here")
    saved, checked, *refused, listed = (tmp_path / "said").read_text().splitlines()
    assert (saved, checked) == ("Saved as version 1.", "Every saved password can be read.")
    assert "In the file that LoadCredential= of the unit names, put a new key before it" in " ".join(refused)
    assert listed == "mail-panel.key"
    assert not (tmp_path / "home" / "key").exists()
