"""The reader's language, and what is said in it: sentences, moments, spans and sizes."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import cache, lru_cache
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, g, request
from markupsafe import Markup

from panel import clock
from panel.i18n import LOCALES, N_, Text, catalogue
from panel.settings.fields.labels import label_of
from panel.storage.actor import ACTOR_ENDINGS, actor_words
from panel.web import cookies
from panel.web.context import account, services
from panel.web.received import may_hold_a_code

ONE_YEAR = timedelta(days=365)
_UNITS = (1, 60, 3600, 86_400)  # seconds
_HALF_A_DAY = timedelta(hours=12)
_ZONE: ContextVar[ZoneInfo | None] = ContextVar("zone", default=None)  # of the request; None is this machine's


def locale() -> str:
    """Choose the language: asked for now, chosen before, of the account, of the browser, of the panel."""
    if (known := g._get_current_object().get("locale")) is None:  # past the proxy, which costs more than the answer
        who = account()
        asked = request.args.get("lang"), cookies.brought(cookies.LANGUAGE), who.locale if who else None
        chosen = next((each for each in asked if each in LOCALES), None)
        known = g.locale = chosen or request.accept_languages.best_match(LOCALES) or services().config.locale
    found: str = known
    return found


def keep_language(response: Response) -> Response:
    """Remember the language that was asked for."""
    asked = request.args.get("lang")
    if asked in LOCALES and request.blueprint != "api":
        cookies.keep(response, cookies.LANGUAGE, asked, life=ONE_YEAR)
    return response


def language_url() -> str:
    """Give the address of this page in the other language."""
    other = next(each for each in LOCALES if each != locale())
    asked = {} if may_hold_a_code() or not request.endpoint else request.args.to_dict()
    query = urlencode({**asked, "lang": other}) if asked else f"lang={other}"
    return f"{request.script_root}{request.path}?{query}"


def gettext(message: str) -> str:
    """Give a sentence in the reader's language."""
    return catalogue(locale()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Give a sentence about so many in the reader's language; `%(num)d` is left for the number."""
    return catalogue(locale()).ngettext(singular, plural, count)


def translated(message: str, **values: object) -> str:
    """Give a sentence with values in the reader's language."""
    return Text(message, values).translated(gettext)


def label(field: str) -> str:
    """Give the label of a field of the settings."""
    return label_of(field).translated(gettext)


def listed(texts: Iterable[str]) -> str:
    """Write texts one after the other, with what the language puts between."""
    return gettext(N_(", ")).join(texts)


def actor_name(name: str) -> str:
    """Tell who did something: of a program, what it is stands behind its name in the reader's language."""
    words = actor_words(name)
    return words.translated(gettext) if isinstance(words, Text) else words


def recorded_name(shown: str) -> str:
    """Give the name that is on record for one that `actor_name` has told."""
    for ending, words in ACTOR_ENDINGS.items():
        told = translated(words, name="")
        if shown.endswith(told):
            return f"{shown.removesuffix(told)}{ending}"
    return shown


def choose_zone() -> None:
    """Write the moments of this request in the zone of who asks, else in that of the panel or of the language."""
    if request.endpoint != "static" and request.blueprint != "api":  # which tell no zone, and ask not who reads
        _ZONE.set(clock.zone_for(chosen_zone(), services().config.timezone, locale()))


def leave_zone(_fault: BaseException | None) -> None:
    """Forget the zone at the end of a request: the next one in this thread may be refused before it has its own."""
    _ZONE.set(None)


def chosen_zone() -> str:
    """Name the zone that who asks has chosen; the browser keeps that of who is no account of ours."""
    who = g.get("account")
    if who and who.via == "mounted":
        return cookies.brought(cookies.ZONE) or ""
    return who.timezone if who else ""


def own_zone() -> ZoneInfo | None:
    """Give the time zone that who asks has chosen; None for this machine's."""
    return _ZONE.get()


def own_now() -> datetime:
    """Give this moment by the clock of who asks."""
    return clock.now().astimezone(_ZONE.get())


def when(moment: datetime) -> Markup:
    """Show a moment to the minute in the time zone of who asks, with the whole of it for programs."""
    return _marked(moment, _here(moment)[:16])


def at(moment: datetime) -> Markup:
    """Show a moment to the second if it lies within half a day, else as `when` does."""
    return _marked(moment, clock_time(moment))


def second(moment: datetime) -> Markup:
    """Show a moment to the second, with its day."""
    return _marked(moment, _here(moment)[:19])


def clock_time(moment: datetime) -> str:
    """Write a moment as a sentence holds it: the time, after the day unless that is near."""
    return _here(moment)[11:19] if _near(moment) else _here(moment)[:16]


def about(moment: datetime) -> str:
    """Write a moment that is not known to the second: as `clock_time` does, without the seconds."""
    return minute(moment) if _near(moment) else clock_time(moment)


def minute(moment: datetime) -> str:
    """Write a moment as the time of day, without its seconds."""
    return _here(moment)[11:16]


def month(moment: datetime) -> str:
    """Write the month of a moment, such as `2026-11`."""
    return _here(moment)[:7]


def date_of(moment: datetime) -> str:
    """Write the day of a moment, such as `2026-11-26`."""
    return _here(moment)[:10]


def month_day(moment: datetime) -> str:
    """Write the day of a moment within its year, such as `11-26`."""
    return _here(moment)[5:10]


def date_and_minute(moment: datetime) -> str:
    """Write a moment within its year, such as `11-26 09:00`."""
    return _here(moment)[5:16]


def day_began() -> datetime:
    """Give when the day of who asks began."""
    return own_now().replace(hour=0, minute=0, second=0, microsecond=0)


def duration(span: timedelta) -> str:
    """Say a span in its largest unit."""
    total = max(0, int(span.total_seconds()))
    unit = max((each for each in _UNITS if each <= total), default=1)
    return _so_many(locale(), total // unit, unit)


def passing(moment: datetime, now: datetime) -> Markup:
    """Say how long ago a moment was, which the browser keeps true."""
    return _running("since", moment, duration(now - moment))


def coming(moment: datetime, now: datetime) -> Markup:
    """Say how soon a moment comes, with a second that has begun as a whole one, which the browser keeps true."""
    return _running("until", moment, duration(moment - now + timedelta(milliseconds=999)))


def marked(message: str, **values: object) -> Markup:
    """Give a sentence in the reader's language with values that may be markup; others are escaped."""
    return Markup(gettext(message)) % values  # noqa: S704 - our own sentence; Markup escapes the values


def seconds(ms: float) -> str:
    """Write a time in seconds, to a hundredth."""
    return f"{ms / 1000:.2f}"


def size(octets: int) -> str:
    """Say how large a message is, in the largest unit that it fills."""
    if octets < 1000:
        return ngettext("%(num)d byte", "%(num)d bytes", octets) % {"num": octets}
    return f"{octets / 1e3:.1f} KB" if octets < 1e6 else f"{octets / 1e6:.1f} MB"


@lru_cache(maxsize=256)  # a list says the same spans again and again
def _so_many(language: str, number: int, unit: int) -> str:
    ngettext = catalogue(language).ngettext
    if unit == 1:
        return ngettext("%(num)d second", "%(num)d seconds", number) % {"num": number}
    if unit == 60:
        return ngettext("%(num)d minute", "%(num)d minutes", number) % {"num": number}
    if unit == 3600:
        return ngettext("%(num)d hour", "%(num)d hours", number) % {"num": number}
    return ngettext("%(num)d day", "%(num)d days", number) % {"num": number}


def _here(moment: datetime) -> str:
    """Write a moment in the time zone of who asks, such as `2026-11-23 09:00:00`, and what follows."""
    # Without this machine's zone, which astimezone() seeks anew each time and nobody reads: in a third of the time.
    return datetime.fromtimestamp(moment.timestamp(), _ZONE.get()).isoformat(" ")


def _near(moment: datetime) -> bool:
    return abs(clock.now() - moment) < _HALF_A_DAY


@cache
def _spans(language: str) -> str:
    """Give the words of `duration` for panel.js: of one and of more, from the smallest unit on."""
    return "|".join(_so_many(language, of, unit).replace(str(of), "#") for unit in _UNITS for of in (1, 2))


def _running(way: str, moment: datetime, words: str) -> Markup:
    title, spans = _here(moment)[:19], _spans(locale())
    return Markup(f'<time datetime="{clock.stamp(moment)}" title="{title}" data-{way}="{spans}">{words}</time>')  # noqa: S704 - digits of a moment, and our own words


def _marked(moment: datetime, text: str) -> Markup:
    return Markup(f'<time datetime="{clock.stamp(moment)}">{text}</time>')  # noqa: S704 - digits of a moment, twice
