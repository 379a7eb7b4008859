"""The rules as a browser sends them; what a value means is decided by `panel.settings` alone."""

from __future__ import annotations

from collections.abc import Iterator

from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField

from panel.i18n import N_
from panel.mail.limits import size_text
from panel.settings import parsing, validation
from panel.settings.model import OF_RULES, Settings, fields_that_differ
from panel.settings.staging import OF_STAGING
from panel.web.context import services
from panel.web.settings.forms import sent_once
from panel.web.text import gettext


def typed_text(name: str, value: object) -> str:
    """Write a rule as somebody would type it."""
    return size_text(value) if name == "max_message_bytes" and isinstance(value, int) else str(value)


class RulesForm(FlaskForm):
    """The rules as they are typed; `settings` holds what all means once `validate_over` has said yes."""

    from_name_rule = StringField(validators=[sent_once])
    max_message_bytes = StringField(validators=[sent_once])
    max_recipients = StringField(validators=[sent_once])
    source_address = StringField(validators=[sent_once])
    redirect_to = StringField(validators=[sent_once])
    allowed_recipients = TextAreaField(validators=[sent_once])
    version = StringField()

    settings: Settings | None = None

    def validate_over(self, stored: Settings) -> bool:
        """Validate what is typed over what is stored; every message stands at its field."""
        if not self.validate():
            return False
        typed = {name: self[name].data or "" for name in OF_RULES}
        shared = bool(services().config.database_url)
        try:
            self.settings = validation.validate(typed, base=stored, stored=stored, judged=OF_RULES, shared=shared)
        except validation.InvalidSettings as fault:
            for problem in fault.problems:
                self[problem.field].errors = [problem.text.translated(gettext)]
        return self.settings is not None

    def risks(self, stored: Settings) -> Iterator[str]:
        """Say what saving would do that a thief of a session would like: mail would be read by somebody else."""
        assert self.settings
        if self.settings.redirect_to not in ("", stored.redirect_to):
            yield N_("All mail would go to another address than those it is for.")

    def changes_staging(self, stored: Settings) -> bool:
        """Say whether every page says something else from now on."""
        assert self.settings
        return not {*OF_STAGING}.isdisjoint(fields_that_differ(stored, self.settings))

    def opened_on(self) -> int:
        """Give the version that the form was opened on; 0 for none."""
        return parsing.number(self.version.data or "") or 0

    def problems(self) -> list[tuple[str, str]]:
        """List what is wrong as pairs of a field and its message, in the order of the form."""
        return [(name, str(message)) for name in OF_RULES for message in self[name].errors]
