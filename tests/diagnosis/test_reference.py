"""The page of causes: every cause is in it, its example is true, and the documents are current."""

from re import findall

import pytest

from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.explain.explain import complaints
from panel.diagnosis.reference import entries, markdown
from panel.i18n import catalogue
from tests.support.paths import DOCS

EXAMPLES = {name: cause.example for name, cause in CAUSES.items() if cause.example}
WITHOUT_EXAMPLE = {
    "login_in_clear",
    "address_denied",
    "source_address",
    "protocol_error",
    "pop_unreachable",
}  # nobody's own words tell these apart

OAUTH_ERRORS = {"access_denied", "org_internal", "redirect_uri", "access_token"}


@pytest.mark.parametrize(("locale", "name"), [("en", "causes.md"), ("ja", "causes.ja.md")])
def test_the_documents_are_current(locale, name):
    written = (DOCS / name).read_text("utf-8")

    assert written == markdown(catalogue(locale).gettext), "run: python docs/write_causes.py"


def test_every_cause_and_every_variant_is_told():
    told = entries()

    assert [each.name for each in told] == list(CAUSES)
    assert sum(len(each.cases) for each in told) == sum(len(cause.instead) for cause in CAUSES.values())


def test_every_sentence_can_be_told():
    assert "%(" not in markdown(str)


def test_nearly_every_cause_has_an_example():
    assert set(CAUSES) - set(EXAMPLES) == WITHOUT_EXAMPLE


def test_every_cause_says_how_to_know_it():
    japanese = catalogue("ja").gettext
    told = [cause.know for cause in CAUSES.values()]

    assert [each for each in told if not each.endswith(".") or ". " in each] == []
    assert [each for each in map(japanese, told) if not each.endswith("。") or each.count("。") > 3] == []
    assert len(set(told)) == len(CAUSES)


def test_what_it_takes_for_another_is_a_cause_there_is():
    named = {name for cause in CAUSES.values() for name in findall(r"[a-z]+(?:_[a-z]+)+", cause.know)}

    assert named & CAUSES.keys() >= {"dns_unavailable", "tls_handshake", "auth_not_offered"}
    assert named - CAUSES.keys() <= {"invalid_grant", "invalid_client", "unauthorized_client", *OAUTH_ERRORS}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_diagnosed_as_its_cause(name):
    assert complaints(EXAMPLES[name])[0].diagnosis.cause.name == name
