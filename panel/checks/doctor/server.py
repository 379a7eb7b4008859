"""What of the mail server and of this machine's name can be checked without a login and without mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from ipaddress import ip_address
from typing import Any

from panel import clock
from panel.checks.doctor.authority import authority_ends
from panel.checks.doctor.finding import Finding, ok, problem, unknown, warning
from panel.diagnosis.match import cause_of
from panel.i18n import N_, Text
from panel.mail.limits import size_text
from panel.mail.net.connect import own_name_within
from panel.mail.net.deadline import Deadline
from panel.mail.net.policy import Policy
from panel.mail.net.resolver import Records, Resolver
from panel.mail.net.tls import TlsFacts
from panel.mail.smtp.errors import DeliveryFailed
from panel.mail.smtp.extensions import size_max
from panel.mail.smtp.protocol import Security
from panel.mail.smtp.session import Session
from panel.outbox.pace.rate import DAY_MS, HOUR_MS
from panel.settings import providers
from panel.settings.fields.labels import label_of
from panel.settings.model import Settings

SOON_DAYS = 21  # before a certificate's end


def examine_server(
    settings: Settings, names: Resolver, address: str | None, *, policy: Policy, deadline: Deadline, now: datetime
) -> Iterator[Finding]:
    """Look at the name we give, the address others see, the certificate, and the service's limits."""
    yield _host_name(settings, names, deadline, address)
    if address:
        yield _reverse(address, names)
    if settings.smtp_host:
        yield from _connected(settings, policy, deadline, now)
        yield from _authority(settings, now)
        yield _interval(settings)
        yield from _caps(settings)
        yield from _login(settings, now)


def _host_name(settings: Settings, names: Resolver, deadline: Deadline, address: str | None) -> Finding:
    """Check the name that EHLO says (RFC 5321 section 4.1.4): a full one, that leads to where we come from."""
    name = settings.local_hostname or own_name_within(deadline)
    if not name:
        return warning(
            "local_hostname",
            N_("This machine has no full name; its address is given instead."),
            N_("Set the local host name to a name that others can look up."),
        )
    if name.startswith("["):
        return ok("local_hostname", N_("EHLO says %(name)s."), name=name)
    if "." not in name:
        return problem(
            "local_hostname",
            N_("EHLO says %(name)s, which is no full name; some servers refuse it."),
            N_("Set the local host name to a full name."),
            name=name,
        )
    return _leads_back(name, names.addresses(name), address)


def _leads_back(name: str, found: Records, address: str | None) -> Finding:
    if not found.known and not found:
        return unknown("local_hostname", N_("EHLO says %(name)s; the name look-up got no answer."), name=name)
    if not found:
        return warning(
            "local_hostname",
            N_("EHLO says %(name)s, which has no address."),
            N_("Set the local host name to one that can be looked up, or publish its address."),
            name=name,
        )
    if address and ip_address(address) not in map(ip_address, found.values):
        return warning(
            "local_hostname",
            N_("EHLO says %(name)s, whose address is not %(address)s."),
            N_("Set the local host name to the name of the address that receivers see."),
            name=name,
            address=address,
        )
    return ok("local_hostname", N_("EHLO says %(name)s, which has an address."), name=name)


def _reverse(address: str, names: Resolver) -> Finding:
    """Check that the address has a name that leads back to it."""
    found = names.ptr(address)
    if not found.known:
        return unknown("ptr", N_("The name look-up got no answer for %(address)s."), address=address)
    if not found:
        return problem(
            "ptr",
            N_("%(address)s has no reverse name; large receivers refuse such senders."),
            N_("Ask whoever gave you the address for a reverse name (PTR)."),
            address=address,
        )
    wanted = ip_address(address)
    for name in found.values:
        if wanted in {ip_address(each) for each in names.addresses(name).values}:
            return ok("ptr", N_("%(address)s is %(name)s, and back."), address=address, name=name)
    return warning(
        "ptr",
        N_("%(address)s is %(name)s, which does not lead back to it."),
        N_("Let %(name)s have the address %(address)s."),
        address=address,
        name=found.values[0],
    )


def _connected(settings: Settings, policy: Policy, deadline: Deadline, now: datetime) -> Iterator[Finding]:
    """Begin TLS with the mail server, and read until when its certificate holds, and how much it takes."""
    server = settings.server.without_login()
    if server.security is Security.NONE:
        off = warning("certificate", N_("TLS is off: passwords and mail cross the network as they are."))
        yield replace(off, field="tls")
        return
    try:
        with Session(server, policy=policy, deadline=deadline) as session:
            session.open()
    except DeliveryFailed as fault:
        yield problem(
            "certificate",
            N_("%(host)s was not reached over TLS: %(why)s"),
            N_("Send a test email: it says what is wrong."),
            host=server.host,
            why=Text(cause_of(fault.failure, host=server.host).what),
        )
        return
    assert session.tls
    yield _validity(server.host, session.tls, now)
    yield from _size(settings, size_max(session.extensions))


def _size(settings: Settings, most: int | None) -> Iterator[Finding]:
    """Compare the largest message that is taken here with that of the server (RFC 1870)."""
    if most and most < settings.max_message_bytes:
        yield warning(
            "message_size",
            N_("%(host)s takes messages of at most %(most)s; here they may have %(largest)s."),
            N_("Lower the largest message to at most %(most)s: the application then hears of it at once."),
            host=settings.smtp_host,
            most=size_text(most),
            largest=size_text(settings.max_message_bytes),
        )


def _validity(host: str, tls: TlsFacts, now: datetime) -> Finding:
    if not tls.not_after:
        return warning(
            "certificate",
            N_("The certificate of %(host)s has no end date that can be read."),
            N_("Ask whoever runs the server for a certificate with usual dates."),
            host=host,
        )
    days = (datetime.fromisoformat(tls.not_after) - now).days
    facts: dict[str, Any] = {"host": host, "days": days, "version": tls.version}
    if days < SOON_DAYS:
        found = warning(
            "certificate",
            N_("The certificate of %(host)s ends soon. Days left: %(days)d."),
            N_("Whoever runs the server should renew it."),
            **facts,
        )
    else:
        said = N_("%(host)s answers with %(version)s. Days left on its certificate: %(days)d.")
        found = ok("certificate", said, **facts)
    return replace(found, ends=tls.not_after)


def _authority(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Count the days to the end of the certificates that were added."""
    ends = authority_ends(settings.ca_certificate, now) if settings.ca_certificate else None
    if ends is None:
        return
    days, do = (ends - now).days, N_("Ask whoever gave you the certificate for its successor, and add that one.")
    if ends <= now:
        found = problem("ca_certificate", N_("The certificate authority that was added has ended."), do)
    elif days < SOON_DAYS:
        said = N_("The certificate authority that was added ends soon. Days left: %(days)d.")
        found = warning("ca_certificate", said, do, days=days)
    else:
        found = ok("ca_certificate", N_("Days left on the certificate authority that was added: %(days)d."), days=days)
    yield replace(found, ends=clock.stamp(ends))


def _interval(settings: Settings) -> Finding:
    """Compare the sending interval with what the service is known to allow."""
    service = providers.by_host(settings.smtp_host)
    if service is None:
        return unknown(
            "interval", N_("The limits of %(host)s are not known here; ask whoever runs it."), host=settings.smtp_host
        )
    if not service.interval_ms:
        return ok("interval", N_("No limit of %(service)s is known here."), service=service.title)
    facts: dict[str, Any] = {"service": service.title, "ms": settings.send_interval_ms, "needed": service.interval_ms}
    if settings.send_interval_ms < service.interval_ms:
        return warning(
            "interval",
            N_("%(service)s takes less: the interval is %(ms)d ms, and %(needed)d ms would keep its limit."),
            N_("Set the sending interval to %(needed)d ms."),
            **facts,
        )
    return ok("interval", N_("The interval of %(ms)d ms keeps the limit of %(service)s."), **facts)


def _caps(settings: Settings) -> Iterator[Finding]:
    """Compare the caps with the service's: an interval that keeps the minute can still break the day."""
    service = providers.by_host(settings.smtp_host)
    limits = {"max_per_hour": (service.per_hour, HOUR_MS), "max_per_day": (service.per_day, DAY_MS)} if service else {}
    for field, (limit, period_ms) in limits.items():
        if service and limit and not _kept(settings, field, limit, period_ms):
            found = warning(
                "caps",
                N_("%(service)s takes %(limit)d mails in this time: %(field)s. The interval alone does not keep that."),
                N_("Set it to %(limit)d at most."),
                service=service.title,
                limit=limit,
                field=label_of(field),
            )
            yield replace(found, field=field)


def _kept(settings: Settings, field: str, limit: int, period_ms: int) -> bool:
    cap = getattr(settings, field)
    return (cap is not None and cap <= limit) or settings.send_interval_ms * limit >= period_ms


def _login(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Tell whether the service still takes a password, and until when."""
    service = providers.by_host(settings.smtp_host)
    if service is None or not settings.smtp_auth or settings.by_token:
        return
    facts: dict[str, Any] = {"service": service.title, "date": service.passwords_until, "checked": service.checked}
    if service.login_with == "oauth":
        yield problem(
            "login",
            N_("%(service)s takes no password over SMTP any more (checked on %(checked)s)."),
            N_("Choose OAuth2 as login method, and sign in at the service."),
            **facts,
        )
    elif service.passwords_until:
        ended = now.date() > date.fromisoformat(service.passwords_until)
        said = N_("Since %(date)s %(service)s has passwords over SMTP off by default (checked on %(checked)s).")
        soon = N_("From %(date)s on %(service)s has passwords over SMTP off by default (checked on %(checked)s).")
        yield warning(
            "login",
            said if ended else soon,
            N_(
                "Choose OAuth2 as login method; until then, have “Authenticated SMTP” switched on for this mailbox in "
                "the admin center."
            ),
            **facts,
        )
