"""Does outgoing mail work? The first sentence of the detail page, from what is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from panel.outcome import diagnosed
from panel.report import Outcome
from panel.settings_store import Version
from panel.trial_store import Trial, TrialStore


class Kind(StrEnum):
    """The verdicts, the first that fits."""

    NONE = "none"
    BAD = "bad"
    UNTESTED = "untested"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict and the test it rests on."""

    kind: Kind
    trial: Trial | None = None


def judge(version: Version, trials: TrialStore, now: datetime) -> Verdict:
    """Judge by the last test of these settings; a recipient's refusal says nothing against them."""
    if not version.settings.complete:
        return Verdict(Kind.NONE)
    last = trials.latest_of(version.fingerprint, version.number, now)
    if last and last.report.outcome is not Outcome.SUCCESS and not _blames_message(last):
        return Verdict(Kind.BAD, last)
    success = trials.latest_success(version.fingerprint, version.number, now)
    return Verdict(Kind.OK, success) if success else Verdict(Kind.UNTESTED, last)


def _blames_message(trial: Trial) -> bool:
    if trial.report.failure is None:
        return False
    return diagnosed(trial.report).cause.whose == "message"
