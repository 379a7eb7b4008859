"""A number is a reply's code where its words or its place are a server's; elsewhere it counts something."""

from __future__ import annotations

import pytest

from panel.diagnosis.explain.explain import complaints


@pytest.mark.parametrize(
    "text",
    [
        "Import: 550 Datensätze verarbeitet",
        "550 rows",
        "550 Datensätze verarbeitet",
        "Total: 421 items",
        "Total: 535 items",
        "Newsletter mails: 550 queued, 12 left",
        "450 failed, 12 passed in 3.20s",
        "Tests: 450 failed, 12 passed, 462 total",
        "500-page report was printed: 500-page",
        "app.js: 503 files changed, 12 insertions(+)",
        "Query took: 421 rows in set",
        "Line: 550 Unexpected token",
        "Exit code: 451 unknown",
        "Error: 452 chunks failed",
        "The import of 550 Messages failed",
        "ValueError: 553 is not a valid HTTPStatus",
        "status=500 took=450ms",
        "HTTP error 503 Service Unavailable",
        "error: 429 Too Many Requests",
        "Request failed with status code 530",
        "処理しました: 550 行",
    ],
)
def test_a_number_that_counts_or_is_of_the_web_is_no_reply(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    "text", ["Installed version: 5.1.1", "PHP: 5.4.5\nDjango: 4.2.2", "ruby 2.7; rails: 5.2.2", "[5.1.1 release notes]"]
)
def test_the_version_of_a_program_is_no_status(text: str) -> None:
    assert complaints(text) == []


@pytest.mark.parametrize(
    "reply",
    [
        "550 Administrative prohibition",
        "550 Zork",
        "550-5.1.1 x",
        "554 OU-001 (SNT) Unfortunately, messages from 203.0.113.9 weren't sent",
        "Error: 550 not allowed",
        "Recv: 550 Too many failed logins",
        "554 bogus HELO",
        "Remote host said: 550 Zork not here",
        "554 Envoi refusé",
        "554 DNS lookup failed for host",
        "550 Attachments not allowed",
        "Error: 550 Recipients are unknown",
        "server replied: 554 Transactions failed",
        "550 pass the captcha at https://mx.example/p",
        "550 宛先が存在しません",
    ],
)
def test_what_a_server_says_is_a_reply_whatever_stands_around_it(reply: str) -> None:
    assert [str(each.failure.reply)[:3] for each in complaints(reply)] in (["550"], ["554"])
