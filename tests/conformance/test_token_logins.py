"""The product's login by OAuth2 at Postfix, with Dovecot asking the authorization server about the token."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from panel.diagnosis.match import cause_of
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.smtp import sasl
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.protocol import Failure, Stage
from panel.mail.smtp.server import Token
from panel.mail.smtp.session import Session
from tests.conformance.mailbox import Mailbox
from tests.conformance.people import SUZUKI, TANAKA
from tests.conformance.postfix import Postfix
from tests.conformance.sending import SECONDS, attempt, id_of, message, submission
from tests.conformance.token_logins import TokenLogins
from tests.support.oidc import OidcProvider
from tests.support.oidc_client import by_code, refreshed
from tests.support.waiting import wait_until

MECHANISMS = ("XOAUTH2", "OAUTHBEARER")


@dataclass
class Tokens:
    """A source of tokens: the first is given, each renewal takes the next."""

    left: list[str] = field(repr=False)
    account: str = ""

    def token(self, deadline: Deadline) -> str:
        return self.left[0]

    def renew(self, refused: str, deadline: Deadline) -> bool:
        self.left.remove(refused)
        return bool(self.left)


@dataclass
class Place:
    port: int
    ca: str

    def session(self, *tokens: str, account: str = "") -> Session:
        settings = submission(self.port, self.ca)
        server = replace(settings.server, login=Token(TANAKA.address, Tokens([*tokens], account)))
        return Session(server, policy=Policy(), deadline=Deadline(SECONDS))

    def refusal(self, *tokens: str, account: str = "") -> Failure:
        with pytest.raises(DeliveryFailed) as caught:
            attempt(self.session(*tokens, account=account), message())
        failure: Failure = caught.value.failure
        assert failure.stage is Stage.AUTH
        return failure


@pytest.fixture
def place(postfix: Postfix, token_logins: TokenLogins, ca: str) -> Place:
    return Place(postfix.by_token, ca)


@pytest.fixture(params=MECHANISMS)
def mechanism(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Leave one mechanism in what the product can do: the server offers both."""
    monkeypatch.setattr(sasl, "OF_TOKENS", {request.param: sasl.OF_TOKENS[request.param]})
    return request.param


def test_a_message_is_taken_after_a_login_by_token(
    place: Place, oidc: OidcProvider, mailbox: Mailbox, mechanism: str
) -> None:
    envelope = message()
    session = place.session(by_code(oidc, TANAKA.address)["access_token"])

    attempt(session, envelope)

    assert session.auth == mechanism
    assert mailbox.receive(id_of(envelope)).mail_from == TANAKA.address


def test_a_wrong_token_is_refused_with_a_reason(place: Place, mechanism: str) -> None:
    failure = place.refusal("of-nobody")

    assert failure.reply.code == 535
    assert failure.detail.startswith(f'{mechanism} {{"')
    assert '"status"' in failure.detail
    assert "of-nobody" not in failure.detail


def test_the_token_of_another_account_is_refused(place: Place, oidc: OidcProvider, token_logins: TokenLogins) -> None:
    failure = place.refusal(by_code(oidc, SUZUKI.address)["access_token"], account=SUZUKI.address)

    assert cause_of(failure).name == "oauth_wrong_account"
    assert f"'{TANAKA.address}' did not match '{SUZUKI.address}'" in token_logins.log


def test_an_ended_token_is_refused_and_a_fresh_one_taken(place: Place, oidc: OidcProvider, mailbox: Mailbox) -> None:
    oidc.let_tokens_live(1)
    try:
        old = by_code(oidc, TANAKA.address)
    finally:
        oidc.let_tokens_live(3600)
    wait_until(lambda: not oidc.introspect(old["access_token"])["active"])
    assert '"status"' in place.refusal(old["access_token"]).detail

    envelope = message()
    attempt(place.session(old["access_token"], refreshed(oidc, old["refresh_token"])["access_token"]), envelope)

    assert mailbox.receive(id_of(envelope)).mail_from == TANAKA.address
