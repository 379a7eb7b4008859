"""The rules of the settings: what belongs together, and where a stored password may go."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trustme

from panel.mail.smtp.protocol import Security
from panel.settings.model import FIELDS, Settings
from panel.settings.validation import InvalidSettings, problems_together, validate

STORED = Settings(
    from_address="report@example.org",
    smtp_host="smtp.example.org",
    smtp_user="report",
    smtp_password="stored-secret",
    pop_before_smtp=True,
    pop_host="pop.example.org",
    pop_user="report",
    pop_password="stored-pop-secret",
)


def texts(**changed: str) -> dict[str, str]:
    """What a form sends for the stored settings, with changes; the passwords are blank."""
    shown = {name: "" if value is None else str(value) for name, value in STORED.public().items()}
    flags = {
        name: "yes" if value is True else "no" for name, value in STORED.public().items() if isinstance(value, bool)
    }
    return {**shown, **flags, "smtp_password": "", "pop_password": "", **changed}


def problems_of(**changed: str) -> dict[str, str]:
    """Every problem of the stored settings with changes, by field."""
    with pytest.raises(InvalidSettings) as caught:
        validate(texts(**changed), stored=STORED)
    return {problem.field: str(problem.text) for problem in caught.value.problems}


def test_a_blank_password_keeps_the_stored_one() -> None:
    settings = validate(texts(from_name="活動報告"), stored=STORED)

    assert settings.smtp_password == "stored-secret"
    assert settings.pop_password == "stored-pop-secret"
    assert settings.from_name == "活動報告"


@pytest.mark.parametrize(
    "changed",
    [
        {"smtp_host": "evil.example.org"},
        {"smtp_port": "2525"},
        {"smtp_user": "other"},
        {"tls": "no", "allow_plain_auth": "yes", "pop_tls_mode": "starttls"},
        {"ca_certificate": trustme.CA().cert_pem.bytes().decode()},
    ],
)
def test_a_stored_password_goes_to_no_other_destination(changed: dict[str, str]) -> None:
    assert "smtp_password" in problems_of(**changed)


@pytest.mark.parametrize(
    "changed", [{"pop_host": "evil.example.org"}, {"pop_port": "1110"}, {"pop_user": "other"}, {"pop_tls_mode": "none"}]
)
def test_a_stored_pop_password_goes_to_no_other_destination(changed: dict[str, str]) -> None:
    assert "pop_password" in problems_of(**{"allow_plain_auth": "yes", **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"smtp_host": " SMTP.example.org. "},
        {"smtp_port": "５８７"},
        {"smtp_port": ""},
        {"from_address": "other@example.org"},
        {"send_interval_ms": "6000"},
        {"tls_mode": "starttls"},
        {"tls_mode": "implicit"},
    ],
)
def test_the_same_destination_in_other_words_keeps_the_password(changed: dict[str, str]) -> None:
    assert validate(texts(**changed), stored=STORED).smtp_password == "stored-secret"


def test_stricter_tls_keeps_the_password() -> None:
    plain = replace(STORED, tls=False, allow_plain_auth=True, pop_before_smtp=False)

    settings = validate({"tls": "yes", "smtp_password": ""}, base=plain.without_secrets(), stored=plain)

    assert settings.smtp_password == "stored-secret"


def test_forgetting_erases_the_password() -> None:
    settings = validate(texts(smtp_auth="no"), stored=STORED, clear=frozenset({"smtp_password"}))

    assert settings.smtp_password == ""


def test_typed_and_erased_at_once_is_a_problem() -> None:
    with pytest.raises(InvalidSettings, match="at once"):
        validate(texts(smtp_password="new"), stored=STORED, clear=frozenset({"smtp_password"}))


def test_every_problem_is_told_at_once() -> None:
    found = problems_of(from_address="", smtp_host="smtp://x", smtp_port="0", send_interval_ms="six", smtp_user="")

    assert {"from_address", "smtp_host", "smtp_port", "smtp_user", "send_interval_ms"} <= set(found)
    assert found["smtp_port"] == "SMTP port is a number from 1 to 65535."


def test_problems_come_in_the_order_of_the_form() -> None:
    found = list(problems_of(send_interval_ms="six", from_address="", smtp_port="0"))

    assert found == sorted(found, key=FIELDS.index)


def test_what_stands_in_a_switched_off_group_is_not_judged() -> None:
    settings = validate(texts(pop_before_smtp="no", pop_host="not a host", pop_port="x"), stored=STORED)

    assert not settings.pop_before_smtp


def test_a_password_needs_tls() -> None:
    assert "tls" in problems_of(tls="no", smtp_password="typed", pop_before_smtp="no")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_password_to_this_very_machine_needs_no_tls(host: str) -> None:
    settings = validate(texts(tls="no", smtp_host=host, smtp_password="typed", pop_before_smtp="no"), stored=STORED)

    assert settings.smtp_security is Security.NONE


def test_a_login_without_tls_can_be_allowed() -> None:
    typed = texts(tls="no", smtp_password="typed", allow_plain_auth="yes", pop_before_smtp="no")

    assert validate(typed, stored=STORED).allow_plain_auth


def test_a_plain_pop_login_falls_under_the_same_rule() -> None:
    assert "pop_tls_mode" in problems_of(pop_tls_mode="none", pop_password="typed")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST."])
def test_the_panel_does_not_send_to_itself(host: str) -> None:
    typed = texts(smtp_host=host, smtp_port="2525", smtp_password="new")

    with pytest.raises(InvalidSettings) as caught:
        validate(typed, stored=STORED, listeners=(("127.0.0.1", 2525),))

    assert [problem.field for problem in caught.value.problems] == ["smtp_host"]
    assert validate({**typed, "smtp_port": "25"}, stored=STORED, listeners=(("127.0.0.1", 2525),)).smtp_port == 25
    assert validate(typed, stored=STORED).smtp_port == 2525


@pytest.mark.parametrize(
    ("listening", "host", "is_itself"),
    [
        *((every, host, True) for every in ("0.0.0.0", "::") for host in ("127.0.0.1", "::1", "localhost", every)),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "127.0.0.1", False),
        ("127.0.0.1", "192.0.2.1", False),
        ("0.0.0.0", "smtp.example.org", False),
        ("::", "192.0.2.1", False),
    ],
)
def test_a_listener_on_all_addresses_is_found_at_each_of_this_machine(
    listening: str, host: str, is_itself: bool
) -> None:
    settings = replace(STORED, smtp_host=host, smtp_port=2525)

    problems = problems_together(settings, ((listening, 2525),))

    assert ("smtp_host" in [each.field for each in problems]) is is_itself
    assert "smtp_host" not in [each.field for each in problems_together(settings, ((listening, 2526),))]


WITH_SECOND = replace(
    STORED,
    second=True,
    second_smtp_host="relay.example.net",
    second_smtp_user="relay",
    second_smtp_password="second-secret",
)
ON = {"second": "yes", "second_smtp_host": "relay.example.net", "second_smtp_user": "relay"}


def test_the_second_server_is_judged_as_the_first_but_only_where_it_is_on() -> None:
    wrong = {"second_smtp_port": "0", "second_max_per_day": "-1", "second_after_minutes": "1441"}

    assert {*problems_of(second="yes", **wrong)} == {
        *wrong,
        *("second_smtp_host", "second_smtp_user", "second_smtp_password"),
    }
    assert validate(texts(second="no", **wrong), stored=STORED).second is False


@pytest.mark.parametrize(("minutes", "is_one"), [("0", True), ("1440", True), ("-1", False), ("1441", False)])
def test_the_first_may_be_away_for_a_day_at_most(minutes: str, is_one: bool) -> None:
    given = texts(**ON, second_smtp_password="x", second_after_minutes=minutes)

    if is_one:
        assert validate(given, stored=STORED).second_after_minutes == int(minutes)
    else:
        assert "second_after_minutes" in problems_of(**ON, second_smtp_password="x", second_after_minutes=minutes)


def test_a_blank_password_of_the_second_is_the_stored_one_of_the_second() -> None:
    given = validate(texts(**ON), stored=WITH_SECOND)

    assert (given.smtp_password, given.second_smtp_password) == ("stored-secret", "second-secret")


@pytest.mark.parametrize(
    "changed", [{"second_smtp_host": "smtp.example.org"}, {"second_smtp_port": "25"}, {"second_smtp_user": "other"}]
)
def test_a_password_of_the_second_goes_to_no_other_destination(changed: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        validate(texts(**{**ON, **changed}), stored=WITH_SECOND)

    assert [problem.field for problem in caught.value.problems] == ["second_smtp_password"]
    assert "Second server: SMTP password" in str(caught.value)


def test_the_second_sends_no_password_in_clear_either() -> None:
    assert [*problems_of(**ON, second_smtp_password="x", second_tls="no")] == ["second_tls"]
    given = texts(**ON, second_smtp_password="x", second_tls="no", second_allow_plain_auth="yes")
    assert validate(given, stored=STORED).allow_plain_auth is False


def test_the_second_is_not_this_panel_itself() -> None:
    with pytest.raises(InvalidSettings) as caught:
        validate(
            texts(**{**ON, "second_smtp_host": "127.0.0.1", "second_smtp_port": "2525"}, second_smtp_password="x"),
            stored=STORED,
            listeners=(("127.0.0.1", 2525),),
        )

    assert [problem.field for problem in caught.value.problems] == ["second_smtp_host"]


SAME = {"second": "yes", "second_smtp_host": "SMTP.example.org.", "second_smtp_user": "report"}


def test_a_second_that_is_the_first_once_more_is_no_second() -> None:
    assert [*problems_of(**SAME, second_smtp_password="x")] == ["second_smtp_host"]


@pytest.mark.parametrize(
    "other", [{"second_smtp_user": "another"}, {"second_smtp_port": "465"}, {"second_smtp_auth": "no"}]
)
def test_another_login_or_port_at_the_same_host_is_another_server(other: dict[str, str]) -> None:
    assert validate(texts(**{**SAME, "second_smtp_password": "x", **other}), stored=STORED).second


def test_that_both_are_the_same_is_said_at_the_field_that_was_typed() -> None:
    typed = {"smtp_host": "relay.example.net", "smtp_user": "relay", "smtp_password": "x"}

    with pytest.raises(InvalidSettings) as caught:
        validate(typed, base=replace(WITH_SECOND.without_secrets()), stored=WITH_SECOND)

    assert [problem.field for problem in caught.value.problems] == ["smtp_host"]


def test_what_is_not_judged_stays_as_it_is_right_or_wrong() -> None:
    lost = replace(WITH_SECOND, second_smtp_password="")
    mine = [name for name in FIELDS if not name.startswith("second")]

    given = validate({"from_name": "new"}, base=lost.without_secrets(), stored=lost, judged=mine)

    assert given == replace(lost, from_name="new")
    with pytest.raises(InvalidSettings):
        validate({"from_name": "new"}, base=lost.without_secrets(), stored=lost)


def test_settings_of_several_machines_have_no_address_of_one() -> None:
    given = texts(source_address="192.0.2.10")

    assert validate(given, stored=STORED).source_address == "192.0.2.10"
    with pytest.raises(InvalidSettings, match="ip route"):
        validate(given, stored=STORED, shared=True)
    assert validate(given, stored=STORED, shared=True, judged=("from_name",)).source_address
