"""What is said of settings by which mail does not go to those it is for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from panel.settings.model import Settings
from panel.settings.staging import is_staging, kept_from, staging_text, staging_to_json, withholds
from panel.settings.validation import InvalidSettings, validate

RIGHT = {"from_address": "report@example.org", "smtp_host": "smtp.example.org", "smtp_auth": "no"}


def test_settings_that_keep_mail_from_nobody_say_nothing() -> None:
    settings = Settings()

    assert (is_staging(settings), staging_text(settings), staging_to_json(settings)) == (False, None, None)


def test_a_redirect_says_where_mail_goes() -> None:
    settings = Settings(redirect_to="staging@example.com")

    assert is_staging(settings)
    assert str(staging_text(settings)) == "Staging: all mail goes to staging@example.com, and none to its recipients."
    assert staging_to_json(settings) == {"redirect_to": "staging@example.com", "allowed_recipients": ""}


def test_allowed_recipients_say_to_whom_mail_goes_alone() -> None:
    settings = Settings(allowed_recipients="example.org, hanako@example.net")

    assert is_staging(settings)
    assert str(staging_text(settings)) == (
        "Staging: mail goes to example.org, hanako@example.net only; what is for others is withheld."
    )
    assert withholds(settings, ["taro@example.com"])
    assert kept_from(settings, ["taro@example.org", "taro@example.com", "hanako@example.net"]) == ("taro@example.com",)
    assert kept_from(Settings(), ["taro@example.com"]) == ()
    assert not withholds(settings, ["taro@example.org"])
    assert not withholds(replace(settings, redirect_to="staging@example.com"), ["taro@example.com"])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("staging@例え.jp", "staging@xn--r8jz45g.jp"),
        ("用戸@example.com", "用戸@example.com"),
        (" staging@EXAMPLE.com ", "staging@example.com"),
        ("", ""),
    ],
)
def test_the_address_of_a_redirect_may_be_in_any_script(typed: str, kept: str) -> None:
    assert validate({**RIGHT, "redirect_to": typed}).redirect_to == kept


@pytest.mark.parametrize(
    "typed", ["a@example.com, b@example.com", "A <a@example.com>", "a@example.com\r\nBcc: b@example.com", "a", "@b.c"]
)
def test_what_is_not_one_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        validate({**RIGHT, "redirect_to": typed})

    assert [problem.field for problem in caught.value.problems] == ["redirect_to"]
