"""Which certificates can be used."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from panel.access.submission.certificate import certificate_ends, server_context
from panel.errors import ConfigError
from tests.support.needs import needs


def test_the_end_is_that_of_the_first_certificate_in_the_file(tmp_path: Path) -> None:
    ends = datetime(2031, 5, 6, tzinfo=UTC)
    authority = trustme.CA()
    issued = authority.issue_cert("mail.example.org", not_after=ends)
    path = tmp_path / "chain.pem"
    path.write_bytes(issued.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes())

    assert certificate_ends(path) == ends
    assert server_context(path, None).minimum_version.name == "TLSv1_2"


def test_what_cannot_be_used_is_told_with_its_name(tmp_path: Path) -> None:
    pem, other = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(trustme.CA().issue_cert("mail.example.org").cert_chain_pems[0].bytes())
    other.write_bytes(trustme.CA().issue_cert("mail.example.org").private_key_pem.bytes())

    for key in (None, other, tmp_path / "missing"):
        with pytest.raises(ConfigError, match=r"MAIL_PANEL_SMTP_CERTIFICATE is .*cert\.pem"):
            server_context(pem, key)


def test_a_key_with_a_password_asks_nobody_for_it(tmp_path: Path) -> None:
    openssl = needs("openssl", "openssl")
    issued = trustme.CA().issue_cert("mail.example.org")
    pem, plain, key = tmp_path / "cert.pem", tmp_path / "plain.pem", tmp_path / "key.pem"
    pem.write_bytes(issued.cert_chain_pems[0].bytes())
    plain.write_bytes(issued.private_key_pem.bytes())
    words = ["pkey", "-in", str(plain), "-aes256", "-passout", "pass:secret", "-out", str(key)]
    subprocess.run([openssl, *words], check=True, capture_output=True)

    with pytest.raises(ConfigError, match="the key has a password"):
        server_context(pem, key)
