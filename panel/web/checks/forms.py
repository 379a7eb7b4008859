"""What a test send is asked with: whom to send it to, over the settings that are typed or saved."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField

from panel.i18n import N_
from panel.mail.message.address import BadValue, parse_recipient
from panel.settings.model import Settings
from panel.web.settings.forms import SettingsForm, TokenFields, sent_with_tokens
from panel.web.text import gettext


class TrialForm(SettingsForm):
    """The settings as they are typed, and whom to send the test to."""

    recipient = StringField()

    def validate_over(self, stored: Settings) -> bool:
        valid = super().validate_over(stored)
        return read_recipient(self) and valid


class TokenTrialForm(TokenFields, TrialForm):
    """The same of a login by OAuth2."""


def trial_form() -> TrialForm:
    """Give the form as it was sent, with the fields of the login that it has."""
    return TokenTrialForm() if sent_with_tokens() else TrialForm()


class SavedTrialForm(FlaskForm):
    """Whom to send a test of the saved settings to."""

    recipient = StringField()


def read_recipient(form: TrialForm | SavedTrialForm) -> bool:
    """Put the one address in order, or say at its field what it lacks."""
    field = form.recipient
    texts = field.raw_data or []
    if len(texts) != 1 or not str(texts[0]).strip():
        field.errors = [gettext(N_("Enter a recipient."))]
        return False
    try:
        field.data = parse_recipient(str(texts[0]))
    except BadValue:
        field.errors = [gettext(N_("Enter a recipient like taro@example.net."))]
        return False
    return True
