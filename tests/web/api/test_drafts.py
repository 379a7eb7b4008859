"""What a program hands over is counted towards the limits of its token."""

from __future__ import annotations

from datetime import datetime

import pytest

from panel import clock
from panel.access.rights import Scope
from panel.services import Services
from tests.support.actors import actor
from tests.web.api.conftest import Make, Program, problem
from tests.web.api.test_messages import MESSAGE


@pytest.mark.both_doors
def test_a_token_that_has_handed_in_what_it_may_is_refused_until_there_is_room(
    shop: Program, services: Services
) -> None:
    services.tokens.limit("shop", {"messages_per_minute": 2}, by=actor(), now=clock.now())
    assert [shop.post("/messages", MESSAGE).status_code for _ in range(2)] == [202, 202]

    response = shop.post("/messages", MESSAGE)

    document = problem(response, 429, "token-limit")
    assert 1 <= int(response.headers["Retry-After"]) <= 61
    assert (document["limit"]["name"], document["limit"]["most"], document["limit"]["used"]) == (
        "messages_per_minute",
        2,
        2,
    )
    assert datetime.fromisoformat(document["limit"]["until"]) > clock.now()
    assert document["limit"]["seconds"] == int(response.headers["Retry-After"])
    assert services.outbox.counts().waiting == 2
    [row] = services.database.rows("SELECT object, account, address, changed FROM audit WHERE outcome = 'refused'")
    assert tuple(row) == (f"token/{str(shop.token)[:11]}", "shop (token)", "127.0.0.1", "{}")


def test_a_limit_of_recipients_counts_to_cc_and_bcc(shop: Program, services: Services) -> None:
    services.tokens.limit("shop", {"recipients_per_day": 3}, by=actor(), now=clock.now())
    three = {**MESSAGE, "cc": "b@example.org", "bcc": "c@example.org"}

    assert shop.post("/messages", three).status_code == 202
    problem(shop.post("/messages", MESSAGE), 429, "token-limit")
    document = problem(
        shop.post("/messages", {**three, "bcc": ["c@example.org", "d@example.org"]}), 422, "beyond-token-limit"
    )

    assert document["limit"] == {"name": "recipients_per_day", "most": 3, "used": 3}


def test_a_repeat_is_answered_though_the_limit_is_reached(shop: Program, services: Services) -> None:
    services.tokens.limit("shop", {"messages_per_minute": 1}, by=actor(), now=clock.now())
    first = shop.post("/messages", MESSAGE, Idempotency_Key="a")

    again = shop.post("/messages", MESSAGE, Idempotency_Key="a")

    assert (first.status_code, again.status_code, again.json) == (202, 202, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(shop.post("/messages", MESSAGE, Idempotency_Key="b"), 429, "token-limit")


def test_a_message_that_is_sent_again_as_a_new_one_counts(program: Make, services: Services) -> None:
    admin = program(Scope.ADMIN, Scope.CONTENT, name="admin")
    services.tokens.limit("admin", {"messages_per_minute": 1}, by=actor(), now=clock.now())
    assert admin.post("/messages", MESSAGE).status_code == 202

    response = admin.post("/messages/1/resend")

    problem(response, 429, "token-limit")
    assert services.outbox.counts().waiting == 1
    assert services.database.rows("SELECT 1 FROM audit WHERE action = 'token_limit_reached'")
