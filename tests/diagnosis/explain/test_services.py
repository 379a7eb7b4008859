"""A service is known by its name, its manual or its sign-in server, where a text names none of its hosts."""

from __future__ import annotations

import pytest

from panel.diagnosis.explain.explain import complaints
from panel.diagnosis.explain.services import host_of_service


@pytest.mark.parametrize(
    "text",
    [
        "We send through SES and get: 535 Authentication Credentials Invalid",
        "Amazon SES says: 535 Authentication Credentials Invalid",
        "535 Authentication Credentials Invalid\nhttps://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html",
    ],
)
def test_what_is_said_of_ses_is_told_in_its_words(text: str) -> None:
    told = complaints(text)[0].diagnosis

    assert told.cause.name == "login_refused"
    assert "SES" in str(told.what)
    assert not any("whole address" in str(step) for step in told.do)


def test_a_host_that_is_named_counts_more_than_a_service_that_is_mentioned() -> None:
    text = "Migrated from SES. host mail.example.org said: 535 5.7.8 Error: authentication failed"

    assert complaints(text)[0].diagnosis.provider is None


@pytest.mark.parametrize("text", ["ses amis", "nurses", "SESSION", ""])
def test_other_words_name_no_service(text: str) -> None:
    assert host_of_service([text]) == ""
