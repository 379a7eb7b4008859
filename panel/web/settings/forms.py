"""The settings as a browser sends them; what a value means is decided by `panel.settings` alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

from flask import request
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, PasswordField, StringField, TextAreaField, ValidationError

from panel.i18n import N_
from panel.settings import parsing, validation
from panel.settings.fields.labels import label_of
from panel.settings.fields.secret import SECRETS
from panel.settings.login import Login
from panel.settings.model import FIELDS, FLAGS, GRANT, OF_SERVER, SECOND, SECOND_GRANT, Settings
from panel.web.context import services
from panel.web.text import gettext, translated

_AGAIN = N_("Type the password again: a page does not keep it. To go on with the saved one, open the form anew.")
_MISSING = N_("%(label)s is missing from the form. Reload the page and try again.")


def sent_once(_form: FlaskForm, field: Field) -> None:
    """Refuse a text field that is missing, or that is there twice: which of them was meant?"""
    if len(field.raw_data or ()) != 1:
        raise ValidationError(translated(_MISSING, label=label_of(field.name)))


class _Whole:
    """Keeps its name whole, where those beside it have the prefix of the second server."""

    def __init__(self, *given: Any, _prefix: str = "", **more: Any) -> None:
        super().__init__(*given, **more)


class _WholeString(_Whole, StringField):
    """A text that both forms have under the same name."""


class _WholeBoolean(_Whole, BooleanField):
    """A box of the second server's form whose name is the prefix itself."""


class ServerForm(FlaskForm):
    """One of the two servers as it is typed; `settings` holds what all means once `validate_over` has said yes."""

    server: ClassVar[Literal["first", "second"]] = "first"

    smtp_host = StringField(validators=[sent_once])
    smtp_port = StringField(validators=[sent_once])
    smtp_auth = BooleanField()
    smtp_login = StringField()
    smtp_user = StringField(validators=[sent_once])
    smtp_password = PasswordField(validators=[sent_once])
    smtp_password_clear = BooleanField()
    tls = BooleanField()
    tls_mode = StringField(validators=[sent_once])
    local_hostname = StringField(validators=[sent_once])
    send_interval_ms = StringField(validators=[sent_once])
    max_per_hour = StringField(validators=[sent_once])
    max_per_day = StringField(validators=[sent_once])
    ca_certificate = TextAreaField(validators=[sent_once])
    allow_plain_auth = BooleanField()
    version = _WholeString()

    settings: Settings | None = None

    def validate_over(self, stored: Settings) -> bool:
        """Validate what is typed over what is stored; every message stands at its field."""
        if not self.validate():
            return False
        try:
            self.settings = validation.validate(
                self.texts(),
                base=self._without_own(stored),
                stored=stored,
                clear=self.cleared(),
                listeners=services().config.listeners,
                judged=self.own(),
            )
        except validation.InvalidSettings as fault:
            for problem in fault.problems:
                key = self._key(problem.field)
                self[key if key in self else "smtp_login"].errors = [problem.text.translated(gettext)]
        return self._retyped() and self.settings is not None

    @classmethod
    def own(cls) -> frozenset[str]:
        """Name the fields of the settings that stand on this page; what the others hold is not its affair."""
        return _OWN[cls.server]

    def _without_own(self, stored: Settings) -> Settings:
        """Give what is stored of the other page's fields."""
        blank: dict[str, Any] = {name: getattr(_DEFAULTS, name) for name in (*self.own(), self._grant)}
        return replace(stored.without_secrets(), **blank)

    @property
    def _grant(self) -> str:
        return SECOND_GRANT if self.server == "second" else GRANT

    def name_sign_in(self, number: int) -> None:
        """Have the settings use a sign-in for this server."""
        assert self.settings
        self.settings = replace(self.settings, **{self._grant: number})  # type: ignore[arg-type]  # a number

    @property
    def meant(self) -> Settings:
        """Give the valid settings with this page's server in the place of the first."""
        assert self.settings
        return self.settings.by_second if self.server == "second" else self.settings

    @property
    def sender(self) -> str:
        """Give the address that mail is sent from by this server."""
        return services().settings.current().settings.from_address

    def _key(self, name: str) -> str:
        """Give what a field of the settings is called within this form."""
        prefix: str = self._prefix
        return name.removeprefix(prefix)

    def to_be_retyped(self) -> list[str]:
        """Name the passwords that were typed: no page shows one again, and blank would keep the saved one."""
        again = request.form.getlist("retype")
        return [name for name in self._secrets() if self[self._key(name)].data or name in again]

    def _retyped(self) -> bool:
        """Refuse a blank password where one was typed on the way to this page."""
        wanted = {*self.to_be_retyped()} - validation.unused_of(self.texts())
        missing = [each for each in map(self._key, wanted - self.cleared()) if not self[each].data]
        for name in missing:
            self[name].errors = [gettext(_AGAIN)]
        return not missing

    def texts(self) -> dict[str, str]:
        """Give every field as it was typed, by its name among the settings."""
        keys = {name: self._key(name) for name in FIELDS if name in self.own()}
        return {name: _text(self[key], name) for name, key in keys.items() if key in self}

    def cleared(self) -> frozenset[str]:
        """Name the passwords that are to be erased."""
        return frozenset(name for name in self._secrets() if self[f"{self._key(name)}_clear"].data)

    def _secrets(self) -> list[str]:
        return [name for name in SECRETS if name in self.own() and self._key(name) in self]

    def opened_on(self) -> int:
        """Give the version that the form was opened on; 0 for none."""
        return parsing.number(self.version.data or "") or 0

    def problems(self) -> list[tuple[str, str]]:
        """List what is wrong as pairs of a field and its message, in the order of the form."""
        shown = [each for each in self if each.short_name != "csrf_token"]
        shown.sort(key=lambda field: FIELDS.index(field.name) if field.name in FIELDS else len(FIELDS))
        return [(field.name, str(message)) for field in shown for message in field.errors]


class SettingsForm(ServerForm):
    """The settings as they are typed, but for those of a second server."""

    from_address = StringField(validators=[sent_once])
    from_name = StringField(validators=[sent_once])
    pop_before_smtp = BooleanField()
    pop_host = StringField(validators=[sent_once])
    pop_port = StringField(validators=[sent_once])
    pop_user = StringField(validators=[sent_once])
    pop_password = PasswordField(validators=[sent_once])
    pop_password_clear = BooleanField()
    pop_tls_mode = StringField(validators=[sent_once])
    bounce_address = StringField(validators=[sent_once])

    @property
    def sender(self) -> str:
        return self.from_address.data or ""


class SecondForm(ServerForm):
    """The second server as it is typed; each field has its name among the settings, with the prefix."""

    server = "second"

    second = _WholeBoolean()
    after_minutes = StringField(validators=[sent_once])

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, prefix=SECOND, **more)


class TokenFields:
    """What a form has beside the others where the login is made with a token; it has no field for the password."""

    smtp_password = PasswordField()
    oauth_provider = StringField(validators=[sent_once])
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


class SecondTokenForm(TokenFields, SecondForm):
    """A second server whose login is by OAuth2."""


_KINDS: Mapping[str, tuple[type[ServerForm], type[ServerForm]]] = {
    "first": (SettingsForm, TokenForm),
    "second": (SecondForm, SecondTokenForm),
}
_DEFAULTS = Settings()
_OWN = {
    "first": frozenset(name for name in FIELDS if hasattr(TokenForm, name)),
    "second": frozenset(name for name in FIELDS if hasattr(SecondTokenForm, name.removeprefix(SECOND))) - {*OF_SERVER},
}


def settings_form() -> ServerForm:
    """Give the form as it was sent, with the fields of the server and the login that it has."""
    prefix = SECOND if _server() == "second" else ""
    return form_of(Login.OAUTH2 if request.form.get(f"{prefix}smtp_login") == Login.OAUTH2 else Login.PASSWORD)


def form_of(login: str | bool) -> ServerForm:
    """Give the form as it was sent, with the fields of another login than it has."""
    form = _KINDS[_server()][login == Login.OAUTH2]()
    if login == Login.OAUTH2 or form.smtp_login.data == Login.OAUTH2:
        form.smtp_login.data = str(login)
    return form


def _server() -> Literal["first", "second"]:
    """Say which server a form is of: by its page's address, else by what the form says itself."""
    return "second" if "second" in (request.blueprint, request.form.get("server")) else "first"


def is_used(form: ServerForm) -> bool:
    """Say whether the server of a form is on; at its box where it is not, and is to be tested."""
    if isinstance(form, SecondForm) and not form.second.data:
        form.second.errors = [gettext(N_("Turn the second server on to test it; nothing is saved by that."))]
        return False
    return True


def filled(
    stored: Settings, *, version: int, login: str | bool | None = None, server: Literal["first", "second"] = "first"
) -> ServerForm:
    """Give the form with the stored values in it, the passwords left out, for their login or for another one."""
    shown = stored.by_second if server == "second" else stored
    kind = _KINDS[server][(login or shown.smtp_login) == Login.OAUTH2]
    prefix = SECOND if server == "second" else ""
    names = [name for name in FIELDS if name in _OWN[server] and name not in SECRETS]
    data = {name.removeprefix(prefix): _as_text(stored, name) for name in names}
    return kind(formdata=None, data={**data, "version": str(version), "grant": str(shown.grant or "")})


def _as_text(stored: Settings, name: str) -> str | bool:
    value = getattr(stored, name)
    if name in FLAGS:
        return bool(value)
    if name.endswith("send_interval_ms") and not value:
        return ""
    return "" if value is None else str(value)


def _text(field: Field, name: str) -> str:
    if name in FLAGS:
        return "yes" if field.data else "no"
    return field.data or ""
