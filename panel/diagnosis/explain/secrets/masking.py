"""A pasted text without its secrets: by their names, or by their places and forms."""

from __future__ import annotations

from panel.diagnosis.explain.secrets.named import behind_names
from panel.diagnosis.explain.secrets.places import placed
from panel.mail.smtp.redaction import MASK


def without_secrets(text: str) -> str:
    """Mask each secret in a text; what is said about one stays: `Password: authentication failed`."""
    lower = text.replace("\u0130", "I").lower()  # the one letter that is longer when it is small
    parts, past = [], 0
    for start, end in sorted(each for each in (*placed(text, lower), *behind_names(text, lower)) if each[0] < each[1]):
        if start >= past:
            parts += [text[past:start], MASK]
        past = max(past, end)
    return "".join([*parts, text[past:]]) if parts else text
