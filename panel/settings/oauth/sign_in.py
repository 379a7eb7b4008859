"""A sign-in under way: a browser on its way to the service and back, or a code for another device."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from panel import clock
from panel.clock import Instant
from panel.errors import PanelError, VaultError
from panel.i18n import N_
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.settings.login import TICKET_USED, UNKNOWN_ANSWER, Flow
from panel.settings.oauth import messages
from panel.settings.oauth.answers import TokenAnswer, pasted_answer
from panel.settings.oauth.client import Client
from panel.settings.oauth.failure import Pending, SlowDown, TokenFailed, failed_as
from panel.settings.oauth.grants import GrantStore
from panel.settings.sign_in_mark import leave_mark
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Value, Writer
from panel.storage.journal import REFUSED, Action, append
from panel.storage.vault import Vault

TICKET_SECONDS = 60  # for which the link to the service is good
SIGN_IN_MINUTES = 15  # for which a sign-in may be under way
SLOWER_MS = 5_000  # RFC 8628 section 3.5: slow_down
_KEPT = timedelta(days=1)


class SignInRefused(PanelError):
    """An answer that belongs to no sign-in that is under way here."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How a sign-in stands: `waiting`, `done`, `failed` or `over`; what a person types into another device."""

    number: int
    account: str
    flow: str
    outcome: str
    ends_at: datetime
    user_code: str = ""
    verification_uri: str = ""
    verification_uri_complete: str = ""
    grant: int | None = None
    cause: str = ""
    detail: str = ""
    ticket: str = field(default="", repr=False)  # only just after it was begun


@dataclass(frozen=True, slots=True)
class Opened:
    """Where a browser is to go, and what it has to show when it comes back."""

    address: str = field(repr=False)
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Secrets:
    """What a sign-in needs to be ended, sealed while it is under way."""

    client: str
    redirect_uri: str = ""
    verifier: str = ""
    nonce: str = ""
    device_code: str = ""
    verification_uri: str = ""
    verification_uri_complete: str = ""


class SignIns:
    """The sign-ins that are under way, in the data file: the browser may come back to another process."""

    def __init__(self, database: Database, vault: Vault, grants: GrantStore) -> None:
        self._database = database
        self._vault = vault
        self._grants = grants

    # In a browser

    def begin(self, client: Client, by: Actor, *, redirect_uri: str, at: Instant, server: str = "first") -> SignIn:
        """Begin a sign-in in a browser for a server; its ticket opens the way for a minute, once."""
        ticket = secrets.token_urlsafe(32)
        kept = _Secrets(client.to_json(), redirect_uri, secrets.token_urlsafe(64), secrets.token_urlsafe(32))
        return replace(self._insert(by, Flow.CODE, kept, at, server=server, ticket=_digest(ticket)), ticket=ticket)

    def opened(self, ticket: str, at: Instant) -> Opened:
        """Take the ticket for the address of the service and the cookie of this browser."""
        state, cookie, known = secrets.token_urlsafe(32), secrets.token_urlsafe(32), _digest(ticket)
        row = self._database.row("SELECT * FROM sign_ins WHERE ticket = ? AND outcome = 'waiting'", (known,))
        if row is None or at.wall > clock.moment(row["begun_at"]) + timedelta(seconds=TICKET_SECONDS):
            raise SignInRefused(TICKET_USED)  # no stranger holds the data file
        with self._database.writing() as write:
            change = "UPDATE sign_ins SET ticket = NULL, state = ?, cookie = ? WHERE number = ? AND ticket = ?"
            if not write.changed(change, (_digest(state), _digest(cookie), row["number"], known)):
                raise SignInRefused(TICKET_USED)
        kept = self._secrets(row)
        address = messages.authorize_address(
            Client.from_json(kept.client),
            redirect_uri=kept.redirect_uri,
            state=state,
            nonce=kept.nonce,
            challenge=_challenge(kept.verifier),
        )
        return Opened(address, cookie)

    def finished(
        self, arguments: Mapping[str, str], cookie: str, *, policy: Policy, deadline: Deadline, at: Instant
    ) -> SignIn:
        """End a sign-in with what the browser came back with, or raise `SignInRefused` where that is no answer."""
        row = self._taken(arguments, at, cookie=cookie)
        return self._ended(row, arguments, policy, deadline, at)

    def pasted(self, address: str, account: str, *, policy: Policy, deadline: Deadline, at: Instant) -> SignIn:
        """The same by the address that stands in the browser's bar, where it cannot come back by itself."""
        arguments = pasted_answer(address)
        if not arguments:
            raise SignInRefused(_NO_ANSWER)
        row = self._taken(arguments, at, account=account)
        return self._ended(row, arguments, policy, deadline, at)

    # On another device

    def begin_device(
        self, client: Client, by: Actor, *, policy: Policy, deadline: Deadline, at: Instant, server: str = "first"
    ) -> SignIn:
        """Ask the service for a code that somebody types into another device (RFC 8628)."""
        given = messages.begin_device(client, policy=policy, deadline=deadline)
        kept = _Secrets(
            client.to_json(),
            device_code=given.device_code,
            verification_uri=given.verification_uri,
            verification_uri_complete=given.verification_uri_complete,
        )
        ends = at.wall + min(timedelta(seconds=given.expires_in_s), timedelta(minutes=SIGN_IN_MINUTES))
        more: dict[str, Value] = {"user_code": given.user_code, "interval_ms": given.interval_s * 1000}
        return self._insert(by, Flow.DEVICE, kept, at, ends=ends, server=server, **more)

    def look(self, number: int, account: str, *, policy: Policy, deadline: Deadline, at: Instant) -> SignIn | None:
        """Tell how a sign-in of this account stands; the service is asked when its interval has passed."""
        row = self._row(number, account)
        shown = self._shown(row, at) if row else None
        if row is None or shown is None or (shown.flow, shown.outcome) != (Flow.DEVICE, "waiting"):
            return shown
        if not self._may_ask(row, at):
            return shown
        kept = self._secrets(row)
        client = Client.from_json(kept.client)
        try:
            answer = messages.poll_device(client, kept.device_code, policy=policy, deadline=deadline)
        except SlowDown:
            with self._database.writing() as write:
                write.run("UPDATE sign_ins SET interval_ms = interval_ms + ? WHERE number = ?", (SLOWER_MS, number))
        except Pending:
            pass
        except TokenFailed as fault:
            if fault.permanent:  # else it is asked again after its interval
                self._fail(row, fault, at)
        else:
            self._succeed(row, client, answer, at)
        return self.newest_of(number, account, at)

    def give_up(self, number: int) -> None:
        """End a sign-in that nobody waits for any more: what comes back later belongs to none."""
        with self._database.writing() as write:
            write.run(f"{_OVER_NOW} number = ?", (b"", number))

    def end_overdue(self, at: Instant) -> None:
        """Erase what those sign-ins needed whose time has passed."""
        before = (clock.stamp(at.wall),)
        if self._database.row("SELECT 1 FROM sign_ins WHERE outcome = 'waiting' AND ends_at < ?", before):
            with self._database.writing() as write:
                write.run(f"{_OVER_NOW} ends_at < ?", (b"", *before))

    # How it stands

    def newest(self, account: str, at: Instant, server: str = "first") -> SignIn | None:
        """Give the last sign-in of an account for a server that was begun within the time of one."""
        row = self._database.row(_NEWEST, (account, server))
        young = row and at.wall < clock.moment(row["begun_at"]) + timedelta(minutes=2 * SIGN_IN_MINUTES)
        return self._shown(row, at) if row and young else None

    def newest_of(self, number: int, account: str, at: Instant) -> SignIn | None:
        """Give a sign-in of this account as it stands."""
        row = self._row(number, account)
        return self._shown(row, at) if row else None

    # Steps

    def _taken(
        self, arguments: Mapping[str, str], at: Instant, *, cookie: str | None = None, account: str | None = None
    ) -> Row:
        """Take the sign-in that an answer belongs to, once, or raise `SignInRefused`."""
        state = _digest(arguments.get("state", ""))
        row = self._database.row("SELECT * FROM sign_ins WHERE state = ?", (state,))
        if row is None or row["outcome"] != "waiting":
            raise SignInRefused(UNKNOWN_ANSWER)
        if at.wall > clock.moment(row["ends_at"]):
            raise SignInRefused(_OVER)
        mine = row["account"] == account if cookie is None else hmac.compare_digest(row["cookie"], _digest(cookie))
        if not mine:
            raise SignInRefused(_FOREIGN)
        issuer = Client.from_json(self._secrets(row).client).endpoints.issuer
        if issuer and arguments.get("iss", issuer) != issuer:  # RFC 9207 section 2.4
            raise SignInRefused(_OTHER_ISSUER)
        with self._database.writing() as write:
            change = "UPDATE sign_ins SET state = NULL, cookie = NULL WHERE number = ? AND state = ?"
            if not write.changed(change, (row["number"], state)):
                raise SignInRefused(UNKNOWN_ANSWER)
        return row

    def _ended(self, row: Row, arguments: Mapping[str, str], policy: Policy, deadline: Deadline, at: Instant) -> SignIn:
        kept, number = self._secrets(row), row["number"]
        client = Client.from_json(kept.client)
        try:
            if "error" in arguments:
                raise failed_as(arguments["error"], arguments.get("error_description", ""))
            answer = messages.exchange_code(
                client,
                code=arguments.get("code", ""),
                verifier=kept.verifier,
                redirect_uri=kept.redirect_uri,
                nonce=kept.nonce,
                policy=policy,
                deadline=deadline,
            )
        except TokenFailed as fault:
            self._fail(row, fault, at)
        else:
            self._succeed(row, client, answer, at)
        found = self.newest_of(number, row["account"], at)
        assert found
        return found

    def _succeed(self, row: Row, client: Client, answer: TokenAnswer, at: Instant) -> None:
        by, number = _who(row), row["number"]
        named = answer.email or answer.subject or None

        def end(write: Writer, grant: int) -> None:
            write.run(_DONE, (grant, b"", number))
            append(
                write,
                by,
                Action.OAUTH_SIGNED_IN,
                object=f"grant/{grant}",
                changed={"signed_in_as": named},
                told={"sign_in": number, "grant": grant, "signed_in_as": named},
                now=at.wall,
            )

        self._grants.add(client, answer, by, at, server=row["server"], beside=end)

    def _fail(self, row: Row, fault: TokenFailed, at: Instant) -> None:
        number, cause, error = row["number"], fault.cause, fault.error or None
        with self._database.writing() as write:
            write.run(_FAILED, (fault.cause, fault.detail, b"", number))
            append(
                write,
                _who(row),
                Action.OAUTH_SIGN_IN_FAILED,
                object=f"sign_in/{number}",
                outcome=REFUSED,
                changed={"cause": cause, "error": error},
                told={"sign_in": number, "cause": cause, "error": error},
                now=at.wall,
            )

    def _may_ask(self, row: Row, at: Instant) -> bool:
        """Say whether it is this process's turn to ask the service, and note it."""
        if at.wall > clock.moment(row["ends_at"]):
            return False
        due = clock.moment(row["asked_at"] or row["begun_at"]) + timedelta(milliseconds=row["interval_ms"])
        if at.wall < due:
            return False
        with self._database.writing() as write:
            return bool(
                write.changed(
                    "UPDATE sign_ins SET asked_at = ? WHERE number = ? AND coalesce(asked_at, '') = ?",
                    (clock.stamp(at.wall), row["number"], row["asked_at"] or ""),
                )
            )

    def _row(self, number: int, account: str) -> Row | None:
        return self._database.row("SELECT * FROM sign_ins WHERE number = ? AND account = ?", (number, account))

    def _insert(
        self, by: Actor, flow: Flow, kept: _Secrets, at: Instant, *, ends: datetime | None = None, **more: Value
    ) -> SignIn:
        """Note a sign-in with what more there is of it by column, and drop those of days before."""
        begun = clock.stamp(at.wall)
        with self._database.writing() as write:
            self._vault.refresh()
            sealed = self._vault.seal(json.dumps(_fields_of(kept)), _bound_to(by.name, begun))
            leave_mark(self._database)
            write.run("DELETE FROM sign_ins WHERE begun_at < ?", (clock.stamp(at.wall - _KEPT),))
            columns: dict[str, Value] = {
                **{"account": by.name, "address": by.address, "via": by.via, "role": by.role},
                **{"flow": str(flow), "begun_at": begun, "sealed": sealed},
                **{"ends_at": clock.stamp(ends or at.wall + timedelta(minutes=SIGN_IN_MINUTES)), **more},
            }
            marks = ", ".join("?" * len(columns))
            write.run(f"INSERT INTO sign_ins ({', '.join(columns)}) VALUES ({marks})", (*columns.values(),))  # noqa: S608 - ours
            row = _last(write)
            n, what = row["number"], f"sign_in/{row['number']}"
            append(write, by, Action.OAUTH_SIGN_IN_BEGAN, object=what, told={"sign_in": n, "flow": flow}, now=at.wall)
        return self._shown(row, at)

    def _shown(self, row: Row, at: Instant) -> SignIn:
        over = row["outcome"] == "waiting" and at.wall > clock.moment(row["ends_at"])
        kept = _Secrets("")
        if row["flow"] == Flow.DEVICE and row["outcome"] == "waiting":
            try:
                kept = self._secrets(row)
            except SignInRefused:
                over = True
        return SignIn(
            row["number"],
            row["account"],
            row["flow"],
            "over" if over else row["outcome"],
            clock.moment(row["ends_at"]),
            row["user_code"] or "",
            kept.verification_uri,
            kept.verification_uri_complete,
            row["grant_number"],
            row["cause"] or "",
            row["detail"] or "",
        )

    def _secrets(self, row: Row) -> _Secrets:
        try:
            return _Secrets(**json.loads(self._vault.open(row["sealed"], _bound_to(row["account"], row["begun_at"]))))
        except VaultError:
            raise SignInRefused(_OVER) from None


_NEWEST = "SELECT * FROM sign_ins WHERE account = ? AND server = ? ORDER BY number DESC LIMIT 1"
_OVER_NOW = """
UPDATE sign_ins SET outcome = 'over', ticket = NULL, state = NULL, cookie = NULL, sealed = ?
WHERE outcome = 'waiting' AND"""


_DONE = "UPDATE sign_ins SET outcome = 'done', grant_number = ?, sealed = ? WHERE number = ?"
_FAILED = "UPDATE sign_ins SET outcome = 'failed', cause = ?, detail = ?, sealed = ? WHERE number = ?"


def _who(row: Row) -> Actor:
    """Give who began a sign-in: a browser that comes back is known by its cookie alone."""
    return Actor(row["account"], row["via"], row["address"], role=row["role"])


def _last(write: Writer) -> Row:
    row = write.row("SELECT * FROM sign_ins ORDER BY number DESC LIMIT 1")
    assert row
    return row


def _fields_of(kept: _Secrets) -> dict[str, str]:
    return {name: getattr(kept, name) for name in _Secrets.__slots__}


def _bound_to(account: str, begun: str) -> str:
    return f"sign_in/{account}/{begun}"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _challenge(verifier: str) -> str:
    """RFC 7636 section 4.2: S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode("ascii")).digest()).rstrip(b"=").decode("ascii")


_OVER = N_("This sign-in has taken too long. Go back to the form and begin it again.")
_FOREIGN = N_("This sign-in was begun in another browser or by somebody else. Begin it again here.")
_OTHER_ISSUER = N_("The answer comes from another service than the one that was asked. Do not go on; begin again.")
_NO_ANSWER = N_("That is not the address that the service led to: it holds no state. Copy the whole address.")
