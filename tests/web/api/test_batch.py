"""Many messages in one request: all or none, or each by itself, and of each it is said what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.outbox.state import State
from panel.services import Services
from panel.settings.model import Settings
from panel.web.api.documents.batch import MAX_BATCH
from panel.web.api.drafts import DRAFT_BYTES
from tests.support.actors import actor
from tests.support.holding import holding, hurry
from tests.web.api.conftest import Make, Program, problem
from tests.web.api.test_messages import MESSAGE, kept

BOTH = pytest.mark.parametrize("atomic", [True, False])
WRONG = {**MESSAGE, "to": "nobody"}


def batch(*messages: Mapping[str, Any], atomic: bool = True) -> dict[str, Any]:
    return {"messages": [*messages], "atomic": atomic}


def keyed(key: str, **changed: object) -> dict[str, Any]:
    return {**MESSAGE, **changed, "idempotency_key": key}


def waiting(services: Services) -> int:
    return services.outbox.counts().waiting


def told(response: Any) -> list[int | str | None]:
    """Give of each message its number, or the kind of its problem."""
    results = response.json["results"]
    assert [each["index"] for each in results] == [*range(len(results))]
    return [each["message"]["id"] if each["message"] else _kind(each["problem"]) for each in results]


def _kind(problem: Mapping[str, Any]) -> str:
    return str(problem["type"]).rpartition(":")[2]


@BOTH
def test_all_are_on_disk_when_they_are_accepted(shop: Program, services: Services, atomic: bool) -> None:
    response = shop.post("/messages/batch", batch(*({**MESSAGE, "subject": f"{n}"} for n in range(3)), atomic=atomic))

    assert (response.status_code, told(response)) == (202 if atomic else 200, [1, 2, 3])
    assert [kept(services, number)["Subject"] for number in (1, 2, 3)] == ["0", "1", "2"]
    entry = services.outbox.get(2)
    assert entry
    assert (entry.door, entry.account) == ("api", "shop (token)")
    assert response.get_json()["results"][1] == {
        "index": 1,
        "message": {"id": 2, "state": "queued", "message_id": entry.message_id, "estimated_at": None},
        "replayed": False,
        "problem": None,
    }


def test_all_is_what_is_done_where_nothing_is_said(shop: Program, services: Services) -> None:
    problem(shop.post("/messages/batch", {"messages": [MESSAGE, WRONG]}), 422, "invalid")

    assert waiting(services) == 0


def test_where_all_are_to_be_taken_every_wrong_one_is_named_and_none_is(shop: Program, services: Services) -> None:
    wrong = (WRONG, {**MESSAGE, "priority": 1}, {**MESSAGE, "headers": {"Bcc": "x"}}, {"unknown": 1})

    document = problem(shop.post("/messages/batch", batch(MESSAGE, *wrong, MESSAGE)), 422, "invalid")

    pointers = [each["pointer"] for each in document["errors"]]
    assert pointers == ["/messages/1/to", "/messages/2/priority", "/messages/3/headers", "/messages/4/unknown"]
    assert all(each["detail"].endswith(".") for each in document["errors"])
    assert waiting(services) == 0


def test_where_each_is_by_itself_the_right_ones_are_taken(shop: Program, services: Services) -> None:
    response = shop.post("/messages/batch", batch(WRONG, MESSAGE, {"raw": "To: nobody\n\n"}, MESSAGE, atomic=False))

    refused = response.get_json()["results"][2]["problem"]
    assert (response.status_code, told(response)) == (200, ["invalid", 1, "invalid", 2])
    assert (refused["status"], refused["errors"][0]["pointer"]) == (422, "/messages/2/raw")
    assert waiting(services) == 2


@pytest.mark.parametrize("messages", [[], [MESSAGE] * (MAX_BATCH + 1), {}, [None], "x"])
@BOTH
def test_a_batch_has_one_to_so_many(shop: Program, services: Services, messages: object, atomic: bool) -> None:
    response = shop.post("/messages/batch", {"messages": messages, "atomic": atomic})

    if messages == [None] and not atomic:
        assert (response.status_code, told(response)) == (200, ["invalid"])
    else:
        problem(response, 422, "invalid")
    assert waiting(services) == 0


@BOTH
def test_the_largest_batch_is_taken(shop: Program, services: Services, atomic: bool) -> None:
    response = shop.post("/messages/batch", batch(*[MESSAGE] * MAX_BATCH, atomic=atomic))

    assert told(response) == [*range(1, MAX_BATCH + 1)]
    assert waiting(services) == MAX_BATCH


def test_its_body_is_no_larger_than_that_of_one_message(shop: Program) -> None:
    large = {**MESSAGE, "text": "x" * 4_000_000}

    assert shop.post("/messages/batch", batch(*[large] * 8)).status_code == 202
    problem(shop.post("/messages/batch", batch(*[large] * (DRAFT_BYTES // 4_000_000 + 1))), 413)


@pytest.mark.parametrize(
    "message",
    [
        b"{",
        b'{"to": "a@example.org", "text": "\\ud800"}',
        b'{"to": NaN}',
        b'{"to": "\xff"}',
        b'{"text": "\n"}',
        b"[" * 9_999,
        b'{"text": "a", "text": "b"}',
        b'{"headers": {"X-A": "1", "X-A": "2"}}',
    ],
)
@BOTH
def test_what_is_no_json_of_one_meaning_is_refused_whole(
    shop: Program, services: Services, message: bytes, atomic: bool
) -> None:
    good = json.dumps(MESSAGE).encode()
    data = b'{"atomic": %b, "messages": [%b, %b]}' % (json.dumps(atomic).encode(), good, message)

    problem(shop.ask("POST", "/messages/batch", data=data), 400, "malformed-json")

    assert waiting(services) == 0


@pytest.mark.parametrize(("member", "value"), [("atomic", "true"), ("atomic", 1), ("atomic", None), ("message", 1)])
def test_what_is_wrong_beside_the_messages_is_named(shop: Program, member: str, value: object) -> None:
    document = problem(shop.post("/messages/batch", {**batch(MESSAGE), member: value}), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == [f"/{member}"]


# The idempotency keys


@BOTH
def test_a_batch_that_comes_again_is_handed_over_once(shop: Program, services: Services, atomic: bool) -> None:
    sent = batch(keyed("1"), MESSAGE, keyed("2"), atomic=atomic)

    first, again = (shop.post("/messages/batch", sent) for _ in range(2))

    assert (told(first), told(again)) == ([1, 2, 3], [1, 4, 3])
    assert [each["replayed"] for each in again.get_json()["results"]] == [True, False, True]
    assert again.status_code == first.status_code
    assert waiting(services) == 4


def test_a_message_is_known_again_in_another_batch(shop: Program) -> None:
    shop.post("/messages/batch", batch(keyed("1"), keyed("2"), atomic=False))

    assert told(shop.post("/messages/batch", batch(keyed("3"), keyed("2")))) == [3, 2]


def test_a_key_with_another_message_refuses_all(shop: Program, services: Services) -> None:
    shop.post("/messages/batch", batch(keyed("1")))

    document = problem(
        shop.post("/messages/batch", batch(MESSAGE, keyed("2"), keyed("1", subject="another"))), 422, "key-reused"
    )

    assert [each["pointer"] for each in document["errors"]] == ["/messages/2/idempotency_key"]
    assert waiting(services) == 1


def test_a_key_with_another_message_is_refused_by_itself(shop: Program, services: Services) -> None:
    shop.post("/messages/batch", batch(keyed("1")))

    response = shop.post("/messages/batch", batch(MESSAGE, keyed("1", subject="another"), keyed("2"), atomic=False))

    [_, refused, _] = response.get_json()["results"]
    assert (response.status_code, told(response)) == (200, [2, "key-reused", 3])
    assert refused["problem"]["errors"][0]["pointer"] == "/messages/1/idempotency_key"
    assert waiting(services) == 3


def test_a_key_stands_once_in_a_batch(shop: Program, services: Services) -> None:
    response = shop.post("/messages/batch", batch(keyed("1"), keyed("1"), atomic=False))

    problem(shop.post("/messages/batch", batch(keyed("2"), keyed("2"))), 422, "invalid")
    assert told(response) == [1, "invalid"]
    assert waiting(services) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\n", 1, ["1"]])
def test_a_key_is_what_a_header_can_say(shop: Program, key: object) -> None:
    document = problem(shop.post("/messages/batch", batch({**MESSAGE, "idempotency_key": key})), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == ["/messages/0/idempotency_key"]


def test_a_key_of_a_message_that_came_alone_is_not_taken_for_another(shop: Program, services: Services) -> None:
    shop.post("/messages", MESSAGE, Idempotency_Key="1")

    problem(shop.post("/messages/batch", batch(keyed("1"))), 422, "key-reused")
    assert waiting(services) == 1


@BOTH
def test_a_key_of_the_whole_request_hands_it_over_once(shop: Program, services: Services, atomic: bool) -> None:
    sent = batch(*({**MESSAGE, "subject": f"{n}"} for n in range(3)), atomic=atomic)

    first, again = (shop.post("/messages/batch", sent, Idempotency_Key="1") for _ in range(2))

    assert (told(first), told(again)) == ([1, 2, 3], [1, 2, 3])
    assert [each["replayed"] for each in again.get_json()["results"]] == [True] * 3
    assert waiting(services) == 3


@BOTH
def test_a_key_of_another_request_refuses_all(shop: Program, services: Services, atomic: bool) -> None:
    shop.post("/messages/batch", batch(WRONG, WRONG, MESSAGE, atomic=False), Idempotency_Key="1")
    shop.post("/messages", MESSAGE, Idempotency_Key="2")

    for key in ("1", "2"):
        response = shop.post("/messages/batch", batch(MESSAGE, MESSAGE, atomic=atomic), Idempotency_Key=key)
        problem(response, 422, "key-reused")
    assert waiting(services) == 2
    assert told(shop.post("/messages/batch", batch(MESSAGE), Idempotency_Key="11")) == [3]


def test_what_was_refused_under_a_key_is_taken_once_there_is_room(shop: Program, services: Services) -> None:
    services.shared_commit._enqueuer._most = 1
    sent = batch(MESSAGE, MESSAGE, atomic=False)

    assert told(shop.post("/messages/batch", sent, Idempotency_Key="1")) == [1, "outbox-full"]
    services.shared_commit._enqueuer._most = 2
    assert told(shop.post("/messages/batch", sent, Idempotency_Key="1")) == [1, 2]


def test_a_message_has_no_key_beside_that_of_all(shop: Program, services: Services) -> None:
    document = problem(shop.post("/messages/batch", batch(MESSAGE, keyed("2")), Idempotency_Key="1"), 422, "invalid")

    assert [each["pointer"] for each in document["errors"]] == ["/messages/1/idempotency_key"]
    assert waiting(services) == 0


# What keeps messages out


def test_a_full_outbox_takes_none_of_all_and_as_many_as_there_is_room_for(shop: Program, services: Services) -> None:
    services.shared_commit._enqueuer._most = 3

    problem(shop.post("/messages/batch", batch(*[MESSAGE] * 4)), 503, "outbox-full")
    assert waiting(services) == 0
    assert told(shop.post("/messages/batch", batch(*[MESSAGE] * 4, atomic=False))) == [1, 2, 3, "outbox-full"]
    assert waiting(services) == 3


@BOTH
def test_data_that_nobody_can_write_is_a_problem_of_the_request(
    shop: Program, services: Services, monkeypatch: pytest.MonkeyPatch, atomic: bool
) -> None:
    shop.post("/messages", MESSAGE)
    hurry(monkeypatch, services.database)
    with holding(services.database):
        response = shop.post("/messages/batch", batch(MESSAGE, MESSAGE, atomic=atomic))

    problem(response, 503, "database-busy")
    assert response.headers["Retry-After"] == "1"
    assert waiting(services) == 1


@BOTH
def test_each_is_told_when_it_may_leave(shop: Program, services: Services, saved: Settings, atomic: bool) -> None:
    services.heartbeats.beat("1-a", message=None, now=clock.now())

    response = shop.post("/messages/batch", batch(MESSAGE, {**MESSAGE, "priority": "high"}, MESSAGE, atomic=atomic))

    moments = [clock.moment(each["message"]["estimated_at"]) for each in response.get_json()["results"]]
    assert moments[1] < moments[0] < moments[2]
    assert (moments[2] - moments[1]).total_seconds() == pytest.approx(12, abs=0.5)
    assert [services.outbox.get(number).state for number in (1, 2, 3)] == [State.QUEUED] * 3


def test_it_takes_a_token_that_may_send(program: Make) -> None:
    problem(program(Scope.READ).post("/messages/batch", batch(MESSAGE)), 403, "missing-scope")


@pytest.mark.both_doors
def test_an_atomic_batch_beyond_the_limit_is_refused_as_a_whole(shop: Program, services: Services) -> None:
    services.tokens.limit("shop", {"messages_per_minute": 4}, by=actor(), now=clock.now())
    assert shop.post("/messages/batch", batch(*[MESSAGE] * 3)).status_code == 202

    response = shop.post("/messages/batch", batch(*[MESSAGE] * 2))

    problem(response, 429, "token-limit")
    assert 1 <= int(response.headers["Retry-After"]) <= 61
    problem(shop.post("/messages/batch", batch(*[MESSAGE] * 5)), 422, "beyond-token-limit")
    assert waiting(services) == 3
    assert shop.post("/messages/batch", batch(MESSAGE)).status_code == 202


@pytest.mark.both_doors
def test_of_a_batch_of_single_ones_as_many_are_taken_as_there_is_room_for(shop: Program, services: Services) -> None:
    services.tokens.limit("shop", {"messages_per_minute": 3}, by=actor(), now=clock.now())

    response = shop.post("/messages/batch", batch(*[MESSAGE] * 5, atomic=False))

    assert (response.status_code, told(response)) == (200, [1, 2, 3, "token-limit", "token-limit"])
    assert response.get_json()["results"][4]["problem"]["limit"]["used"] == 3
    assert len(services.database.rows("SELECT 1 FROM audit WHERE action = 'token_limit_reached'")) == 1


def test_a_batch_that_comes_again_is_answered_though_the_limit_is_reached(shop: Program, services: Services) -> None:
    services.tokens.limit("shop", {"messages_per_minute": 2}, by=actor(), now=clock.now())
    first = shop.post("/messages/batch", batch(*[MESSAGE] * 2), Idempotency_Key="a")

    again = shop.post("/messages/batch", batch(*[MESSAGE] * 2), Idempotency_Key="a")

    assert (told(first), told(again)) == ([1, 2], [1, 2])
    problem(shop.post("/messages/batch", batch(MESSAGE), Idempotency_Key="b"), 429, "token-limit")
