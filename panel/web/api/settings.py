"""The settings: see them, save them; a password comes in and never goes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import request
from msgspec import UNSET, Struct, UnsetType

from panel import clock
from panel.diagnosis.diagnose import diagnose
from panel.i18n import N_, catalogue, joined
from panel.mail.message.address import BadValue
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import SessionError
from panel.mail.smtp.protocol import Failure, Stage
from panel.settings.fields.secret import SECRETS
from panel.settings.login import Login, OAuthProvider
from panel.settings.model import FIELDS, GRANT, OF_SECOND, SECOND, SECOND_GRANT, Settings
from panel.settings.staging import staging_to_json
from panel.settings.store import StaleVersion, Version
from panel.settings.token_rules import OF_FLOW
from panel.settings.validation import InvalidSettings, validate
from panel.web.api.documents.settings import NewSettings, SettingsVersion
from panel.web.api.gate import api_actor
from panel.web.api.operation import JsonAnswer, operation
from panel.web.api.problems import FROM_FILE, INVALID, STALE, STALE_PRECONDITION, ApiProblem, ProblemType
from panel.web.api.reading import language
from panel.web.context import services

PRECONDITION = "If-Match"
FIND_SECONDS = 10.0  # for what an issuer says of itself
UNCONDITIONAL = ProblemType(428)


@operation(SettingsVersion)
def show() -> JsonAnswer:
    """Show the settings in force; of a password only whether it is kept."""
    return _answer(services().settings.current())


@operation(
    SettingsVersion,
    takes=NewSettings,
    heeds=(PRECONDITION,),
    refuses=(STALE, FROM_FILE, STALE_PRECONDITION, UNCONDITIONAL),
)
def save(body: NewSettings) -> JsonAnswer:
    """Save settings, all of them, if nobody has saved others meanwhile; those in force make no new version."""
    store = services().settings
    store.require_own()
    stored = store.current()
    base = _base(body, stored)
    settings = validated(body.settings, Settings(), stored.settings)
    settings = with_grant(body.second_grant, with_grant(body.grant, settings), SECOND_GRANT)
    try:
        version = store.save(settings, base=base, by=api_actor(), now=clock.now())
    except StaleVersion as fault:
        raise _stale(STALE if body.version is not UNSET else STALE_PRECONDITION, fault.current) from None
    return _answer(version)


def validated(body: Struct, base: Settings, stored: Settings) -> Settings:
    """Make valid settings of what was given over `base`, or raise an `ApiProblem` with all that is wrong."""
    values = {name: value for name in FIELDS if (value := getattr(body, name)) is not UNSET}
    clear = frozenset(name for name in SECRETS if name in values and values[name] is None)
    texts = _with_found_addresses(_texts(values), base)
    try:
        config = services().config
        listeners, shared = config.listeners, bool(config.database_url)
        return validate(texts, base=base, stored=stored, clear=clear, listeners=listeners, shared=shared)
    except InvalidSettings as fault:
        translate = catalogue(language()).gettext
        errors = [
            {"pointer": f"/settings/{problem.field}", "detail": problem.text.translated(translate)}
            for problem in fault.problems
        ]
        raise ApiProblem(INVALID, "Some of the settings are wrong: see errors.", errors=errors) from None


def _with_found_addresses(texts: dict[str, str], base: Settings) -> dict[str, str]:
    """Find the addresses of one's own token servers by their issuers, where one that is needed is missing."""
    of_second = {name.removeprefix(SECOND): text for name, text in texts.items() if name in OF_SECOND}
    of_first = {name: text for name, text in texts.items() if name not in OF_SECOND}
    found = _with_found(of_second, base.by_second, SECOND) if base.second or of_second else {}
    return {**_with_found(of_first, base), **{f"{SECOND}{name}": text for name, text in found.items()}}


def _with_found(texts: dict[str, str], base: Settings, prefix: str = "") -> dict[str, str]:
    meant = {name: texts.get(name, str(value)) for name, value in base.public().items()}
    if texts.get("oauth_issuer", base.oauth_issuer) != base.oauth_issuer:
        meant |= {name: texts.get(name, "") for name in ("oauth_authorize_url", "oauth_token_url", "oauth_device_url")}
    login = (meant["smtp_login"], meant["oauth_provider"])
    needed = ("oauth_token_url", *OF_FLOW.get(meant["oauth_flow"], ()))
    if login != (Login.OAUTH2, OAuthProvider.CUSTOM) or not meant["oauth_issuer"] or all(map(meant.get, needed)):
        return texts
    found = _found(meant["oauth_issuer"], meant["ca_certificate"], prefix)
    given = {name: text for name, text in texts.items() if text or name not in found}
    return {**found, **given, "oauth_issuer": found.get("oauth_issuer", meant["oauth_issuer"])}  # as it names itself


def _found(issuer: str, ca_certificate: str, prefix: str) -> dict[str, str]:
    """Give the addresses that an issuer names, by field; none for what is no URL, which is told of every field."""
    from panel.settings.fields.token_fields import url
    from panel.settings.oauth.discovery import discover  # few logins are made with a token

    deadline, policy = Deadline(FIND_SECONDS), services().config.policy
    try:
        return discover(url(issuer), ca_certificate=ca_certificate, policy=policy, deadline=deadline).by_field()
    except BadValue:
        return {}
    except SessionError as fault:
        known = diagnose(Failure(Stage.TOKEN, fault.cause, None, fault.detail))
        translate = catalogue(language()).gettext
        said = joined([each.translated(translate) for each in (known.what, *known.do)])
        errors = [{"pointer": f"/settings/{prefix}oauth_issuer", "detail": said}]
        raise ApiProblem(INVALID, "The addresses were not found by the issuer: see errors.", errors=errors) from None


def with_grant(grant: int | UnsetType, settings: Settings, field: str = GRANT) -> Settings:
    """Name the sign-in that was given for a server, or raise an `ApiProblem` where these settings cannot use it."""
    if grant is UNSET:
        return settings
    named = replace(settings, **{field: grant})  # type: ignore[arg-type]  # a number, as both fields have
    found = services().grant_of(named.by_second if field == SECOND_GRANT else named)
    if found is None or found.number != grant or not found.is_open_to(api_actor().owner, clock.instant()):
        errors = [{"pointer": f"/{field}", "detail": catalogue(language()).gettext(_NOT_USABLE)}]
        raise ApiProblem(INVALID, "These settings cannot use that sign-in: see errors.", errors=errors)
    return named


_NOT_USABLE = N_("This sign-in is over, or is one for another service, client or mailbox. Sign in again.")


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    """Write values as a form would, so that one validator judges them all."""
    words = {True: "yes", False: "no", None: ""}
    return {
        name: words[value] if value is None or isinstance(value, bool) else str(value) for name, value in values.items()
    }


def _base(body: NewSettings, stored: Version) -> int:
    """Give the version that was changed from, as the body or If-Match says."""
    if PRECONDITION in request.headers:
        if not request.if_match.contains(str(stored.number)):
            raise _stale(STALE_PRECONDITION, stored)
    elif body.version is UNSET:
        raise ApiProblem(UNCONDITIONAL, "Say which version you changed: send version, or If-Match with the ETag.")
    return stored.number if body.version is UNSET else body.version


def _stale(kind: ProblemType, current: Version) -> ApiProblem:
    detail = f"Version {current.number} was saved in between. Look at what changed, then save again."
    return ApiProblem(kind, detail, version=current.number, saved_by=current.saved_by)


def _answer(version: Version) -> JsonAnswer:
    document = {
        "version": version.number,
        "saved_at": clock.stamp_or_none(version.saved_at),
        "saved_by": version.saved_by,
        "settings": version.settings.public(),
        "secrets": version.secrets(),
        "staging": staging_to_json(version.settings),
    }
    return JsonAnswer(document, {"ETag": f'"{version.number}"'})
