"""What a message holds, over HTTP: who may read it, what is noted, and how strangers' content is bound."""

from __future__ import annotations

import json

import pytest

from panel import clock
from panel.access.rights import Role
from panel.mail.message.submission import Submission
from panel.services import Services
from tests.support.actors import actor
from tests.support.hostile_mail import HOSTILE_HTML, mixed
from tests.web.conftest import Browser, sign_in
from tests.web.outbox.conftest import fail


def put(services: Services, message: bytes = b"", *rcpt_to: str) -> int:
    """Put a message with these octets into the outbox, and give its number."""
    submission = Submission(rcpt_to or ("taro@example.net",), message or mixed(), "<1@app.example.org>", "月次レポート")
    return services.outbox.enqueue(submission, by=actor("shop", "api"), now=clock.now()).number


def noted(services: Services) -> list[str]:
    rows = services.database.rows("SELECT changed FROM audit WHERE action = 'message_read' ORDER BY number")
    return [json.loads(row["changed"])["part"] for row in rows]


def as_role(browser: Browser, services: Services, role: Role) -> None:
    services.accounts.add("admin", "a password of another one", by=actor(), now=clock.now())
    services.accounts.set_role("hanako", role, by=actor(), now=clock.now())
    sign_in(browser)
    browser.get("/outbox")


def test_header_and_files_are_shown_without_being_asked_for(browser: Browser, services: Services) -> None:
    number = put(services)

    page = browser.get(f"/outbox/{number}").text

    assert "月次レポート_11月.pdf" in page
    assert "1.0 KB" in page
    assert "&lt;1@app.example.org&gt;" in page
    assert "<p>Hello" not in page
    assert "各位" not in page
    assert noted(services) == []


@pytest.mark.parametrize(("show", "shown"), [("text", "各位"), ("source", "Content-Type: multipart/mixed")])
def test_a_text_is_shown_when_it_is_asked_for_and_that_is_noted_once(
    browser: Browser, services: Services, show: str, shown: str
) -> None:
    number = put(services)

    for _ in range(3):
        assert shown in browser.get(f"/outbox/{number}?show={show}").text

    assert noted(services) == [show]
    assert 'data-act="message_read"' in browser.get(f"/outbox/{number}").text


def test_a_poll_that_finds_nothing_new_reads_nothing(browser: Browser, services: Services) -> None:
    number = put(services)
    page = browser.get(f"/outbox/{number}?show=text").text
    seen = page.partition("seen=")[2].partition('"')[0]
    with services.database.writing() as write:
        write.run("DELETE FROM audit")

    assert browser.get(f"/outbox/{number}?show=text&seen={seen}", htmx=True).status_code == 204
    assert noted(services) == []


def test_html_comes_in_a_frame_and_its_answer_can_do_nothing(browser: Browser, services: Services) -> None:
    number = put(services, mixed(HOSTILE_HTML.encode()))

    page, answer = browser.get(f"/outbox/{number}?show=html"), browser.get(f"/outbox/{number}/html")

    assert f'<iframe class="stranger" id="message-html" src="/outbox/{number}/html" sandbox=""' in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'self'; sandbox"
    )
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.text
    assert "2 pictures from elsewhere are not loaded." in answer.text
    assert noted(services) == ["html"]


def test_only_the_page_with_a_frame_may_show_one(browser: Browser, services: Services) -> None:
    number = put(services)

    for path in ("", "?show=text", "?show=source"):
        assert "frame-src" not in browser.get(f"/outbox/{number}{path}").headers["Content-Security-Policy"]


def test_a_file_is_saved_under_its_name_and_never_shown(browser: Browser, services: Services) -> None:
    number = put(services)
    page = browser.get(f"/outbox/{number}").text
    address = page.rpartition("/attachments/")[2].partition('"')[0]

    answer = browser.get(f"/outbox/{number}/attachments/{address}")

    assert answer.data == b"%PDF" * 250
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert noted(services) == ["月次レポート_11月.pdf"]


def test_a_file_that_a_browser_would_run_is_octets(browser: Browser, services: Services) -> None:
    message = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n"
    message += b'Content-Disposition: inline; filename="../x\r\n y.html"\r\n\r\n<script>alert(1)</script>\r\n--b--\r\n'
    number = put(services, message)

    answer = browser.get(f"/outbox/{number}/attachments/2")

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "\n" not in answer.headers["Content-Disposition"]
    assert "/" not in answer.headers["Content-Disposition"]


def test_the_whole_message_is_saved_as_it_leaves(browser: Browser, services: Services) -> None:
    number = put(services)

    answer = browser.get(f"/outbox/{number}/raw")

    assert answer.data.endswith(mixed())
    assert answer.headers["Content-Type"] == "message/rfc822"
    assert f'filename="message-{number}.eml"' in answer.headers["Content-Disposition"]
    assert noted(services) == ["raw"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_who_may_not_read_sees_how_many_files_there_are(browser: Browser, services: Services, role: Role) -> None:
    number = put(services)
    as_role(browser, services, role)

    page = browser.get(f"/outbox/{number}?show=text").text

    assert "2 files, 1.0 KB" in page
    assert "月次レポート_11月.pdf" not in page
    assert "各位" not in page
    assert 'id="resend"' not in page
    for path in ("html", "raw", "attachments/6"):
        assert browser.get(f"/outbox/{number}/{path}").status_code == 403
    assert browser.post(f"/outbox/{number}/resend", {"to": "taro@example.net"}).status_code == 403
    assert noted(services) == []
    assert services.outbox.get(number + 1) is None


def test_there_is_nothing_at_the_addresses_of_what_is_gone(browser: Browser, services: Services) -> None:
    number = put(services, b"Subject: x\r\n\r\nplain\r\n")
    paths = [f"/outbox/{number}/html", f"/outbox/{number}/attachments/1", "/outbox/99/raw", "/outbox/99/html"]
    assert [browser.get(path).status_code for path in paths] == [404] * 4

    with services.database.writing() as write:
        write.run("UPDATE messages SET content = NULL")

    assert browser.get(f"/outbox/{number}/raw").status_code == 404
    assert noted(services) == []


def test_a_message_is_sent_again_as_a_new_one_to_who_is_ticked(browser: Browser, services: Services) -> None:
    number = put(services, mixed(), "taro@example.net", "hanako@example.org")
    fail(services, number)
    with services.database.writing() as write:
        write.run("UPDATE recipients SET state = 'sent' WHERE message = ? AND place = 0", (number,))
    page = browser.get(f"/outbox/{number}").text
    assert 'name="to" value="taro@example.net"><' in page
    assert 'name="to" value="hanako@example.org" checked><' in page
    key = page.partition('name="key" value="')[2].partition('"')[0]

    answers = [browser.post(f"/outbox/{number}/resend", {"to": "hanako@example.org", "key": key}) for _ in range(2)]

    assert [each.headers["Location"] for each in answers] == [f"/outbox/{number + 1}"] * 2
    new = services.outbox.get(number + 1)
    assert new is not None
    assert [each.address for each in new.recipients] == ["hanako@example.org"]
    assert services.outbox.get(number + 2) is None
    assert f'href="/outbox/{number + 1}"' in browser.get(f"/outbox/{number}").text
    assert f'href="/outbox/{number}"' in browser.get(f"/outbox/{number + 1}").text


@pytest.mark.parametrize("to", [{}, {"to": "mallory@example.com"}])
def test_nobody_is_sent_it_who_is_not_a_recipient(browser: Browser, services: Services, to: dict[str, str]) -> None:
    number = put(services)
    browser.get(f"/outbox/{number}")

    answer = browser.post(f"/outbox/{number}/resend", to)

    assert answer.headers["Location"] == f"/outbox/{number}"
    assert "Choose to which of its recipients" in browser.get(f"/outbox/{number}").text
    assert services.outbox.get(number + 1) is None


def test_under_a_prefix_frame_and_files_are_found(browser: Browser, services: Services) -> None:
    number = put(services)

    page = browser.client.get(f"/outbox/{number}?show=html", environ_overrides={"SCRIPT_NAME": "/mail"}).text

    assert f'src="/mail/outbox/{number}/html"' in page
    assert f'href="/mail/outbox/{number}/attachments/' in page
    assert f'action="/mail/outbox/{number}/resend"' in page
    assert '<a id="back" href="/mail/outbox">' in page
