"""What is asked back before values are saved: a missing interval, a login that no test has proven, a password."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request

from panel import clock
from panel.checks.trial.report import Outcome
from panel.i18n import N_
from panel.mail.smtp.protocol import Security
from panel.settings.fields.secret import SECRETS
from panel.settings.model import OF_MESSAGES, PACE_FIELDS, RECORD, Settings, fields_that_differ
from panel.settings.store import Version
from panel.web.context import asker, services
from panel.web.settings.forms import ServerForm
from panel.web.settings.interval import Known, known_interval


@dataclass(frozen=True, slots=True)
class Untested:
    """What to say of values that no test email has proven: a title, and how that is known."""

    title: str
    text: str


UNTRIED = Untested(N_("These values have not been tested"), N_("No test email has been sent with them."))
DIFFERENT = Untested(UNTRIED.title, N_("They differ from those of your last test email."))
FAILED = Untested(N_("These values do not work as far as is known"), N_("The last test email with them failed."))
# What decides whether a server lets mail in: the display name, the rules and the pace do not.
PROVEN = frozenset(RECORD).difference(PACE_FIELDS, OF_MESSAGES, ("from_name",))


def interval_to_offer(settings: Settings, before: Settings) -> Known | None:
    """Give the interval to offer where mail would leave without one at a service with a limit, and nobody said so yet.

    Who has saved that once is not asked again: it is in force.
    """
    if settings.send_interval_ms or request.form.get("unpaced") == "yes":
        return None
    if before.complete and not before.send_interval_ms and before.smtp_host == settings.smtp_host:
        return None
    return known_interval(settings.smtp_host)


def untested(settings: Settings, before: Settings) -> Untested | None:
    """Say what is known of values of the login that no test email has proven, where nobody has said to save them."""
    if request.form.get("untested") == "yes" or not PROVEN.intersection(fields_that_differ(before, settings)):
        return None
    opened, now, who = services(), clock.now(), asker()
    fingerprint = opened.settings.fingerprint(settings)
    if opened.trials.latest_success(fingerprint, None, now):
        return None
    last = opened.trials.latest_of(fingerprint, None, now)
    if last and last.report.outcome is not Outcome.SUCCESS:
        return FAILED
    saved_at, other = opened.settings.current().saved_at, opened.trials.latest(now, account=who.name)
    return DIFFERENT if other and not last and not (saved_at and other.report.started_at < saved_at) else UNTRIED


def risks_of_form(form: ServerForm, stored: Version) -> Iterator[str]:
    """Say what saving a form would do that a thief of a session would like; what the other server keeps counts, too."""
    assert form.settings
    other = stored.of("first" if form.server == "second" else "second")
    begins = form.settings.second and not stored.settings.second
    beside = bool(other.secrets_set or other.settings.grant)
    return risks_of(form.meant, stored.of(form.server), beside=beside, begins=begins)


def risks_of(settings: Settings, before: Version, *, beside: bool = False, begins: bool = False) -> Iterator[str]:
    """Say in sentences what a save would do to one server, judged against what is in force.

    `beside` says that the other server keeps secrets, `begins` that mail may leave by this one only from now on.
    """
    old, changed = before.settings, frozenset(fields_that_differ(before.settings, settings))
    keeps = beside or bool(before.secrets_set or old.grant)
    if keeps and (begins or changed & _OF_SERVER):
        yield N_("Mail would go to another server.")
    if keeps and (changed & _of_logins(settings) or _begins_a_login(settings, old)):
        yield N_("A login would be made at another server or as another user.")
    if ("allow_plain_auth" in changed and settings.allow_plain_auth) or (keeps and _loses_encryption(settings, old)):
        yield N_("A password could be sent without encryption.")
    if "ca_certificate" in changed and (settings.ca_certificate or keeps):
        yield N_("Other certificates would be trusted than now.")
    if not all(getattr(settings, name) for name in before.secrets_set) or (old.grant and not settings.grant):
        yield N_("A saved password or sign-in would be erased.")


_OF_SERVER = frozenset({"smtp_host", "smtp_port"})
_OF_POP = frozenset({"pop_host", "pop_port", "pop_user"})
_OF_TOKENS = frozenset(
    {name for name in RECORD if name.startswith("oauth_")}
    - {*SECRETS, "oauth_flow", "oauth_scope", "oauth_secret_expires"}
)


def _of_logins(settings: Settings) -> frozenset[str]:
    """Name what says where, and as whom, the logins that are switched on are made."""
    pop = _OF_POP if settings.pop_before_smtp else frozenset[str]()
    return pop | {"smtp_user"} | (_OF_TOKENS if settings.by_token else frozenset())


def _begins_a_login(settings: Settings, old: Settings) -> bool:
    """Say whether a login is switched on; where it is made may have been typed while it was off."""
    return (settings.pop_before_smtp and not old.pop_before_smtp) or (settings.by_token and not old.by_token)


def _loses_encryption(settings: Settings, old: Settings) -> bool:
    """Say whether mail or a login would go in clear that is encrypted now."""
    ways = [(settings.smtp_security, old.smtp_security)]
    if settings.pop_before_smtp:
        ways.append((settings.pop_security, old.pop_security))
    return any(now is Security.NONE is not before for now, before in ways)
