"""What a test send is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from panel.checks.trial.report import Mode, Report
from panel.outbox.pace.patience import name_of
from panel.outbox.pace.route import Which
from panel.settings.model import Settings
from panel.storage.actor import Actor


@dataclass(frozen=True, slots=True)
class Order:
    """What to test, for whom: `version` names the saved settings that are used, None for unsaved ones.

    The `settings` of a test of the second server have that in the place of the first.
    """

    settings: Settings
    recipient: str
    mode: Mode = Mode.SEND
    version: int | None = None
    locale: str = "en"
    by: Actor = field(kw_only=True)
    which: Which = Which.FIRST
    after_ms: int = 0  # to begin so much later: what was changed at the service takes a while
    patience_ms: int | None = None  # to wait so long for the slot; None for no longer than a request may take

    @property
    def server(self) -> str:
        """Name the server that is tested."""
        return name_of(self.settings.smtp_host, self.settings.smtp_port)


def first_report(order: Order, now: datetime) -> Report:
    """Give the report of a test that has done nothing yet."""
    same_domain = order.recipient.rpartition("@")[2].lower() == order.settings.sender_domain
    return Report(
        mode=order.mode,
        recipient=order.recipient,
        host=order.settings.smtp_host,
        port=order.settings.smtp_port,
        started_at=now,
        version=order.version,
        notices=("same_domain",) if same_domain else (),
        from_address=order.settings.from_address,
        mail_from=order.settings.mail_from,
        server=order.which,
    )
