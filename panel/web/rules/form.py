"""The rules as a browser sends them; what a value means is decided by `panel.settings` alone."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField

from panel.settings import parsing, validation
from panel.settings.model import OF_RULES, Settings
from panel.web.settings.forms import sent_once
from panel.web.text import gettext


class RulesForm(FlaskForm):
    """The rules as they are typed; `settings` holds what all means once `validate_over` has said yes."""

    from_name_rule = StringField(validators=[sent_once])
    version = StringField()

    settings: Settings | None = None

    def validate_over(self, stored: Settings) -> bool:
        """Validate what is typed over what is stored; every message stands at its field."""
        if not self.validate():
            return False
        typed = {name: self[name].data or "" for name in OF_RULES}
        try:
            self.settings = validation.validate(typed, base=stored, stored=stored, judged=OF_RULES)
        except validation.InvalidSettings as fault:
            for problem in fault.problems:
                self[problem.field].errors = [problem.text.translated(gettext)]
        return self.settings is not None

    def opened_on(self) -> int:
        """Give the version that the form was opened on; 0 for none."""
        return parsing.number(self.version.data or "") or 0

    def problems(self) -> list[tuple[str, str]]:
        """List what is wrong as pairs of a field and its message, in the order of the form."""
        return [(name, str(message)) for name in OF_RULES for message in self[name].errors]
