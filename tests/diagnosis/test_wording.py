"""How a sentence of a program is found: whole words, names in its gaps, whatever width its lines were broken at."""

from __future__ import annotations

import pytest

from panel.diagnosis.causes import connection
from panel.diagnosis.explain.client_errors import WORDINGS
from panel.diagnosis.wording import Sentences, Wording, sentences_of
from tests.support.lengths import is_linear


def is_in(words: str, text: str) -> bool:
    row = Wording(connection.CONNECTION_LOST, "", words)
    return Sentences([row]).longest_in(text.lower()) is row


def test_a_gap_takes_what_the_sentence_names() -> None:
    assert is_in(
        "certificate is valid for …, not …", "x509: certificate is valid for a.example, b.example, not c.example"
    )


def test_a_gap_is_no_longer_than_a_name_is() -> None:
    assert not is_in("certificate … expired", f"certificate {'x ' * 200} expired")


@pytest.mark.parametrize("text", ["fileofsize", "someofs", "eofs"])
def test_a_word_within_another_is_none(text: str) -> None:
    assert not is_in("eof", text)


def test_japanese_goes_on_without_a_blank() -> None:
    assert is_in("接続できませんでした", "サーバーに接続できませんでしたので")


def test_a_sentence_is_found_by_whichever_of_its_parts_is_rare() -> None:
    assert is_in("could not reach … by smtp: …りません", "could not could not reach mx.example by smtp: 分かりません")


def test_the_longest_sentence_counts_and_one_around_others_last() -> None:
    lost = Wording(connection.CONNECTION_LOST, "", "went away")
    refused = Wording(connection.CONNECTION_REFUSED, "", "the server went away")
    around = Wording(connection.CONNECT_TIMEOUT, "", "sending failed since the server", around=True)

    told = Sentences([lost, refused, around]).longest_in("sending failed since the server went away")

    assert told is refused


def test_lines_that_were_broken_are_read_as_one() -> None:
    assert is_in("the remote name could not be resolved", "The remote name\n   could not be\nresolved")


def test_each_sentence_is_in_lower_case_and_has_its_source() -> None:
    wrong = [row for row in WORDINGS if row.words != row.words.lower() or not row.said_by or not row.words.strip()]

    assert wrong == []


def test_a_sentence_stands_in_one_row_only_unless_they_mean_the_same() -> None:
    causes: dict[str, set[str | None]] = {}
    for row in WORDINGS:
        for line in filter(None, map(str.strip, row.words.split("\n"))):
            causes.setdefault(line, set()).add(row.cause.name if row.cause else None)

    assert {line: names for line, names in causes.items() if len(names) > 1} == {}


def test_what_a_sentence_is_sought_by_tells_something() -> None:
    wordless = [each for each in sentences_of(WORDINGS) if not any(map(str.isascii, each.tokens))]

    assert [each.parts for each in wordless if len(max(each.parts, key=len)) < 3] == []


def test_each_sentence_is_found_where_its_own_words_stand() -> None:
    """Whatever a row says is found in its own words, a name in each gap."""
    lines = [line.strip() for row in WORDINGS for line in row.words.split("\n") if line.strip()]

    assert [line for line in lines if not is_in(line, f"error: {line.replace('…', 'mx.example.com')}!")] == []


def test_a_text_that_repeats_the_parts_of_a_sentence_takes_time_by_its_length(is_long: bool) -> None:
    """A sentence with several gaps, in a text that has all of its parts but the last, over and over."""
    rows = [row for row in WORDINGS if row.words.count("…") >= 2]
    lines = max((line.strip() for row in rows for line in row.words.split("\n")), key=lambda line: line.count("…"))
    unit = " ".join(part.strip() for part in lines.split("…")[:-1]) + " "

    sentences = Sentences(rows)

    assert is_linear(sentences.longest_in, unit, 60_000 if is_long else 4_000)
