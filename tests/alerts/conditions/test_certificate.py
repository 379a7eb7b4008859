"""A certificate that ends is told of two weeks before, without a connection for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import trustme

from panel.alerts.alert import Alert
from panel.checks.trial.report import Outcome
from panel.outbox.pace.patience import name_of, note_certificate_end
from panel.outbox.pace.route import Which
from tests.support.mail import HOST, NOW
from tests.support.watched import MINUTE, Watched


def ends_in(days: float) -> datetime:
    return NOW + timedelta(days=days)


def tls(days: float) -> dict[str, str]:
    return {"version": "TLSv1.3", "cipher": "x", "subject": HOST, "not_after": f"{ends_in(days):%Y-%m-%dT%H:%M:%SZ}"}


def leaf(days: float) -> str:
    """Give a certificate that ends in so many days, in PEM."""
    made = trustme.CA().issue_cert("a.example", not_after=ends_in(days), not_before=NOW - timedelta(days=400))
    return made.cert_chain_pems[0].bytes().decode()


@pytest.mark.parametrize(("days", "told"), [(13.9, True), (14.1, False), (-1, True)])
def test_that_of_the_server_is_known_of_the_last_test(panel: Watched, days: float, told: bool) -> None:
    panel.test(0, tls=tls(days))

    sign = panel.sign(Alert.CERTIFICATE, MINUTE)

    assert (sign is not None) == told
    if sign:
        assert (sign.facts["server"], sign.facts["authority"]) == (HOST, False)


def test_a_later_test_tells_that_it_was_renewed(panel: Watched) -> None:
    panel.test(0, tls=tls(3))
    panel.test(MINUTE, tls=tls(80), outcome=Outcome.FAILURE)

    assert panel.sign(Alert.CERTIFICATE, 2 * MINUTE) is None


def test_mail_that_goes_by_a_renewed_one_tells_that(panel: Watched) -> None:
    panel.test(0, tls=tls(3))
    note_certificate_end(panel.database, name_of(HOST, 587), tls(80)["not_after"])

    assert panel.sign(Alert.CERTIFICATE, MINUTE) is None


def test_mail_tells_of_one_that_ends_where_nothing_was_tested(panel: Watched) -> None:
    note_certificate_end(panel.database, name_of(HOST, 587), tls(3)["not_after"])

    assert panel.sign(Alert.CERTIFICATE, MINUTE)


@pytest.mark.parametrize("report", [{"tls": None}, {"tls": tls(3), "host": "other.example.org"}])
def test_what_no_test_has_seen_is_not_told_of(panel: Watched, report: dict[str, object]) -> None:
    panel.test(0, **report)

    assert panel.sign(Alert.CERTIFICATE, MINUTE) is None


def test_a_date_that_could_not_be_read_is_none(panel: Watched) -> None:
    panel.test(0, tls={**tls(3), "not_after": ""})

    assert panel.sign(Alert.CERTIFICATE, MINUTE) is None


def test_an_added_one_is_told_of_by_its_field(panel: Watched) -> None:
    panel.save(ca_certificate=leaf(13))

    sign = panel.sign(Alert.CERTIFICATE)

    assert sign is not None
    assert (sign.facts["authority"], sign.facts["field"]) == (True, "ca_certificate")
    assert sign.facts["date"] == ends_in(13).date().isoformat()


def test_that_of_the_second_server_is_its_own(panel: Watched) -> None:
    panel.save(second=True, second_smtp_host="second.example.org", second_ca_certificate=leaf(13))

    sign = panel.sign(Alert.CERTIFICATE)

    assert sign is not None
    assert (sign.facts["field"], sign.facts["server"]) == ("second_ca_certificate", "second.example.org")


def test_what_a_test_of_the_second_server_has_seen_is_told_of_too(panel: Watched) -> None:
    panel.save(second=True, second_smtp_host="second.example.org")
    panel.version = replace(panel.version, second_fingerprint="second in force")
    second = {"server": Which.SECOND, "fingerprint": "second in force", "host": "second.example.org"}
    panel.test(0, tls=tls(80))
    panel.test(MINUTE, tls=tls(13), **second)

    sign = panel.sign(Alert.CERTIFICATE, 2 * MINUTE)

    assert sign is not None
    assert (sign.facts["server"], sign.facts["field"]) == ("second.example.org", None)


def test_the_days_can_be_set_and_switched_off(panel: Watched) -> None:
    panel.save(ca_certificate=leaf(20))
    panel.set(certificate_days=21)
    assert panel.sign(Alert.CERTIFICATE) is not None

    panel.set(certificate_days=0)
    panel.save(ca_certificate=leaf(-1))

    assert panel.sign(Alert.CERTIFICATE) is None
