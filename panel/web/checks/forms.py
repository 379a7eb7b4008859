"""What a test send is asked with beside the settings that are typed or saved: whom to send it to."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import StringField

from panel.i18n import N_
from panel.mail.message.address import BadValue, parse_recipient
from panel.web.text import gettext


class TrialForm(FlaskForm):
    """Whom to send a test to."""

    recipient = StringField()


def read_recipient(form: TrialForm) -> bool:
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
