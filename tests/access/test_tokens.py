"""What applications sign in with: shown once, kept as a digest, ended by time or by hand."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest

from panel.access.rights import Right, Scope
from panel.access.submission.token_limits import TokenLimits
from panel.access.tokens import NoSuchToken, TokenRefused, Tokens, expiry, limits_in
from panel.storage.database import Database
from panel.storage.opening import open_database
from tests.support.actors import actor
from tests.support.holding import holding, hurry

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def tokens(database: Database) -> Tokens:
    return Tokens(database)


def make(tokens: Tokens, name: str = "shop", *scopes: Scope, expires_at: datetime | None = None) -> str:
    return tokens.create(name, scopes or (Scope.SEND,), by=actor("ken"), expires_at=expires_at, now=NOW)


def test_a_token_is_known_again(tokens: Tokens) -> None:
    text = make(tokens, "shop", Scope.SEND, Scope.READ)

    token = tokens.accept(text, NOW)

    assert token
    assert (token.name, token.account, token.created_by) == ("shop", "shop (token)", "ken")
    assert token.scopes == {Scope.SEND, Scope.READ}


def test_a_token_has_chance_enough_and_a_beginning_that_scanners_find(tokens: Tokens) -> None:
    texts = {make(tokens, f"shop{number}") for number in range(50)}

    assert len(texts) == 50
    assert all(re.fullmatch(r"mp_[a-z0-9]{8}_[a-z0-9]{32}", text) for text in texts)


@pytest.mark.data_file("its bytes are looked at")
def test_the_file_holds_no_token(tokens: Tokens, database: Database) -> None:
    text = make(tokens)
    with database.writing():
        pass

    written = b"".join(file.read_bytes() for file in database.path.parent.iterdir() if file.is_file())

    assert text[:11].encode() in written
    assert text[12:].encode() not in written


@pytest.mark.parametrize(
    "spoilt", ["", "mp_", "{0}x", "x{0}", "{1}", "{0} ", "{0}\n", "Bearer {0}", "\ud800", "mp_" * 9999]
)
def test_what_is_no_token_is_not_accepted(tokens: Tokens, spoilt: str) -> None:
    text = make(tokens)

    assert tokens.accept(spoilt.format(text, text[:-1]), NOW) is None


def test_the_beginning_of_one_and_the_secret_of_another_is_no_token(tokens: Tokens) -> None:
    one, other = make(tokens, "one"), make(tokens, "other")

    assert tokens.accept(one[:12] + other[12:], NOW) is None


def test_an_expired_token_is_not_accepted(tokens: Tokens) -> None:
    text = make(tokens, expires_at=NOW + timedelta(days=1))

    assert tokens.accept(text, NOW + timedelta(hours=23))
    assert tokens.accept(text, NOW + timedelta(days=1)) is None
    assert [each.state(NOW + timedelta(days=1)) for each in tokens.list()] == ["expired"]


@pytest.mark.parametrize("which", ["name", "beginning", "token"])
def test_a_revoked_token_ends_at_once(tokens: Tokens, which: str) -> None:
    text = make(tokens)

    tokens.revoke({"name": "shop", "beginning": text[:11], "token": text}[which], by=actor(), now=NOW)

    assert tokens.accept(text, NOW) is None
    assert [each.state(NOW) for each in tokens.list()] == ["revoked"]


def test_a_token_is_revoked_once(tokens: Tokens) -> None:
    make(tokens)
    tokens.revoke("shop", by=actor(), now=NOW)

    with pytest.raises(TokenRefused, match="no valid token named shop"):
        tokens.revoke("shop", by=actor(), now=NOW)


def test_the_name_of_a_revoked_token_is_free_again(tokens: Tokens) -> None:
    old = make(tokens)
    with pytest.raises(TokenRefused, match="already"):
        make(tokens)
    tokens.revoke("shop", by=actor(), now=NOW)

    new = make(tokens)

    assert tokens.accept(old, NOW) is None
    assert tokens.accept(new, NOW)


def test_admin_includes_the_others_and_nothing_else_does(tokens: Tokens) -> None:
    admin = tokens.accept(make(tokens, "admin", Scope.ADMIN), NOW)
    reader = tokens.accept(make(tokens, "reader", Scope.READ), NOW)

    assert admin
    assert reader
    assert all(admin.may(right) for right in (Right.SEE, Right.SUBMIT, Right.SET))
    assert [right for right in (Right.SEE, Right.SUBMIT, Right.SET) if reader.may(right)] == [Right.SEE]


@pytest.mark.parametrize("name", ["", " ", "a b", "mp_shop", "x" * 65, "a\nb", "-shop", "shop (token)"])
def test_a_name_that_says_nothing_or_misleads_is_refused(tokens: Tokens, name: str) -> None:
    with pytest.raises(TokenRefused):
        make(tokens, name)


def test_a_token_that_is_good_for_nothing_is_refused(tokens: Tokens) -> None:
    with pytest.raises(TokenRefused, match="what the token is for") as refused:
        tokens.create("shop", (), by=actor("ken"), now=NOW)

    assert all(scope in str(refused.value.text) for scope in Scope)


def test_the_last_use_is_noted_now_and_then(tokens: Tokens, database: Database) -> None:
    text = make(tokens)

    for minutes in (0, 4, 6):
        tokens.accept(text, NOW + timedelta(minutes=minutes))

    assert tokens.list()[0].last_used_at == NOW + timedelta(minutes=6)
    tokens.accept(text, NOW + timedelta(minutes=10))
    assert tokens.list()[0].last_used_at == NOW + timedelta(minutes=6)


def test_a_busy_file_does_not_keep_an_application_out(
    tokens: Tokens, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = make(tokens)
    hurry(monkeypatch, database)
    found = []

    with holding(database):
        asking = threading.Thread(target=lambda: found.append(Tokens(open_database(database.path)).accept(text, NOW)))
        asking.start()
        asking.join()

    assert found
    assert found[0]


# Limits


@pytest.mark.both_doors
def test_limits_are_set_with_the_token_or_later_and_one_that_is_not_named_stays(tokens: Tokens) -> None:
    text = tokens.create("shop", [Scope.SEND], by=actor("ken"), limits=TokenLimits(60, None), now=NOW)

    tokens.limit(text[:11], {"recipients_per_day": 500}, by=actor("ken"), now=NOW)
    limited = tokens.limit("shop", {"messages_per_minute": None}, by=actor("ken"), now=NOW)

    assert limited.limits == TokenLimits(None, 500)
    assert tokens.accept(text, NOW) == limited
    assert limited.limited == text[:11]
    assert tokens.limit("shop", {"recipients_per_day": None}, by=actor("ken"), now=NOW).limited == ""


def test_a_token_that_is_no_longer_valid_has_no_limits_to_set(tokens: Tokens) -> None:
    make(tokens)
    tokens.revoke("shop", by=actor(), now=NOW)

    with pytest.raises(NoSuchToken, match="no valid token named shop"):
        tokens.limit("shop", {"recipients_per_day": 1}, by=actor(), now=NOW)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1e3", "10000001", "999999999", "６０", "none", "1 000"])
@pytest.mark.parametrize("name", TokenLimits._fields)
def test_what_is_no_limit_is_refused_at_its_field(name: str, text: str) -> None:
    with pytest.raises(TokenRefused, match="from 1 to 10000000") as refused:
        limits_in({name: text})

    assert refused.value.field == name


def test_limits_are_read_as_they_are_typed() -> None:
    assert limits_in({"messages_per_minute": " 60 ", "recipients_per_day": ""}) == {
        "messages_per_minute": 60,
        "recipients_per_day": None,
    }
    assert limits_in({"recipients_per_day": "10000000"}) == {"recipients_per_day": 10_000_000}


@pytest.mark.parametrize(("text", "life"), [("90d", timedelta(days=90)), ("12h", timedelta(hours=12))])
def test_the_end_is_said_as_a_time(text: str, life: timedelta) -> None:
    assert expiry(text, NOW) == NOW + life


@pytest.mark.parametrize("text", ["", "0d", "-1d", "90", "1e3d", "3651d", "99999999d", "９d", "d", "1m"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused, match="90d or 12h"):
        expiry(text, NOW)
