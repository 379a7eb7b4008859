"""A whole test send against servers whose TLS or certificate is broken, old, another's or slipped away."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from panel.checks.trial.report import Outcome
from panel.settings.model import TlsMode
from panel.storage.database import Database
from tests.support.hostile import GOODBYE, nothing_secret, report_of, verdict
from tests.support.scripted import MESSAGE, Step, begins_tls, greets, hangs_up, hears, says, starts_tls, takes
from tests.support.servers import Authority


def context_of(authority: trustme.CA, **options: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", **options).configure_cert(context)
    return context


def with_context(context: ssl.SSLContext) -> list[Step]:
    """A server that starts TLS with this context, and goes on as any other."""
    begun = begins_tls(Authority("", context))
    return [*greets("STARTTLS"), *takes("STARTTLS", "220 Go ahead"), begun, *greets("AUTH PLAIN")[1:]]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1 is deprecated")
def test_a_server_that_knows_old_tls_alone_is_refused(database: Database) -> None:
    context = context_of(trustme.CA())
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1  # the machine's own default refuses it
    context.maximum_version = ssl.TLSVersion.TLSv1

    assert verdict(report_of(database, *with_context(context))) == ("starttls", "tls_handshake")


def test_a_certificate_that_has_expired_is_refused(database: Database) -> None:
    authority = trustme.CA()
    yesterday = datetime.now(UTC) - timedelta(days=1)
    context = context_of(authority, not_after=yesterday)

    report = report_of(database, *with_context(context), ca_certificate=authority.cert_pem.bytes().decode())

    assert verdict(report) == ("starttls", "certificate_expired")


def test_a_certificate_of_an_unknown_authority_is_refused_before_the_login(database: Database) -> None:
    report = report_of(database, *with_context(context_of(trustme.CA())))

    assert verdict(report) == ("starttls", "certificate_untrusted")
    assert nothing_secret(report)


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_certificate_of_ours_is_told_as_tls(database: Database, newest: ssl.TLSVersion) -> None:
    authority = trustme.CA()
    context = context_of(authority)
    context.maximum_version = newest
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authority.cert_pem.bytes().decode())

    report = report_of(database, *with_context(context), ca_certificate=authority.cert_pem.bytes().decode())

    assert verdict(report) == ("starttls", "tls_handshake")


def test_a_certificate_for_another_name_is_refused_with_its_names(database: Database) -> None:
    other = Authority.make("mail.elsewhere.example")

    report = report_of(database, *with_context(other.context), ca_certificate=other.pem)

    assert verdict(report) == ("starttls", "certificate_hostname")
    assert report.failure
    assert report.failure.detail == "mail.elsewhere.example"


def test_a_certificate_with_a_weak_key_is_too_old_and_not_untrusted(database: Database, tmp_path: Path) -> None:
    alternative = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    pem, context = self_signed(tmp_path, alternative, bits=1024, ciphers="ALL:@SECLEVEL=0")

    report = report_of(database, *with_context(context), ca_certificate=pem)

    assert verdict(report) == ("starttls", "tls_handshake")


def test_plain_text_that_is_slipped_in_before_tls_ends_the_test(database: Database, authority: Authority) -> None:
    injected = says("220 Go ahead\n250-AUTH PLAIN\n250 HELP")

    report = report_of(
        database,
        *greets("STARTTLS"),
        hears("STARTTLS"),
        injected,
        begins_tls(authority),
        ca_certificate=authority.pem,
    )

    assert verdict(report) == ("starttls", "starttls_failed")
    assert not any(line.startswith("C: AUTH") for line in report.transcript)


@pytest.mark.parametrize("line", ["HTTP/1.1 400 Bad Request", "SSH-2.0-OpenSSH_9.2p1", "+OK Dovecot ready."])
def test_another_plain_protocol_on_a_port_of_implicit_tls_is_a_wrong_mode(database: Database, line: str) -> None:
    report = report_of(database, says(line), tls_mode=TlsMode.IMPLICIT)

    assert verdict(report) == ("tls", "tls_wrong_mode")


def test_plain_text_on_a_port_of_implicit_tls_is_a_wrong_mode(database: Database) -> None:
    report = report_of(database, says("220 mail.example.org ESMTP"), tls_mode=TlsMode.IMPLICIT)

    assert verdict(report) == ("tls", "tls_wrong_mode")


@pytest.mark.parametrize("answer", ["454 4.7.0 TLS not available", "220 Go ahead"])
def test_starttls_that_does_not_come_about_ends_the_test(database: Database, answer: str) -> None:
    report = report_of(database, *greets("STARTTLS"), *takes("STARTTLS", answer), hangs_up)

    assert verdict(report) == ("starttls", "starttls_failed")


def test_starttls_that_somebody_took_out_ends_the_test(database: Database) -> None:
    report = report_of(database, *greets("AUTH PLAIN LOGIN"))

    assert verdict(report) == ("starttls", "starttls_not_offered")
    assert not any(line.startswith("C: AUTH") for line in report.transcript)


STRANGE_NAMES = {"no text": b"\x82\x02\xff\xfe", "no address": b"\x87\x03abc", "a nul": b"\x82\x05a\x00b.c"}


@pytest.mark.parametrize("name", STRANGE_NAMES.values(), ids=STRANGE_NAMES)
def test_names_in_a_certificate_that_are_none_break_nothing(database: Database, name: bytes, tmp_path: Path) -> None:
    names = b"\x82\x09localhost" + name
    subject_alternative_name = x509.ObjectIdentifier("2.5.29.17")
    encoded = x509.UnrecognizedExtension(subject_alternative_name, b"0" + bytes([len(names)]) + names)
    pem, context = self_signed(tmp_path, encoded)

    report = report_of(
        database,
        *starts_tls(Authority(pem, context)),
        *MESSAGE,
        says("250 Ok"),
        *GOODBYE,
        smtp_auth=False,
        ca_certificate=pem,
    )

    assert report.outcome is Outcome.SUCCESS, report.failure


def self_signed(
    folder: Path, alternative: x509.ExtensionType, *, bits: int = 2048, ciphers: str = "DEFAULT"
) -> tuple[str, ssl.SSLContext]:
    """Make a certificate that signs itself, with these alternative names and a key of so many bits."""
    key = rsa.generate_private_key(65537, bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), datetime(9999, 12, 31))
    made = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(ciphers)
    context.load_cert_chain(folder / "server.pem")
    return pem.decode(), context
