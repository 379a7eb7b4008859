"""Each kind of change is noted with who made it, in the same commit; what cannot be noted is not made."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from panel import clock
from panel.access.rights import Role, Scope
from panel.checks.trial.order import Order
from panel.checks.trial.report import Mode
from panel.config import Config
from panel.errors import DatabaseError
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.services import Services, open_services
from panel.settings.model import Settings
from panel.settings.oauth.client import Client
from panel.storage import vault
from panel.storage.actor import Actor
from panel.storage.database import Database
from tests.support.actors import actor, without_journal
from tests.support.engines import tables
from tests.support.mail import mail
from tests.support.token_server import TokenServer
from tests.support.token_settings import signed_in, with_tokens_of

SATO = Actor("sato", "session", "192.0.2.7", role="administrator", request="9f2c")
PASSWORD = "correct horse battery"
BACK = "http://127.0.0.1:5870/oauth2/callback"
SETTINGS = Settings(from_address="report@example.org", smtp_host="smtp.example.org", send_interval_ms=6000)


class Act(NamedTuple):
    """Something somebody does, after what has to be there: what is noted, of what, and what is said of the change."""

    action: str
    of: str
    changed: dict[str, object]
    do: Callable[[Services], object]
    before: Callable[[Services], object] = lambda services: None


def save(services: Services, settings: Settings = SETTINGS) -> None:
    services.settings.save(settings, base=services.settings.newest(), by=actor("hanako"), now=clock.now())


def resave(services: Services) -> None:
    changed = replace(SETTINGS, smtp_host="mail.example.org", smtp_user="report", smtp_password="s3cret")
    services.settings.save(changed, base=1, by=SATO, now=clock.now())


def fail(services: Services) -> None:
    services.outbox.enqueue(mail("typo@example.org"), by=actor(), now=clock.now())
    with services.database.writing() as write:
        write.run("UPDATE messages SET state = 'failed', ended_at = queued_at")
        write.run("UPDATE totals SET number = 1 WHERE name = 'failed'")
        write.run("UPDATE totals SET number = 0 WHERE name = 'queued'")


def hold(services: Services) -> None:
    save(services)
    failure = Failure(Stage.AUTH, "login_refused", Reply(535, ("No",)))
    services.pace.hold(failure, at=clock.later(clock.instant(), -3_600_000), version=1)


def enqueue(services: Services) -> None:
    services.outbox.enqueue(mail(), by=actor(), now=clock.now())


def create(services: Services) -> None:
    services.tokens.create("shop", [Scope.SEND], by=SATO, now=clock.now())


def rotate(services: Services) -> None:
    path = services.config.key_path
    services.key_rotation.reseal(lambda: vault.add_key(path), by=SATO, now=clock.now())


def release(services: Services) -> None:
    services.key_rotation.release(lambda needed: None, by=SATO, now=clock.now())


def check(services: Services) -> None:
    services.begin_trial(Order(SETTINGS, "taro@example.net", Mode.CHECK, by=SATO))


def add_two(services: Services) -> None:
    services.accounts.add("sato", PASSWORD, by=actor(), now=clock.now())
    services.accounts.add("ken", PASSWORD, by=actor(), role=Role.OPERATOR, now=clock.now())


def set_up(services: Services) -> None:
    token = services.setup.make_link(clock.now()) or ""
    services.setup.finish(token, "sato", PASSWORD, by=SATO, now=clock.now())


def purge(services: Services) -> None:
    far = clock.moment("2027-01-01T00:00:00.000Z")
    services.outbox.purge(bodies_before=far, log_before=far, by=SATO)


ACTS = [
    Act(
        "settings_saved",
        "settings/2",
        {
            "smtp_host": ["smtp.example.org", "mail.example.org"],
            "smtp_user": ["", "report"],
            "smtp_password": "changed",
        },
        resave,
        save,
    ),
    Act("keys_rotated", "", {}, rotate, save),
    Act("keys_rotated", "", {"old_keys": "dropped"}, release, save),
    Act(
        "test_began",
        "test/…",
        {"server": "smtp.example.org:587", "recipient": "taro@example.net", "mode": "check"},
        check,
    ),
    Act(
        "message_retried",
        "message/1",
        {"recipients": ["typo@example.org", "hanako@example.org"]},
        lambda services: services.outbox.retry(1, by=SATO, now=clock.now(), recipient="hanako@example.org"),
        fail,
    ),
    Act("message_cancelled", "message/1", {}, lambda it: it.outbox.cancel(1, by=SATO, now=clock.now()), enqueue),
    Act("failed_retried", "", {"messages": 1}, lambda it: it.outbox.retry_failed(by=SATO, now=clock.now()), fail),
    Act("sending_paused", "", {}, lambda services: services.pace.pause(by=SATO, now=clock.now())),
    Act(
        "sending_resumed",
        "",
        {},
        lambda services: services.pace.resume(by=SATO, now=clock.now()),
        lambda services: services.pace.pause(by=actor(), now=clock.now()),
    ),
    Act("held_mail_tried", "", {}, lambda services: services.try_now(SATO), hold),
    Act(
        "outbox_purged",
        "",
        {"ended_before": "2027-01-01T00:00:00.000Z", "bodies_before": "2027-01-01T00:00:00.000Z"},
        purge,
        fail,
    ),
    Act(
        "account_added",
        "account/sato",
        {"role": [None, "administrator"], "via": "local"},
        lambda services: services.accounts.add("sato", PASSWORD, by=SATO, now=clock.now()),
    ),
    Act(
        "role_changed",
        "account/ken",
        {"role": ["operator", "viewer"]},
        lambda services: services.accounts.set_role("ken", Role.VIEWER, by=SATO, now=clock.now()),
        add_two,
    ),
    Act(
        "password_changed",
        "account/ken",
        {},
        lambda services: services.accounts.set_password("ken", f"{PASSWORD}!", by=SATO, now=clock.now()),
        add_two,
    ),
    Act(
        "account_removed",
        "account/ken",
        {},
        lambda services: services.accounts.remove("ken", by=SATO, now=clock.now()),
        add_two,
    ),
    Act("token_created", "token/…", {"name": "shop", "scopes": "send", "expires_at": None}, create),
    Act(
        "token_limited",
        "token/…",
        {"name": "shop", "messages_per_minute": [None, 60]},
        lambda services: services.tokens.limit("shop", {"messages_per_minute": 60}, by=SATO, now=clock.now()),
        lambda services: services.tokens.create("shop", [Scope.SEND], by=actor(), now=clock.now()),
    ),
    Act(
        "token_revoked",
        "token/…",
        {"name": "shop"},
        lambda services: services.tokens.revoke("shop", by=SATO, now=clock.now()),
        lambda services: services.tokens.create("shop", [Scope.SEND], by=actor(), now=clock.now()),
    ),
]


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return open_services(Config(home=tmp_path / "home"))


def audit_rows(database: Database) -> list[dict[str, object]]:
    rows = database.rows("SELECT * FROM audit WHERE account = 'sato' ORDER BY number")
    return [{**dict(row), "changed": json.loads(row["changed"])} for row in rows]


def everything(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Give all that is kept, but for the journal."""
    return {
        name: sorted((tuple(row) for row in database.rows(f"SELECT * FROM {name}")), key=repr)
        for name in tables(database)
        if not name.startswith("audit")
    }


@pytest.mark.parametrize("act", ACTS, ids=lambda act: f"{act.action}-{len(act.changed)}")
def test_a_change_is_noted_or_not_made(services: Services, act: Act) -> None:
    act.before(services)
    before, keys = everything(services.database), services.config.key_path.read_bytes()

    with without_journal(services.database), pytest.raises(DatabaseError):
        act.do(services)
    assert everything(services.database) == before
    assert services.config.key_path.read_bytes() == keys

    act.do(services)
    row = audit_rows(services.database)[0]
    assert (row["account"], row["role"], row["via"], row["address"], row["request"]) == (
        *("sato", "administrator", "session", "192.0.2.7", "9f2c"),
    )
    of = act.of.replace("…", only_made(services, act.action))
    assert (row["action"], row["outcome"], row["object"], row["changed"]) == (act.action, "done", of, act.changed)


def only_made(services: Services, action: str) -> str:
    """Give the name of the one test or token there is: a server counts a number that was rolled back, too."""
    if action == "test_began":
        [row] = services.database.rows("SELECT id FROM trials")
        return str(row[0])
    return "".join(each.id for each in services.tokens.list())


def test_the_first_administrator_is_noted_by_the_way_of_the_link(services: Services) -> None:
    set_up(services)

    [row] = audit_rows(services.database)
    assert (row["action"], row["object"]) == ("administrator_made", "account/sato")


def test_of_failed_messages_that_go_again_each_is_noted(services: Services) -> None:
    fail(services)

    services.outbox.retry_failed(by=SATO, now=clock.now())

    assert [(row["action"], row["object"]) for row in audit_rows(services.database)] == [
        ("failed_retried", ""),
        ("message_retried", "message/1"),
    ]


def test_what_the_worker_removes_by_itself_is_no_act_of_anybody(services: Services) -> None:
    fail(services)

    services.outbox.purge(bodies_before=clock.now(), log_before=clock.now())

    assert services.database.rows("SELECT * FROM audit") == []


def test_mail_that_is_handed_over_has_its_journal_in_the_outbox(services: Services) -> None:
    enqueue(services)

    assert services.database.rows("SELECT * FROM audit") == []


def test_a_sign_in_is_noted_from_its_beginning_to_its_end(services: Services, token_server: TokenServer) -> None:
    settings = with_tokens_of(token_server.url)
    at = clock.instant()

    begun = services.sign_ins.begin(Client.of(settings), SATO, redirect_uri=BACK, at=at)
    opened = services.sign_ins.opened(begun.ticket, at)
    asked = {name: value for name, (value,) in parse_qs(urlsplit(opened.address).query).items()}
    token_server.codes["a-code"] = asked["code_challenge"]
    answer = {"code": "a-code", "state": asked["state"]}
    services.sign_ins.finished(answer, opened.cookie, policy=Policy(), deadline=Deadline(10), at=at)

    assert [(row["action"], row["object"], row["via"], row["role"]) for row in audit_rows(services.database)] == [
        ("oauth_sign_in_began", "sign_in/1", "session", "administrator"),
        ("oauth_signed_in", "grant/1", "session", "administrator"),
    ]


def test_a_sign_in_that_is_refused_is_noted_with_the_cause(services: Services, token_server: TokenServer) -> None:
    at = clock.instant()
    begun = services.sign_ins.begin(Client.of(with_tokens_of(token_server.url)), SATO, redirect_uri=BACK, at=at)
    opened = services.sign_ins.opened(begun.ticket, at)
    [state] = parse_qs(urlsplit(opened.address).query)["state"]

    answer = {"error": "access_denied", "state": state}
    services.sign_ins.finished(answer, opened.cookie, policy=Policy(), deadline=Deadline(10), at=at)

    row = audit_rows(services.database)[-1]
    assert (row["action"], row["outcome"], row["changed"]["error"]) == (
        *("oauth_sign_in_failed", "refused", "access_denied"),
    )


def test_a_sign_in_is_forgotten_with_a_row_or_not_at_all(services: Services, token_server: TokenServer) -> None:
    settings = signed_in(services, with_tokens_of(token_server.url), token_server)
    save(services, settings)

    with without_journal(services.database), pytest.raises(DatabaseError):
        services.forget_grant(services.settings.current().settings, SATO)
    assert token_server.living
    services.forget_grant(services.settings.current().settings, SATO)

    [row] = audit_rows(services.database)
    assert (row["action"], row["object"]) == ("oauth_forgotten", "grant/1")
