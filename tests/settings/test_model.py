"""The rules of the settings: defaults, what belongs together, and where a stored password may go."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trustme

from panel.mail.smtp.protocol import Security
from panel.settings.model import (
    FIELDS,
    FLAGS,
    LABELS,
    SECRETS,
    InvalidSettings,
    PopTlsMode,
    Secret,
    Settings,
    TlsMode,
    fingerprint,
    settle,
)

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
        settle(texts(**changed), stored=STORED)
    return {problem.field: str(problem.text) for problem in caught.value.problems}


def test_the_passwords_do_not_show() -> None:
    assert "secret" not in repr(STORED)
    assert "secret" not in str(STORED.public())


def test_every_field_has_a_label() -> None:
    assert set(FIELDS) <= set(LABELS)


@pytest.mark.parametrize(
    ("tls", "mode", "port", "security"),
    [
        (True, TlsMode.AUTO, 465, Security.IMPLICIT),
        (True, TlsMode.AUTO, 587, Security.STARTTLS),
        (True, TlsMode.AUTO, 25, Security.STARTTLS),
        (True, TlsMode.IMPLICIT, 2465, Security.IMPLICIT),
        (True, TlsMode.STARTTLS, 465, Security.STARTTLS),
        (False, TlsMode.AUTO, 465, Security.NONE),
    ],
)
def test_tls_follows_the_box_the_mode_and_the_port(tls: bool, mode: TlsMode, port: int, security: Security) -> None:
    assert Settings(tls=tls, tls_mode=mode, smtp_port=port).smtp_security is security


@pytest.mark.parametrize(
    ("tls", "mode", "port", "security"),
    [
        (True, PopTlsMode.AUTO, 995, Security.IMPLICIT),
        (False, PopTlsMode.AUTO, 995, Security.IMPLICIT),
        (True, PopTlsMode.AUTO, 110, Security.STARTTLS),
        (False, PopTlsMode.AUTO, 110, Security.NONE),
        (True, PopTlsMode.NONE, 110, Security.NONE),
    ],
)
def test_pop_has_tls_of_its_own(tls: bool, mode: PopTlsMode, port: int, security: Security) -> None:
    assert Settings(tls=tls, pop_tls_mode=mode, pop_port=port).pop_security is security


def test_a_blank_password_keeps_the_stored_one() -> None:
    settled = settle(texts(from_name="活動報告"), stored=STORED)

    assert settled.smtp_password == "stored-secret"
    assert settled.pop_password == "stored-pop-secret"
    assert settled.from_name == "活動報告"


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
    assert settle(texts(**changed), stored=STORED).smtp_password == "stored-secret"


def test_stricter_tls_keeps_the_password() -> None:
    plain = replace(STORED, tls=False, allow_plain_auth=True, pop_before_smtp=False)

    settled = settle({"tls": "yes", "smtp_password": ""}, base=plain.without_secrets(), stored=plain)

    assert settled.smtp_password == "stored-secret"


def test_forgetting_erases_the_password() -> None:
    settled = settle(texts(smtp_auth="no"), stored=STORED, clear=frozenset({"smtp_password"}))

    assert settled.smtp_password == ""


def test_typed_and_erased_at_once_is_a_problem() -> None:
    with pytest.raises(InvalidSettings, match="at once"):
        settle(texts(smtp_password="new"), stored=STORED, clear=frozenset({"smtp_password"}))


def test_every_problem_is_told_at_once() -> None:
    found = problems_of(from_address="", smtp_host="smtp://x", smtp_port="0", send_interval_ms="six", smtp_user="")

    assert {"from_address", "smtp_host", "smtp_port", "smtp_user", "send_interval_ms"} <= set(found)
    assert found["smtp_port"] == "SMTP port is a number from 1 to 65535."


def test_problems_come_in_the_order_of_the_form() -> None:
    found = list(problems_of(send_interval_ms="six", from_address="", smtp_port="0"))

    assert found == sorted(found, key=FIELDS.index)


def test_what_stands_in_a_switched_off_group_is_not_judged() -> None:
    settled = settle(texts(pop_before_smtp="no", pop_host="not a host", pop_port="x"), stored=STORED)

    assert not settled.pop_before_smtp


def test_a_password_needs_tls() -> None:
    assert "tls" in problems_of(tls="no", smtp_password="typed", pop_before_smtp="no")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_a_password_to_this_very_machine_needs_no_tls(host: str) -> None:
    settled = settle(texts(tls="no", smtp_host=host, smtp_password="typed", pop_before_smtp="no"), stored=STORED)

    assert settled.smtp_security is Security.NONE


def test_a_login_without_tls_can_be_allowed() -> None:
    typed = texts(tls="no", smtp_password="typed", allow_plain_auth="yes", pop_before_smtp="no")

    assert settle(typed, stored=STORED).allow_plain_auth


def test_a_plain_pop_login_falls_under_the_same_rule() -> None:
    assert "pop_tls_mode" in problems_of(pop_tls_mode="none", pop_password="typed")


def test_the_fingerprint_follows_all_that_decides_and_nothing_else() -> None:
    key = b"k" * 32

    def of(**changed: object) -> str:
        return fingerprint(replace(STORED, **changed), key)  # type: ignore[arg-type]

    assert of() == of(send_interval_ms=6000, max_per_day=5)
    assert len({of(), of(smtp_port=25), of(smtp_password="other"), of(from_name="x"), of(local_hostname="a.b")}) == 5
    assert fingerprint(STORED, b"other key" * 3) != of()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST."])
def test_the_panel_does_not_send_to_itself(host: str) -> None:
    typed = texts(smtp_host=host, smtp_port="2525", smtp_password="new")

    with pytest.raises(InvalidSettings) as caught:
        settle(typed, stored=STORED, listener=("127.0.0.1", 2525))

    assert [problem.field for problem in caught.value.problems] == ["smtp_host"]
    assert settle({**typed, "smtp_port": "25"}, stored=STORED, listener=("127.0.0.1", 2525)).smtp_port == 25
    assert settle(typed, stored=STORED).smtp_port == 2525


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_names_fields_that_there_are(secret: Secret) -> None:
    assert secret.name in secret.used <= {*FIELDS}
    assert {*secret.moved_by} <= {*FIELDS}
    assert secret.switch in FLAGS


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_what_moves_a_secret_changes_its_destination(secret: Secret) -> None:
    other = {name: 7 if name.endswith("_port") else "other" for name in secret.moved_by}

    for name, value in other.items():
        assert secret.destination(replace(Settings(), **{name: value})) != secret.destination(Settings())  # type: ignore[arg-type]


def test_no_secret_is_public_or_shown() -> None:
    settings = replace(Settings(), **dict.fromkeys(SECRETS, "a secret"))  # type: ignore[arg-type]

    assert "a secret" not in str(settings.public()) + repr(settings)
    assert settings.without_secrets() == Settings()
