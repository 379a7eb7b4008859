"""What is told first of a pasted text."""

from __future__ import annotations

from panel.diagnosis.explain.explain import complaint_to_json, complaints


def first_told(text: str) -> tuple[str, str | None]:
    """Give the first cause of a text, and the step that is told with it."""
    found = complaints(text)
    assert found, "nothing was found"
    told = complaint_to_json(found[0], str)
    return told["cause"], told["stage"]
