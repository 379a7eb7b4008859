"""One row of the audit in the reader's words: what was done to what, by whom, and what was changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from werkzeug.routing import BuildError

from panel import clock
from panel.alerts.kinds.fields import FIELD_LABELS
from panel.alerts.thresholds import THRESHOLDS
from panel.diagnosis.causes.table import CAUSES
from panel.i18n import N_
from panel.settings.fields.labels import has_label
from panel.storage.database import Row
from panel.storage.journal import REFUSED, Action
from panel.web.access.roles import ROLE_LABELS
from panel.web.text import actor_name, date_of, gettext, label, translated

ACTIONS: Mapping[str, str] = {
    Action.SETTINGS_SAVED: N_("Settings saved"),
    Action.EXPORTED: N_("Settings exported"),
    Action.EXPORT_WITH_SECRETS: N_("Settings exported with passwords"),
    Action.KEYS_ROTATED: N_("Keys changed"),
    Action.RESTORED: N_("Backup restored"),
    Action.MOVED: N_("Moved to a server"),
    Action.TEST_BEGAN: N_("Test begun"),
    Action.TEST_ARRIVED: N_("Test email arrived"),
    Action.TEST_NOT_ARRIVED: N_("Test email did not arrive"),
    Action.OAUTH_SIGN_IN_BEGAN: N_("OAuth2 sign-in begun"),
    Action.OAUTH_SIGN_IN_FAILED: N_("OAuth2 sign-in failed"),
    Action.OAUTH_SIGNED_IN: N_("Signed in with OAuth2"),
    Action.OAUTH_FORGOTTEN: N_("OAuth2 sign-in ended"),
    Action.MESSAGE_RETRIED: N_("Message queued again"),
    Action.MESSAGE_CANCELLED: N_("Message cancelled"),
    Action.MESSAGE_SEEN: N_("Failure marked as seen"),
    Action.FAILURES_SEEN: N_("All failures marked as seen"),
    Action.ACT_UNDONE: N_("Undone"),
    Action.MESSAGE_READ: N_("Content of a message read"),
    Action.MESSAGE_RESENT: N_("Sent again as a new message"),
    Action.MESSAGES_EXPORTED: N_("Messages saved as a file"),
    Action.FAILED_RETRIED: N_("All failed messages queued again"),
    Action.SENDING_PAUSED: N_("Sending paused"),
    Action.SENDING_RESUMED: N_("Sending resumed"),
    Action.HELD_MAIL_TRIED: N_("Held mail tried"),
    Action.SERVER_CHOSEN: N_("Server chosen"),
    Action.OUTBOX_PURGED: N_("Old messages removed"),
    Action.BOUNCED: N_("Bounce noted"),
    Action.REPORTED: N_("Delivery report noted"),
    Action.TOKEN_CREATED: N_("API token created"),
    Action.TOKEN_LIMITED: N_("Limits of an API token set"),
    Action.TOKEN_REVOKED: N_("API token revoked"),
    Action.TOKEN_REFUSED: N_("API token refused"),
    Action.TOKEN_LIMIT_REACHED: N_("Limit of an API token reached"),
    Action.ADMINISTRATOR_MADE: N_("First administrator made"),
    Action.ACCOUNT_ADDED: N_("Account added"),
    Action.ACCOUNT_REMOVED: N_("Account removed"),
    Action.ACCOUNT_INVITED: N_("Account invited"),
    Action.INVITATION_WITHDRAWN: N_("Invitation withdrawn"),
    Action.RESET_LINK_MADE: N_("Link for a new password made"),
    Action.RESET_LINK_WITHDRAWN: N_("Link for a new password withdrawn"),
    Action.ACCOUNT_HANDED_OVER: N_("Account handed over to the proxy"),
    Action.ROLE_CHANGED: N_("Role changed"),
    Action.ROLE_REFUSED: N_("Role change refused"),
    Action.PASSWORD_CHANGED: N_("Password changed"),
    Action.SIGNED_IN: N_("Signed in to the panel"),
    Action.SIGNED_OUT: N_("Signed out of the panel"),
    Action.SESSION_ENDED: N_("Sessions ended"),
    Action.SIGN_IN_REFUSED: N_("Sign-in refused"),
    Action.STEP_UP_REFUSED: N_("Password refused before a change"),
    Action.PROXY_HEADER_REFUSED: N_("Proxy header refused"),
    Action.NOT_ALLOWED: N_("Not allowed"),
    Action.ALERT_ACKNOWLEDGED: N_("Alert acknowledged"),
    Action.ALERT_THRESHOLDS_SET: N_("Conditions of alerts changed"),
    Action.ALERT_DESTINATION_ADDED: N_("Alert destination added"),
    Action.ALERT_DESTINATION_CHANGED: N_("Alert destination changed"),
    Action.ALERT_DESTINATION_REMOVED: N_("Alert destination removed"),
    Action.ALERT_DESTINATION_DISABLED: N_("Alert destination disabled: its address is gone"),
    Action.ALERT_TESTED: N_("Test alert sent"),
    Action.DIAGNOSED: N_("Diagnosis made"),
    Action.DIAGNOSIS_SWITCHED: N_("Diagnosis by itself switched on or off"),
    Action.AUDIT_REMOVED: N_("Old audit rows removed"),
}
_VIAS = {
    "session": N_("signed in here"),
    "proxy": N_("through the proxy"),
    "mounted": N_("through the application"),
    "file": N_("settings file"),
    "token": N_("API token"),
    "cli": N_("command line"),
    "setup": N_("one-time link"),
    "link": N_("one-time link"),
}
_OBJECTS = {  # what it is called, and the page that shows it
    "settings": (N_("Version %(name)s"), "history.show"),
    "message": (N_("Message %(name)s"), "outbox.show"),
    "test": (N_("Test %(name)s"), "trials.show"),
    "account": (N_("Account %(name)s"), ""),
    "token": (N_("Token %(name)s"), ""),
    "destination": (N_("Destination %(name)s"), ""),
    "incident": (N_("Incident %(name)s"), ""),
    "grant": (N_("Sign-in %(name)s"), ""),
    "sign_in": (N_("Sign-in %(name)s"), ""),
}
_PLACES = {  # what has no number, and the first word of what was asked for
    "alerts": N_("Alerts"),
    "diagnosis": N_("Diagnosis"),
    "smtp": "SMTP",
    "api": "API",
    **dict.fromkeys(("access", "account", "invitation"), N_("My account")),
    **dict.fromkeys(("users", "tokens", "audit"), N_("Accounts")),
    **dict.fromkeys(
        ("settings", "rules", "second", "assist", "trials", "arrival", "overview", "oauth"), N_("Mail settings")
    ),
    **dict.fromkeys(("outbox", "outbox_export", "message", "samples"), N_("Outbox")),
    **dict.fromkeys(("explain", "moved", "causes"), N_("Diagnosis")),
    **dict.fromkeys(("destinations",), N_("Alerts")),
    "history": N_("History"),
}
_NAMES = {
    "messages_per_minute": N_("Messages a minute"),
    "recipients_per_day": N_("Recipients a day (UTC)"),
    "server": N_("Server"),
    "recipient": N_("Recipient"),
    "recipients": N_("Recipients"),
    "role": N_("Role"),
    "name": N_("Name"),
    "scopes": N_("Allowed"),
    "expires_at": N_("Ends"),
    "times": N_("Times"),
    "messages": N_("Number of messages"),
    "state": N_("State"),
    "filter": N_("Filter"),
    "rows": N_("Rows"),
    "signed_in_as": N_("Signed in as"),
    "step_up": N_("Password again"),
    "via": N_("Way in"),
    "mode": N_("Kind of test"),
    "password": N_("Password"),
    "arrived": N_("Arrived"),
    "kind": N_("Kind"),
    "host": N_("Host"),
    "report": N_("Report"),
    "part": N_("Part"),
    "sent_as": N_("New message"),
    "copy_of": N_("Copy of message"),
    "cause": N_("Cause"),
    "error": N_("Error"),
    "session": N_("Session"),
    "others": N_("Other sessions"),
    "by_itself": N_("Diagnosis by itself"),
    "old_keys": N_("Former keys"),
    "before": N_("Older than"),
    "file": N_("File"),
}
_ANY_VALUE = {"changed": N_("changed")}
_VALUES: Mapping[str, Mapping[str, str]] = {
    "role": ROLE_LABELS,
    "kind": {"webhook": N_("Webhook"), "chat": N_("Chat"), "mail": N_("Mail"), "ping": N_("Ping")},
    "server": {"first": N_("First server"), "second": N_("Second server"), "auto": N_("Automatic")},
    "report": {"bounced": N_("Bounced"), "delayed": N_("Not delivered yet"), "delivered": N_("Delivered")},
    "via": {**_VIAS, "local": _VIAS["session"]},
    "arrived": {"yes": N_("Yes"), "no": N_("No")},
    "mode": {"send": N_("with a message"), "check": N_("Check without sending")},
    "old_keys": {"dropped": N_("removed")},
    "part": {"text": N_("Text"), "html": "HTML", "source": N_("Source"), "raw": N_("The whole message")},
    "state": {
        "queued": N_("Queued"),
        "sending": N_("Sending"),
        "deferred": N_("Will retry"),
        "sent": N_("Sent"),
        "failed": N_("Failed"),
        "cancelled": N_("Cancelled"),
    },
    "step_up": {"host": N_("not asked for: the sign-in is not the panel's own")},
}


@dataclass(frozen=True, slots=True)
class AuditChange:
    """One thing that is other than it was: its name, what was and what is, or what is said of it alone."""

    name: str
    new: str
    was: str = ""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row as the page shows it."""

    number: int
    at: datetime
    account: str
    whence: str  # role, way in and address
    action: str
    refused: bool
    object: str
    address: str  # of the page that shows the object
    changes: tuple[AuditChange, ...]


def audit_row(row: Row) -> AuditRow:
    """Tell a row of the audit."""
    whence = [_word(ROLE_LABELS, row["role"]), _word(_VIAS, row["via"]), row["address"]]
    what, address = _object(row["object"])
    return AuditRow(
        row["number"],
        clock.moment(row["at"]),
        actor_name(row["account"] or "") or _nobody(row),
        " · ".join(filter(None, whence)),
        action_words(row["action"]),
        row["outcome"] == REFUSED,
        what,
        address,
        tuple(changes_in(row)),
    )


def _word(words: Mapping[str, str], name: str) -> str:
    return gettext(words[name]) if name in words else name


def action_words(action: str) -> str:
    """Say what was done; an action of another version of the panel is told by its name."""
    return _word(ACTIONS, action)


def _nobody(row: Row) -> str:
    return gettext(N_("Nobody who is signed in")) if row["outcome"] == REFUSED else gettext(N_("The panel itself"))


def _object(text: str) -> tuple[str, str]:
    kind, slash, name = text.partition("/")
    if not slash or kind not in _OBJECTS:
        place, _, what = text.partition(".")
        return f"{_word(_PLACES, place)}{what and f' ({text})'}", ""
    words, endpoint = _OBJECTS[kind]
    address = ""
    with suppress(BuildError, ValueError):  # where no page shows such a one
        address = url_for(endpoint, number=int(name)) if endpoint else ""
    return translated(words, name=name), address


def changes_in(row: Row) -> Iterator[AuditChange]:
    """Tell what a row says of what was changed."""
    changed: Mapping[str, object] = json.loads(row["changed"])
    for name, value in changed.items():
        words = _name(name)
        if isinstance(value, list) and len(value) == 2:
            yield AuditChange(words, _text(name, value[1]), _text(name, value[0]))
        elif value is not None:
            yield AuditChange(words, _text(name, value))


def _name(name: str) -> str:
    """Name what was changed, as the form of the settings, of the conditions, or of a destination calls it."""
    if has_label(name):
        return label(name)
    if name in THRESHOLDS:
        return gettext(THRESHOLDS[name].label)
    return _word({**FIELD_LABELS, **_NAMES}, name)


def _text(name: str, value: object) -> str:
    """Write one value in few words; blank where there is none."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return gettext(N_("On")) if value else gettext(N_("Off"))
    if name == "expires_at":
        return date_of(clock.moment(str(value)))
    if name == "cause" and str(value) in CAUSES:
        return gettext(CAUSES[str(value)].what)
    return _word(_VALUES.get(name, _ANY_VALUE), str(value))
