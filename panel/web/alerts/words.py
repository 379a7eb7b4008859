"""The alerts, their levels and the kinds of destinations in words, and how each of them looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from markupsafe import Markup

from panel.alerts.alert import Alert, Level
from panel.alerts.destination import DestinationKind
from panel.alerts.incident import Incident
from panel.i18n import N_
from panel.web.text import gettext

ALERT_LABELS: Mapping[Alert, str] = {
    Alert.HELD: N_("Mail on hold"),
    Alert.SIGN_IN_REQUIRED: N_("OAuth2 sign-in refused"),
    Alert.SECRET_EXPIRES: N_("The OAuth2 client secret ends"),
    Alert.NO_WORKER: N_("No worker runs"),
    Alert.WAITING: N_("The oldest waiting message"),
    Alert.FAILING: N_("Failed messages"),
    Alert.BOUNCED: N_("Returned messages"),
    Alert.QUOTA: N_("The daily limit"),
    Alert.SECRET_UNREADABLE: N_("A password that cannot be read"),
    Alert.DATABASE: N_("The database cannot be written"),
    Alert.DISK: N_("Little room on the disk"),
    Alert.CERTIFICATE: N_("A certificate ends"),
    Alert.PAUSED: N_("Paused for long"),
    Alert.SILENT: N_("Nothing is handed in"),
}
TONES: Mapping[Level, str] = {Level.CRITICAL: "bad", Level.WARNING: "warn", Level.INFO: "info"}
LEVEL_LABELS: Mapping[Level, str] = {
    Level.CRITICAL: N_("Critical"),
    Level.WARNING: N_("Warning"),
    Level.INFO: N_("Notice"),
}
KIND_LABELS: Mapping[DestinationKind, str] = {
    DestinationKind.WEBHOOK: N_("Webhook"),
    DestinationKind.CHAT: N_("Chat"),
    DestinationKind.NTFY: "ntfy",
    DestinationKind.MAIL: N_("Mail"),
    DestinationKind.PING: N_("Ping"),
}
KIND_HINTS: Mapping[DestinationKind, str] = {
    DestinationKind.CHAT: N_("A message into a room of Slack, Teams, Google Chat, Chatwork, LINE WORKS and others."),
    DestinationKind.MAIL: N_("By a server that is not the one whose mail may stop."),
    DestinationKind.PING: N_(
        "Calls an address every 5 minutes while all is well. Where the calls stop, the service there raises the alarm: "
        "the only way that notices a dead machine, too."
    ),
    DestinationKind.NTFY: N_("A push message to phones and desktops."),
    DestinationKind.WEBHOOK: N_("Signed JSON to a program of yours (Standard Webhooks)."),
}


def alert_labels(incidents: Iterable[Incident]) -> list[str]:
    """Name what incidents are about."""
    return [gettext(ALERT_LABELS[each.alert]) for each in incidents]


def isolated(name: str) -> Markup:
    """Write a name that somebody chose so that the sentence around it stays as it is, whatever it is written in."""
    return Markup("<bdi>%s</bdi>") % name  # which escapes it
