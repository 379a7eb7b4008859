"""The system's authorities: the same are trusted as by Python's own context, wherever the system keeps them."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme

from panel.mail.net.authorities import trusting_system
from tests.support.needs import needs

BOTH, FOLDER, FILE, NOBODY = (trustme.CA(organization_name=name) for name in ("both", "folder", "file", "nobody"))
AUTHORITIES = {"both": BOTH, "folder": FOLDER, "file": FILE, "nobody": NOBODY}


def pem(*authorities: trustme.CA) -> bytes:
    return b"".join(each.cert_pem.bytes() for each in authorities)


class System:
    """A machine's file and folder of authorities; what is not written is not there."""

    def __init__(self, home: Path) -> None:
        self.file, self.folder = home / "bundle.pem", home / "certs"

    def keep(self, *authorities: trustme.CA) -> None:
        """Write authorities into the folder, under their hashes."""
        self.folder.mkdir(exist_ok=True)
        for number, authority in enumerate(authorities):
            (self.folder / f"{number}.pem").write_bytes(pem(authority))
        subprocess.run([needs("openssl", "openssl"), "rehash", self.folder], check=True)

    def rename(self, *numbers: str) -> None:
        """Give the links in the folder, by their age, other numbers."""
        for link, number in zip(sorted(self.folder.glob("*.[0-9]")), numbers, strict=True):
            link.rename(link.with_suffix(number))


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> System:
    system = System(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(system.file))
    monkeypatch.setenv("SSL_CERT_DIR", str(system.folder))
    return system


def trusts(made: ssl.SSLContext, authority: trustme.CA) -> bool:
    """Shake hands with a server of this authority, in memory."""
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(offered)
    one, other = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = made.wrap_bio(one, other, server_hostname="localhost")
    server = offered.wrap_bio(other, one, server_side=True)
    for _ in range(3):
        for end in (client, server):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return True


def test_a_folder_that_holds_the_file_is_looked_up_and_the_file_not_loaded(system: System) -> None:
    system.file.write_bytes(b"# comments, and line ends of another system\r\n" + pem(BOTH).replace(b"\n", b"\r\n"))
    system.keep(FOLDER, BOTH)

    made = trusting_system()

    assert made.cert_store_stats()["x509"] == 0
    assert [name for name, each in AUTHORITIES.items() if trusts(made, each)] == ["both", "folder"]


def no_folder(system: System) -> None:
    system.file.write_bytes(pem(BOTH, FILE))


def empty_folder(system: System) -> None:
    system.file.write_bytes(pem(BOTH, FILE))
    system.folder.mkdir()


def folder_without_hashes(system: System) -> None:
    system.file.write_bytes(pem(BOTH, FILE))
    system.folder.mkdir()
    (system.folder / "both.pem").write_bytes(pem(BOTH, FILE))


def file_with_one_more(system: System) -> None:
    system.file.write_bytes(pem(BOTH, FILE))
    system.keep(BOTH, FOLDER)


def link_that_leads_nowhere(system: System) -> None:
    system.file.write_bytes(pem(BOTH, FILE))
    system.keep(BOTH, FILE)
    (system.folder / "1.pem").unlink()


def two_under_the_hash_of_one(system: System) -> None:
    system.file.write_bytes(pem(BOTH, FILE))
    system.keep(FILE)
    (system.folder / "0.pem").write_bytes(pem(FILE, BOTH))


def numbers_that_begin_late(system: System) -> None:
    system.file.write_bytes(pem(BOTH))
    system.keep(BOTH)
    system.rename(".1")


def file_with_a_revocation_list(system: System) -> None:
    system.file.write_bytes(pem(BOTH) + b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
    system.keep(BOTH)


def file_that_is_no_file(system: System) -> None:
    system.file.mkdir()
    system.keep(FOLDER)


def no_file(system: System) -> None:
    system.keep(FOLDER)


def neither(system: System) -> None:
    pass


@pytest.mark.parametrize(
    "arrange",
    [
        no_folder,
        empty_folder,
        folder_without_hashes,
        file_with_one_more,
        link_that_leads_nowhere,
        two_under_the_hash_of_one,
        numbers_that_begin_late,
        file_with_a_revocation_list,
        file_that_is_no_file,
        no_file,
        neither,
    ],
)
def test_whom_python_trusts_is_trusted_and_nobody_else(system: System, arrange: Callable[[System], None]) -> None:
    arrange(system)

    ours, pythons = trusting_system(), ssl.create_default_context()

    for name, authority in AUTHORITIES.items():
        assert trusts(ours, authority) == trusts(pythons, authority), name


def test_this_machines_authorities_are_all_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each that Python loads from the file is in the folder, if that is what is used."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    loaded = {*ssl.create_default_context().get_ca_certs(binary_form=True)}
    made = trusting_system()
    at_hand = {*made.get_ca_certs(binary_form=True)}

    folder = ssl.get_default_verify_paths().capath
    assert at_hand == loaded or loaded <= in_folder(folder)


def in_folder(folder: str | None) -> set[bytes]:
    """Give what a folder holds under names of OpenSSL, read by OpenSSL."""
    read = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for each in Path(folder or "/nowhere").glob("*.[0-9]"):
        read.load_verify_locations(each)
    return {*read.get_ca_certs(binary_form=True)}
