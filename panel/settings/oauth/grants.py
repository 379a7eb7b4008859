"""What signing in gave: kept sealed, one row a sign-in, changed by whoever holds its lease (table `grants`)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from panel import clock
from panel.clock import Instant
from panel.errors import VaultError
from panel.settings.fields.sealing import bound_grant
from panel.settings.model import Settings
from panel.settings.oauth.answers import TokenAnswer
from panel.settings.oauth.client import Client
from panel.settings.oauth.failure import TokenFailed
from panel.settings.oauth.grant import PENDING, Grant, KeptGrant, shown
from panel.settings.sign_in_mark import leave_mark
from panel.storage.actor import Actor
from panel.storage.database import Database, Row, Value, Writer
from panel.storage.journal import Action, append
from panel.storage.vault import Vault

REFRESH_LEASE_MS = 30_000  # a token request has 10 s of it
FIRST_RETRY_MS, MOST_RETRY_MS = 60_000, 3_600_000
_SHOWN = 500  # characters of what a token server says


class GrantStore:
    """The grants, their tokens sealed and bound to where they may go."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    # What is shown

    def get(self, number: int) -> Grant | None:
        """Give a sign-in as it may be shown; a row that is broken is none, and a lost key a refusal."""
        row = self._database.row("SELECT * FROM grants WHERE number = ?", (number,))
        with suppress(ValueError):
            found = shown(row, clock.instant()) if row else None
            if row and found and found.state not in ("forgotten", "refused") and self._is_lost(row):
                return replace(found, state="refused", cause="oauth_signin_required")
            return found
        return None

    def of(self, settings: Settings) -> Grant | None:
        """Give the sign-in that these settings use, if there is one that they may."""
        number = self.number_of(Client.of(settings), settings.grant, clock.instant())
        return self.get(number) if number else None

    # What is used

    def number_of(self, client: Client, named: int, at: Instant) -> int | None:
        """Find the grant that a client may use: the one that is named, or its own where no person signs in."""
        row = self._of(client, named, at)
        return row["number"] if row else None

    def generation_of(self, client: Client, named: int, at: Instant) -> int:
        """Tell the tokens of one renewal from those of the next, without a look at them; 0 where there is no grant."""
        row = self._of(client, named, at)
        return row["generation"] if row else 0

    def _of(self, client: Client, named: int, at: Instant) -> Row | None:
        if client.flow.by_person:
            return self._database.row(OF_CLIENT, (named, client.binding, oldest_pending(at)))
        return self._database.row(_OWN, (str(client.flow), client.binding))

    def own_number(self, client: Client, at: Instant) -> int:
        """Give the grant of a client that needs no person, made where there is none."""
        if number := self.number_of(client, 0, at):
            return number
        with self._database.writing() as write:
            row = write.row(_OWN, (str(client.flow), client.binding))
            return row["number"] if row else self._insert(write, client, Actor("", "", ""), at, state="ready")

    def kept(self, number: int) -> KeptGrant | None:
        """Give a grant with its tokens; those that no key opens are missing, and a row that is broken is none."""
        row = self._database.row("SELECT * FROM grants WHERE number = ? AND state != 'forgotten'", (number,))
        with suppress(ValueError):
            return self._kept(row) if row else None
        return None

    def add(
        self,
        client: Client,
        answer: TokenAnswer,
        by: Actor,
        at: Instant,
        *,
        server: str = "first",
        beside: Callable[[Writer, int], None] = lambda write, number: None,
    ) -> int:
        """Keep what a sign-in for a server gave, until a save names it, and write what goes `beside` it."""
        with self._database.writing() as write:
            number = self._insert(write, client, by, at, state="pending")
            self._write_answer(write, number, client.binding, answer, at)
            _end_others(write, by.name, number, server)
            beside(write, number)
        return number

    # One refresher

    def take_lease(
        self, number: int, generation: int, owner: str, time: Callable[[], Instant], *, by_hand: bool = False
    ) -> str:
        """Say `taken`, `newer` where it was renewed meanwhile, `busy` while another asks, `late` where one was lost."""
        ended = ("forgotten",) if by_hand else ("refused", "forgotten")
        with self._database.writing() as write:
            row = write.row("SELECT generation, state, lease, lease_ms, boot FROM grants WHERE number = ?", (number,))
            if row is None or row["generation"] != generation or row["state"] in ended:
                return "newer"
            held, at = row["lease"] and row["lease"] != owner, time()  # now that nobody else can take it
            if held and row["boot"] == at.boot and at.steady_ms < row["lease_ms"] <= at.steady_ms + REFRESH_LEASE_MS:
                return "busy"
            write.run(_LEASED, (owner, at.steady_ms + REFRESH_LEASE_MS, at.boot, at.boot, at.boot, number))
            return "late" if held else "taken"

    def holds_lease(self, number: int, generation: int, owner: str) -> bool:
        """Look once more, before the request, whether it is ours to make."""
        row = self._database.row("SELECT generation, lease FROM grants WHERE number = ?", (number,))
        return row is not None and (row["generation"], row["lease"]) == (generation, owner)

    def renewed(self, number: int, generation: int, owner: str, answer: TokenAnswer, at: Instant) -> bool:
        """Keep new tokens, if the grant is still of the generation and the lease that they were asked for."""
        with self._database.writing() as write:
            row = self._ours(write, number, generation, owner)
            if row is None:
                return False
            self._write_answer(write, number, row["binding"], answer, at)
        self._database.notifier.notify()
        return True

    def refused(self, number: int, generation: int, owner: str, fault: TokenFailed, client: Client) -> bool:
        """Note that only a person can help; believed as long as nobody has renewed the grant meanwhile.

        Where it is used with another client by now, such as a new secret, that one is yet to be heard.
        """
        with self._database.writing() as write:
            row = self._ours(write, number, generation, owner)
            if row is None:
                return False
            if self._client(row) in (None, client):
                write.run(_REFUSED, (fault.cause, fault.detail[:_SHOWN], number))
            else:
                write.run("UPDATE grants SET lease = NULL, lease_ms = NULL WHERE number = ?", (number,))
        return True

    def let_go(self, number: int, owner: str) -> None:
        """Give the lease back, and leave the grant as it is."""
        with self._database.writing() as write:
            write.run("UPDATE grants SET lease = NULL, lease_ms = NULL WHERE number = ? AND lease = ?", (number, owner))

    def postponed(self, number: int, generation: int, owner: str, fault: TokenFailed, at: Instant) -> int | None:
        """Note that the token server did not answer as it should; give for how many ms it is left alone."""
        with self._database.writing() as write:
            row = self._ours(write, number, generation, owner)
            if row is None:
                return None
            wait = fault.retry_after_ms or min(MOST_RETRY_MS, FIRST_RETRY_MS << min(row["tries"], 6))
            write.run(_POSTPONED, (fault.cause, fault.detail[:_SHOWN], at.steady_ms + wait, number))
        return wait

    @staticmethod
    def ask_now(write: Writer) -> None:
        """Leave no token server alone any longer, and ask once more for what was refused, by somebody's wish."""
        write.run("UPDATE grants SET retry_ms = NULL WHERE retry_ms NOTNULL")
        write.run(f"UPDATE grants SET {IN_FORCE} WHERE state = 'refused'")  # noqa: S608 - ours

    def end_token(self, kept: KeptGrant) -> None:
        """Note that a mail server takes this access token no more, though it should."""
        with self._database.writing() as write:
            write.run(
                "UPDATE grants SET access_token = NULL, retry_ms = NULL WHERE number = ? AND generation = ?",
                (kept.number, kept.generation),
            )

    # The end

    def forget(self, number: int, *, by: Actor, at: Instant) -> None:
        """End a grant; its tokens stay until they are revoked, or could not be."""
        with self._database.writing() as write:
            write.run("UPDATE grants SET state = 'forgotten' WHERE number = ?", (number,))
            # the log hears of it when it is known what the service says
            append(write, by, Action.OAUTH_FORGOTTEN, object=f"grant/{number}", quiet=True, now=at.wall)
        self._database.notifier.notify()

    def to_revoke(self) -> list[tuple[int, str, Client | None]]:
        """List the forgotten grants that are not erased: number, token and client, as far as these can be read.

        Without its client where another of the same is in use: many services end all that an account has granted to a
        client with one of its tokens (RFC 7009 section 2.1), Google among them.
        """
        opened = self._opened
        return [
            (
                row["number"],
                opened(row, "refresh_token") or opened(row, "access_token"),
                None if row["goes_on"] else self._client(row),
            )
            for row in self._database.rows(_TO_REVOKE)
        ]

    def erase(self, number: int) -> bool:
        """Erase the secrets of a forgotten grant, if nobody has; who signed in and when stays."""
        with self._database.writing() as write:
            return bool(write.changed(_ERASED, (number,)))

    def end_unused(self, settings: Settings, at: Instant) -> None:
        """Forget what no save has named in time, and what was kept for settings that are not in force."""
        if self._database.row(_UNUSED, _unused(settings, at)):
            with self._database.writing() as write:
                for row in write.rows(_UNUSED, _unused(settings, at)):
                    write.run("UPDATE grants SET state = 'forgotten' WHERE number = ?", (row["number"],))

    # What they are made of

    def _insert(self, write: Writer, client: Client, by: Actor, at: Instant, *, state: str) -> int:
        """Make the row of a grant; one that no person signs in for is in use from the beginning."""
        now = clock.stamp(at.wall)
        leave_mark(self._database)
        write.run(
            _INSERT,
            (
                *(state, client.binding, str(client.provider), str(client.flow), client.client_id),
                *(client.endpoints.token_url, client.scope, by.name, by.address, now),
                None if state == "pending" else now,
                self._vault.seal(client.to_json(), bound_grant("client", client.binding)),
            ),
        )
        row = write.row("SELECT max(number) AS number FROM grants")
        assert row
        return int(row["number"])

    def _client(self, row: Row) -> Client | None:
        """Give the client that a grant is used with; None where it cannot be read."""
        with suppress(ValueError, TypeError, KeyError):  # sealed by a panel that kept less of it, or more
            return Client.from_json(self._opened(row, "client"))
        return None

    @staticmethod
    def _ours(write: Writer, number: int, generation: int, owner: str) -> Row | None:
        return write.row(
            "SELECT binding, tries, client FROM grants "
            "WHERE number = ? AND generation = ? AND lease = ? AND state != 'forgotten'",
            (number, generation, owner),
        )

    def _write_answer(self, write: Writer, number: int, binding: str, answer: TokenAnswer, at: Instant) -> None:
        """Put new tokens in the place of the old; an answer without a refresh token leaves that one (RFC 6749 6)."""
        self._vault.refresh()
        refresh = self._sealed("refresh_token", binding, answer.refresh_token) if answer.refresh_token else None
        life = answer.expires_in_s * 1000
        write.run(
            _RENEWED,
            (
                self._sealed("access_token", binding, answer.access_token),
                refresh,
                at.boot,
                at.steady_ms + life,
                life,
                clock.stamp(at.wall),
                answer.scope,
                answer.subject,
                answer.email,
                number,
            ),
        )

    def _sealed(self, name: str, binding: str, token: str) -> bytes:
        return self._vault.seal(token, bound_grant(name, binding))

    def _kept(self, row: Row) -> KeptGrant:
        return KeptGrant(
            row["number"],
            row["state"],
            row["generation"],
            self._opened(row, "access_token"),
            self._opened(row, "refresh_token"),
            row["boot"] or "",
            row["expires_ms"] or 0,
            row["life_ms"] or 0,
            row["cause"] or "",
            row["detail"] or "",
            row["retry_ms"] or 0,
            clock.moment_or_none(row["refreshed_at"]),
            row["adopted_at"] is not None,
            self._is_lost(row),
        )

    def _is_lost(self, row: Row) -> bool:
        return row["refresh_token"] is not None and not self._opened(row, "refresh_token")

    def _opened(self, row: Row, name: str) -> str:
        if row[name] is None:
            return ""
        try:
            return self._vault.open(row[name], bound_grant(name, row["binding"]))
        except VaultError:
            return ""


def _end_others(write: Writer, account: str, number: int, server: str) -> None:
    """Forget what the same person signed in for before, for the same server, and no save has named."""
    write.run(
        "UPDATE grants SET state = 'forgotten' WHERE adopted_at ISNULL AND signed_in_by = ? AND number != ? "
        "AND number NOT IN (SELECT grant_number FROM sign_ins WHERE grant_number NOTNULL AND server != ?)",
        (account, number, server),
    )


def oldest_pending(at: Instant) -> str:
    """Give when a sign-in must have been made that no save has named, to be good still."""
    return clock.stamp(at.wall - PENDING)


def _unused(settings: Settings, at: Instant) -> tuple[Value, ...]:
    """Give what `_UNUSED` asks for: the sign-in, or the client by itself, of either server that is in use."""
    servers = (settings, settings.by_second if settings.second else Settings())
    clients = [Client.of(each) if each.by_token else None for each in servers]
    numbers = [each.grant if client else 0 for each, client in zip(servers, clients, strict=True)]
    own = [(str(each.flow), each.binding) if each and not each.flow.by_person else ("", "") for each in clients]
    return (oldest_pending(at), *numbers, *own[0], *own[1])


OF_CLIENT = """
SELECT number, generation, signed_in_by, adopted_at FROM grants
WHERE number = ? AND binding = ? AND state != 'forgotten' AND (adopted_at NOTNULL OR signed_in_at >= ?)
"""
_UNUSED = """
SELECT number FROM grants WHERE state != 'forgotten' AND coalesce(adopted_at, signed_in_at) < ?
    AND number NOT IN (?, ?) AND NOT (flow = ? AND binding = ?) AND NOT (flow = ? AND binding = ?)
"""
_NOT_ERASED = "(access_token NOTNULL OR refresh_token NOTNULL OR client NOTNULL)"
_TO_REVOKE = f"""
SELECT *, EXISTS (
    SELECT 1 FROM grants AS other WHERE other.state != 'forgotten'
    AND other.token_url = grants.token_url AND other.client_id = grants.client_id
    AND (other.subject = grants.subject OR '' IN (other.subject, grants.subject))
) AS goes_on FROM grants WHERE state = 'forgotten' AND {_NOT_ERASED}
"""  # noqa: S608 - ours
_ERASED = f"""
UPDATE grants SET access_token = NULL, refresh_token = NULL, client = NULL, generation = generation + 1
WHERE number = ? AND state = 'forgotten' AND {_NOT_ERASED}
"""  # noqa: S608 - ours
_INSERT = """
INSERT INTO grants (state, binding, provider, flow, client_id, token_url, scope,
    signed_in_by, signed_in_from, signed_in_at, adopted_at, client)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_OWN = """
SELECT number, generation FROM grants WHERE flow = ? AND binding = ? AND state != 'forgotten'
ORDER BY number DESC LIMIT 1
"""
IN_FORCE = "state = CASE WHEN adopted_at ISNULL THEN 'pending' ELSE 'ready' END"
_LEASED = """
UPDATE grants SET lease = ?, lease_ms = ?, boot = ?, expires_ms = CASE boot WHEN ? THEN expires_ms END,
    retry_ms = CASE boot WHEN ? THEN retry_ms END
WHERE number = ?
"""
_REFUSED = """
UPDATE grants SET state = 'refused', access_token = NULL, cause = ?, detail = ?, lease = NULL, lease_ms = NULL
WHERE number = ?
"""
_POSTPONED = """
UPDATE grants SET cause = ?, detail = ?, tries = tries + 1, retry_ms = ?, lease = NULL, lease_ms = NULL
WHERE number = ?
"""
_RENEWED = """
UPDATE grants SET state = CASE WHEN adopted_at ISNULL THEN 'pending' ELSE 'ready' END, access_token = ?,
    refresh_token = coalesce(?, refresh_token), boot = ?, expires_ms = ?, life_ms = ?, refreshed_at = ?,
    scope = coalesce(nullif(?, ''), scope), subject = coalesce(nullif(?, ''), subject),
    email = coalesce(nullif(?, ''), email), generation = generation + 1, lease = NULL, lease_ms = NULL,
    cause = NULL, detail = NULL, retry_ms = NULL, tries = 0
WHERE number = ?
"""
