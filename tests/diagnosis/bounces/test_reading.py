"""What is read of a report: whom it names, by what its message is known again, and what is none."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from panel.diagnosis.bounces.reading import read_report
from panel.diagnosis.bounces.report import MOST_REPORT_BYTES, MOST_REPORTED, Fate, MailReport, NoReport
from tests.support.reports import BACK, SAID, VACATION, report, status_of


def read(data: bytes) -> MailReport:
    found = read_report(data)
    assert isinstance(found, MailReport), found
    return found


def test_a_report_in_parts() -> None:
    found = read(report(status_of(BACK, original="Hanako@Example.org"), envid="7.1c0ffee5@app.example.org"))

    [reported] = found.recipients
    assert (reported.final, reported.original, reported.fate) == (BACK, "Hanako@Example.org", Fate.BOUNCED)
    assert (reported.status, reported.said, reported.server) == ("5.1.1", SAID, "")
    assert reported.addresses == {BACK}
    assert found.envelope_id == "7.1c0ffee5@app.example.org"
    assert found.message_ids == ("<1@app.example.org>",)
    assert found.arrived_at == datetime(2026, 11, 23, 9, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_whatever_its_lines_end_with(end: bytes) -> None:
    assert read(report().replace(b"\n", end)).message_ids == ("<1@app.example.org>",)


def test_a_report_with_addresses_beyond_ascii() -> None:
    """RFC 6533 section 3 and 4: a type of its own, and the fields in UTF-8, encoded or not."""
    fields = (
        "Reporting-MTA: dns; mx.example.jp\n\n"
        "Final-Recipient: utf-8; 花子@例.example\nOriginal-Recipient: utf-8;\\x{82B1}\\x{5B50}@\\x{4F8B}.example\n"
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 利用者がいません\n"
    )
    encoded = base64.encodebytes(fields.encode()).decode()
    message = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain; charset=utf-8\n\n配送できませんでした。\n"
        "--b\nContent-Type: message/global-delivery-status\nContent-Transfer-Encoding: {}\n\n{}\n"
        "--b\nContent-Type: message/global-headers\n\nSubject: 件名\nMessage-ID: <1@例.example>\n\n--b--\n"
    )

    for way, text in (("8bit", fields), ("base64", encoded)):
        [reported] = read(message.format(way, text).encode()).recipients
        assert (reported.final, reported.original) == ("花子@例.example", "花子@例.example")
        assert reported.said == "550 5.1.1 利用者がいません"


@pytest.mark.parametrize(
    ("fields", "fate"),
    [
        ("Action: failed\nStatus: 5.0.0", Fate.BOUNCED),
        ("Action: FAILED (fatal)\nStatus: 4.4.7", Fate.BOUNCED),
        ("Action: delayed\nStatus: 4.0.0", Fate.DELAYED),
        ("Action: delivered\nStatus: 2.0.0", Fate.DELIVERED),
        ("Action: relayed\nStatus: 2.0.0", Fate.RELAYED),
        ("Action: expanded\nStatus: 2.0.0", Fate.EXPANDED),
        ("Status: 5.1.1", Fate.BOUNCED),
        ("Status: 4.1.1", Fate.DELAYED),
    ],
)
def test_what_became_of_it(fields: str, fate: Fate) -> None:
    [reported] = read(report(f"Final-Recipient: rfc822; {BACK}\n{fields}\n")).recipients

    assert reported.fate is fate


@pytest.mark.parametrize("fields", ["Action: eaten\nStatus: 5.1.1", "Status: 9.1.1", ""])
def test_what_nobody_knows_became_of_it_is_left_out(fields: str) -> None:
    found = read(report(f"Final-Recipient: rfc822; a@example.org\n{fields}\n", status_of()))

    assert [each.final for each in found.recipients] == [BACK]


@pytest.mark.parametrize("field", ["rfc822;hanako@example.org", "RFC822; <hanako@example.org>", "hanako@example.org"])
def test_an_address_as_servers_write_it(field: str) -> None:
    [reported] = read(report(f"Final-Recipient: {field}\nAction: failed\n")).recipients

    assert reported.final == BACK


def test_who_gives_no_reason_in_the_fields_gives_it_in_words() -> None:
    plain = report(f"Final-Recipient: rfc822; {BACK}\nAction: failed\nStatus: 5.0.0\n")
    told = plain.replace(b"host mx.example.net.\n", f"host mx.example.net.\n\n<{BACK}>: {SAID}\n".encode())

    [reported] = read(told).recipients

    assert SAID in reported.said


def test_fields_that_were_pasted_without_their_message() -> None:
    found = read(f"これが届きました\n\n{status_of()}\n".encode())

    assert [(each.final, each.said) for each in found.recipients] == [(BACK, SAID)]


def test_a_report_on_a_report_is_not_read_into() -> None:
    """What came back holds a report itself, which is about something else."""
    inner = report(status_of("other@example.net"), message_id="<other@example.net>")
    whole = report(returned=False).replace(b"--b--\n", b"--b\nContent-Type: message/rfc822\n\n")
    whole += b"Message-ID: <1@app.example.org>\n" + inner.replace(b'"b"', b'"c"').replace(b"--b", b"--c") + b"\n--b--\n"

    found = read(whole)

    assert [each.final for each in found.recipients] == [BACK]
    assert found.message_ids == ("<1@app.example.org>",)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (VACATION, NoReport.AUTOMATIC),
        (b"Auto-Submitted: auto-generated; x=y\n\nCron\n", NoReport.AUTOMATIC),
        (b"Precedence: auto_reply\n\nI am out.\n", NoReport.AUTOMATIC),
        (b"Auto-Submitted: no\nSubject: Delivery Status Notification\n\n550 5.1.1 hanako\n", NoReport.OTHER),
        (b"From: a@example.org\nSubject: Undelivered\n\n550 5.1.1 No such user\n", NoReport.OTHER),
        (b"", NoReport.OTHER),
        (b"\x00\xff\xfe" * 100, NoReport.OTHER),
        (b"Subject: " + b"x" * 300_000 + b"\n\n", NoReport.UNREADABLE),
        (
            b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n"
            b"--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; a@example.org\n"
            b"Disposition: manual-action/MDN-sent-manually; displayed\n--b--\n",
            NoReport.AUTOMATIC,
        ),
    ],
)
def test_what_is_no_report(data: bytes, why: NoReport) -> None:
    assert read_report(data) is why


# Hostile ones


def test_ten_thousand_recipients_are_not_all_read() -> None:
    many = report(*(status_of(f"u{each}@example.org") for each in range(10_000)))

    found = read_report(many)

    assert not isinstance(found, MailReport) or len(found.recipients) <= MOST_REPORTED


def test_a_report_of_as_many_as_a_message_may_have_is_read() -> None:
    found = read(report(*(status_of(f"u{each}@example.org") for each in range(900))))

    assert len(found.recipients) == 900


def test_parts_within_parts_without_end() -> None:
    head = "".join(f'Content-Type: multipart/mixed; boundary="{each}"\n\n--{each}\n' for each in range(5_000))

    assert read_report(head.encode() + report()) is NoReport.UNREADABLE


def test_what_is_beyond_the_limit_is_not_read() -> None:
    late = report().replace(b"--b\nContent-Type: message/delivery-status", b"x\n" * MOST_REPORT_BYTES + b"--b\n", 1)

    [reported] = read(late).recipients

    assert reported.addresses == frozenset()  # of the words alone, which name nobody


@pytest.mark.parametrize("charset", ["utf-7", "no-such", "x" * 3_000, "", "iso-2022-jp", "utf-16", "idna"])
def test_whatever_charset_it_claims(charset: str) -> None:
    claimed = report().replace(b"Content-Type: text/plain\n", f"Content-Type: text/plain; charset={charset}\n".encode())

    assert [each.final for each in read(claimed).recipients] == [BACK]


@pytest.mark.parametrize(
    "arrived",
    ["", "x", "Mon, 99 Nov 99999 99:99:99 +9999", "1", "\x00", "9" * 5_000],
)
def test_a_date_that_is_none(arrived: str) -> None:
    assert read(report(arrived=arrived or " ")).arrived_at is None


_LINES = st.sampled_from(
    [
        *(b"--b", b"--b--", b"", b" folded", b"\xff\xfe", b"\x1b$B", b"--", b"<hanako@example.org>:", b"\t", b"=E3=81"),
        *report().split(b"\n"),
        *VACATION.split(b"\n"),
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Content-Type: message/global-delivery-status",
        b"X-Failed-Recipients: a@example.org, <b@example.org",
        b"This is the qmail-send program at example.org.",
        b"550 5.1.1 " + b"x" * 3_000,
    ]
)


@given(lines=st.lists(_LINES | st.binary(max_size=40), max_size=60))
def test_no_text_is_too_strange(lines: list[bytes]) -> None:
    read_report(b"\n".join(lines))


@given(st.data())
@examples(max_examples=60)
def test_no_report_is_too_broken(data: st.DataObject) -> None:
    """Lines of a whole report are left out, doubled, or changed for others."""
    lines = report(status_of(), status_of("b@example.org"), envid="7.1c0ffee5@x").split(b"\n")
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(lines) - 1))
        lines[at : at + data.draw(st.integers(0, 2))] = data.draw(st.lists(_LINES, max_size=3))

    found = read_report(b"\n".join(lines))

    assert isinstance(found, NoReport) or all(len(each.said) <= 4_000 for each in found.recipients)


@pytest.mark.long
@given(st.binary(max_size=4_000), st.integers(0, 2_000))
@examples(max_examples=3_000)
def test_no_octets_are_too_strange(octets: bytes, at: int) -> None:
    whole = report()
    read_report(whole[:at] + octets + whole[at:])
