"""The conditions as sentences with a number in them, each with how it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from panel.alerts.alert import Alert
from panel.alerts.incident import Incident, IncidentState
from panel.alerts.thresholds import THRESHOLDS, ThresholdRefused, parse_thresholds
from panel.i18n import N_
from panel.web.alerts.words import ALERT_LABELS, TONES
from panel.web.text import gettext

# By alert, the least is what needs no number; in place of a name stands the field for its number.
_SENTENCES: Mapping[Alert, str] = {
    Alert.HELD: N_("at once; after %(held_minutes)s minutes for a fault that may pass by itself"),
    Alert.SIGN_IN_REQUIRED: N_("at once"),
    Alert.SECRET_EXPIRES: N_("30, 7 and 1 days before"),
    Alert.NO_WORKER: N_("no sign of one for %(no_worker_minutes)s minutes, while mail waits"),
    Alert.WAITING: N_("waits for more than %(waiting_minutes)s minutes beside the sending interval"),
    Alert.FAILING: N_("%(failing_messages)s within 60 minutes, or %(failing_percent)s percent of the last 50"),
    Alert.BOUNCED: N_("%(bounced_count)s within 24 hours, or one for a reason that all mail has"),
    Alert.QUOTA: N_("%(quota_percent)s percent are used up, or the service says so"),
    Alert.SECRET_UNREADABLE: N_("at once"),
    Alert.DATABASE: N_("at once"),
    Alert.DISK: N_("less than %(disk_megabytes)s MB are free"),
    Alert.CERTIFICATE: N_("%(certificate_days)s days before"),
    Alert.PAUSED: N_("for more than %(paused_hours)s hours"),
    Alert.SILENT: N_("nothing for %(silent_hours)s hours, where there always was something"),
}
REPEAT = "repeat_hours"
_OK = ("ok", "ok", N_("In order"))
_FIRING = ("bad", "bell", N_("Firing"))
_PENDING = ("warn", "wait", N_("Watched"))
_OFF = ("idle", "skip", N_("Off"))


@dataclass(frozen=True, slots=True)
class NumberField:
    """A number of a condition as its field shows it; `key` is what stands for it in the sentence."""

    name: str
    key: str
    label: str
    text: str
    error: str = ""
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One alert: when it is raised, as a sentence for the template to translate, and how it stands now."""

    alert: Alert
    label: str
    sentence: str
    numbers: tuple[NumberField, ...]
    tone: str
    icon: str
    state: str


@dataclass(frozen=True, slots=True)
class ConditionTable:
    """All of them, and the time between reminders."""

    rows: tuple[ConditionRow, ...]
    repeat: NumberField
    problems: tuple[tuple[str, str], ...] = ()


def conditions(
    in_force: Mapping[str, int], seen: Iterable[Incident], typed: Mapping[str, str] | None = None
) -> ConditionTable:
    """Show the numbers in force, or what somebody typed with what is wrong with it."""
    numbers = {name: _number(name, in_force[name], (typed or {}).get(name)) for name in THRESHOLDS}
    by_alert = {each.alert: each for each in seen}
    rows = tuple(_condition(alert, numbers, in_force, by_alert.get(alert)) for alert in Alert)
    problems = tuple((each.name, each.error) for each in numbers.values() if each.error)
    return ConditionTable(rows, numbers[REPEAT], problems)


def _number(name: str, value: int, typed: str | None) -> NumberField:
    known, error = THRESHOLDS[name], ""
    if typed is not None:
        try:
            parse_thresholds({name: typed})
        except ThresholdRefused as fault:
            error = fault.text.translated(gettext)
    text = str(value) if typed is None else typed
    return NumberField(name, name.replace(".", "_"), gettext(known.label), text, error, known.least, known.most)


def _condition(
    alert: Alert, numbers: Mapping[str, NumberField], in_force: Mapping[str, int], incident: Incident | None
) -> ConditionRow:
    names = [name for name in numbers if name.partition(".")[0] == alert and name != REPEAT]
    off = bool(names) and alert is not Alert.HELD and not any(in_force[name] for name in names)
    tone, icon, text = _standing(incident) if incident else _OFF if off else _OK
    fields = tuple(numbers[name] for name in names)
    return ConditionRow(alert, gettext(ALERT_LABELS[alert]), _SENTENCES[alert], fields, tone, icon, gettext(text))


def _standing(incident: Incident) -> tuple[str, str, str]:
    """Give tone, icon and words of what is wrong: a notice leaves only where it lasts."""
    if incident.state is IncidentState.PENDING:
        return _PENDING
    return TONES[incident.level], *_FIRING[1:]
