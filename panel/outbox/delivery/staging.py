"""What the settings of a staging system make of a message as it leaves: another envelope, and its outcome for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from panel.mail.message.envelope import Envelope
from panel.mail.message.submission import Submission
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.transaction import Receipt
from panel.outbox.delivery.claim import Claim
from panel.outbox.delivery.result import DeliveryResult, withheld
from panel.settings.model import FromNameRule, Settings
from panel.settings.staging import withholds


def envelope_of(submission: Submission, settings: Settings) -> Envelope:
    """Write a message as it leaves by these settings: to whom it is for, or where all mail goes."""
    envelope = submission.envelope(
        settings.from_address,
        settings.from_name,
        settings.mail_from,
        own_name=settings.from_name_rule is FromNameRule.SUBMITTED,
    )
    if not settings.redirect_to:
        return envelope
    from panel.mail.message.redirected import redirected  # few panels stand on a staging system

    return redirected(envelope, settings.redirect_to)


def kept_back(
    claims: Sequence[Claim], settings: Settings, is_released: Callable[[Claim], bool]
) -> tuple[Sequence[DeliveryResult], Sequence[Claim]]:
    """Give what becomes of the first messages of a window where they are withheld, else those that may leave first.

    What is neither goes back, and is looked at with the next window.
    """
    if not settings.allowed_recipients or settings.redirect_to:
        return (), claims
    is_kept = [withholds(settings, each.submission.rcpt_to) and not is_released(each) for each in claims]
    alike = next((place for place, each in enumerate(is_kept) if each != is_kept[0]), len(claims))
    return ([withheld(each.submission.rcpt_to) for each in claims[:alike]], ()) if is_kept[0] else ((), claims[:alike])


def of_originals(outcome: Receipt | DeliveryFailed, rcpt_to: tuple[str, ...]) -> Receipt | DeliveryFailed:
    """Give what became of a message that went to another address as what became of those it was for."""
    refused = next(iter(outcome.refused.values()), None)  # of one address there is one reply
    everyone = dict.fromkeys(rcpt_to, refused) if refused else {}
    if isinstance(outcome, DeliveryFailed):
        return DeliveryFailed(outcome.failure, everyone)
    return outcome._replace(refused=everyone, unsent={})
