"""What of the access the doors work with: each part is loaded when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from panel.storage.database import Database
from panel.storage.journal import Refusals

if TYPE_CHECKING:  # a command needs few of them
    from panel.access.accounts import Accounts
    from panel.access.audit.reading import Audit
    from panel.access.links import Links
    from panel.access.logins import Logins
    from panel.access.proxy_accounts import ProxyAccounts
    from panel.access.sessions import Sessions
    from panel.access.setup import Setup
    from panel.access.tokens import Tokens


class AccessParts:
    """The parts of the services that have to do with who enters, and with who did what."""

    database: Database

    @cached_property
    def accounts(self) -> Accounts:
        """Who may enter, and as what."""
        from panel.access.accounts import Accounts

        return Accounts(self.database)

    @cached_property
    def proxy_accounts(self) -> ProxyAccounts:
        """The accounts of who enters by a proxy."""
        from panel.access.proxy_accounts import ProxyAccounts

        return ProxyAccounts(self.database)

    @cached_property
    def links(self) -> Links:
        """Who is invited, or has forgotten a password."""
        from panel.access.links import Links

        return Links(self.database)

    @cached_property
    def logins(self) -> Logins:
        """Who proves by a password who they are."""
        from panel.access.logins import Logins

        return Logins(self.database)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        from panel.access.sessions import Sessions

        return Sessions(self.database)

    @cached_property
    def setup(self) -> Setup:
        """How the first account is made."""
        from panel.access.setup import Setup

        return Setup(self.database)

    @cached_property
    def tokens(self) -> Tokens:
        """What applications sign in with."""
        from panel.access.tokens import Tokens

        return Tokens(self.database)

    @cached_property
    def refusals(self) -> Refusals:
        """What was refused, counted for a minute."""
        return Refusals(self.database)

    @cached_property
    def audit(self) -> Audit:
        """Who did what, as it is read."""
        from panel.access.audit.reading import Audit

        return Audit(self.database)
