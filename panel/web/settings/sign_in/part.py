"""The form's part about a login by OAuth2: what the service asks for, how to register there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import request

from panel import clock
from panel.i18n import N_
from panel.settings.fields.use import unused_fields
from panel.settings.login import Flow, Login, OAuthProvider
from panel.settings.model import Settings
from panel.settings.token_servers import SERVICES, OAuthService
from panel.web.context import services
from panel.web.settings.facts import FLOWS
from panel.web.settings.forms import ServerForm
from panel.web.settings.sign_in.steps import RegistrationStep, steps_of
from panel.web.text import gettext


@dataclass(frozen=True, slots=True)
class LoginPart:
    """What is asked and said where the login is made with a token."""

    providers: list[tuple[str, str]]
    flows: list[tuple[str, str]]
    service: OAuthService | None
    by_person: bool
    secret_needed: bool
    scope: str  # that is asked for where none is typed
    asked: frozenset[str]  # the fields that this service and this way need
    redirect_uri: str
    steps: tuple[RegistrationStep, ...]
    days_left: int | None  # until the client secret ends, where its day is typed and to come


def part_of(form: ServerForm) -> LoginPart:
    """Give the part for what is chosen in a form; a way that the service does not know gives place to its first."""
    service = SERVICES.get(_provider(form))
    flow = Flow(form.oauth_flow.data) if form.oauth_flow.data in list(Flow) else Flow.CODE
    if service and flow not in service.flows:
        flow = service.flows[0]
    form.oauth_flow.data = flow.value
    redirect_uri = services().config.redirect_uri
    chosen = Settings(smtp_login=Login.OAUTH2, oauth_provider=_provider(form), oauth_flow=flow)
    return LoginPart(
        providers=[
            ("", gettext(N_("Choose a service"))),
            *((name.value, gettext(each.label)) for name, each in SERVICES.items()),
        ],
        flows=[(each.value, gettext(FLOWS[each])) for each in (service.flows if service else ())],
        service=service,
        by_person=flow.by_person,
        secret_needed=flow is Flow.CLIENT,
        scope=service.scopes[flow] if service else "",
        asked=frozenset(form.data) - unused_fields(chosen),
        redirect_uri=redirect_uri,
        steps=steps_of(service, flow, redirect_uri, form.data),
        days_left=_days_left(form.oauth_secret_expires.data or ""),
    )


def begin_address(ticket: str) -> str:
    """Give where a sign-in begins: at the host it comes back to, as far as the browser reaches that."""
    config = services().config
    root = config.own_url
    if not config.public_url and request.host != f"localhost:{config.listen[1]}":
        root = request.script_root
    return f"{root}/oauth2/begin?ticket={ticket}"


def _days_left(text: str) -> int | None:
    """Count the days to a day as it is typed; None where it is none, or over."""
    try:
        left = (date.fromisoformat(text) - clock.now().date()).days
    except ValueError:
        return None
    return left if left >= 0 else None


def _provider(form: ServerForm) -> OAuthProvider:
    chosen = form.oauth_provider.data
    return OAuthProvider(chosen) if chosen in list(OAuthProvider) else OAuthProvider.NONE
