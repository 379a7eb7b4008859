"""`settings`: show, set, export, import, history, restore."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import click

from panel import clock, config
from panel.cli.arguments import NUMBER, existing, file_text, given_texts, opened, passphrase, who
from panel.cli.terminal.say import say, say_aside, shell_locale, worded
from panel.cli.terminal.table import ListColumn, print_table
from panel.cli.terminal.times import is_terminal
from panel.cli.typed.group import CommandGroup
from panel.cli.typed.one_of import OneOf
from panel.errors import CannotCreate, CannotDo, VaultError
from panel.i18n import N_, catalogue
from panel.services import Services
from panel.settings.fields.secret import SECRETS
from panel.settings.files import export
from panel.settings.login import Login, OAuthProvider
from panel.settings.model import OF_SECOND, SECOND, Settings
from panel.settings.staging import staging_text
from panel.settings.store import Version
from panel.settings.validation import InvalidSettings, validate
from panel.storage.journal import Action, record

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_PASSPHRASE = click.option(
    "--passphrase-file", type=click.Path(), metavar="FILE", help="Read the passphrase from a file; - for stdin."
)


@click.group(cls=CommandGroup)
def settings() -> None:
    """Show and change the settings of the outgoing mail."""


@settings.command()
@_JSON
def show(as_json: bool) -> None:
    """Show the settings in force; of a password only whether it is set."""
    version = existing().settings.current()
    values = _public(version)
    if as_json:
        click.echo(json.dumps({"version": version.number, "settings": values}, ensure_ascii=False, indent=2))
        return
    for name, value in values.items():
        if name not in OF_SECOND or version.settings.second_smtp_host:
            click.echo(f"{name}={_written(value)}")


def _written(value: object) -> str:
    """Write a value as `settings set` reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


@settings.command("set")
@click.argument("pairs", nargs=-1, required=True, metavar="FIELD=VALUE...")
@click.option("--forget", multiple=True, type=OneOf([*SECRETS]), help="Forget a saved password.")
def set_fields(pairs: tuple[str, ...], forget: tuple[str, ...]) -> None:
    """Change fields and save them as a new version.

    \b
    Examples:
      mail-panel settings set smtp_host=smtp.example.org smtp_port=587 send_interval_ms=6000
      mail-panel settings set smtp_user=report@example.org smtp_password=@secret.txt
      mail-panel settings set ca_certificate=@/etc/ssl/office-ca.pem
      mail-panel settings set smtp_login=oauth2 oauth_provider=custom oauth_issuer=https://id.example.org
      mail-panel settings set second=yes second_smtp_host=relay.example.net second_smtp_auth=no
    """
    services = opened()
    services.settings.require_own()
    stored = services.settings.current()
    base = stored.settings.without_secrets()
    typed = with_found_addresses(services, given_texts(pairs), base)
    _save(services, stored, valid_or_leave(typed, base, stored.settings, frozenset(forget)))


@settings.command("export")
@click.argument("file", type=click.Path(), required=False)
@click.option("--with-secrets", is_flag=True, help="Take the passwords along, encrypted to a passphrase.")
@_PASSPHRASE
def export_settings(file: str | None, with_secrets: bool, passphrase_file: str | None) -> None:
    """Write the settings in force to a file or standard output.

    \b
    Examples:
      mail-panel settings export settings.json
      mail-panel settings export --with-secrets --passphrase-file phrase.txt settings.sealed
    """
    services = existing()
    version = services.settings.current()
    if with_secrets:
        if version.unreadable:
            raise VaultError(worded(_UNREADABLE))
        text = export.sealed(version.settings, passphrase(passphrase_file, confirm=True))
        _note_export(services, Action.EXPORT_WITH_SECRETS, version)
    else:
        text = export.exported(version.settings)
        _note_export(services, Action.EXPORTED, version)
    _write(file, text)
    for command, _ in _with_sign_in(version.settings):
        say_aside(_WITHOUT_SIGN_IN, command=command)


_WITHOUT_SIGN_IN = N_("The sign-in with OAuth2 is not in it. Where it is imported, run: %(command)s")
_UNREADABLE = N_("A saved password cannot be read, so it cannot be exported. Run: mail-panel keys check")
_NO_CHANGE = N_("No change: version %(number)d stays in force.")


@settings.command("import")
@click.argument("file", type=click.Path(), default="-")
@_PASSPHRASE
def import_settings(file: str, passphrase_file: str | None) -> None:
    """Read settings that were exported, and save them as a new version.

    \b
    Example:
      mail-panel settings import settings.json
    """
    text = file_text(file)
    phrase = passphrase(passphrase_file, confirm=False) if export.is_sealed(text) else ""
    services = opened()
    services.settings.require_own()
    stored = services.settings.current()
    _save(services, stored, valid_or_leave(export.read_export(text, phrase), Settings(), stored.settings, frozenset()))


@settings.command()
@click.option(
    "--limit", default=50, type=click.IntRange(1, 1000), metavar="N", show_default=True, help="At most so many."
)
@_JSON
def history(limit: int, as_json: bool) -> None:
    """List the versions, the newest first: when, who, which fields."""
    store = existing().settings
    versions = store.history(limit=limit)
    if as_json:
        click.echo(json.dumps([_event(version) for version in versions], ensure_ascii=False, indent=2))
    else:
        _print_versions(versions)
    if versions and (older := len(store.history(before=versions[-1].number, limit=_MOST_COUNTED))):
        say_aside(N_("… %(count)d older"), count=older)


_MOST_COUNTED = 100_000
_COLUMNS = (
    ListColumn(N_("Version")),
    ListColumn(N_("When")),
    ListColumn(N_("Who"), 12),
    ListColumn(N_("What changed"), 20),
)


def _print_versions(versions: list[Version]) -> None:
    """Print a table for a person, a line with tabs for a program."""
    if is_terminal():
        print_table(
            _COLUMNS, [(each.number, each.saved_at, each.saved_by, ", ".join(each.changed)) for each in versions]
        )
        return
    for each in versions:
        event = _event(each)
        click.echo(f"{event['version']}\t{event['saved_at']}\t{event['saved_by']}\t{', '.join(each.changed)}")


@settings.command()
@click.argument("number", type=NUMBER)
def restore(number: int) -> None:
    """Save an old version again, its passwords with it, as the newest one."""
    services = existing()
    services.settings.require_own()
    version = services.settings.version(number)
    if version is None:
        raise CannotDo(worded(N_("There is no version %(number)d. Run: mail-panel settings history"), number=number))
    stored = services.settings.current()
    _save(services, stored, valid_or_leave({}, version.settings, version.settings, frozenset()))


def with_found_addresses(services: Services, typed: dict[str, str], base: Settings) -> dict[str, str]:
    """Find the addresses of one's own token servers by the issuers that are typed; those that are typed go first."""
    of_second = {name.removeprefix(SECOND): text for name, text in typed.items() if name in OF_SECOND}
    of_first = {name: text for name, text in typed.items() if name not in OF_SECOND}
    found = _with_found(services, of_second, base.by_second)
    return {**_with_found(services, of_first, base), **{f"{SECOND}{name}": text for name, text in found.items()}}


def _with_found(services: Services, typed: dict[str, str], base: Settings) -> dict[str, str]:
    login, provider = typed.get("smtp_login", base.smtp_login), typed.get("oauth_provider", base.oauth_provider)
    if not typed.get("oauth_issuer", "").strip() or (login, provider) != (Login.OAUTH2, OAuthProvider.CUSTOM):
        return typed
    from panel.cli.oauth import found_or_leave  # few logins are made with a token

    found = found_or_leave(services, typed["oauth_issuer"], typed.get("ca_certificate", base.ca_certificate), base)
    issuer = {name: text for name, text in found.items() if name == "oauth_issuer"}  # to the letter, as it names itself
    return {**found, **typed, **issuer}


def valid_or_leave(typed: dict[str, str], base: Settings, stored: Settings, clear: frozenset[str]) -> Settings:
    """Make settings of what was typed, or print every problem and leave with 65."""
    try:
        read = config.read()
        listeners, shared = read.listeners, bool(read.database_url)
        return validate(typed, base=base, stored=stored, clear=clear, listeners=listeners, shared=shared)
    except InvalidSettings as fault:
        translate = catalogue(shell_locale()).gettext
        for problem in fault.problems:
            print(f"{problem.field}: {problem.text.translated(translate)}", file=sys.stderr)
        sys.exit(os.EX_DATAERR)


def _save(services: Services, stored: Version, settings: Settings) -> None:
    version = services.settings.save(settings, base=stored.number, by=who(), now=clock.now())
    kept = version.number == stored.number
    say(_NO_CHANGE if kept else N_("Saved as version %(number)d."), number=version.number)
    if text := staging_text(version.settings):
        say(text.message, **text.values)
    for command, server in _with_sign_in(version.settings):
        if not server.grant:
            say(N_("Nobody is signed in for these settings. Run: %(command)s"), command=command)


def _with_sign_in(settings: Settings) -> Iterator[tuple[str, Settings]]:
    """Give the servers that somebody signs in at with OAuth2, each with the command for it."""
    if _by_person(settings):
        yield "mail-panel oauth sign-in", settings
    if settings.second and _by_person(second := settings.by_second):
        yield "mail-panel oauth sign-in --server second", second


def _by_person(server: Settings) -> bool:
    return server.by_token and server.oauth_flow.by_person


def _note_export(services: Services, action: Action, version: Version) -> None:
    record(services.database, who(), action, object=f"settings/{version.number}", now=clock.now())


def _public(version: Version) -> dict[str, object]:
    return {**version.settings.public(), **version.secrets()}


def _event(version: Version) -> dict[str, object]:
    return {
        "version": version.number,
        "saved_at": clock.stamp_or_none(version.saved_at),
        "saved_by": version.saved_by,
        "saved_from": version.saved_from,
        "changed": list(version.changed),
    }


def _write(file: str | None, text: str) -> None:
    """Write to a new file that only its owner may read, whatever the umask."""
    if file is None or file == "-":
        click.echo(text)
        return
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as fault:
        raise CannotCreate(f"{file} cannot be made: {fault.strerror}.") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened_file:
        opened_file.write(text + "\n")
