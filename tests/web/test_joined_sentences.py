"""Sentences that stand one after the other: in Japanese without a blank between them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from markupsafe import Markup

from panel import clock
from panel.checks.trial.report import Mode, Outcome, Report, Waiting
from panel.i18n import joined
from panel.mail.smtp.protocol import Failure, Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.pace.pace import Terms
from panel.services import Services
from panel.settings.model import Settings
from panel.settings.providers import PROVIDERS
from panel.web.templating import joined_sentences
from tests.support.actors import actor
from tests.support.mail import OneByOne, broken, mail
from tests.support.paths import ROOT
from tests.web.conftest import SETTINGS, Browser, typed

TEMPLATES = ROOT / "templates"
JAPANESE = {"Accept-Language": "ja"}
INLINE = re.compile(r"</?(?:b|i|em|strong|span|small|code|time|a|svg|use)\b[^>]*>")
NAMES = re.compile(r'<(\w+)[^>]*translate="no"[^>]*>.*?</\1>|<title>.*?</title>', re.DOTALL)
GAP = re.compile(r"[^<>\n]{0,20}[。、！？] +[^ <\n][^<>\n]{0,20}")


def gaps(text: str) -> list[str]:
    """Find blanks after a full stop or a comma in what is seen, also where an inline element ends between."""
    return GAP.findall(INLINE.sub("", NAMES.sub("", text)))


def test_a_blank_is_put_between_sentences_only_where_the_script_has_one() -> None:
    assert joined(["One.", "", "Two."]) == "One. Two."
    assert joined(["一。", "二。"]) == "一。二。"
    assert joined(["一（2）", "三: 4", "五"]) == "一（2）三: 4 五"
    assert joined_sentences(Markup("<b>一。</b>"), "<二>") == Markup("<b>一。</b>&lt;二&gt;")
    assert joined([]) == ""


def test_a_gap_is_found() -> None:
    assert gaps("<p><b>一。</b> 二</p>") == ["一。 二"]
    assert gaps('<p>一。</p> <p>二。 <code translate="no">535</code></p>') == []


def test_no_template_puts_a_blank_after_a_sentence_itself() -> None:
    sentence = re.compile(r"""_\("[^"]*[.!?]"[^}]*\}\}(?:</\w+>|\{%[^%]*%\})* +(?:\{|<b>)""")
    found = [(each.name, sentence.findall(each.read_text("utf-8"))) for each in TEMPLATES.rglob("*.html")]

    assert [each for each in found if each[1]] == []


STATES = ("new", "saved", "held", "refused", "paused", "resting", "late", "failed test", "waiting test")
PAGES = (
    "/settings",
    "/settings/status",
    "/outbox",
    "/outbox/1",
    "/history",
    "/history/1",
    "/tokens",
    "/diagnosis/causes",
)
EDITS = ("/settings/edit", "/settings/edit?version=1", "/settings/trials/1", "/diagnosis", "/diagnosis/explain")


@pytest.mark.parametrize("state", STATES)
def test_no_page_has_a_blank_after_a_japanese_stop(browser: Browser, services: Services, state: str) -> None:
    bring_about(services, state)

    found = {page: gaps(browser.get(page, headers=JAPANESE).text) for page in PAGES + EDITS}

    assert {page: each for page, each in found.items() if each} == {}


def test_no_note_about_a_service_has_one(browser: Browser, saved: Settings) -> None:
    found = {
        each.name: gaps(browser.get(f"/settings/edit?preset={each.name}", headers=JAPANESE).text) for each in PROVIDERS
    }

    assert {name: each for name, each in found.items() if each} == {}


def test_no_answer_to_a_form_has_one(browser: Browser, services: Services, saved: Settings) -> None:
    settle(services, Stage.RCPT, "450 4.2.1 Slow down")
    forms = {
        "/settings": typed(smtp_host="", from_address=""),
        "/settings/trial": typed(recipient="taro@example.net"),
        "/settings/preset": typed(find="yes"),
        "/settings/pace": typed(per_minute="12", unit="minute", margin="20"),
        "/diagnosis/explain": {"text": "535 5.7.8 Username and Password not accepted - gsmtp"},
        "/outbox/1/retry": {"recipient": "nobody", "instead_of": "hanako@example.org"},
    }
    found = {path: gaps(browser.post(path, data, headers=JAPANESE).text) for path, data in forms.items()}

    assert {path: each for path, each in found.items() if each} == {}


def bring_about(services: Services, state: str) -> None:
    """Bring the panel into a state in which its pages say more than one sentence in a row."""
    now = clock.now()
    if state != "new":
        services.settings.save(SETTINGS, base=0, by=actor("ken"), now=now)
        services.heartbeats.beat("1-a", message=None, now=now)
    if state in SAID:
        settle(services, *SAID[state])
    if state == "paused":
        services.pace.pause(by=actor("ken"), now=now)
    if state == "late":
        services.outbox.enqueue(mail(), by=actor(via="api"), now=now - timedelta(hours=2))
    if state in TESTS:
        keep_test(services, TESTS[state])


SAID = {
    "held": (Stage.AUTH, "535 5.7.8 No"),
    "refused": (Stage.RCPT, "450 4.2.1 Greylisted, please come back later"),
    "resting": (Stage.DATA, "450 4.7.1 Too many messages, slow down"),
}
TESTS: dict[str, dict[str, object]] = {
    "failed test": {"outcome": Outcome.FAILURE, "failure": Failure(Stage.RCPT, "recipient_unknown", None)},
    "waiting test": {"waiting": Waiting("pace", clock.now() + timedelta(hours=1))},
}


def settle(services: Services, stage: Stage, said: str) -> None:
    """Let a server answer a message so."""
    services.outbox.enqueue(mail(), by=actor(via="api"), now=clock.now())
    claims = OneByOne(services.database)
    got = claims.claim("1-a", Terms(version=1), clock.instant())
    assert isinstance(got, Claim)
    claims.settle(got, broken(got, stage, said), clock.instant())


def keep_test(services: Services, came_of_it: dict[str, object]) -> None:
    report = Report(Mode.SEND, "taro@example.net", "smtp.example.org", 587, clock.now(), version=1)
    fingerprint = services.settings.current().fingerprint
    number = services.trials.begin(report, by=actor("hanako"), fingerprint=fingerprint, now=clock.now())
    kept = report._replace(**came_of_it)
    if kept.outcome is Outcome.RUNNING:
        services.trials.beat(number, kept, 1, clock.now())
    else:
        services.trials.finish(number, kept, 1)
