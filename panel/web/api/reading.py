"""Reads what a program sends, strictly (RFC 8259, I-JSON of RFC 7493): what is not understood is refused."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import msgspec
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from panel.i18n import LOCALES
from panel.mail.limits import size_text
from panel.mail.message.address import BadValue, parse_recipient
from panel.web.api.problems import INVALID, MALFORMED, ApiProblem, ProblemType
from panel.web.context import services

_S = TypeVar("_S", bound=msgspec.Struct)
_QUOTED, _PLAIN = r"[ !#-\[\]-~]{1,255}", "[!#-~]{1,255}"
ONE_LINE = f'^("{_QUOTED}"|{_PLAIN})$'  # as `header` reads it, for the document of the API


def body(kind: type[_S], *, most: int, needed: bool, larger: Callable[[], int] | None = None) -> _S:
    """Read the JSON body, or raise an `ApiProblem` that says where it is wrong; `larger` is that of `octets`."""
    data = octets(most=most, larger=larger)
    if not data and not needed:
        return kind()
    if request.mimetype != "application/json" or request.mimetype_params.get("charset", "utf-8").lower() != "utf-8":
        raise ApiProblem(ProblemType(415), "The body is JSON in UTF-8. Send the header Content-Type: application/json.")
    value = decode(data, kind)
    try:
        json.loads(data, object_pairs_hook=_refuse_duplicates)  # msgspec takes the last of several
    except (ValueError, RecursionError) as fault:  # in a part that is not read yet
        raise _malformed(fault) from None
    return value


def octets(*, most: int, larger: Callable[[], int] | None = None) -> bytes:
    """Read the body as it is; a larger one is refused.

    Where the settings may let more through, `larger` gives how much: few bodies are large enough to ask.
    """
    if larger and (request.content_length is None or request.content_length > most):
        most = larger()
    request.max_content_length = most
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        said = f"The body is larger than {size_text(most)}, the most that this address takes."
        raise ApiProblem(ProblemType(413), said) from None


def decode(data: bytes | msgspec.Raw, kind: type[_S]) -> _S:
    """Read JSON as a type, or raise an `ApiProblem` that says where it is wrong."""
    try:
        return msgspec.json.decode(data, type=kind)
    except msgspec.ValidationError as fault:
        raise _invalid(fault, "pointer") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise _malformed(fault) from None


def query(kind: type[_S]) -> _S:
    """Read the query, or raise an `ApiProblem` that names the parameter."""
    for name, texts in request.args.lists():
        if len(texts) > 1:
            raise _wrong_parameter(name, "The parameter is there more than once.")
    try:
        asked = msgspec.convert(request.args.to_dict(), kind, strict=False)
    except msgspec.ValidationError as fault:
        raise _invalid(fault, "parameter") from None
    for name, text in request.args.items():
        if isinstance(getattr(asked, name), int) and not re.fullmatch("[0-9]+", text):
            raise _wrong_parameter(name, "Write the number in digits.")  # msgspec reads 1e3, too
    return asked


def header(name: str) -> str | None:
    """Read a header of one visible line; a structured string (RFC 9651) may stand in quotes."""
    text = request.headers.get(name)
    if text is None:
        return None
    found = re.fullmatch(rf'"({_QUOTED})"|({_PLAIN})', text.strip())
    if not found:
        raise ApiProblem(ProblemType(400), f"{name} is 1 to 255 visible ASCII characters.")
    return found[1] or found[2]


def is_one_line(text: str) -> bool:
    """Say whether a text can be what `header` reads."""
    return bool(re.fullmatch(f"{_QUOTED}|{_PLAIN}", text))


def language() -> str:
    """Choose the language of what is told to people: the caller's, else the panel's."""
    return request.accept_languages.best_match(LOCALES) or services().config.locale


def recipient_in(text: str) -> str:
    """Read the member `recipient`, or raise an `ApiProblem` that says what to write."""
    try:
        return parse_recipient(text)
    except BadValue as fault:
        raise wrong("/recipient", str(fault.text)) from None


def wrong(pointer: str, detail: str, kind: ProblemType = INVALID) -> ApiProblem:
    """Say what is wrong with one value of the body."""
    return ApiProblem(kind, detail, errors=[{"pointer": pointer, "detail": detail}])


def _wrong_parameter(name: str, detail: str) -> ApiProblem:
    return ApiProblem(INVALID, f"{name[:100]}: {detail}", errors=[{"parameter": name[:100], "detail": detail}])


def _malformed(fault: Exception) -> ApiProblem:
    return ApiProblem(MALFORMED, f"The body is no JSON in UTF-8: {_first_line(fault)}.")


def _invalid(fault: msgspec.ValidationError, kind: str) -> ApiProblem:
    """Say where a value is wrong: msgspec ends its sentence with a path such as `$.to[0]`."""
    text, _, path = str(fault).partition(" - at `")
    member = re.sub(r"\[([0-9]+)\]", r".\1", path.strip("`").removeprefix("$")).removesuffix("[...]").replace(".", "/")
    named = re.match(r"Object (?:contains unknown|missing required) field `(.*)`", text, re.DOTALL)
    if named:
        member += "/" + named[1][:100].replace("~", "~0").replace("/", "~1")
        text = "There is no such member" if "unknown" in text else "This member is required"
    where = member if kind == "pointer" else member.removeprefix("/")
    return ApiProblem(INVALID, f"{where or 'The body'}: {text}.", errors=[{kind: where, "detail": f"{text}."}])


def _refuse_duplicates(pairs: list[tuple[str, object]]) -> None:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        twice = Counter(names).most_common(1)[0][0]
        raise ApiProblem(MALFORMED, f"The member {twice[:100]} is there more than once.")


def _first_line(fault: Exception) -> str:
    return str(fault).splitlines()[0][:200].rstrip(".")
