"""A value that is refused, with the field that it was entered in."""

from __future__ import annotations

from panel.errors import PanelError
from panel.i18n import Text


class FieldRefused(PanelError):
    """What is wrong with the value of a field; each kind says which fields it has."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(str(text))
        self.field = field
        self.text = text
