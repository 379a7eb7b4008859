"""Makes valid settings of typed values, or says of each field what to enter."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from panel.home import EVERY_ADDRESS
from panel.i18n import N_, Text
from panel.mail.message.address import BadValue, parse_address, parse_ehlo_name, parse_host, parse_recipient, tidy
from panel.mail.smtp.protocol import Security
from panel.settings import parsing
from panel.settings.fields.allowed import parse_allowed
from panel.settings.fields.labels import label_of
from panel.settings.fields.secret import SECRETS, Secret
from panel.settings.fields.use import unused_fields
from panel.settings.login import Flow, Login, OAuthProvider
from panel.settings.model import FIELDS, FLAGS, OF_SERVER, SECOND, FromNameRule, PopTlsMode, Settings, TlsMode

_DEFAULTS = Settings()


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field, as a sentence that says what to enter."""

    field: str
    text: Text


class InvalidSettings(ValueError):
    """Values that make no settings; every problem is listed, in the order of the form."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.text}" for problem in problems))
        self.problems = sorted(problems, key=lambda problem: FIELDS.index(problem.field))


def validate(
    texts: Mapping[str, str],
    *,
    base: Settings | None = None,
    stored: Settings | None = None,
    clear: frozenset[str] = frozenset(),
    listeners: tuple[tuple[str, int], ...] = (),
    shared: bool = False,
    judged: Container[str] = FIELDS,
) -> Settings:
    """Make valid settings from typed values, or raise `InvalidSettings` with every problem.

    A field that is not typed is that of `base`. A blank password is the one of `stored`, as far as it may go there;
    `clear` names the passwords to forget. `listeners` are where we take mail by SMTP: none is sent there. `shared` are
    settings of several machines, no two of which have the same address. What is not among the `judged` fields stays as
    it is, right or wrong: they are those of another page.
    """
    typed, problems = _parsed(texts, base or _DEFAULTS)
    complete, more = _with_kept_secrets(typed, stored or _DEFAULTS, clear)
    problems += more
    known = {problem.field for problem in problems}
    problems += [problem for problem in problems_together(complete, listeners) if problem.field not in known]
    if _is_same_server(complete) and not {"smtp_host", "second_smtp_host"} & known:
        field = "second_smtp_host" if "second_smtp_host" in texts or "smtp_host" not in texts else "smtp_host"
        problems.append(FieldProblem(field, Text(_SAME_SERVER)))
    if shared and complete.source_address and "source_address" not in known:
        problems.append(FieldProblem("source_address", Text(_NOT_SHARED)))
    if problems := [problem for problem in problems if problem.field in judged]:
        raise InvalidSettings(problems)
    return complete


def parse(name: str, text: str) -> object:
    """Parse one field as somebody typed it; blank means its default. Raise `BadValue` with the label filled in."""
    if name not in SECRETS and not text.strip():
        return getattr(_DEFAULTS, name) if name not in FLAGS else False
    try:
        return _PARSERS[name](text)
    except BadValue as fault:
        raise BadValue(fault.text.message, **{**fault.text.values, "label": label_of(name)}) from None


def unused_of(texts: Mapping[str, str]) -> set[str]:
    """Name the fields that mean nothing beside what is typed, whether or not that is right."""
    return unused_fields(_parsed(texts, _DEFAULTS)[0])


def problems_together(settings: Settings, listeners: tuple[tuple[str, int], ...] = ()) -> list[FieldProblem]:
    """List what fields that are valid by themselves lack together."""
    problems = _problems_of_server(settings, listeners)
    if settings.second:
        of_second = _problems_of_server(settings.by_second, listeners)
        problems += [replace(each, field=f"{SECOND}{each.field}") for each in of_second if each.field in OF_SERVER]
    return problems


def _places_of(listener: tuple[str, int]) -> tuple[tuple[str, int], ...]:
    """Name where a listener of ours is found, which may be on every address."""
    host, port = listener
    every = ("127.0.0.1", "::1") if host in EVERY_ADDRESS else ()
    return tuple((each, port) for each in (host, "localhost", *every))


def _problems_of_server(settings: Settings, listeners: tuple[tuple[str, int], ...]) -> list[FieldProblem]:
    unused = unused_fields(settings)
    problems = [
        FieldProblem(name, Text(message))
        for name, message in _NEEDED.items()
        if name not in unused and not getattr(settings, name)
    ]
    if any((settings.smtp_host, settings.smtp_port) in _places_of(each) for each in listeners):
        problems.append(FieldProblem("smtp_host", Text(_ITSELF)))
    if settings.by_token:
        from panel.settings import token_rules  # few logins are made with a token

        problems += [FieldProblem(name, text) for name, text in token_rules.problems(settings)]
    if settings.allow_plain_auth:
        return problems
    if (
        "smtp_password" not in unused
        and settings.smtp_security is Security.NONE
        and not parsing.is_this_machine(settings.smtp_host)
    ):
        problems.append(FieldProblem("tls", Text(_NO_PLAIN_PASSWORD)))
    if (
        settings.pop_before_smtp
        and settings.pop_security is Security.NONE
        and not parsing.is_this_machine(settings.pop_host)
    ):
        problems.append(FieldProblem("pop_tls_mode", Text(_NO_PLAIN_PASSWORD)))
    return problems


def _is_same_server(settings: Settings) -> bool:
    """Say whether the second server is the first once more: what stops the one stops the other."""
    if not settings.second or not settings.second_smtp_host:
        return False
    first, second = settings, settings.by_second
    same = (first.smtp_host, first.smtp_port, first.smtp_auth) == (second.smtp_host, second.smtp_port, second.smtp_auth)
    return same and (not first.smtp_auth or first.smtp_user == second.smtp_user)


def _parsed(texts: Mapping[str, str], base: Settings) -> tuple[Settings, list[FieldProblem]]:
    """Parse the typed fields; one that cannot be read keeps the value of the base and is a problem."""
    typed: dict[str, object] = {}
    problems = []
    for name in (name for name in FIELDS if name in texts):
        try:
            typed[name] = parse(name, texts[name])
        except BadValue as fault:
            problems.append(FieldProblem(name, fault.text))
    parsed = replace(base, **typed)  # type: ignore[arg-type]  # each has its field's type, as it was parsed
    unused = unused_fields(parsed)
    return parsed, [problem for problem in problems if problem.field not in unused]


def _with_kept_secrets(typed: Settings, stored: Settings, clear: frozenset[str]) -> tuple[Settings, list[FieldProblem]]:
    """Fill blank passwords in from the stored ones, only towards the destination each was stored for."""
    problems: list[FieldProblem] = []
    kept: dict[str, str] = {}
    for name, secret in SECRETS.items():
        old = getattr(stored, name)
        if getattr(typed, name):
            if name in clear:
                problems.append(FieldProblem(name, Text(_EITHER, {"label": label_of(name)})))
        elif name in clear or not old:
            continue
        elif secret.destination(typed).accepts_secret_of(secret.destination(stored)):
            kept[name] = old
        elif name not in unused_fields(typed):
            what = {"what": _what_moved(typed, stored, secret), "label": label_of(name)}
            problems.append(FieldProblem(name, Text(_MOVED, what)))
    return replace(typed, **kept), problems  # type: ignore[arg-type]  # secrets are texts


_EITHER = N_("You cannot enter %(label)s and erase it at once. Choose one.")
_MOVED = N_(
    "%(what)s has changed, so what is saved of %(label)s cannot be used. Enter the one for what is now on the screen."
)


def _what_moved(typed: Settings, stored: Settings, secret: Secret) -> Text:
    """Name the first field that makes the destination another one."""
    for name in secret.moved_by:
        if getattr(typed, name) != getattr(stored, name):
            return label_of(name)
    return label_of("tls")


_NEEDED = {
    "from_address": N_("Enter a from address."),
    "smtp_host": N_("Enter an SMTP host."),
    "smtp_user": N_("Enter an SMTP user, or turn SMTP authentication off."),
    "smtp_password": SECRETS["smtp_password"].missing,
    "pop_host": N_("Enter a POP host, or turn POP before SMTP off."),
    "pop_user": N_("Enter a POP user, or turn POP before SMTP off."),
    "pop_password": SECRETS["pop_password"].missing,
}
_NO_PLAIN_PASSWORD = N_("A password cannot be sent without TLS/SSL. Turn TLS/SSL on.")
_SAME_SERVER = N_("First and second are the same server and login. Enter another server, or turn the second off.")
_NOT_SHARED = N_(
    "With a database on a server these settings are those of every machine, and an address is of one alone. Leave it "
    "empty, and give each machine its source address by a route of the system (ip route … src)."
)
_ITSELF = N_("There this panel itself takes mail, so it would send to itself. Enter the server that delivers it.")


def _choice(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Make the parser of a field that is one of a few words."""
    known = [each for each in kind if each]

    def parse(text: str) -> StrEnum:
        word = tidy(text).lower()
        if word not in known:
            raise BadValue(N_("%(label)s is one of: %(known)s."), known=", ".join(known))
        return kind(word)

    return parse


def _of_sign_in(name: str) -> Callable[[str], object]:
    """Make the parser of a field of OAuth2, which is loaded where one is typed."""

    def parse(text: str) -> object:
        from panel.settings.fields import token_fields

        return getattr(token_fields, name)(text)

    return parse


def _service_key(text: str) -> object:
    return _of_sign_in("service_key")(text) if text else ""


_OF_FIRST: Mapping[str, Callable[[str], object]] = {
    "from_address": parse_address,
    "from_name": parsing.name,
    "smtp_host": parse_host,
    "smtp_port": parsing.port,
    "smtp_auth": parsing.flag,
    "smtp_user": parsing.user,
    "pop_before_smtp": parsing.flag,
    "pop_host": parse_host,
    "pop_port": parsing.port,
    "pop_user": parsing.user,
    "tls": parsing.flag,
    "tls_mode": _choice(TlsMode),
    "pop_tls_mode": _choice(PopTlsMode),
    "local_hostname": parse_ehlo_name,
    "send_interval_ms": parsing.interval_ms,
    "max_per_hour": parsing.cap,
    "max_per_day": parsing.cap,
    "ca_certificate": parsing.pem,
    "allow_plain_auth": parsing.flag,
    "smtp_login": _choice(Login),
    "oauth_provider": _choice(OAuthProvider),
    "oauth_flow": _choice(Flow),
    "oauth_tenant": _of_sign_in("tenant"),
    "oauth_client_id": _of_sign_in("client_id"),
    "oauth_secret_expires": _of_sign_in("day"),
    "oauth_scope": _of_sign_in("scope"),
    **dict.fromkeys(("oauth_issuer", "oauth_authorize_url", "oauth_token_url", "oauth_device_url"), _of_sign_in("url")),
    **dict.fromkeys(("smtp_password", "pop_password", "oauth_client_secret"), parsing.secret),
    "oauth_service_key": _service_key,
    "bounce_address": parse_address,
    "from_name_rule": _choice(FromNameRule),
    "max_message_bytes": parsing.message_bytes,
    "max_recipients": parsing.recipients,
    "source_address": parsing.source_address,
    "redirect_to": parse_recipient,
    "allowed_recipients": parse_allowed,
    "second": parsing.flag,
    "second_after_minutes": parsing.minutes,
}
_PARSERS = {**_OF_FIRST, **{f"{SECOND}{name}": _OF_FIRST[name] for name in OF_SERVER if name in _OF_FIRST}}
