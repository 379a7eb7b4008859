"""What a worker logs of the messages that it has tried, and of settings that it has taken into use."""

from __future__ import annotations

from collections.abc import Sequence

from panel import logs
from panel.mail.smtp.protocol import Stage
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.result import DeliveryResult, Effect, RecipientResult
from panel.settings.staging import is_staging
from panel.settings.store import Version


def log_window(
    claims: Sequence[Claim], results: Sequence[DeliveryResult], lost: Sequence[int], *, redirect_to: str = ""
) -> None:
    """Log what became of a window in one write; it is on the disk by now."""
    with logs.together():
        for claim, result in zip(claims, results, strict=False):
            _log(claim, result, redirect_to or None)
        for number in lost:
            logs.warning("lease_lost", message=number)


def log_staging(version: Version) -> None:
    """Log of settings that are taken into use that mail does not go to those it is for, where that is so."""
    settings = version.settings
    if is_staging(settings):
        redirect_to, allowed = settings.redirect_to or None, settings.allowed_recipients or None
        logs.warning("staging", version=version.number, redirect_to=redirect_to, allowed_recipients=allowed)


def _log(claim: Claim, result: DeliveryResult, redirect_to: str | None) -> None:
    """Log one line for each try, and one for each recipient who was refused."""
    failure = result.failure
    if result.effect is Effect.WITHHELD:
        logs.info("withheld", message=claim.number)
        return
    if failure is None:
        logs.info("accepted", message=claim.number, reply=result.reply, redirected_to=redirect_to)
    else:
        logs.warning(
            "not_accepted",
            message=claim.number,
            stage=failure.stage,
            cause=failure.cause,
            effect=result.effect,
            reply=next((each.reply for each in result.recipients), None),
            redirected_to=redirect_to,
        )
    if failure is None or (failure.stage is Stage.RCPT and result.blames_message):
        for each in result.recipients:
            if each.state != "sent":
                _log_refused(claim, each)


def _log_refused(claim: Claim, recipient: RecipientResult) -> None:
    """Log a line for a recipient who has not got it; `state` says whether it is tried again."""
    logs.warning(
        "recipient_refused",
        message=claim.number,
        recipient=recipient.address,
        state=recipient.state,
        cause=recipient.cause,
        reply=recipient.reply,
    )
