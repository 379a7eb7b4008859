"""Several machines on one data file would send each other's mail: such a file system is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from panel.errors import ConfigError
from panel.storage.filesystem import is_mount_point, kind_of, refuse_shared

MOUNTS = """\
overlay / overlay rw 0 0
files.example.org:/export /srv/shared nfs4 rw,vers=4.2 0 0
/dev/vdb /srv/shared/local ext4 rw 0 0
//files/team /srv/\\043team\\040files cifs rw 0 0
/dev/vdc /var ext4 rw 0 0
files.example.org:/var /var nfs rw 0 0
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mounts"
    path.write_text(MOUNTS)
    return path


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/panel/mail-panel.db", "overlay"),
        ("/srv/shared/panel/mail-panel.db", "nfs4"),
        ("/srv/shared/local/mail-panel.db", "ext4"),
        ("/srv/shared-not/mail-panel.db", "overlay"),
        ("/srv/#team files/mail-panel.db", "cifs"),
        ("/var/lib/mail-panel.db", "nfs"),  # what was mounted last is what is seen
    ],
)
def test_the_innermost_mount_tells_the_kind(path: str, kind: str, mounts: Path) -> None:
    assert kind_of(Path(path), mounts) == kind


def test_a_network_file_system_is_refused(mounts: Path) -> None:
    with pytest.raises(ConfigError, match="network file system"):
        refuse_shared(Path("/srv/shared/panel/mail-panel.db"), mounts)

    refuse_shared(Path("/srv/shared/local/mail-panel.db"), mounts)


def test_where_nobody_tells_nothing_is_refused(tmp_path: Path) -> None:
    refuse_shared(tmp_path / "mail-panel.db", tmp_path / "no such file")


def test_a_single_file_may_be_mounted(mounts: Path, tmp_path: Path) -> None:
    mounts.write_text(f"{MOUNTS}/dev/vdd {tmp_path}/my\\040key ext4 ro 0 0\n")

    assert is_mount_point(tmp_path / "my key", mounts)
    assert not is_mount_point(tmp_path / "my", mounts)
    assert not is_mount_point(tmp_path / "my key", tmp_path / "nothing")
