"""The interval helper as the form shows it: a limit, a margin, one minute of sending, and how long a queue takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from panel import clock
from panel.i18n import N_, Text
from panel.mail.message.address import BadValue, tidy
from panel.outbox.pace import rate as pacing
from panel.outbox.pace.pace import Terms
from panel.outbox.pace.rate import DAY_MS, HOUR_MS, MINUTE_MS, PERIODS, SECOND_MS
from panel.outbox.pace.route import Which
from panel.settings import parsing, providers
from panel.settings.providers import Provider
from panel.web.context import services
from panel.web.settings.forms import ServerForm
from panel.web.text import gettext, label, listed, translated

MARGINS = ("0", "20", "50")
DEFAULT_MARGIN = 20  # percent
QUEUES = (100, 1_000, 10_000)
_TICKS = 60  # more marks in a minute cannot be told apart


@dataclass(frozen=True, slots=True)
class Queue:
    """How long a queue takes, and what binds it where that is not the interval."""

    count: int
    time: str
    binding: str


@dataclass(frozen=True, slots=True)
class Offer:
    """A limit that is known already: that of the service, or what the server's refusals have taught."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class IntervalAnswer:
    """One answer of the helper: the limit and margin it was asked for, and what the interval means."""

    per_minute: str
    unit: str
    margin: int
    rate: int
    formula: str
    limit_ticks: tuple[float, ...]
    sent_ticks: tuple[float, ...]
    queues: tuple[Queue, ...]
    offers: tuple[Offer, ...] = ()
    error: str = ""
    others: str = ""
    every: str = ""  # how many seconds lie between two mails; blank where there is no pause


def pace_of(form: ServerForm) -> IntervalAnswer:
    """Show what the typed interval and caps allow."""
    return _pace(form, "", "minute", DEFAULT_MARGIN, _typed(form, "send_interval_ms") or 0)


def pace_for(
    form: ServerForm, limit_text: str, unit: str, margin_text: str, others_text: str = ""
) -> tuple[IntervalAnswer, int | None]:
    """Work the interval out from a limit, what others send, and a margin; None where that cannot be read."""
    margin = int(margin_text) if margin_text in MARGINS else DEFAULT_MARGIN
    limit = _limit(limit_text, unit if unit in PERIODS else "minute")
    if limit is None:
        error = gettext(N_("Enter the server's limit as a number, such as 12, or paste its refusal."))
        return IntervalAnswer(limit_text, unit, margin, 0, "", (), (), (), _offers(form), error, others_text), None
    number, period = limit
    others = _others(others_text)
    if others is None or others * PERIODS[period] >= number * HOUR_MS:
        error = gettext(_OTHERS_WRONG if others is None else _OTHERS_TOO_MANY)
        return IntervalAnswer(str(number), period, margin, 0, "", (), (), (), _offers(form), error, others_text), None
    interval = pacing.interval_for(number, margin, period_ms=PERIODS[period], others_per_hour=others)
    return _pace(form, str(number), period, margin, interval, others), interval


_OTHERS_WRONG = N_("Enter as a number how many mails an hour others send, or leave it empty.")
_OTHERS_TOO_MANY = N_("What others send uses up this limit: nothing is left for this panel.")


def _others(text: str) -> int | None:
    """Read how many mails others send in an hour; empty is none, None is no number."""
    if text.strip() in ("", "0"):
        return 0
    try:
        return parsing.cap(text)
    except BadValue:
        return None


def pace_by(form: ServerForm, offer: str, margin_text: str, others_text: str = "") -> tuple[IntervalAnswer, int | None]:
    """Fill in what is known already: the service's limit with its caps, or the interval that refusals ask for."""
    service = providers.by_host(form.smtp_host.data or "")
    if offer == SERVICE and service:
        _fill_caps(form, service)
        if limit := _shortest(service):
            return pace_for(form, str(limit[0]), limit[1], margin_text, others_text)
        interval = service.interval_ms
    else:
        interval = _taught(form)
    pace = _pace(form, "", "minute", DEFAULT_MARGIN, interval or _typed(form, "send_interval_ms") or 0)
    error = "" if interval else gettext(N_("This limit is not known any more. Enter it as a number."))
    return replace(pace, error=error), interval


SERVICE, REFUSALS = "service", "refusals"
_LIMITS = (
    ("second", "per_second", N_("%(limit)d per second")),
    ("minute", "per_minute", N_("%(limit)d per minute")),
    ("hour", "per_hour", N_("%(limit)d per hour")),
    ("day", "per_day", N_("%(limit)d per day")),
)


@dataclass(frozen=True, slots=True)
class Known:
    """A service whose limit is known, and the interval that keeps it."""

    service: str
    interval_ms: int


def known_interval(host: str) -> Known | None:
    """Give the interval that a host's service asks for, if that is known."""
    service = providers.by_host(host)
    limit = _shortest(service) if service else None
    if service is None or not (service.interval_ms or limit):
        return None
    worked_out = pacing.interval_for(limit[0], DEFAULT_MARGIN, period_ms=PERIODS[limit[1]]) if limit else 0
    return Known(gettext(service.label), service.interval_ms or worked_out)


def _shortest(service: Provider) -> tuple[int, str] | None:
    """Give the limit that an interval can keep; a day's is kept by the cap."""
    return next(((limit, unit) for unit, name, _ in _LIMITS[:3] if (limit := getattr(service, name))), None)


def _fill_caps(form: ServerForm, service: Provider) -> None:
    for name, limit in (("max_per_hour", service.per_hour), ("max_per_day", service.per_day)):
        if limit:
            form[name].data = str(min(limit, _typed(form, name) or limit))


def _taught(form: ServerForm) -> int | None:
    """Give the interval that the refusals of this server ask for, while the clock remembers it."""
    opened = services()
    known = opened.pace.state(Terms.of(opened.settings.current()), clock.instant()).pace.of(Which(form.server))
    return known.slow_interval_ms or None if known.slow_version is not None else None


def _offers(form: ServerForm) -> tuple[Offer, ...]:
    offers = []
    service = providers.by_host(form.smtp_host.data or "")
    if service and (limits := _limits_of(service)):
        message = N_("%(service)s: %(limits)s (checked on %(date)s)")
        facts = {"service": service.title, "limits": limits, "date": service.checked}
        offers.append(Offer(SERVICE, Text(message, facts).translated(gettext)))
    if taught := _taught(form):
        message = N_("The server’s refusals ask for %(ms)d milliseconds.")
        offers.append(Offer(REFUSALS, translated(message, ms=taught)))
    return tuple(offers)


def _limits_of(service: Provider) -> str:
    known = ((getattr(service, name), message) for _, name, message in _LIMITS)
    return listed(translated(message, limit=limit) for limit, message in known if limit)


def _limit(text: str, unit: str) -> tuple[int, str] | None:
    """Read a number, or find it in what the server said."""
    try:
        return parsing.cap(text), unit
    except BadValue:
        return _limit_in(text)


def _limit_in(text: str) -> tuple[int, str] | None:
    try:
        return pacing.limit_in(tidy(text, at_most=parsing.MAX_SECRET))
    except BadValue:
        return None


def _pace(form: ServerForm, limit_text: str, unit: str, margin: int, interval: int, others: int = 0) -> IntervalAnswer:
    rate = pacing.per_minute(interval) if interval else 0
    limit = int(limit_text) if limit_text else 0
    formula = ""
    if limit:
        bare = pacing.interval_for(limit, period_ms=PERIODS[unit], others_per_hour=others)
        share = f"{others * PERIODS[unit] / HOUR_MS:.1f}".removesuffix(".0")
        divisor = f"({limit} − {share})" if others else f"{limit}"
        formula = f"{PERIODS[unit]} ÷ {divisor} = {bare} → +{margin} % = {interval}"
    return IntervalAnswer(
        per_minute=limit_text,
        unit=unit,
        margin=margin,
        rate=rate,
        formula=formula,
        limit_ticks=_ticks(limit if unit == "minute" else 0),
        sent_ticks=_ticks(rate),
        queues=_queues(form, interval) if interval else (),
        offers=_offers(form),
        others=str(others) if others else "",
        every=f"{interval / SECOND_MS:.3f}".rstrip("0").removesuffix(".") if interval else "",
    )


def _queues(form: ServerForm, interval: int) -> tuple[Queue, ...]:
    caps = {name: _typed(form, name) for name in ("max_per_hour", "max_per_day")}
    found = ((count, *pacing.queue_ms(count, interval, **caps)) for count in QUEUES)
    return tuple(
        Queue(count, _duration(ms), "" if binding == "interval" else label(binding)) for count, ms, binding in found
    )


def _typed(form: ServerForm, name: str) -> int | None:
    """Read a number as far as it is one: what is wrong with it is said at its field."""
    text = form[name].data or ""
    try:
        return parsing.cap(text)
    except BadValue:
        return None


_DURATIONS = (
    (DAY_MS, N_("%(count)s days")),
    (HOUR_MS, N_("%(count)s hours")),
    (MINUTE_MS, N_("%(count)s minutes")),
    (SECOND_MS, N_("%(count)s seconds")),
)


def _duration(ms: int) -> str:
    """Tell a time in the largest unit that it holds, to one decimal."""
    size, message = next((pair for pair in _DURATIONS if ms >= pair[0]), _DURATIONS[-1])
    return Text(message, {"count": f"{ms / size:.1f}".removesuffix(".0")}).translated(gettext)


def _ticks(count: int) -> tuple[float, ...]:
    """Give where each mail of a minute stands on a line of 600 units."""
    return tuple(round(600 * number / count, 1) for number in range(count)) if 0 < count <= _TICKS else ()
