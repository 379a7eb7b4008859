"""Many messages in one request: all of them or none, or each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from panel.errors import DatabaseError, PanelError
from panel.mail.message.submission import Submission
from panel.outbox.enqueue import Key, KeyReused
from panel.outbox.entry import Entry
from panel.outbox.shared_commit import Committed, CommittedOrFault, Group
from panel.settings.store import Version
from panel.web.api.documents.batch import Batch, BatchMessage, BatchParts, NewBatch
from panel.web.api.drafts import (
    DRAFT_BYTES,
    IDEMPOTENCY_KEY,
    as_accepted,
    draft_bytes,
    entry_of,
    kept_or_limited,
    key_of_request,
    sender,
    submission_of,
)
from panel.web.api.operation import JsonAnswer, operation
from panel.web.api.problems import INVALID, KEY_REUSED, OF_SUBMISSION, TOO_LARGE, ApiProblem, document_of, problem_of
from panel.web.api.reading import decode, is_one_line, wrong
from panel.web.context import services

EACH = 200  # the answer where each is taken or refused by itself


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message that is as it should be."""

    submission: Submission
    key: Key | None


_ReadyOrProblem = _Ready | ApiProblem


@operation(
    Batch,
    takes=NewBatch,
    reads=BatchParts,
    most=DRAFT_BYTES,
    larger=draft_bytes,
    status=202,
    also=(EACH,),
    heeds=(IDEMPOTENCY_KEY,),
    refuses=OF_SUBMISSION,
)
def submit(body: BatchParts) -> JsonAnswer:
    """Hand over up to 500 messages: all or none, or each by itself; when this is answered they are on disk."""
    version, whole = services().settings.current(), key_of_request()
    if whole:
        services().outbox.refuse_reused(sender().name, whole)
    read = _read_all(body.messages, whole, version)
    return _all(read, version) if body.atomic else _each(read, version)


def _all(read: Sequence[_ReadyOrProblem], version: Version) -> JsonAnswer:
    """Take all of them, or say what is wrong with each that is."""
    errors = [error for each in read if isinstance(each, ApiProblem) for error in each.members["errors"]]
    if errors:
        raise ApiProblem(INVALID, "None of the messages is taken, for some are wrong: see errors.", errors=errors)
    ready = [each for each in read if isinstance(each, _Ready)]
    group = Group([each.submission for each in ready], sender(), [each.key for each in ready])
    [kept] = kept_or_limited([group])
    if isinstance(kept, KeyReused):
        raise _reused(kept, next(index for index, each in enumerate(ready) if each.key and each.key.text == kept.key))
    if isinstance(kept, Exception):
        raise kept
    entries = [entry_of(ticket, each.submission, kept.at) for ticket, each in zip(kept.tickets, ready, strict=True)]
    results = zip(as_accepted(entries, version), kept.tickets, strict=True)
    return JsonAnswer(
        {"results": [_taken(index, told, ticket.repeated) for index, (told, ticket) in enumerate(results)]}
    )


def _each(read: Sequence[_ReadyOrProblem], version: Version) -> JsonAnswer:
    """Take those that can be taken, and say of each what became of it."""
    ready = {index: each for index, each in enumerate(read) if isinstance(each, _Ready)}
    by = sender()
    kept = kept_or_limited([Group([each.submission], by, [each.key]) for each in ready.values()])
    _raise_where_none_can_be(kept)
    told = _told(ready, kept, version)
    results = [told[index] if isinstance(each, _Ready) else _refused(index, each) for index, each in enumerate(read)]
    return JsonAnswer({"results": results}, status=EACH)


def _raise_where_none_can_be(kept: Sequence[CommittedOrFault]) -> None:
    """Raise what keeps all of them out, so that it is told once; and what is a fault of ours."""
    for each in kept:
        if isinstance(each, Exception) and not isinstance(each, PanelError):
            raise each
    first = next(iter(kept), None)
    if isinstance(first, DatabaseError) and all(isinstance(each, DatabaseError) for each in kept):
        raise first


def _told(ready: dict[int, _Ready], kept: Sequence[CommittedOrFault], version: Version) -> dict[int, dict[str, Any]]:
    """Say of each that was ready what became of it."""
    outcomes = dict(zip(ready, kept, strict=True))
    entries: dict[int, tuple[Entry, bool]] = {}
    told = {}
    for index, outcome in outcomes.items():
        if isinstance(outcome, Committed):
            [ticket] = outcome.tickets
            entries[index] = entry_of(ticket, ready[index].submission, outcome.at), ticket.repeated
        elif isinstance(outcome, KeyReused):
            told[index] = _refused(index, _reused(outcome, index))
        elif isinstance(outcome, PanelError):
            told[index] = _refused(index, problem_of(outcome))
    documents = as_accepted((entry for entry, _ in entries.values()), version)
    for (index, (_, repeated)), document in zip(entries.items(), documents, strict=True):
        told[index] = _taken(index, document, repeated)
    return told


def _taken(index: int, document: dict[str, Any], repeated: bool) -> dict[str, Any]:
    return {"index": index, "message": document, "replayed": repeated, "problem": None}


def _refused(index: int, problem: ApiProblem) -> dict[str, Any]:
    return {"index": index, "message": None, "replayed": False, "problem": document_of(problem)}


def _reused(fault: KeyReused, index: int) -> ApiProblem:
    errors = [{"pointer": f"/messages/{index}/idempotency_key", "detail": str(fault)}]
    return ApiProblem(KEY_REUSED, str(fault), errors=errors)


def _read_all(messages: Sequence[msgspec.Raw], whole: Key | None, version: Version) -> list[_ReadyOrProblem]:
    """Read the messages, each by itself; of two with one key the second is wrong, and any beside one for the whole."""
    read: list[_ReadyOrProblem] = []
    keys: set[str] = set()
    for index, raw in enumerate(messages):
        try:
            ready = _read(raw, keys, whole.of_place(index) if whole else None, version)
        except ApiProblem as problem:
            if problem.kind not in (INVALID, TOO_LARGE):
                raise  # it is no JSON
            read.append(_placed(problem, index))
        else:
            read.append(ready)
            keys |= {ready.key.text} if ready.key else set()
    return read


def _read(raw: msgspec.Raw, keys: set[str], given: Key | None, version: Version) -> _Ready:
    message = decode(raw, BatchMessage)
    text = message.idempotency_key
    if text is None:
        return _Ready(submission_of(message, version), given)
    if given:
        raise wrong("/idempotency_key", f"The header {IDEMPOTENCY_KEY} is the key of all messages. Leave this one out.")
    if not is_one_line(text):
        raise wrong("/idempotency_key", "A key is 1 to 255 visible ASCII characters.")
    if text in keys:
        raise wrong("/idempotency_key", "Another message of the batch has this key. Use a new one for each.")
    return _Ready(submission_of(message, version), Key(text, sha256(raw).digest()))


def _placed(problem: ApiProblem, index: int) -> ApiProblem:
    """Say in which message of the batch something is wrong."""
    errors = [{**each, "pointer": f"/messages/{index}{each['pointer']}"} for each in problem.members["errors"]]
    return ApiProblem(problem.kind, problem.members["detail"], errors=errors)
