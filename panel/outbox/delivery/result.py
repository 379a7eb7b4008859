"""What one try means for the message, for each recipient, and for all mail: the receipt or the failure, judged.

A fault of the settings holds the queue, one of the message fails it, a passing one defers it (`diagnosis/causes`).
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from panel.diagnosis.causes.cause import QueueEffect, Whose
from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.match import cause_of, cause_of_reply
from panel.mail.smtp.protocol import BEFORE_MAIL, Failure, Reply, Stage, shortened
from panel.outbox.pace.healing import Again


class Effect(StrEnum):
    """What a try means for all mail: nothing, `hold` it, `slow` the clock; `returned` is a try that we broke off.

    `withheld` is none that was made: the settings keep the message from somebody whom it is for.
    """

    NONE = "none"
    HOLD = "hold"
    SLOW = "slow"
    RETURNED = "returned"
    WITHHELD = "withheld"


class RecipientResult(NamedTuple):
    """What became of one recipient: `state` is `sent`, `failed` or `waiting`."""

    address: str
    state: str
    cause: str | None = None
    reply: str | None = None


class DeliveryResult(NamedTuple):
    """What became of each recipient, what all mail does, and the failure with its cause found, if there was one.

    `opened` says that the session came past its login; `stages` is how long each took, as `StageTimes` writes it.
    """

    recipients: tuple[RecipientResult, ...]
    effect: Effect = Effect.NONE
    failure: Failure | None = None
    reply: str | None = None  # of the server to the final dot
    opened: bool = False
    stages: str = ""

    @property
    def blames_message(self) -> bool:
        return self.effect is Effect.NONE

    @property
    def wordless(self) -> DeliveryResult:
        """Give the same without anything that a server or a message has said."""
        recipients = tuple(each._replace(reply=None) for each in self.recipients)
        failure = replace(self.failure, reply=None, detail="") if self.failure else None
        return self._replace(recipients=recipients, failure=failure, reply=self.reply and "250")

    @property
    def needed_no_session(self) -> bool:
        """Say whether the message was found at fault by us, before anybody was asked to take it."""
        failure = self.failure
        if failure is None or failure.reply or failure.uncertain or self.opened:
            return False
        return CAUSES[failure.cause].whose is Whose.MESSAGE

    @property
    def again(self) -> Again:
        """Say how held mail is tried again by itself: a login is not repeated as a look at a server is."""
        failure = self.failure
        if failure is None:
            return Again.NEVER
        if failure.cause == "too_many_logins":
            return Again.SELDOM
        if failure.cause == "login_unavailable" or _is_passing(failure):
            return Again.LATER
        if _refuses_login(failure):
            return Again.NEVER if failure.stage is Stage.TOKEN else Again.IF_WORKED
        if failure.stage is Stage.TOKEN:
            return Again.RENEWAL
        return Again.LATER if _has_tried_login(failure) else Again.SOON


def accepted(
    reply: Reply,
    refused: Mapping[str, Reply],
    rcpt_to: tuple[str, ...],
    host: str,
    *,
    unsent: Mapping[str, str] | None = None,
) -> DeliveryResult:
    """Judge a message that the server took; whom it refused, or was not told of, is judged one by one."""
    if not refused and not unsent:
        return DeliveryResult(_sent(rcpt_to), reply=shortened(reply), opened=True)
    recipients = dict(zip(rcpt_to, _sent(rcpt_to), strict=True))
    recipients |= {address: _recipient(address, refused[address], host) for address in refused}
    for address, cause in (unsent or {}).items():
        recipients[address] = RecipientResult(
            address, "failed" if _is_final(cause) else "waiting", cause, _REMARKS.get(cause)
        )
    return DeliveryResult(tuple(recipients.values()), reply=shortened(reply), opened=True)


def _sent(rcpt_to: tuple[str, ...]) -> tuple[RecipientResult, ...]:
    return tuple([RecipientResult(address, "sent") for address in rcpt_to])


_REMARKS = {"recipient_rejected": "(the server does not offer SMTPUTF8)"}


def returned(rcpt_to: tuple[str, ...]) -> DeliveryResult:
    """Judge a try that we broke off before the message was handed over."""
    return DeliveryResult(tuple(RecipientResult(address, "waiting") for address in rcpt_to), Effect.RETURNED)


def withheld(rcpt_to: tuple[str, ...]) -> DeliveryResult:
    """Judge a message that is kept back before anybody is asked to take it."""
    return returned(rcpt_to)._replace(effect=Effect.WITHHELD)


def refused(
    failure: Failure, everyone: Mapping[str, Reply], rcpt_to: tuple[str, ...], *, host: str, logged_in: bool
) -> DeliveryResult:
    """Judge a session that broke off; `everyone` is what each recipient got where all were refused."""
    cause = cause_of(failure, host=host, logged_in=logged_in)
    found = replace(failure, cause=cause.name)
    if failure.uncertain:
        return _all(rcpt_to, "waiting", Effect.NONE, found)
    if cause.effect is QueueEffect.HOLD or (cause.effect is QueueEffect.DEFER and _concerns_all(failure)):
        return _all(rcpt_to, "waiting", Effect.HOLD, found)
    if cause.effect is QueueEffect.SLOW:
        return _all(rcpt_to, "waiting", Effect.SLOW, found)
    if everyone:
        recipients = tuple(_recipient(address, everyone.get(address), host) for address in rcpt_to)
        return DeliveryResult(recipients, Effect.NONE, found)
    final = _is_final(cause.name) and not (failure.reply and failure.reply.transient)
    return _all(rcpt_to, "failed" if final else "waiting", Effect.NONE, found)


def unjudged(failure: Failure, rcpt_to: tuple[str, ...]) -> DeliveryResult:
    """Judge a try that no rule could be asked about: whatever it was, the message is tried again."""
    return _all(rcpt_to, "waiting", Effect.NONE, replace(failure, reply=None))


def taken(left_out: AbstractSet[str], rcpt_to: tuple[str, ...]) -> DeliveryResult:
    """Judge a message that the server took, in words that no rule could be asked about."""
    states = ((to, "waiting" if to in left_out else "sent") for to in rcpt_to)
    return DeliveryResult(tuple(RecipientResult(to, state) for to, state in states), reply="250")


def _is_final(cause: str) -> bool:
    return CAUSES[cause].effect is QueueEffect.FAIL


def _concerns_all(failure: Failure) -> bool:
    """Say whether no message is at fault: the server is leaving, or gone, before it has heard a recipient."""
    leaves = failure.reply is None or failure.reply.code == 421
    return failure.stage in BEFORE_MAIL or (failure.stage is Stage.MAIL and leaves)


def _refuses_login(failure: Failure) -> bool:
    for_good = failure.stage is Stage.AUTH and failure.reply is not None and failure.reply.permanent
    known = CAUSES.get(failure.cause)
    return for_good or (known is not None and known.about_login)


def _has_tried_login(failure: Failure) -> bool:
    """Say whether a server has seen a password, whatever became of it: it may count that."""
    return failure.stage is Stage.AUTH and failure.cause not in ("auth_not_offered", "auth_mechanism")


def _is_passing(failure: Failure) -> bool:
    """Say whether a POP server refuses a login only for now (RFC 2449 section 8.1, RFC 3206 section 4)."""
    words = failure.reply.text.upper() if failure.reply and failure.stage is Stage.POP else ""
    return words.startswith(("[IN-USE]", "[LOGIN-DELAY]"))


def _recipient(address: str, reply: Reply | None, host: str) -> RecipientResult:
    """Judge a refusal of one recipient among several: the settings have proven right with the others."""
    if reply is None:
        return RecipientResult(address, "waiting")
    cause = CAUSES[cause_of_reply(Stage.RCPT, reply, host)]
    final = cause.effect in (QueueEffect.FAIL, QueueEffect.HOLD) and reply.permanent
    return RecipientResult(address, "failed" if final else "waiting", cause.name, shortened(reply))


def _all(rcpt_to: tuple[str, ...], state: str, effect: Effect, failure: Failure) -> DeliveryResult:
    reply = shortened(failure.reply) or (f"({failure.detail})" if failure.cause == "message_malformed" else None)
    recipients = tuple(RecipientResult(address, state, failure.cause, reply) for address in rcpt_to)
    return DeliveryResult(recipients, effect, failure)
