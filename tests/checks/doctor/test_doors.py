"""What the doctor says of the listener's certificate, and of the drop folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from panel import clock
from panel.access.submission.listener_access import ListenerAccess
from panel.checks.doctor.doors import DROP_FOLDER, LISTENER_CERTIFICATE, examine_drop, examine_listener
from panel.checks.doctor.examine import examine
from panel.checks.doctor.finding import FindingStatus
from panel.config import Config
from panel.outbox.drop.intake import Intake
from panel.services import open_services
from tests.support.dropping import drop_folder, put, slip

NOW = datetime(2030, 1, 1, tzinfo=UTC)


def laid_down(folder: Path, ends: datetime) -> Path:
    issued = trustme.CA().issue_cert("mail.example.org", not_before=NOW - timedelta(days=90), not_after=ends)
    issued.private_key_and_cert_chain_pem.write_to_path(folder / "cert.pem")
    return folder / "cert.pem"


@pytest.mark.parametrize(
    ("left", "status"),
    [
        (timedelta(days=22), FindingStatus.OK),
        (timedelta(days=20, hours=23), FindingStatus.WARNING),
        (timedelta(hours=1), FindingStatus.WARNING),
        (timedelta(0), FindingStatus.PROBLEM),
    ],
)
def test_the_end_of_the_certificate_is_told_in_time(tmp_path: Path, left: timedelta, status: FindingStatus) -> None:
    found = examine_listener(laid_down(tmp_path, NOW + left), None, NOW)

    assert (found.name, found.status) == (LISTENER_CERTIFICATE, status)
    assert found.ends == (NOW + left).isoformat()


def test_a_broken_renewal_is_a_problem(tmp_path: Path) -> None:
    path = laid_down(tmp_path, NOW + timedelta(days=90))
    path.write_text("nothing")

    found = examine_listener(path, None, NOW)

    assert found.status is FindingStatus.PROBLEM
    assert str(path) in str(found.what.values["fault"])


def test_the_doctor_looks_at_it_where_there_is_one_alone(tmp_path: Path) -> None:
    services = open_services(Config(home=tmp_path / "home"))

    def names(access: ListenerAccess | None) -> set[str]:
        config = replace(services.config, smtp_access=access)
        found = examine(config, services.database, services.settings.current(), NOW, seconds=0.01)
        return {each.name for each in found}

    path = laid_down(tmp_path, NOW + timedelta(days=90))
    assert LISTENER_CERTIFICATE in names(ListenerAccess(certificate=path))
    assert LISTENER_CERTIFICATE not in names(ListenerAccess())
    assert LISTENER_CERTIFICATE not in names(None)


def nothing(_folder: Path) -> None: ...


def new(folder: Path) -> None:
    put(folder, slip())


def strange(folder: Path) -> None:
    put(folder, slip(), name="README")


def open_to_all(folder: Path) -> None:
    folder.chmod(0o777)


@pytest.mark.parametrize(
    ("make", "later", "status", "words"),
    [
        (nothing, 0, FindingStatus.OK, ""),
        (new, 0, FindingStatus.OK, ""),
        (new, 20, FindingStatus.PROBLEM, "drop_failed"),
        (strange, 0, FindingStatus.WARNING, "ls -la"),
        (open_to_all, 0, FindingStatus.PROBLEM, ""),
    ],
)
def test_the_drop_folder_is_told_with_what_to_do(
    tmp_path: Path, make: Callable[[Path], None], later: int, status: FindingStatus, words: str
) -> None:
    with drop_folder(tmp_path / "home") as folder:
        make(folder)

        found = examine_drop(folder, tmp_path / "home", clock.now() + timedelta(minutes=later))

    assert (found.name, found.status) == (DROP_FOLDER, status)
    assert words in (found.do.message if found.do else "")


def test_what_could_not_be_taken_in_is_told_until_somebody_takes_it_away(tmp_path: Path) -> None:
    services = open_services(Config(home=tmp_path / "home"))
    with drop_folder(tmp_path / "home") as folder:
        path = put(folder, slip("no address"))
        Intake(services.database, folder, tmp_path / "home").turn(clock.now())

        found = examine_drop(folder, tmp_path / "home", clock.now())
        for each in (folder / "rejected").glob(f"{path.name}*"):
            each.unlink()
        then = examine_drop(folder, tmp_path / "home", clock.now())

    assert (found.status, then.status) == (FindingStatus.WARNING, FindingStatus.OK)
    assert found.do
    assert "mail-panel drop status" in found.do.message


def test_the_doctor_looks_at_the_folder_where_there_is_one_alone(tmp_path: Path) -> None:
    services = open_services(Config(home=tmp_path / "home"))

    def names(drop: Path | None) -> set[str]:
        config = replace(services.config, drop=drop)
        found = examine(config, services.database, services.settings.current(), NOW, seconds=0.01)
        return {each.name for each in found}

    assert DROP_FOLDER in names(tmp_path / "missing")
    assert DROP_FOLDER not in names(None)
