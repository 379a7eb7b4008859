"""Runs all checks of the doctor over the settings, and gives their findings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from panel.checks.doctor import domain, machine, server
from panel.checks.doctor.finding import Finding
from panel.config import Config
from panel.i18n import Translate
from panel.mail.net.deadline import Deadline
from panel.mail.net.resolver import Resolver
from panel.settings.model import Settings
from panel.settings.store import Version
from panel.storage.database import Database

if TYPE_CHECKING:  # a login with a password has none
    from panel.settings.oauth.grant import Grant

EXAMINE_SECONDS = 20.0  # one deadline over every look-up and every reply
SENDER_SECONDS = 6.0  # the same, where somebody waits for a page about another matter
_OF_SENDER = ("spf", "dkim", "dmarc")


def examine(
    config: Config,
    database: Database,
    version: Version,
    now: datetime,
    *,
    address: str | None = None,
    selectors: Iterable[str] = (),
    grant: Grant | None = None,
    resolver: tuple[str, int] | None = None,
    seconds: float = EXAMINE_SECONDS,
) -> list[Finding]:
    """Examine the machine, the server and the sender's domain; `address` is what receivers will see.

    `grant` is the sign-in that the settings use, where their login is made with a token.
    """
    deadline = Deadline(seconds)
    names = Resolver(deadline, resolver)
    settings = version.settings
    findings = list(machine.examine_machine(config, database, version, now))
    findings += server.examine_server(settings, names, address, policy=config.policy, deadline=deadline, now=now)
    if settings.by_token:
        from panel.checks.doctor import sign_in  # few logins are made with a token

        uri, policy = config.redirect_uri, config.policy
        findings += sign_in.examine_sign_in(settings, grant, uri, policy=policy, deadline=deadline, now=now)
    if _publishes(settings):
        findings += domain.examine_domain(settings, names, address, selectors)
    return findings


def examine_sender(
    settings: Settings, resolver: tuple[str, int] | None = None, *, seconds: float = SENDER_SECONDS
) -> list[Finding]:
    """Examine what a receiver asks the sender's domain: SPF, DKIM and DMARC."""
    if not _publishes(settings):
        return []
    names = Resolver(Deadline(seconds), resolver)
    return [each for each in domain.examine_domain(settings, names, None, ()) if each.name in _OF_SENDER]


def _publishes(settings: Settings) -> bool:
    """Say whether the sender has a domain; a literal publishes nothing."""
    return bool(settings.sender_domain) and not settings.sender_domain.startswith("[")


def finding_to_json(finding: Finding, translate: Translate) -> dict[str, Any]:
    """Give a finding with its words in the reader's language."""
    return {
        "name": finding.name,
        "status": str(finding.status),
        "what": finding.what.translated(translate),
        "do": finding.do.translated(translate) if finding.do else None,
        "record": finding.record or None,
    }
