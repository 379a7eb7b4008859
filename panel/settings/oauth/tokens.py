"""Access tokens as the mail server asks for them: one refresher over all processes, whoever needs one first."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

from panel import clock, logs
from panel.clock import Instant
from panel.errors import DatabaseError
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.settings.oauth import messages
from panel.settings.oauth.answers import TokenAnswer
from panel.settings.oauth.client import Client
from panel.settings.oauth.discovery import end_at_service
from panel.settings.oauth.failure import TokenFailed
from panel.settings.oauth.grant import KeptGrant
from panel.settings.oauth.grants import GrantStore

REQUEST_SECONDS = 10.0
OTHERS_SECONDS = 0.2  # between two looks at what another process asks for
STORE_SECONDS = 1.0  # between two tries to keep what was given
UNUSED = timedelta(days=7)  # after which a grant is used though no mail is sent: services forget the unused


class GrantTokens:
    """The tokens of one grant, as `panel.mail.smtp.server.TokenSource` has them.

    A worker does not wait for a token while the one before lives, and leaves a token server alone that did not answer
    a moment ago. Who asks `by_hand` sees what comes of it. With an `unsaved` client, a grant in use is renewed in any
    case, which proves the client, and a refusal is nothing to those who ask with the saved one.
    """

    def __init__(
        self,
        store: GrantStore,
        client: Client,
        named: int,
        *,
        policy: Policy,
        by_hand: bool = False,
        unsaved: bool = False,
        time: Callable[[], Instant] = clock.instant,
    ) -> None:
        self._store = store
        self._client = client
        self._named = named
        self._policy = policy
        self._by_hand = by_hand
        self._unsaved = unsaved
        self._time = time

    def token(self, deadline: Deadline) -> str:
        """Give a living access token, renewed where it is near its end; raise `TokenFailed` where there is none."""
        kept = self._kept()
        if kept.is_fresh(self._time()) and not self._proves(kept):
            return kept.access_token
        if not self._by_hand and kept.lives(self._time()):
            self._renew_beside(kept)
            return kept.access_token
        try:
            return self._renewed(kept, deadline)
        except TokenFailed as fault:
            if kept.lives(self._time()) and not fault.permanent:
                return kept.access_token
            raise

    def renew(self, refused: str, deadline: Deadline) -> bool:
        """Get another token for one that the mail server has refused; say whether there is one."""
        kept = self._kept()
        if kept.access_token and kept.access_token != refused:
            return True  # somebody has been here already
        self._store.end_token(kept)
        return self._renewed(self._kept(), deadline) != refused

    def refresh(self, deadline: Deadline) -> None:
        """Renew it now, whatever is left of it; a grant that was refused is asked for once more."""
        self._renewed(self._kept(refused_too=True), deadline)

    def keep_alive(self, deadline: Deadline) -> None:
        """Renew a grant that has not been for a week."""
        kept = self._kept()
        if kept.refreshed_at and self._time().wall - kept.refreshed_at > UNUSED and not kept.wait_ms(self._time()):
            self._renewed(kept, deadline)

    @property
    def generation(self) -> int:
        """Tell the tokens of one renewal from those of the next."""
        return self._store.generation_of(self._client, self._named, self._time())

    @property
    def account(self) -> str:
        """Name who has signed in, as far as the service has told."""
        number = self._number() if self._client.flow.by_person else None
        grant = self._store.get(number) if number else None
        return grant.account if grant else ""

    def _number(self) -> int:
        if not self._client.flow.by_person:
            return self._store.own_number(self._client, self._time())
        number = self._store.number_of(self._client, self._named, self._time())
        if number is None:
            raise TokenFailed("oauth_signin_required")
        return number

    def _kept(self, *, refused_too: bool = False) -> KeptGrant:
        kept = self._store.kept(self._number())
        if kept is None:
            raise TokenFailed("oauth_signin_required")
        if kept.state == "refused" and not (refused_too or self._unsaved):
            raise _as_before(kept, self._time())
        return kept

    def _proves(self, kept: KeptGrant) -> bool:
        return self._unsaved and kept.adopted

    def _renew_beside(self, kept: KeptGrant) -> None:
        """Have a token renewed while mail goes on leaving by the one that lives."""
        if not kept.wait_ms(self._time()) and not any(each.grant == kept.number for each in _under_way()):
            self._begun(kept)

    def _renewed(self, kept: KeptGrant, deadline: Deadline) -> str:
        """Have a token renewed, and wait for it."""
        if not self._by_hand and kept.wait_ms(self._time()):
            raise _as_before(kept, self._time())
        renewal = self._begun(kept)
        while renewal.is_alive():
            renewal.join(deadline.wait())
        return renewal.token()

    def _begun(self, kept: KeptGrant) -> _Renewal:
        """Leave a renewal to a thread that nobody stops: what a server has rotated must be kept."""
        renewal = _Renewal(self._store, self._client, kept, self._policy, self._time)
        renewal.by_hand, renewal.proves = self._by_hand, self._proves(kept)
        renewal.start()
        return renewal


def finish() -> None:
    """Wait for the renewals that this process has begun, before it ends."""
    for each in _under_way():
        each.join()


class _Renewal(threading.Thread):
    """One renewal, by this process or by the one that was faster."""

    def __init__(
        self, store: GrantStore, client: Client, kept: KeptGrant, policy: Policy, time: Callable[[], Instant]
    ) -> None:
        super().__init__(name=f"grant-{kept.number}")
        self.grant = kept.number
        self._store = store
        self._client = client
        self._kept = kept
        self._policy = policy
        self._time = time
        self._owner = f"{os.getpid()}-{uuid4().hex}"
        self._token = ""
        self._fault: Exception | None = None
        self.by_hand = False  # asks for what was refused, too
        self.proves = False  # a client that is not saved: its refusal ends nothing

    def token(self) -> str:
        """Give what came of it."""
        if self._fault:
            raise self._fault
        return self._token

    def run(self) -> None:
        try:
            self._token = self._renew()
        except Exception as fault:
            self._fault = fault

    def _renew(self) -> str:
        kept, ends = self._kept, time.monotonic() + 2 * REQUEST_SECONDS
        if kept.unreadable:  # which is no refusal: the key may come back
            raise TokenFailed("oauth_signin_required")
        while True:
            lease = self._take_lease()
            if lease == "newer":
                return self._of_another(kept)
            if lease == "late":
                logs.warning("oauth_refresh_lost", grant=kept.number, text=_LOST)
            if lease != "busy":
                return self._ask(kept)
            if time.monotonic() > ends:
                raise TokenFailed("oauth_server_unreachable", "another process asks, and has no answer yet")
            time.sleep(OTHERS_SECONDS)

    def _take_lease(self) -> str:
        kept = self._kept
        return self._store.take_lease(kept.number, kept.generation, self._owner, self._time, by_hand=self.by_hand)

    def _of_another(self, kept: KeptGrant) -> str:
        """Give the token that somebody else has come by meanwhile, or tell why there is none."""
        newer = self._store.kept(kept.number)
        if newer is None:
            raise TokenFailed("oauth_signin_required")
        if newer.lives(self._time()):
            return newer.access_token
        raise _as_before(newer, self._time())

    def _ask(self, kept: KeptGrant) -> str:
        if not self._store.holds_lease(kept.number, kept.generation, self._owner):
            return self._of_another(kept)
        try:
            answer = self._answer(kept)
        except TokenFailed as fault:
            if not fault.permanent:
                wait = self._store.postponed(kept.number, kept.generation, self._owner, fault, self._time())
                fault.retry_after_ms = wait
            elif self.proves:
                self._store.let_go(kept.number, self._owner)
            elif not self._store.refused(kept.number, kept.generation, self._owner, fault, self._client):
                return self._of_another(kept)
            logs.warning("oauth_refresh_failed", grant=kept.number, cause=fault.cause, error=fault.error)
            raise
        if not self._keep(kept, answer):
            self._end(kept, answer)
            return self._of_another(kept)
        logs.info("oauth_refreshed", grant=kept.number, generation=kept.generation + 1)
        return answer.access_token

    def _answer(self, kept: KeptGrant) -> TokenAnswer:
        deadline = Deadline(REQUEST_SECONDS)
        if not self._client.flow.by_person:
            return messages.as_application(self._client, policy=self._policy, deadline=deadline)
        return messages.refresh(self._client, kept.refresh_token, policy=self._policy, deadline=deadline)

    def _keep(self, kept: KeptGrant, answer: TokenAnswer) -> bool:
        """Keep what was given, however often the database must be asked: the old token may be worth nothing now."""
        began = self._time()
        while True:
            try:
                return self._store.renewed(kept.number, kept.generation, self._owner, answer, began)
            except DatabaseError as fault:
                logs.error("database_failed", text=fault)
                time.sleep(STORE_SECONDS)
            try:
                self._take_lease()
            except DatabaseError:
                continue

    def _end(self, kept: KeptGrant, answer: TokenAnswer) -> None:
        """End what was given for a grant that was forgotten meanwhile: nobody else has it."""
        if self._client.flow.by_person and self._store.kept(kept.number) is None:
            token = answer.refresh_token or answer.access_token
            end_at_service(self._client, token, policy=self._policy, deadline=Deadline(REQUEST_SECONDS))


def _as_before(kept: KeptGrant, at: Instant) -> TokenFailed:
    """Give the failure that is kept, with how long it is to be left at that."""
    return TokenFailed(kept.cause or "oauth_signin_required", kept.detail, retry_after_ms=kept.wait_ms(at) or None)


def _under_way() -> Iterator[_Renewal]:
    return (each for each in threading.enumerate() if isinstance(each, _Renewal))


_LOST = "A process ended while it renewed this sign-in. The old token is tried once more; the service may refuse it."
