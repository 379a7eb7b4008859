"""What administrators paste, as far as it is short: which causes are found, and which are taken for others."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.explain.client_errors import WORDINGS
from panel.diagnosis.explain.explain import complaints
from tests.support.paths import DATA


class Pasted(NamedTuple):
    """A text, what it was labelled with, and what was found."""

    causes: tuple[str, ...]
    kind: str
    text: str
    found: str


def pasted() -> Iterator[Pasted]:
    for line in (DATA / "pasted.tsv").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            causes, kind, _, text = line.split("\t")
            told = complaints(json.loads(text))
            yield Pasted(tuple(causes.split("|")), kind, text, told[0].diagnosis.cause.name if told else "none")


@pytest.fixture(scope="module")
def asked() -> list[Pasted]:
    return list(pasted())


def wrong(row: Pasted) -> bool:
    return row.found not in row.causes and row.found != "none" and not CAUSES[row.found].generic


@pytest.mark.parametrize("kind", ["client", "clothing", "oauth", "other-language", "report"])
def test_most_texts_have_their_cause_and_hardly_one_has_a_wrong_one(kind: str, asked: list[Pasted]) -> None:
    rows = [row for row in asked if row.kind == kind]
    confusions: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        confusions[row.causes[0]][row.found if row.found not in row.causes else "right"] += 1
    for cause in sorted(confusions):  # the table of confusions
        print(f"{cause:26} {confusions[cause].pop('right', 0):4}  {dict(confusions[cause]) or ''}")

    right = sum(row.found in row.causes for row in rows)
    mistaken = [f"{row.causes} taken for {row.found}: {row.text}" for row in rows if wrong(row)]

    assert right >= 0.8 * len(rows)
    assert len(mistaken) <= max(1, 0.06 * len(rows)), "\n".join(mistaken)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("サーバーの名前が証明書と一致しません。", "certificate_hostname"),
        ("SMTP サーバ smtp.example.jp は STARTTLS をサポートしていないため、送信できません。", "starttls_not_offered"),
        ("Der Server unterstützt kein STARTTLS!", "starttls_not_offered"),
        ("服务器不支持 STARTTLS！", "starttls_not_offered"),
        ('{:error, {:no_more_hosts, {:missing_requirement, ~c"mail.example.org", :tls}}}', "starttls_not_offered"),
        ('{:error, {:no_more_hosts, {:missing_requirement, ~c"mail.example.org", :auth}}}', "auth_not_offered"),
        ('{:error, {:no_more_hosts, {:permanent_failure, ~c"smtp.example.org", :auth_failed}}}', "login_refused"),
    ],
)
def test_words_that_many_programs_share_are_found_in_other_languages(text: str, cause: str) -> None:
    assert [each.diagnosis.cause.name for each in complaints(text)] == [cause]


def test_each_label_is_a_cause() -> None:
    labels = {cause for row in pasted() for cause in row.causes}

    assert labels - {"none"} <= CAUSES.keys()


def test_each_family_of_programs_says_more_than_a_few_sentences() -> None:
    named = {row.said_by.split()[0].strip(",") for row in WORDINGS}

    assert {"Go", "Python", "lettre", "nodemailer", "PHPMailer", "Postfix", "Exim", "OpenSSL", "GnuTLS"} <= named
