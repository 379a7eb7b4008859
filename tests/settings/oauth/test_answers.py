"""Whatever a token server answers is a value of ours or a failure, and has no secret in it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from panel.mail.net.https import Answer
from panel.settings.oauth import answers
from panel.settings.oauth.failure import TokenFailed

SECRET = "Tr0ub4dor3horse-battery-staple"
TEXTS = st.text() | st.sampled_from([SECRET, f"no {SECRET}, sorry", SECRET.upper(), "1" * 20, "9", "Bearer"])
ANYTHING = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | TEXTS, st.lists, max_leaves=4)
TOKENS = ("access_token", "token_type", "expires_in", "refresh_token", "scope", "id_token", "email", "sub")
NAMES = st.sampled_from([*TOKENS, "error", "error_description", "device_code", "user_code", "verification_uri"])
BODIES = st.binary() | st.dictionaries(NAMES, ANYTHING).map(lambda each: json.dumps(each).encode())
HEADERS = st.fixed_dictionaries({"date": TEXTS, "retry-after": TEXTS})


@given(BODIES, HEADERS, st.sampled_from([200, 400, 401, 302, 429, 503]))
def test_any_answer_is_a_token_or_a_failure(body, headers, status):
    try:
        reply = answers.read_reply(Answer(status, headers, body), answers.Hidden((SECRET,)))
        answer = answers.token_of(reply, asked="smtp")
        shown, detail = repr(answer), ""
    except TokenFailed as fault:
        shown, detail = f"{fault!r} {fault.detail} {fault.error}", fault.detail

    assert SECRET.lower() not in shown.lower()
    assert len(detail) <= 500


@given(BODIES)
def test_any_answer_is_a_code_for_a_device_or_a_failure(body):
    try:
        shown = repr(answers.device_of(answers.read_reply(Answer(200, {}, body), answers.Hidden((SECRET,)))))
    except TokenFailed as fault:
        shown = f"{fault!r} {fault.detail}"
    assert SECRET.lower() not in shown.lower()


def test_a_life_in_quotes_is_one_and_nonsense_is_an_hour():
    given = ["7200", 0, 10**400, -5, True, "soon", float("nan"), None, 90.5]

    lives = [answers.seconds_within(each, 60, 86_400, 3_600) for each in given]

    assert lives == [7_200, 60, 86_400, 3_600, 3_600, 3_600, 3_600, 3_600, 90]
