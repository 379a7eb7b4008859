"""Reports on mail as servers write them, with whatever a test puts in the place of their values."""

from __future__ import annotations

from collections.abc import Iterable

BACK = "hanako@example.org"
SAID = "550 5.1.1 <hanako@example.org>: Recipient address rejected: User unknown"


def status_of(
    recipient: str = BACK,
    *,
    original: str | None = None,
    action: str = "failed",
    status: str = "5.1.1",
    said: str = f"smtp; {SAID}",
) -> str:
    """Write what a delivery status says of one recipient."""
    lines = [f"Final-Recipient: rfc822; {recipient}"]
    lines += [f"Original-Recipient: rfc822;{original}"] if original is not None else []
    return "\n".join([*lines, f"Action: {action}", f"Status: {status}", f"Diagnostic-Code: {said}"]) + "\n"


def report(
    *recipients: str,
    message_id: str = "<1@app.example.org>",
    envid: str = "",
    arrived: str = "Mon, 23 Nov 2026 09:00:05 +0000",
    headers: Iterable[str] = (),
    returned: bool = True,
) -> bytes:
    """Write a report as Postfix does: in words, as fields, and with the header of what came back."""
    per_message = ["Reporting-MTA: dns; mx.example.net"]
    per_message += [f"Original-Envelope-Id: {envid}"] if envid else []
    per_message += [f"Arrival-Date: {arrived}"] if arrived else []
    fields = "\n".join(["\n".join(per_message) + "\n", *(recipients or (status_of(),))])
    copy = f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {message_id}\nSubject: x\n\n" if returned else ""
    head = [
        "Return-Path: <>",
        "From: MAILER-DAEMON@mx.example.net (Mail Delivery System)",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        *headers,
    ]
    text = "--b\nContent-Type: text/plain\n\nThis is the mail system at host mx.example.net.\n\n"
    status = f"--b\nContent-Type: message/delivery-status\n\n{fields}\n"
    return "\n".join([*head, "", f"{text}{status}{copy}--b--", ""]).encode()


VACATION = b"""From: hanako@example.org
To: shop@example.jp
Subject: Out of office
Auto-Submitted: auto-replied
In-Reply-To: <1@app.example.org>

Back on Monday. 550 5.1.1 is my extension.
"""
