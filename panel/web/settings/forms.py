"""The settings as a browser sends them; what a value means is decided by `panel.settings` alone."""

from __future__ import annotations

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, PasswordField, StringField, TextAreaField, ValidationError

from panel.i18n import N_
from panel.settings import parsing, validation
from panel.settings.fields.labels import label_of
from panel.settings.fields.secret import SECRETS
from panel.settings.login import Login
from panel.settings.model import FIELDS, FLAGS, Settings
from panel.web.context import services
from panel.web.text import gettext, translated

_AGAIN = N_("Type the password again: a page does not keep it. To go on with the saved one, open the form anew.")
_MISSING = N_("%(label)s is missing from the form. Reload the page and try again.")


def _sent_once(_form: FlaskForm, field: Field) -> None:
    """Refuse a text field that is missing, or that is there twice: which of them was meant?"""
    if len(field.raw_data or ()) != 1:
        raise ValidationError(translated(_MISSING, label=label_of(field.name)))


class SettingsForm(FlaskForm):
    """The settings as they are typed; `settings` holds what they mean once `validate_over` has said yes."""

    from_address = StringField(validators=[_sent_once])
    from_name = StringField(validators=[_sent_once])
    smtp_host = StringField(validators=[_sent_once])
    smtp_port = StringField(validators=[_sent_once])
    smtp_auth = BooleanField()
    smtp_login = StringField()
    smtp_user = StringField(validators=[_sent_once])
    smtp_password = PasswordField(validators=[_sent_once])
    smtp_password_clear = BooleanField()
    pop_before_smtp = BooleanField()
    pop_host = StringField(validators=[_sent_once])
    pop_port = StringField(validators=[_sent_once])
    pop_user = StringField(validators=[_sent_once])
    pop_password = PasswordField(validators=[_sent_once])
    pop_password_clear = BooleanField()
    tls = BooleanField()
    tls_mode = StringField(validators=[_sent_once])
    pop_tls_mode = StringField(validators=[_sent_once])
    local_hostname = StringField(validators=[_sent_once])
    send_interval_ms = StringField(validators=[_sent_once])
    max_per_hour = StringField(validators=[_sent_once])
    max_per_day = StringField(validators=[_sent_once])
    ca_certificate = TextAreaField(validators=[_sent_once])
    allow_plain_auth = BooleanField()
    bounce_address = StringField(validators=[_sent_once])
    version = StringField()

    settings: Settings | None = None

    def validate_over(self, stored: Settings) -> bool:
        """Validate what is typed over what is stored; every message stands at its field."""
        if not self.validate():
            return False
        try:
            self.settings = validation.validate(
                self.texts(), stored=stored, clear=self.cleared(), listener=services().config.smtp_listen
            )
        except validation.InvalidSettings as fault:
            for problem in fault.problems:
                shown = problem.field if problem.field in self else "smtp_login"
                self[shown].errors = [problem.text.translated(gettext)]
        return self._retyped() and self.settings is not None

    def to_be_retyped(self) -> list[str]:
        """Name the passwords that were typed: no page shows one again, and blank would keep the saved one."""
        again = request.form.getlist("retype")
        return [name for name in SECRETS if name in self and (self[name].data or name in again)]

    def _retyped(self) -> bool:
        """Refuse a blank password where one was typed on the way to this page."""
        wanted = {*self.to_be_retyped()} - validation.unused_of(self.texts())
        missing = [each for each in wanted - self.cleared() if not self[each].data]
        for name in missing:
            self[name].errors = [gettext(_AGAIN)]
        return not missing

    def texts(self) -> dict[str, str]:
        """Give every field as it was typed."""
        return {name: _text(self[name], name) for name in FIELDS if name in self}

    def cleared(self) -> frozenset[str]:
        """Name the passwords that are to be erased."""
        return frozenset(name for name in SECRETS if name in self and self[f"{name}_clear"].data)

    def opened_on(self) -> int:
        """Give the version that the form was opened on; 0 for none."""
        return parsing.number(self.version.data or "") or 0

    def problems(self) -> list[tuple[str, str]]:
        """List what is wrong as pairs of a field and its message."""
        return [(field.name, str(message)) for field in self for message in field.errors if field.name != "csrf_token"]


class TokenFields:
    """What a form has beside the others where the login is made with a token; it has no field for the password."""

    smtp_password = PasswordField()
    oauth_provider = StringField(validators=[_sent_once])
    oauth_flow = StringField()
    oauth_tenant = StringField()
    oauth_client_id = StringField()
    oauth_client_secret = PasswordField()
    oauth_client_secret_clear = BooleanField()
    oauth_secret_expires = StringField()
    oauth_service_key = TextAreaField()
    oauth_service_key_clear = BooleanField()
    oauth_scope = StringField()
    oauth_issuer = StringField()
    oauth_authorize_url = StringField()
    oauth_token_url = StringField()
    oauth_device_url = StringField()
    grant = StringField()


class TokenForm(TokenFields, SettingsForm):
    """The settings of a login by OAuth2."""


_SHOWN = {
    kind: tuple(name for name in FIELDS if name not in SECRETS and hasattr(kind, name))
    for kind in (SettingsForm, TokenForm)
}


def settings_form() -> SettingsForm:
    """Give the form as it was sent, with the fields of the login that it has."""
    return form_of(Login.OAUTH2 if sent_with_tokens() else Login.PASSWORD)


def form_of(login: str | bool) -> SettingsForm:
    """Give the form as it was sent, with the fields of another login than it has."""
    form = TokenForm() if login == Login.OAUTH2 else SettingsForm()
    if login == Login.OAUTH2 or form.smtp_login.data == Login.OAUTH2:
        form.smtp_login.data = str(login)
    return form


def sent_with_tokens() -> bool:
    """Say whether what was sent is a form of a login by OAuth2."""
    return request.form.get("smtp_login") == Login.OAUTH2


def filled(stored: Settings, *, version: int, login: str | bool | None = None) -> SettingsForm:
    """Give the form with the stored values in it, the passwords left out, for their login or for another one."""
    kind = TokenForm if (login or stored.smtp_login) == Login.OAUTH2 else SettingsForm
    data = {name: _as_text(stored, name) for name in _SHOWN[kind]}
    return kind(formdata=None, data={**data, "version": str(version), "grant": str(stored.grant or "")})


def _as_text(stored: Settings, name: str) -> str | bool:
    value = getattr(stored, name)
    if name in FLAGS:
        return bool(value)
    if name == "send_interval_ms" and not value:
        return ""
    return "" if value is None else str(value)


def _text(field: Field, name: str) -> str:
    if name in FLAGS:
        return "yes" if field.data else "no"
    return field.data or ""
