"""What the panel advises: nothing that it cannot do itself, without saying so and how else."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.diagnose import diagnose
from panel.i18n import LOCALES, Translate, catalogue
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.settings.fields.labels import LABELS
from panel.settings.providers import PROVIDERS
from tests.test_i18n import japanese, texts

CANNOT = re.compile(
    r"kerberos|gssapi|ntlm|client certificate|クライアント証明書",
    re.IGNORECASE,
)
LIMIT = re.compile(
    r"the panel cannot do yet|まだ対応していません",
    re.IGNORECASE,
)
HOW_ELSE = re.compile(r"another sending service|SMTP relay|別の送信サービス|SMTP リレー")
EVERY_WORDS = [words for each in CAUSES.values() for words in (each.words, *each.instead)]


def is_honest(text: str) -> bool:
    """Say whether a text that names what the panel cannot do says so, and names what does work."""
    return not CANNOT.search(text) or bool(LIMIT.search(text) and HOW_ELSE.search(text))


def sentences() -> Iterator[str]:
    """Give every sentence of both languages but those that tell only what happened: those never stand alone."""
    happened = {words.what for words in EVERY_WORDS} | {cause.know for cause in CAUSES.values()}
    for message in japanese():
        if message.id and message.id not in happened:
            yield from (*texts(message.id), *texts(message.string))


def test_no_sentence_sends_somebody_to_what_the_panel_cannot_do() -> None:
    assert [text for text in sentences() if not is_honest(text)] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_the_words_for_each_cause_at_each_service_say_how_else(locale: str) -> None:
    translate = catalogue(locale).gettext
    wrong = [(name, *case) for name in CAUSES for case in CASES if not is_honest(advice(name, *case, translate))]

    assert wrong == []


# By the service, by the step and by whether a login has worked: whichever the words of a cause are chosen by.
CASES = (
    *((each.host, Stage.AUTH, None) for each in PROVIDERS if each.host),
    *(("", each, None) for each in Stage),
    *(("", Stage.AUTH, each) for each in (True, False)),
)


def advice(name: str, host: str, stage: Stage, has_worked: bool | None, translate: Translate) -> str:
    """Give all that is said about a failure; `XOAUTH2` is what a server may offer alone."""
    detail = "XOAUTH2" if name == "auth_mechanism" else ""
    found = diagnose(Failure(stage, name, None, detail), host=host, has_worked=has_worked)
    return " ".join(each.translated(translate) for each in (found.what, *found.do))


@pytest.mark.parametrize(
    "text",
    [
        "If policy forbids it, use Kerberos or another sending service.",
        "クライアント証明書を使うか、別の送信サービスにしてください。",
        "The panel cannot do Kerberos yet.",
        "Use NTLM.",
    ],
)
def test_a_sentence_without_the_limit_or_without_a_way_is_found(text: str) -> None:
    assert not is_honest(text)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", ["oauth_required", "app_password_required", "smtp_auth_disabled", "auth_mechanism"])
def test_who_gets_no_further_with_a_password_is_led_to_the_login_method(locale: str, name: str) -> None:
    translate = catalogue(locale).gettext
    label = translate(LABELS["smtp_login"])

    for host in ("", "smtp.gmail.com", "smtp.office365.com", "smtp-mail.outlook.com"):
        assert label.lower() in advice(name, host, Stage.AUTH, None, translate).lower()


def test_outlook_com_is_not_sent_to_an_admin_center_that_it_does_not_have() -> None:
    said = Reply(535, ("5.7.139 Authentication unsuccessful, basic authentication is disabled. [X.prod.outlook.com]",))

    for host, has_one in (("smtp-mail.outlook.com", False), ("smtp.office365.com", True)):
        found = diagnose(Failure(Stage.AUTH, "server_permanent", said), host=host)
        assert any("admin" in str(step) for step in found.do) is has_one


ASKS_AGAIN = re.compile(
    r"\b(try|send|test)( it)? again\b|retry|\bwait (a little|some|that|about|until|for)|try another|for the test"
    r"|もう一度(送信|お試し|試)|送り直して(?!も)|再送してください|過ぎてから|待って(から|ください)|待ち、|別の宛先で|テストには",
    re.IGNORECASE,
)
# Of a password that somebody has just changed: nothing is sent by that.
AFTER_TYPING = "Type the password again. If you just changed it, wait a little."


@pytest.mark.parametrize("locale", LOCALES)
def test_mail_that_waits_asks_for_nothing_that_it_does_by_itself(locale: str) -> None:
    translate = catalogue(locale).gettext
    told = {each for words in EVERY_WORDS for each in words.steps(by_itself=True) if each != AFTER_TYPING}

    assert [translate(each) for each in told if ASKS_AGAIN.search(translate(each))] == []


@pytest.mark.parametrize("locale", LOCALES)
def test_what_only_a_test_is_asked_for_says_so(locale: str) -> None:
    """The net above is fine enough: whatever is left out for mail that waits is caught by it."""
    translate = catalogue(locale).gettext
    left_out = {each for words in EVERY_WORDS for each in words.do} - {
        each for words in EVERY_WORDS for each in words.steps(by_itself=True)
    }

    assert len(left_out) > 8
    assert [translate(each) for each in left_out if not ASKS_AGAIN.search(translate(each))] == []


@pytest.mark.parametrize("name", [name for name, cause in CAUSES.items() if cause.effect in ("defer", "slow")])
def test_a_cause_that_passes_still_has_something_to_say_about_waiting_mail(name: str) -> None:
    failure = Failure(Stage.RCPT, name, None)

    assert diagnose(failure, by_itself=True).do
    assert len(diagnose(failure, by_itself=True).do) <= len(diagnose(failure).do)
