"""One thing that a program may ask for: what it takes and gives, which is also what the OpenAPI document says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from flask import Response, request

from panel.web.api.problems import ProblemType
from panel.web.api.reading import body, octets, query

JSON_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class JsonAnswer:
    """What is told, as JSON values with the members of the operation's `gives`."""

    document: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None  # where it is another one of the operation's


@dataclass(frozen=True, slots=True)
class OctetsAnswer:
    """What is given as it is, of the media type that the operation `gives_as`."""

    octets: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is done (`act`), with a body of the type `takes` and a query of the type `asks` where it has any.

    `reads` is the type that the body is read as where `act` reads parts of it by itself. `also_as` is the media type of
    another body that `act` takes as octets. A body has at most `most` bytes, or what `larger` gives by the settings.
    One that `gives_many` answers with a list, one that `gives_as` a media type with octets.
    """

    act: Callable[..., JsonAnswer | OctetsAnswer]
    gives: type[msgspec.Struct] | None
    gives_many: bool = False
    gives_as: str = ""
    takes: type[msgspec.Struct] | None = None
    reads: type[msgspec.Struct] | None = None
    also_as: str = ""
    needs_body: bool = True
    most: int = JSON_BYTES
    larger: Callable[[], int] | None = None
    asks: type[msgspec.Struct] | None = None
    heeds: tuple[str, ...] = ()
    status: int = 200
    also: tuple[int, ...] = ()
    refuses: tuple[ProblemType, ...] = ()

    @property
    def summary(self) -> str:
        """Give the first sentence of what it does, as the description of the API shows it."""
        return (self.act.__doc__ or "").splitlines()[0]

    @property
    def _answers(self) -> Any:
        return list[self.gives] if self.gives_many else self.gives  # type: ignore[name-defined]  # known as it runs

    def __call__(self, **path: int) -> Response:
        """Read what was sent, do it, and answer."""
        arguments: dict[str, Any] = dict(path)
        if self.asks:
            arguments["asked"] = query(self.asks)
        if self.takes:
            arguments["body"] = self._body(self.reads or self.takes)
        answer = self.act(**arguments)
        if isinstance(answer, OctetsAnswer):
            return Response(answer.octets, self.status, dict(answer.headers), content_type=self.gives_as)
        document = msgspec.convert(answer.document, self._answers) if self.gives else answer.document
        response = Response(
            msgspec.json.encode(document), answer.status or self.status, content_type="application/json"
        )
        response.headers.update(answer.headers)
        return response

    def _body(self, kind: type[msgspec.Struct]) -> object:
        if self.also_as and request.mimetype == self.also_as:
            return octets(most=self.most, larger=self.larger)
        return body(kind, most=self.most, needed=self.needs_body, larger=self.larger)


Act = Callable[..., JsonAnswer | OctetsAnswer]


def operation(gives: type[msgspec.Struct] | None, **known: Any) -> Callable[[Act], Operation]:
    """Make an operation of a function, its docstring the summary."""

    def make(act: Act) -> Operation:
        return Operation(act=act, gives=gives, **known)

    return make
