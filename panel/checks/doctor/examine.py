"""Runs all checks of the doctor over the settings, and gives their findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from panel.checks.doctor import domain, machine, server
from panel.checks.doctor.finding import OF_SENDER, Finding
from panel.checks.doctor.places import field_to_change, place_of
from panel.config import Config
from panel.i18n import Translate
from panel.mail.net.deadline import Deadline
from panel.mail.net.resolver import Resolver
from panel.settings.model import Settings
from panel.settings.store import Version
from panel.storage.database import Database
from panel.storage.vault import Vault

if TYPE_CHECKING:  # a login with a password has none
    from panel.settings.oauth.grant import Grant

EXAMINE_SECONDS = 20.0  # one deadline over every look-up and every reply
SENDER_SECONDS = 6.0  # the same, where somebody waits for a page about another matter


def examine(
    config: Config,
    database: Database,
    version: Version,
    now: datetime,
    *,
    address: str | None = None,
    selectors: Iterable[str] = (),
    grant: Grant | None = None,
    second_grant: Grant | None = None,
    resolver: tuple[str, int] | None = None,
    seconds: float = EXAMINE_SECONDS,
    vault: Vault | None = None,
) -> list[Finding]:
    """Examine the machine, the server and the sender's domain; `address` is what receivers will see.

    `grant` is the sign-in that the settings use, where their login is made with a token; `second_grant` that of their
    second server, which is examined beside the first, and has time of its own. Of a `vault` its shared key is examined.
    """
    deadline, settings = Deadline(seconds), version.settings
    names = Resolver(deadline, resolver)
    of_machine = list(machine.examine_machine(config, database, version, now, vault))
    first = deadline.shorter(seconds / 2) if settings.second else deadline
    found = list(_of_first(config, settings, names, address, selectors, grant=grant, deadline=first, now=now))
    if settings.second:
        from panel.checks.doctor import second  # few have one

        found = [each if each.name in second.OF_NO_SERVER else second.of_server(each, second.FIRST) for each in found]
        found += second.examine_second(config, settings, names, second_grant, deadline=deadline, now=now)
    return of_machine + found


def _of_first(
    config: Config,
    settings: Settings,
    names: Resolver,
    address: str | None,
    selectors: Iterable[str],
    *,
    grant: Grant | None,
    deadline: Deadline,
    now: datetime,
) -> Iterator[Finding]:
    """Look at the server, the sign-in and the sender's domain."""
    policy = config.policy
    yield from server.examine_server(settings, names, address, policy=policy, deadline=deadline, now=now)
    if settings.by_token:
        from panel.checks.doctor import sign_in  # few logins are made with a token

        uri = config.redirect_uri
        yield from sign_in.examine_sign_in(settings, grant, uri, policy=policy, deadline=deadline, now=now)
    if domain.publishes(settings):
        yield from domain.examine_domain(settings, names, address, selectors)


def examine_sender(
    settings: Settings, resolver: tuple[str, int] | None = None, *, seconds: float = SENDER_SECONDS
) -> list[Finding]:
    """Examine what a receiver asks the sender's domain: SPF, DKIM and DMARC."""
    if not domain.publishes(settings):
        return []
    names = Resolver(Deadline(seconds), resolver)
    return [each for each in domain.examine_domain(settings, names, None, ()) if each.name in OF_SENDER]


def finding_to_json(finding: Finding, translate: Translate, now: datetime) -> dict[str, Any]:
    """Give a finding with its words in the reader's language, and the days that are left at a moment."""
    finding = finding.counted(now)
    return {
        "name": finding.name,
        "server": finding.server or None,
        "status": str(finding.status),
        "what": finding.what.translated(translate),
        "do": finding.do.translated(translate) if finding.do else None,
        "record": finding.record or None,
        "place": str(place_of(finding).place),
        "field": field_to_change(finding) or None,
        "ends": finding.ends or None,
        "days_left": finding.days_left(now),
    }
