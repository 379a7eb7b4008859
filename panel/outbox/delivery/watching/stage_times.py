"""How long the stages of a try took: collected as they end, and written in one short line."""

from __future__ import annotations

from panel.mail.smtp.protocol import Stage
from panel.storage.database import Reader

MOST = 40  # stages of one try: a session that was opened anew, and each stage of the message a few times


class StageTimes:
    """The stages since the last message was over; the opening of a session counts to the message after it."""

    __slots__ = ("_ended",)

    def __init__(self) -> None:
        self._ended: list[tuple[Stage, float]] = []

    def note(self, stage: Stage, ms: float) -> None:
        if len(self._ended) < MOST:
            self._ended.append((stage, ms))

    def take(self) -> str:
        """Give what was noted, such as `connect=70 rcpt=118 data=67`, and begin anew; a stage in ms, rounded."""
        ended, self._ended = self._ended, []
        return " ".join([f"{stage}={ms:.0f}" for stage, ms in ended])


def stage_times_of(read: Reader, number: int) -> list[tuple[Stage, int]]:
    """Give how long each stage of a message's last try took, in ms, in the order in which they began."""
    row = read.row("SELECT stages FROM messages WHERE number = ?", (number,))
    return read_stage_times(row["stages"] if row else None)


def read_stage_times(written: str | None) -> list[tuple[Stage, int]]:
    """Give the stages that were written, each once with all its ms, in the order in which they began."""
    found: dict[Stage, int] = {}
    for each in (written or "").split():
        name, _, ms = each.partition("=")
        stage = next((stage for stage in Stage if stage == name), None)
        if stage is not None and ms.isdigit():
            found[stage] = found.get(stage, 0) + int(ms)
    return [*found.items()]
