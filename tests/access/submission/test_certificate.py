"""Which certificates can be used."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from panel.access.submission.certificate import certificate_ends, server_context
from panel.errors import ConfigError
from tests.support.needs import needs, needs_root
from tests.support.paths import DOCS


def test_the_end_is_that_of_the_first_certificate_in_the_file(tmp_path: Path) -> None:
    ends = datetime(2031, 5, 6, tzinfo=UTC)
    authority = trustme.CA()
    issued = authority.issue_cert("mail.example.org", not_after=ends)
    path = tmp_path / "chain.pem"
    path.write_bytes(issued.private_key_and_cert_chain_pem.bytes() + authority.cert_pem.bytes())

    assert certificate_ends(path) == ends
    assert server_context(path, None).minimum_version.name == "TLSv1_2"


def test_the_hook_of_the_guide_lays_down_what_the_group_of_the_panel_can_read(tmp_path: Path) -> None:
    needs_root("the files of certbot")
    [hook] = re.findall(r"```(sh\n#!/bin/sh\n.*?)```", (DOCS / "howto" / "submission.md").read_text("utf-8"), re.DOTALL)
    live, laid = tmp_path / "live" / "mail.example.org", tmp_path / "laid"
    script = hook.removeprefix("sh\n").replace("-g mail-panel", "-g 10001").replace("/etc/mail-panel", str(laid))
    script = script.replace("/etc/letsencrypt/live/mail.example.org", str(live))
    live.mkdir(parents=True)
    issued = trustme.CA().issue_cert("mail.example.org")
    issued.cert_chain_pems[0].write_to_path(live / "fullchain.pem")
    issued.private_key_pem.write_to_path(live / "privkey.pem")
    (live / "privkey.pem").chmod(0o600)

    for renewed in (live.with_name("other.example.org"), live, live):
        subprocess.run(["sh", "-c", script], env={"PATH": os.environ["PATH"], "RENEWED_LINEAGE": renewed}, check=True)
        assert laid.exists() is (renewed == live)

    key = (laid / "privkey.pem").stat()
    assert (key.st_mode & 0o777, key.st_uid, key.st_gid) == (0o640, 0, 10001)
    assert server_context(laid / "fullchain.pem", laid / "privkey.pem")


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
