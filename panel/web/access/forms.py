"""What is sent to sign in, and to make the first administrator."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField


class LoginForm(FlaskForm):
    """Who asks to enter, and where to go then."""

    name = StringField()
    password = PasswordField()
    next = StringField()


class SetupForm(FlaskForm):
    """The first administrator, by the one-time link's token."""

    token = StringField()
    name = StringField()
    password = PasswordField()
