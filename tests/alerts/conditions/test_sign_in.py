"""A refused sign-in needs somebody; a client secret that ends is told of a month, a week and a day before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from panel.alerts.alert import Alert
from panel.alerts.conditions.view import Around
from panel.settings.login import Login, OAuthProvider
from panel.settings.model import Settings
from panel.settings.oauth.grant import Grant
from panel.storage.database import Database
from tests.support.mail import NOW
from tests.support.watched import Watched, open_incident


@pytest.fixture
def panel(database: Database) -> Watched:
    """A panel that signs in at Google."""
    panel = Watched(database)
    panel.save(smtp_auth=True, smtp_login=Login.OAUTH2, oauth_provider=OAuthProvider.GOOGLE)
    return panel


def grant(state: str, cause: str | None = None) -> Grant:
    return Grant(1, state, "google", "code", "app@example.org", "mail", "sato", NOW, None, None, True, cause, None)


def with_grants(panel: Watched, *grants: Grant | None) -> None:
    """Give the grants of the servers, the first server's first."""
    of = dict(zip([each.smtp_host for each in panel.view().servers], grants, strict=True))
    panel.around = Around(panel.around.folder, grant_of=lambda settings: of[settings.smtp_host])


@pytest.mark.parametrize("state", ["ready", "refreshing", "pending", "forgotten"])
def test_a_sign_in_that_is_not_refused_is_nothing_to_tell_of(panel: Watched, state: str) -> None:
    with_grants(panel, grant(state))

    assert panel.sign(Alert.SIGN_IN_REQUIRED) is None


def test_without_a_sign_in_there_is_nothing_to_tell_of(panel: Watched) -> None:
    with_grants(panel, None)

    assert panel.sign(Alert.SIGN_IN_REQUIRED) is None


def test_a_refused_one_is_told_of_with_its_cause(panel: Watched) -> None:
    with_grants(panel, grant("refused", "oauth_account_disabled"))

    sign = panel.sign(Alert.SIGN_IN_REQUIRED)

    assert sign is not None
    assert (sign.cause, sign.since) == ("oauth_account_disabled", NOW)


def test_that_of_the_second_server_counts_too(panel: Watched) -> None:
    second: dict[str, object] = {
        "second": True,
        "second_smtp_host": "second.example.org",
        "second_smtp_login": Login.OAUTH2,
        "second_oauth_provider": OAuthProvider.GOOGLE,
    }
    panel.save(**second)
    with_grants(panel, grant("ready"), grant("refused"))

    sign = panel.sign(Alert.SIGN_IN_REQUIRED)

    assert sign is not None
    assert (sign.cause, sign.facts["mail_host"]) == ("oauth_signin_required", "second.example.org")


def test_a_login_by_password_asks_for_no_grant(panel: Watched) -> None:
    panel.save(smtp_login=Login.PASSWORD)
    panel.around = Around(panel.around.folder, grant_of=lambda settings: pytest.fail("asked"))

    assert panel.sign(Alert.SIGN_IN_REQUIRED) is None


def ends_in(panel: Watched, days: int, name: str = "oauth_secret_expires") -> None:
    panel.save(**{name: (NOW + timedelta(days=days)).date().isoformat()})


@pytest.mark.parametrize(("days", "step"), [(30, 30), (8, 30), (7, 7), (2, 7), (1, 1), (0, 1), (-1, 0), (-100, 0)])
def test_a_secret_that_ends_comes_nearer_in_steps(panel: Watched, days: int, step: int) -> None:
    ends_in(panel, days)

    sign = panel.sign(Alert.SECRET_EXPIRES)

    assert sign is not None
    assert (sign.facts["days"], sign.facts["step"], sign.facts["ended"]) == (days, step, days < 0)


def test_one_that_is_good_for_longer_is_nothing_to_tell_of(panel: Watched) -> None:
    ends_in(panel, 31)

    assert panel.sign(Alert.SECRET_EXPIRES) is None
    assert panel.sign(Alert.SECRET_EXPIRES, incident=open_incident(Alert.SECRET_EXPIRES)) is None


def test_a_date_beside_a_password_is_nothing(panel: Watched) -> None:
    ends_in(panel, 1)
    panel.save(smtp_login=Login.PASSWORD)

    assert panel.sign(Alert.SECRET_EXPIRES) is None


def test_of_two_the_nearer_one_counts(panel: Watched) -> None:
    panel.save(second=True, second_smtp_host="second.example.org", second_smtp_login=Login.OAUTH2)
    ends_in(panel, 20)
    ends_in(panel, 5, "second_oauth_secret_expires")

    sign = panel.sign(Alert.SECRET_EXPIRES)

    assert sign is not None
    assert sign.facts["days"] == 5


def test_a_second_server_that_is_off_has_no_secret(panel: Watched) -> None:
    panel.version = replace(panel.version, settings=replace(Settings(), second=False))
    ends_in(panel, 5, "second_oauth_secret_expires")

    assert panel.sign(Alert.SECRET_EXPIRES) is None
