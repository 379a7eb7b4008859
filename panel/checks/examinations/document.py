"""Findings as they are stored: each sentence as its message and values, so that it is told in any language later."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from panel.checks.doctor.finding import Finding, FindingStatus
from panel.i18n import Text


def findings_to_json(findings: Iterable[Finding]) -> str:
    """Write findings as one JSON text."""
    return json.dumps([_to_document(each) for each in findings], ensure_ascii=False, separators=(",", ":"))


def findings_from_json(text: str) -> tuple[Finding, ...]:
    """Read what `findings_to_json` wrote."""
    return tuple(map(_from_document, json.loads(text)))


def _to_document(finding: Finding) -> dict[str, object]:
    rest = {name: getattr(finding, name) for name in _PLAIN if getattr(finding, name)}
    told = {name: _of_text(text) for name in _SENTENCES if (text := getattr(finding, name))}
    return {"name": finding.name, "status": finding.status, **told, **rest}


_PLAIN = ("record", "server", "field", "ends")
_SENTENCES = ("what", "do")


def _from_document(document: Mapping[str, Any]) -> Finding:
    what, do = (_to_text(document[name]) if name in document else None for name in _SENTENCES)
    assert what
    plain: dict[str, str] = {name: document[name] for name in _PLAIN if name in document}
    return Finding(document["name"], FindingStatus(document["status"]), what, do, **plain)


def _of_text(text: Text) -> dict[str, object]:
    return {"message": text.message, "values": {name: _of_value(each) for name, each in text.values.items()}}


def _of_value(value: object) -> object:
    """Write a value as it is said: a sentence within the sentence stays one, and numbers stay numbers."""
    if isinstance(value, Text):
        return _of_text(value)
    return value if isinstance(value, int | float) else str(value)


def _to_text(document: Mapping[str, Any]) -> Text:
    return Text(document["message"], {name: _to_value(each) for name, each in document["values"].items()})


def _to_value(value: object) -> object:
    return _to_text(value) if isinstance(value, dict) else value
