"""A message as a file: what was written is read again, and nothing else is."""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.outbox.drop.slip import BadSlip, Slip, read_head
from tests.support.dropping import slip


@given(st.lists(st.text(max_size=20)), st.binary(max_size=200), st.sampled_from([None, "never"]), st.text(max_size=8))
def test_what_was_written_is_read_again(to: list[str], message: bytes, notify: str | None, tried: str) -> None:
    given = Slip(tuple(to), message, notify, tried)
    data = given.written()

    head = read_head(data[:128])

    assert head
    assert head.length == len(data)
    assert head.slip(data) == given


@given(st.data())
def test_no_byte_can_be_another_one(data: st.DataObject) -> None:
    whole = bytearray(slip())
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))

    with suppress(BadSlip):
        head = read_head(bytes(whole[:128]))
        assert head is None or head.length != len(whole) or not head.slip(bytes(whole))


@pytest.mark.parametrize("length", [0, 1, 18, 19, 30, 85])
def test_a_first_line_that_has_begun_to_come_is_waited_for(length: int) -> None:
    assert read_head(slip()[:length]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"\0" * 128,
        b"Subject: a\n\nHello\n",
        b"mail-panel-drop 1\n",
        b"mail-panel-drop 2 1 " + b"0" * 64 + b"\n",
        b"mail-panel-drop 1 9999999999 " + b"0" * 64 + b"\n",
        b"mail-panel-drop 1 -5 " + b"0" * 64 + b"\n",
        b"mail-panel-drop 1 " + b"5" * 120,
    ],
)
def test_what_begins_otherwise_is_no_message(data: bytes) -> None:
    with pytest.raises(BadSlip):
        read_head(data)


@pytest.mark.parametrize(
    "envelope",
    [
        *(b"", b"{", b"[]", b"7", b"{}", b'{"to": "a", "notify": null, "tried": ""}', b"[" * 50_000),
        *(b'{"to": [1], "notify": null, "tried": ""}', b'{"to": ["a"], "notify": 1, "tried": ""}'),
    ],
)
def test_an_envelope_of_another_kind_is_refused(envelope: bytes) -> None:
    rest = envelope + b"\nSubject: a\r\n\r\n"
    data = b"mail-panel-drop 1 %d %s\n" % (len(rest), sha256(rest).hexdigest().encode()) + rest
    head = read_head(data[:128])

    assert head
    with pytest.raises(BadSlip):
        head.slip(data)
