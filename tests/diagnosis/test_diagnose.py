import ast
from collections import Counter
from itertools import chain
from re import findall, fullmatch

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.causes.table import CAUSES, SETTINGS_WORK, TOPICS
from panel.diagnosis.diagnose import diagnose, failure_to_json
from panel.diagnosis.match import MOST_MATCHED, cause_of_reply
from panel.diagnosis.rules.rule import pattern
from panel.diagnosis.rules.rules import RULES
from panel.mail.net.connection import MAX_REPLY_LINE
from panel.mail.smtp.protocol import MAX_REPLY_LINES, SHOWN_REPLY, Failure, Reply, Stage
from panel.settings.model import FIELDS
from panel.settings.providers import PROVIDERS
from tests.support.paths import DATA, ROOT

PARTS = ROOT / "panel" / "locale" / "ja" / "LC_MESSAGES"


def sample(name):
    """Read a table of replies: cause, host, stage, reply."""
    lines = (DATA / f"replies_{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]


def reply(text):
    code, _, words = text.partition(" ")
    return Reply(int(code), tuple(words.split("\n")))


def misses(rows):
    """Diagnose a table; give what went wrong as lines, and print the confusions: the cause, right of all, taken for."""
    found = [(cause, cause_of_reply(Stage(stage), reply(text), host), text) for cause, host, stage, text in rows]
    for cause in sorted({cause for cause, _, _ in found}):
        got = Counter(each for truth, each, _ in found if truth == cause)
        wrong = ", ".join(f"{times} {other}" for other, times in got.most_common() if other != cause)
        print(f"{cause:24} {got[cause]:4} of {got.total():4}  {wrong}".rstrip())
    return [f"{cause} taken for {got}: {text}" for cause, got, text in found if got != cause]


def failure(text, stage=Stage.RCPT, cause="server_permanent"):
    return Failure(stage, cause, reply(text))


def told(text):
    return str(text)


WRITTEN_WITH = ["listed", "known", "gathered", "logins"]


@pytest.mark.parametrize("name", WRITTEN_WITH)
def test_every_reply_that_the_rules_were_written_with_has_its_cause(name):
    wrong = misses(sample(name))

    assert not wrong, "\n".join(wrong)


def test_nine_of_ten_replies_that_the_rules_were_not_written_from_have_their_cause():
    rows = sample("unseen")

    wrong = misses(rows)

    assert len(wrong) <= 0.1 * len(rows), "\n".join(wrong)


def test_the_unseen_replies_are_in_no_other_table():
    others = {text for name in WRITTEN_WITH for _, _, _, text in sample(name)}

    assert not others & {text for _, _, _, text in sample("unseen")}


def test_every_cause_that_a_reply_can_have_is_among_the_replies_and_seldom_taken_for_another():
    rows = [row for name in [*WRITTEN_WITH, "unseen"] for row in sample(name)]

    wrong = misses(rows)  # prints the one table of confusions

    assert len(wrong) <= 0.01 * len(rows), "\n".join(wrong)
    assert {cause for cause, *_ in rows} >= {rule.cause.name for rule in RULES}


@pytest.mark.parametrize("code", ["454", "535", "550"])
@pytest.mark.parametrize(
    "words",
    [
        "5.7.8 Error: authentication failed: Connection lost to authentication server",
        "5.7.8 Error: authentication failed: generic failure",
        "Temporary authentication failure",
        "LDAP server is down",
        "Internal error, try again later",
        "認証サーバーが応答しません",
    ],
)
def test_a_login_that_could_not_be_checked_is_told_from_one_that_is_refused_whatever_its_code(code, words):
    assert cause_of_reply(Stage.AUTH, reply(f"{code} {words}")) == "login_unavailable"


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("451 4.3.0 Internal error, try again later", "server_temporary"),
        ("554 5.3.0 Database error", "server_permanent"),
        ("450 4.7.1 Service temporarily unavailable", "server_temporary"),
    ],
)
def test_the_same_words_at_another_step_are_about_no_login(text, cause):
    assert cause_of_reply(Stage.DATA, reply(text)) == cause
    assert cause_of_reply(None, reply(text)) == cause


def test_an_unknown_stage_leaves_most_causes_as_they_are():
    rows = [*sample("listed"), *sample("known")]

    same = [cause for cause, host, _, text in rows if cause_of_reply(None, reply(text), host) == cause]

    assert len(same) >= 0.95 * len(rows)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("535 5.7.8 Username and Password not accepted. https://x.example d14 - gsmtp", "app_password_required"),
        ("535 5.7.139 Authentication unsuccessful [AB1.jpnprd01.prod.outlook.com]", "smtp_auth_disabled"),
    ],
)
def test_a_providers_own_reply_is_known_through_another_host(text, cause):
    assert cause_of_reply(Stage.AUTH, reply(text), "relay.example.jp") == cause


def test_a_multi_line_reply_is_read_as_one_sentence():
    lines = Reply(550, ("5.7.1 Sender address", "5.7.1 rejected: not owned", "5.7.1 by user info"))

    assert cause_of_reply(Stage.RCPT, lines) == "sender_not_allowed"


def test_the_names_in_a_reply_do_not_mislead():
    text = (
        "550 5.1.1 <spam-virus@relay-denied.example.com>: User unknown; see https://spam.example/dkim/starttls-required"
    )

    assert cause_of_reply(Stage.RCPT, reply(text)) == "recipient_unknown"


def test_what_another_server_said_counts_when_a_relay_passes_it_on():
    text = "554 5.4.0 host mx.example.com[192.0.2.1] said: 452 4.2.2 Mailbox full (in reply to RCPT TO command)"

    assert cause_of_reply(Stage.RCPT, reply(text)) == "recipient_mailbox_full"


@pytest.mark.parametrize(
    ("stage", "text", "cause"),
    [
        (Stage.MAIL, "451 Zzz", "server_temporary"),
        (Stage.DATA, "551 Zzz", "server_permanent"),
        (Stage.GREETING, "554 Zzz", "greeting_refused"),
        (Stage.CONNECT, "421 Zzz", "greeting_refused"),
        (Stage.RCPT, "250 Zzz", "protocol_error"),
    ],
)
def test_what_no_rule_knows_is_told_by_stage_and_class_with_the_dialogue_open(stage, text, cause):
    diagnosis = diagnose(failure(text, stage))

    assert diagnosis.cause.name == cause
    assert diagnosis.open_transcript is (cause != "protocol_error")


def test_the_words_of_an_unknown_refusal_name_its_stage():
    sender = diagnose(failure("550 Zzz", Stage.MAIL, "server_permanent"))
    text = diagnose(failure("550 Zzz", Stage.DATA, "server_permanent"))

    assert told(sender.what) != told(text.what)


@pytest.mark.parametrize("name", sorted(CAUSES.keys() - {"server_temporary", "server_permanent", "greeting_refused"}))
def test_a_cause_that_the_client_saw_is_kept(name):
    diagnosis = diagnose(Failure(Stage.CONNECT, name, Reply(550, ("5.1.1 User unknown",))))

    assert diagnosis.cause.name == name


def test_the_names_on_the_certificate_are_told():
    known = diagnose(Failure(Stage.TLS, "certificate_hostname", detail="mail.example.org, smtp.example.org"))
    unknown = diagnose(Failure(Stage.TLS, "certificate_hostname"))

    assert any("smtp.example.org" in told(step) for step in known.do)
    assert len(unknown.do) == len(known.do) - 1


def test_a_fault_at_the_pop_server_points_to_its_fields():
    diagnosis = diagnose(Failure(Stage.POP, "dns_not_found"), host="pop.example.org")

    assert failure_to_json(diagnosis, str)["field"] == "pop_host"
    assert "POP host" in told(diagnosis.do[0])


def test_a_misspelt_host_gets_the_nearest_known_one():
    diagnosis = diagnose(Failure(Stage.RESOLVE, "dns_not_found"), host="smpt.gmail.com")

    assert any("smtp.gmail.com" in told(step) for step in diagnosis.do)


def test_the_nearest_smtp_host_is_not_offered_for_the_pop_server():
    diagnosis = diagnose(Failure(Stage.POP, "dns_not_found"), host="smpt.gmail.com")

    assert not any("smtp.gmail.com" in told(step) for step in diagnosis.do)


@pytest.mark.parametrize(
    ("stage", "port", "mode"),
    [(Stage.GREETING, 465, "implicit"), (Stage.TLS, 587, "starttls"), (Stage.TLS, 25, "starttls")],
)
def test_the_other_tls_mode_is_offered_on_the_same_port(stage, port, mode):
    diagnosis = diagnose(Failure(stage, "tls_wrong_mode"), port=port)

    assert diagnosis.suggestion == {"smtp_port": port, "tls": True, "tls_mode": mode}


def test_silence_on_465_offers_implicit_tls_and_elsewhere_nothing():
    silent = Failure(Stage.GREETING, "greeting_timeout")

    assert diagnose(silent, port=465).suggestion == {"smtp_port": 465, "tls": True, "tls_mode": "implicit"}
    assert diagnose(silent, port=2525).suggestion is None


@pytest.mark.parametrize("name", [name for name, cause in CAUSES.items() if cause.works])
def test_a_refusal_of_the_recipients_side_says_that_the_settings_work(name):
    diagnosis = diagnose(Failure(Stage.RCPT, name, Reply(550, ("No",))))

    assert told(diagnosis.do[-1]) == SETTINGS_WORK


def test_google_is_told_about_by_name_and_others_in_general():
    google = diagnose(
        failure("535 5.7.8 Username and Password not accepted - gsmtp", Stage.AUTH), host="smtp.gmail.com"
    )
    other = diagnose(failure("535 5.7.0 Application password is REQUIRED", Stage.AUTH), host="mail.example.org")

    assert google.provider == "gmail"
    assert "Google" in told(google.what)
    assert "Google" not in told(other.what)
    assert google.cause.checked


def test_the_json_has_the_public_keys_and_a_cut_reply():
    refusal = failure("550 5.1.1 User unknown " + "x" * 2000)

    told_as = failure_to_json(diagnose(refusal), str)

    assert list(told_as) == ["cause", "stage", "field", "whose", "reply", "what", "do", "checked", "suggestion"]
    assert told_as["cause"] == "recipient_unknown"
    assert told_as["field"] == "recipient"
    assert len(told_as["reply"]) == SHOWN_REPLY


def test_what_is_not_smtp_is_not_repeated():
    answer = Failure(Stage.GREETING, "not_smtp", Reply(500, ("HTTP/1.1 400 Bad Request",)))

    assert failure_to_json(diagnose(answer), str)["reply"] is None


def test_every_cause_names_a_field_of_the_form_and_a_known_fault():
    for cause in CAUSES.values():
        assert cause.field is None or cause.field in {*FIELDS, "recipient"}, cause.name
        assert cause.whose in {"settings", "server", "message", "pace"}
        assert cause.effect in {"hold", "defer", "fail", "slow"}
        assert cause.source if cause.checked else True


def test_every_rule_and_every_variant_names_a_cause_and_a_service_that_exist():
    groups = {provider.group for provider in PROVIDERS}
    services = groups | {provider.name for provider in PROVIDERS}

    assert {rule.cause.name for rule in RULES} <= CAUSES.keys()
    assert {name for rule in RULES for name in rule.provider.split()} <= groups
    assert {stage for rule in RULES for stage in rule.at.split()} <= {str(stage) for stage in Stage}
    assert {name for cause in CAUSES.values() for name in cause.at_service} <= services


def test_a_cause_is_found_by_the_name_of_its_record():
    records = {name.lower(): each for topic in TOPICS for name, each in vars(topic).items() if type(each) is Cause}

    assert records == CAUSES


def test_no_rule_fits_a_reply_without_words_by_its_words():
    blocks = {block for rule in RULES for block in (rule.words, rule.unless, rule.link) if block}

    assert [block for block in blocks if pattern(block).search("")] == []


def test_a_line_of_a_block_that_begins_with_a_bar_goes_on_with_the_one_above():
    block = r"""
        (no such
        |unknown) user
        full
    """

    assert pattern(block).pattern == "(no such|unknown) user|full"


def named_where_a_session_breaks_off():
    """Give each name of a cause that `mail`, which knows no table, writes where it raises or makes a failure."""
    for path in (ROOT / "panel" / "mail").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "Failure"):
                yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))


def test_each_cause_that_a_session_names_is_in_the_table():
    names = {str(each) for each in named_where_a_session_breaks_off() if fullmatch("[a-z]+(_[a-z]+)+", str(each))}

    assert len(names) > 12
    assert names <= CAUSES.keys()


def sentences():
    words = [words for cause in CAUSES.values() for words in (cause.words, *cause.instead)]
    notes = [provider.note for provider in PROVIDERS if provider.note]
    return sorted({*chain.from_iterable((each.what, *each.do) for each in words), *notes, SETTINGS_WORK})


def japanese():
    for name in ("panel.po", "causes.part.po"):
        path = PARTS / name
        if path.exists():
            with path.open("rb") as file:
                catalogue = read_po(file)
            if catalogue.get(SETTINGS_WORK):
                return catalogue
    pytest.fail("no catalogue holds the sentences of the causes")


def test_every_sentence_is_told_in_japanese_with_the_same_values():
    catalogue = japanese()

    for sentence in sentences():
        message = catalogue.get(sentence)
        assert message, sentence
        assert message.string, sentence
        assert sorted(findall(r"%\(\w+\)[sd]", message.string)) == sorted(findall(r"%\(\w+\)[sd]", sentence)), sentence


HOSTILE = [
    "a" * MAX_REPLY_LINE,
    "not " * 2048,
    "too many " * 910,
    "user " * 1638,
    "a@" * 4096,
    "a." * 4096,
    "mail from address " * 455,
    "<" * MAX_REPLY_LINE,
    "認証" * 4096,
    "\x1b[31m" * 1600,
]


@pytest.mark.parametrize("line", HOSTILE, ids=lambda line: repr(line[:6]))
def test_a_hostile_reply_is_read_no_further_than_the_rules_need(line):
    whole = Reply(550, (line[:MAX_REPLY_LINE],) * MAX_REPLY_LINES)
    head = Reply(550, (" ".join(whole.lines)[:MOST_MATCHED],))

    assert cause_of_reply(Stage.RCPT, whole) == cause_of_reply(Stage.RCPT, head)


failures = st.builds(
    Failure,
    st.sampled_from(Stage),
    st.one_of(st.sampled_from(sorted(CAUSES)), st.text(max_size=20)),
    st.one_of(
        st.none(),
        st.builds(Reply, st.integers(), st.lists(st.text(max_size=200), max_size=4).map(tuple)),
        st.builds(
            Reply,
            st.integers(400, 599),
            st.lists(st.binary(max_size=200).map(lambda b: b.decode("latin-1"))).map(tuple),
        ),
    ),
    st.text(max_size=100),
    st.booleans(),
)


@given(failures, st.text(max_size=40), st.one_of(st.none(), st.integers(0, 65535)))
def test_no_failure_whatsoever_breaks_the_diagnosis(any_failure, host, port):
    diagnosis = diagnose(any_failure, host=host, port=port)

    told_as = failure_to_json(diagnosis, str)
    assert told_as["cause"] in CAUSES
    assert told_as["what"]
    assert told_as["do"]


BOUNCES = "bounces@example.net"
NOT_OWNED = "553 5.7.1 <bounces@example.net>: Sender address rejected: not owned by user report"


@pytest.mark.parametrize(
    ("stage", "reply", "field"),
    [
        (Stage.MAIL, NOT_OWNED, "bounce_address"),
        (Stage.MAIL, "550 5.1.8 Sender address rejected: Domain not found", "bounce_address"),
        (Stage.RCPT, "550 5.1.8 Sender address rejected: Domain not found", "bounce_address"),
        (Stage.DATA, NOT_OWNED, "bounce_address"),
        (Stage.DATA, "550 5.7.1 <report@example.org>: Sender address rejected: not owned by user", "from_address"),
        (Stage.RCPT, "550 5.1.1 User unknown", "recipient"),
        (Stage.AUTH, "535 5.7.8 Authentication failed", "smtp_password"),
    ],
)
def test_the_bounce_address_is_named_where_it_is_what_was_refused(stage, reply, field):
    failure = Failure(stage, "server_permanent", Reply(int(reply[:3]), (reply[4:],)))

    found = diagnose(failure, bounce_address=BOUNCES)

    assert found.field == field
    assert any(BOUNCES in str(step) for step in found.do) == (field == "bounce_address")
    assert diagnose(failure).field != "bounce_address"
