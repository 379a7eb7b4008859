"""Opens the home once and hands on what is in it; a part is loaded when it is first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from panel import clock, logs
from panel.access.parts import AccessParts
from panel.alerts.parts import AlertParts
from panel.config import KEY_NAME, Config
from panel.errors import DatabaseError, VaultError
from panel.settings.sign_in_mark import SIGN_INS, leave_mark, take_mark_away
from panel.storage import folder, vault
from panel.storage.database import Database
from panel.storage.opening import open_database
from panel.storage.vault import Vault

if TYPE_CHECKING:  # a command needs few of them, and half of its time is imports
    from panel.alerts.delivery.deliverer import Deliverer
    from panel.alerts.delivery.mail import MailRoute
    from panel.alerts.destinations import DestinationStore
    from panel.checks.trial.order import Order
    from panel.checks.trial.run import TrialRun
    from panel.checks.trial.store import TrialStore
    from panel.outbox.bounces.store import Bounces
    from panel.outbox.delivery.heartbeats import Heartbeats
    from panel.outbox.outbox import Outbox
    from panel.outbox.pace.route import Choice, SenderRoute, Which
    from panel.outbox.pace.slot import Slot
    from panel.outbox.pace.store import PaceStore
    from panel.outbox.shared_commit import SharedCommit
    from panel.settings.keys.rotation import KeyRotation
    from panel.settings.model import Settings
    from panel.settings.oauth.grant import Grant
    from panel.settings.oauth.grants import GrantStore
    from panel.settings.oauth.sign_in import SignIns
    from panel.settings.oauth.tokens import GrantTokens
    from panel.settings.store import SettingsStore, Version
    from panel.storage.actor import Actor
    from panel.storage.database import Writer


@dataclass(frozen=True)
class Services(AlertParts, AccessParts):
    """What the doors work with."""

    @cached_property
    def settings(self) -> SettingsStore:
        """The versions of the settings."""
        from panel.settings.store import SettingsStore

        adopt = partial(_adopt, self.database, self.vault)
        proof, file = (lambda *saved: self.pace.keep_proof(*saved)), self.config.settings_file
        return SettingsStore(self.database, self.vault, adopt, proof, file=file)

    @cached_property
    def key_rotation(self) -> KeyRotation:
        """What seals all secrets with a new key."""
        from panel.settings.keys.rotation import KeyRotation

        return KeyRotation(self.database, self.vault, lambda: self.destinations)

    @cached_property
    def trials(self) -> TrialStore:
        """The test sends and their reports."""
        from panel.checks.trial.store import TrialStore

        return TrialStore(self.database)

    @cached_property
    def outbox(self) -> Outbox:
        """The durable queue and its log."""
        from panel.outbox.outbox import Outbox

        return Outbox(self.database)

    @cached_property
    def bounces(self) -> Bounces:
        """What came back of sent mail."""
        from panel.outbox.bounces.store import Bounces

        return Bounces(self.database)

    @cached_property
    def shared_commit(self) -> SharedCommit:
        """What puts the messages of many into the outbox together."""
        from panel.outbox.enqueue import Enqueuer
        from panel.outbox.shared_commit import SharedCommit

        return SharedCommit(Enqueuer(self.database))

    @cached_property
    def pace(self) -> PaceStore:
        """The clock of the interval and the caps, with the hold."""
        from panel.outbox.pace.store import PaceStore

        return PaceStore(self.database)

    @cached_property
    def heartbeats(self) -> Heartbeats:
        """Which workers live."""
        from panel.outbox.delivery.heartbeats import Heartbeats

        return Heartbeats(self.database)

    @cached_property
    def grants(self) -> GrantStore:
        """What signing in at the server that gives tokens has given."""
        from panel.settings.oauth.grants import GrantStore

        return GrantStore(self.database, self.vault)

    @cached_property
    def sign_ins(self) -> SignIns:
        """The sign-ins that are under way."""
        from panel.settings.oauth.sign_in import SignIns

        return SignIns(self.database, self.vault, self.grants)

    def access_tokens(self, settings: Settings, *, by_hand: bool = False) -> GrantTokens:
        """Give the access tokens of settings whose login is made with one."""
        from panel.settings.oauth.client import Client
        from panel.settings.oauth.tokens import GrantTokens

        client, policy, saved = Client.of(settings), self.config.policy, self.settings.current().settings
        unsaved = by_hand and client not in (Client.of(saved), Client.of(saved.by_second))
        return GrantTokens(self.grants, client, settings.grant, policy=policy, by_hand=by_hand, unsaved=unsaved)

    def grant_of(self, settings: Settings) -> Grant | None:
        """Give the sign-in whose tokens these settings use, where they use one and may use that."""
        return self.grants.of(settings) if settings.by_token else None

    @cached_property
    def destinations(self) -> DestinationStore:
        """Who is told of an alert, and by which way."""
        from panel.alerts.destinations import DestinationStore

        return DestinationStore(self.database, self.vault, self.config.policy, self.config.listeners)

    @cached_property
    def deliverer(self) -> Deliverer:
        """What tells the destinations."""
        from panel.alerts.delivery.deliverer import Deliverer

        config = self.config
        return Deliverer(
            self.database,
            self.vault,
            config.policy,
            second=self._second_route,
            url=config.public_url or None,
            panel=config.panel_name,
        )

    def _second_route(self) -> MailRoute | None:
        """Give how an alert mail leaves by the second server, where there is one."""
        from panel.alerts.delivery.mail import MailRoute

        settings = self.settings.current().settings
        if not settings.second:
            return None
        second = settings.by_second
        server = second.server_with(self.access_tokens(second)) if second.by_token else second.server
        return MailRoute(server, second.from_address)

    def do_hourly(self) -> None:
        """Remove of the audit what is kept no longer, and use a permission before it is forgotten."""
        try:
            if self.config.keep_audit:
                from panel.access.audit.removal import remove_old

                remove_old(self.database, days=self.config.keep_audit, now=clock.now())
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)
        self.renew_unused()

    def renew_unused(self) -> None:
        """Use each permission that has not been used for long, before the service forgets it."""
        version = self.settings.current()
        for which in ("first", "second") if version.settings.second else ("first",):
            self._renew_unused(version.of(which), which)

    def _renew_unused(self, version: Version, which: str) -> None:
        if version.settings.by_token and not version.unreadable:
            from panel.mail.smtp.protocol import Failure, Stage
            from panel.outbox.pace.route import Which
            from panel.settings.oauth import upkeep

            if refusal := upkeep.renew_unused(self.access_tokens(version.settings)):
                failure = Failure(Stage.TOKEN, refusal.cause, None, refusal.detail)
                self.pace.hold(failure, at=clock.instant(), version=version.number, which=Which(which))

    @property
    def has_sign_ins(self) -> bool:
        """Say whether anybody has signed in at a server that gives tokens, or is about to."""
        return self.database.is_marked(SIGN_INS)

    def end_forgotten(self) -> None:
        """End sign-ins that nobody uses any more, here and at the service; where there are none, nothing is read."""
        if not self.has_sign_ins:
            return
        from panel.settings.oauth import upkeep

        try:
            version, policy = self.settings.current(), self.config.policy
            if not version.unreadable:  # else the key may come back, and with it what the service wants to see
                upkeep.end_forgotten(self.grants, self.sign_ins, version.settings, policy=policy, at=clock.instant())
                take_mark_away(self.database)
        except DatabaseError as fault:
            logs.error("database_failed", text=fault)

    def forget_grant(self, settings: Settings, by: Actor) -> bool:
        """End the sign-in of settings here and at the service; say whether the service has heard of it."""
        from panel.settings.oauth import upkeep

        return upkeep.forget(self.grants, settings, by=by, policy=self.config.policy, at=clock.instant())

    def try_now(self, by: Actor) -> bool:
        """Have held mail tried at once, and a token server asked that is left alone; say whether there was a hold."""
        from panel.outbox.pace.pace import Terms

        version = self.settings.current()
        terms = Terms.of(version)
        if version.settings.uses_tokens:
            return self.pace.try_now(terms, clock.instant(), by=by, beside=self.grants.ask_now)
        return self.pace.try_now(terms, clock.instant(), by=by)

    def choose_server(self, choice: Choice, by: Actor) -> SenderRoute:
        """Have mail leave by the first or the second server, or as the first takes it; say how it leaves then.

        Raise `NoSecondServer` where there is none to choose.
        """
        from panel.outbox.pace.choosing import choose_server

        return choose_server(self.pace, self.settings.current(), choice, clock.instant(), by=by)

    @property
    def route(self) -> SenderRoute:
        """Which server mail leaves by at this moment, and why."""
        from panel.outbox.pace.pace import Terms

        return self.pace.route(Terms.of(self.settings.current()), clock.instant())

    def slot(self, which: Which | None = None) -> Slot:
        """Give a test of one of the servers, of the first if nothing is said, its slot by the settings in force."""
        from panel.outbox.pace.pace import Terms
        from panel.outbox.pace.route import Which
        from panel.outbox.pace.slot import Slot

        version = self.settings.current()
        terms = Terms.of(version)
        if which is not Which.SECOND or terms.second is None:
            return Slot(self.pace, terms, version.fingerprint)
        return Slot(self.pace, terms.second, self.settings.fingerprint(version.settings.by_second))

    def begin_trial(self, order: Order) -> TrialRun:
        """Note a test send, ready to be run; raise `TooManyTrials`, `TrialRunning` or `TooSoon` where it may not."""
        from panel.checks.trial.run import TrialRun

        fingerprint = self.settings.fingerprint(order.settings)
        if not self.vault.agrees:
            raise VaultError(self.vault.remedy)
        return TrialRun(
            order,
            store=self.trials,
            policy=self.config.policy,
            slot=self.slot(order.which),
            fingerprint=fingerprint,
            now=clock.now(),
            tokens=self.access_tokens(order.settings, by_hand=True) if order.settings.by_token else None,
        )


def _adopt(
    database: Database, vault: Vault, write: Writer, settings: Settings, before: Settings, by: Actor
) -> Settings:
    from panel.settings.oauth.adoption import adopt  # only where a login is made with a token

    leave_mark(database)  # which a copy of the data file comes without
    return adopt(write, vault, settings, before, by, clock.instant())


def open_services(config: Config, *, starts: bool = True) -> Services:
    """Make the home and the key where they are missing, open the data file, and bring its tables up to date.

    The key comes last: a first start that was killed leaves no key beside a data file that is not whole. A command,
    which `starts` nothing, may lack what tells where the key is: it makes one only to seal the first secret.
    """
    folder.make_home(
        config.home,
        {
            "The folder of MAIL_PANEL_KEY_FILE": None if config.keys else config.key_file,
            "The folder of MAIL_PANEL_DATABASE": config.database,
            "CREDENTIALS_DIRECTORY": None if config.keys else config.credential,
        },
    )
    if not config.database_url:
        refuse_lost_home(config)
    database = open_database(*config.place)
    database.prepare()
    services = Services(config, database, _vault(config, database, starts=starts))
    if starts:
        _agree_on_key(services)
    return services


def refuse_lost_home(config: Config) -> None:
    """Raise `DatabaseError` where a panel was and its data file is gone or empty: that is no new home."""
    key = None if config.keys else config.key_path
    folder.refuse_remains(config.database_path, key, own=config.home / KEY_NAME)


def _vault(config: Config, database: Database, *, starts: bool) -> Vault:
    """Open the keys: those of the environment, else those of the key file."""
    shared = database.shared_key
    if config.keys:
        return Vault(vault.read_keys(config.keys, "MAIL_PANEL_KEYS"), shared=shared)
    path = config.key_path
    load = partial(vault.load_keys, path)
    if path == config.credential or path.exists():  # the first is systemd's to make
        return Vault(load(), load, shared)
    lost, replaces = _needs_key(database) and not path.exists(), starts and shared is None  # another may make it now
    if lost:
        said = _ELSEWHERE if shared else _REPLACED if replaces else _NOT_HERE
        logs.error("key_missing", text=said.format(path=path))
    if replaces or (starts and not lost):
        return Vault(vault.load_or_make(path), load, shared)
    make = load if lost else partial(vault.load_or_make, path)
    return Vault([vault.new_key()], make, shared)  # seals with none but those that are made or put there


def _agree_on_key(services: Services) -> None:
    """Go by the key of the other machines, or have them go by ours; whether it is here is in the log.

    Where nobody has said yet, a machine that cannot read what is saved, as after a move, says nothing.
    """
    opened = services.vault
    opened.look()
    if opened.is_undecided and not services.settings.unreadable() and not services.destinations.unreadable():
        opened.note_key()
        opened.look()  # two may have been the first


def _needs_key(database: Database) -> bool:
    """Say whether there is something that another key than a new one opens."""
    from panel.settings.fields.sealing import keeps_secrets  # a first start, or a key that was lost

    if shared := database.shared_key:
        return shared.read() is not None or keeps_secrets(database)
    return keeps_secrets(database) or database.is_marked(SIGN_INS)


_REPLACED = (
    "There was no key at {path}, so the saved passwords cannot be read. A new key is made. Add the lines of your copy "
    "of the old one to the end of that file, or enter the passwords again."
)
_ELSEWHERE = (
    "There is no key at {path}, and the database goes by one that another machine has. Copy the key file of that one "
    "to {path}: until then nothing is sent from here, and no password is saved."
)
_NOT_HERE = (
    "There is no key at {path}, so the saved passwords cannot be read, and none is saved. Run this with what tells the "
    "panel where its key is (MAIL_PANEL_KEY_FILE, MAIL_PANEL_KEYS, CREDENTIALS_DIRECTORY), or put the file back. "
    "If it is lost, start the panel: it makes a new one."
)
