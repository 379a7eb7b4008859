"""`oauth`: the sign-in at the mail service from a machine without a browser."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import click

from panel import clock, logs
from panel.cli.arguments import existing, who
from panel.cli.terminal.say import say, shell_locale, worded
from panel.cli.terminal.times import read_at
from panel.cli.typed.group import CommandGroup
from panel.cli.typed.one_of import OneOf
from panel.errors import CannotDo
from panel.i18n import N_, catalogue
from panel.mail.net.deadline import Deadline
from panel.settings.login import Flow

if TYPE_CHECKING:  # the help of all commands loads this one
    from panel.services import Services
    from panel.settings.model import Settings
    from panel.settings.oauth.client import Client
    from panel.settings.oauth.sign_in import SignIn

_LOOK_SECONDS = 0.5  # between two looks at a sign-in that ends elsewhere
_REQUEST_SECONDS = 10.0


_SERVER = click.option("--server", type=OneOf(["first", "second"]), default="first", help="Which of two mail servers.")


@click.group(cls=CommandGroup)
def oauth() -> None:
    """Sign in at the mail service with OAuth2, see how that stands, and end it."""


@oauth.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@_SERVER
def status(as_json: bool, server: str) -> None:
    """Show who has signed in, for what, and until when the present token lasts.

    \b
    Exit codes: 0 mail can be sent with it, 77 somebody has to sign in, 78 the login is made with a password.
    """
    from panel.settings.oauth.status import status_to_json

    services = existing()
    settings = services.settings.current().of(server).settings
    told = status_to_json(settings, services.grant_of(settings))
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for name, value in told.items():
            click.echo(f"{name}={read_at(value) if value and name.endswith('_at') else value or ''}")
    sys.exit(_code_of(told["state"], settings))


@oauth.command("sign-in")
@click.option("--device", is_flag=True, help="By a code that is typed into another device.")
@click.option("--paste", is_flag=True, help="By the address that the browser shows at the end.")
@_SERVER
def sign_in(device: bool, paste: bool, server: str) -> None:
    """Sign in for the saved settings, and save them with it; needs no browser on this machine.

    It prints what to open elsewhere, and waits. Without an option, the browser comes back to the panel by itself.

    \b
    Exit codes: 0 signed in, 69 the service was not reached, 75 it took too long, 77 refused, 78 no such login.

    \b
    Examples:
      mail-panel oauth sign-in
      mail-panel oauth sign-in --device
      mail-panel oauth sign-in --paste
      mail-panel oauth sign-in --server second
    """
    if device and paste:
        raise click.UsageError("Choose --device or --paste.")
    services = existing()
    services.settings.require_own()
    client = _client(_settings(services, server), device=device, paste=paste)
    begun = _begin(services, client, server)
    with _given_up_at_ctrl_c(services, begun):
        ended = _pasted(services, begun) if paste else _waited_for(services, begun)
    _save(services, ended, server)


@oauth.command()
@_SERVER
def refresh(server: str) -> None:
    """Renew the token now, whatever is left of it, and say what came of it.

    What was refused is asked for once more, and held mail is tried with the new token.

    \b
    Exit codes: 0 renewed, 69 the service was not reached, 77 refused, 78 no such login.
    """
    from panel.outbox.pace.store import TriedJustNow
    from panel.settings.oauth.failure import TokenFailed

    services = existing()
    settings = _settings(services, server)
    try:
        services.access_tokens(settings, by_hand=True).refresh(Deadline(2 * _REQUEST_SECONDS))
    except TokenFailed as fault:
        _leave_refused(fault.cause, fault.detail, settings)
    grant = services.grant_of(settings)
    if grant and grant.expires_at:
        say(N_("There is a new token. It lasts until %(time)s."), time=read_at(grant.expires_at))
    else:
        say(N_("There is a new token."))
    try:
        if services.try_now(who()):
            say(N_("Held mail is tried with it."))
    except TriedJustNow as fault:
        say(str(fault))


@oauth.command()
@_SERVER
def forget(server: str) -> None:
    """End the sign-in here and at the service; mail is held until somebody signs in again."""
    services = existing()
    settings = _settings(services, server)
    if services.grant_of(settings) is None:
        raise CannotDo(worded(N_("Nobody is signed in. Run: mail-panel oauth sign-in")))
    if services.forget_grant(settings, who()):
        say(N_("Forgotten here, and ended at the service."))
    else:
        say(N_("Forgotten here. The service was not told: remove this application's access in the account there."))


def found_or_leave(services: Services, issuer: str, ca_certificate: str, settings: Settings) -> dict[str, str]:
    """Give the addresses that an issuer names, by field, or leave with why it names none; none for what is no URL."""
    from panel.mail.message.address import BadValue
    from panel.mail.net.errors import SessionError
    from panel.settings.fields.token_fields import url
    from panel.settings.oauth.discovery import discover

    deadline, policy = Deadline(_REQUEST_SECONDS), services.config.policy
    try:
        found = discover(url(issuer), ca_certificate=ca_certificate, policy=policy, deadline=deadline)
    except BadValue:
        return {}  # as it is told of every field
    except SessionError as fault:
        _leave_refused(fault.cause, fault.detail, settings)
    return found.by_field()


def _settings(services: Services, server: str) -> Settings:
    """Give the saved settings with this server in the place of the first, or leave where it is asked for no token."""
    version = services.settings.current().of(server)
    if server == "second" and not services.settings.current().settings.second:
        _leave("There is no second server. Run: mail-panel settings set second=yes", os.EX_CONFIG)
    if not version.settings.by_token:
        field = "second_smtp_login" if server == "second" else "smtp_login"
        _leave(f"The saved login is not made with OAuth2. Run: mail-panel settings set {field}=oauth2", os.EX_CONFIG)
    if version.unreadable:
        _leave("A saved password cannot be read. Run: mail-panel keys check", os.EX_CONFIG)
    logs.configure(services.config.log_format)
    return version.settings


def _client(settings: Settings, *, device: bool, paste: bool) -> Client:
    """Give whom the service knows, signing in the way that was asked for, or that the settings name."""
    from panel.settings.oauth.client import Client

    client = Client.of(settings)
    if not client.flow.by_person:
        _leave(
            "Nobody signs in here: the panel has a credential of its own. Run: mail-panel oauth refresh", os.EX_CONFIG
        )
    if device or (client.flow is Flow.DEVICE and not paste):
        client = replace(client, flow=Flow.DEVICE)
    else:
        client = replace(client, flow=Flow.CODE)
    known = client.endpoints.device_url if client.flow is Flow.DEVICE else client.endpoints.authorize_url
    if not known:
        _leave(
            worded(N_("The service has no address for this way of signing in (%(name)s)."), name=client.flow),
            os.EX_CONFIG,
        )
    return client


def _begin(services: Services, client: Client, server: str) -> SignIn:
    at, by, policy, deadline = clock.instant(), who(), services.config.policy, Deadline(_REQUEST_SECONDS)
    if client.flow is Flow.CODE:
        redirect_uri = services.config.redirect_uri
        return services.sign_ins.begin(client, by, redirect_uri=redirect_uri, at=at, server=server)
    from panel.mail.net.errors import SessionError

    try:
        return services.sign_ins.begin_device(client, by, policy=policy, deadline=deadline, at=at, server=server)
    except SessionError as fault:
        _leave_refused(fault.cause, fault.detail, services.settings.current().of(server).settings)


@contextmanager
def _given_up_at_ctrl_c(services: Services, begun: SignIn) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        services.sign_ins.give_up(begun.number)
        raise


def _pasted(services: Services, begun: SignIn) -> SignIn:
    """Have the answer pasted, where the browser does not reach the panel."""
    opened = services.sign_ins.opened(begun.ticket, clock.instant())
    click.echo(_PASTE.format(address=opened.address, redirect=services.config.redirect_uri))
    address, policy = click.prompt("Address"), services.config.policy
    deadline = Deadline(_REQUEST_SECONDS)
    return services.sign_ins.pasted(address, who().name, policy=policy, deadline=deadline, at=clock.instant())


def _waited_for(services: Services, begun: SignIn) -> SignIn:
    """Say what to open, and wait until somebody has signed in there, or it is over."""
    if begun.user_code:
        click.echo(_TYPE.format(address=begun.verification_uri, code=begun.user_code, ends=read_at(begun.ends_at)))
    else:
        click.echo(_OPEN.format(address=f"{services.config.own_url}/oauth2/begin?ticket={begun.ticket}"))
    found: SignIn | None = begun
    name, policy = who().name, services.config.policy
    while found and found.outcome == "waiting":
        time.sleep(_LOOK_SECONDS)
        deadline = Deadline(_REQUEST_SECONDS)
        found = services.sign_ins.look(begun.number, name, policy=policy, deadline=deadline, at=clock.instant())
    return found or replace(begun, outcome="over")


def _save(services: Services, ended: SignIn, server: str) -> None:
    """Have the settings in force use what was signed in for, or leave with what became of it."""
    stored = services.settings.current()
    if ended.outcome == "failed":
        _leave_refused(ended.cause, ended.detail, stored.of(server).settings)
    if ended.outcome != "done" or ended.grant is None:
        _leave(worded(N_("Nobody signed in in time. Run this again.")), os.EX_TEMPFAIL)
    if server == "second":
        named = replace(stored.settings, second_grant=ended.grant)
    else:
        named = replace(stored.settings, grant=ended.grant)
    untouched = stored.unreadable  # all of it the other server's: nobody signs in for one that lacks a secret
    saved = services.settings.save(named, base=stored.number, by=who(), now=clock.now(), untouched=untouched)
    version = saved.of(server)
    if version.settings.grant != ended.grant:
        _leave(
            worded(N_("The settings were changed meanwhile, and this sign-in is not for them. Run this again.")),
            os.EX_TEMPFAIL,
        )
    grant = services.grants.get(ended.grant)
    account, user = grant.account if grant else "", version.settings.smtp_user
    say(N_("Signed in as %(account)s. Saved as version %(number)d."), account=account or user, number=version.number)
    if account and account.lower() != user.lower():
        say(
            N_("Mail is sent as %(user)s: see by a test that the service allows that. mail-panel test ADDRESS"),
            user=user,
        )


def _code_of(state: str, settings: Settings) -> int:
    if not settings.by_token:
        return os.EX_CONFIG
    if state == "refused" or (state == "none" and settings.oauth_flow.by_person):
        return os.EX_NOPERM
    return 0


def _leave_refused(cause: str, detail: str, settings: Settings) -> NoReturn:
    """Say why there is no token, and what to do."""
    from panel.diagnosis.diagnose import diagnose
    from panel.mail.smtp.protocol import Failure, Stage
    from panel.settings.oauth.failure import BY_THEMSELVES

    translate = catalogue(shell_locale()).gettext
    diagnosis = diagnose(Failure(Stage.TOKEN, cause, detail=detail), host=settings.smtp_host)
    print(f"{diagnosis.cause.name}: {diagnosis.what.translated(translate)}", file=sys.stderr)
    for step in diagnosis.do:
        print(f"  - {step.translated(translate)}", file=sys.stderr)
    sys.exit(os.EX_UNAVAILABLE if diagnosis.cause.name in BY_THEMSELVES else os.EX_NOPERM)


def _leave(text: str, code: int) -> NoReturn:
    print(f"mail-panel: {text}", file=sys.stderr)
    sys.exit(code)


_OPEN = """\
Open this address in a browser, within a minute:

  {address}

The running panel takes the answer. Where the browser does not reach it, use --paste.
Waiting; Ctrl+C ends the sign-in."""
_TYPE = """\
Open this address on any device, and type the code:

  {address}
  {code}

It is good until {ends}. Waiting; Ctrl+C ends the sign-in."""
_PASTE = """\
Open this address in a browser, and sign in:

  {address}

The browser is led to {redirect} then, where it may find nothing.
Copy the whole address out of its bar."""
