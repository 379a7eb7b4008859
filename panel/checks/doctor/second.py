"""What of the second server can be checked: as the first, and whether mail by it would be believed as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from panel.checks.doctor.domain import examine_demands, examine_dmarc, publishes
from panel.checks.doctor.finding import Finding, FindingStatus, ok, problem, unknown, warning
from panel.checks.doctor.sender_policy import SPF_OF, examine_sender_policy, mechanism, record_with
from panel.checks.doctor.server import examine_server
from panel.checks.doctor.spf_check import evaluate
from panel.config import Config
from panel.i18n import N_
from panel.mail.net.deadline import Deadline
from panel.mail.net.resolver import Resolver
from panel.outbox.pace.pace import server_of
from panel.settings import providers
from panel.settings.model import Settings

if TYPE_CHECKING:  # a login with a password has none
    from panel.settings.oauth.grant import Grant

FIRST, SECOND = "first", "second"
OF_NO_SERVER = frozenset({"mx", "bounce_address", "mta_sts", "tls_rpt"})  # what the domain says of mail towards it
# From which nobody outside is seen: the address that receivers see is another one then.
_INSIDE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8")))
_INSIDE += tuple(map(ip_network, ("169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10")))


def examine_second(
    config: Config, settings: Settings, names: Resolver, grant: Grant | None, *, deadline: Deadline, now: datetime
) -> Iterator[Finding]:
    """Look at the second server of these settings; `grant` is the sign-in that it uses."""
    second, policy, redirect_uri = settings.by_second, config.policy, config.redirect_uri
    if server_of(second.smtp_host, second.smtp_port) == server_of(settings.smtp_host, settings.smtp_port):
        yield of_server(_same(second), SECOND)
    for each in examine_server(second, names, None, policy=policy, deadline=deadline, now=now):
        yield of_server(each, SECOND)
    if second.by_token:
        from panel.checks.doctor.sign_in import examine_sign_in  # few logins are made with a token

        for each in examine_sign_in(second, grant, redirect_uri, policy=policy, deadline=deadline, now=now):
            yield of_server(each, SECOND)
    if publishes(second):
        for each in _believed(second, names):
            yield of_server(each, SECOND)


def of_server(finding: Finding, server: str) -> Finding:
    """Name the server that a finding is about."""
    return replace(finding, server=server)


def _same(second: Settings) -> Finding:
    return warning(
        "second",
        N_("The second server is the first one (%(host)s): what stops one stops the other."),
        N_("Choose a server of another service, or switch the second server off."),
        host=second.smtp_host,
    )


def _believed(second: Settings, names: Resolver) -> Iterator[Finding]:
    """Compare what the sender's domain says with mail that comes from the second server."""
    yield from examine_demands(second)
    spf = _sender_policy(second, names)
    yield spf
    yield unknown(
        "dkim",
        N_("Whether %(host)s signs with a key of %(domain)s (DKIM) shows in a message only: send a test email by it."),
        host=second.smtp_host,
        domain=second.sender_domain,
    )
    yield _alignment(second, names, spf)


def _sender_policy(second: Settings, names: Resolver) -> Finding:
    """Look for the second server in SPF: by its service's own record, else by the addresses of its name."""
    found = examine_sender_policy(second, names, None)
    service = providers.by_host(second.smtp_host)
    if found.status is not FindingStatus.OK or (service and service.name in SPF_OF):
        return found
    if service:
        return unknown(
            "spf", N_("From which addresses %(service)s sends is not known here; ask it."), service=service.title
        )
    addresses = [each for each in names.addresses(second.smtp_host).values if not _is_inside(each)]
    if not addresses:
        return unknown("spf", N_("From which address %(host)s sends cannot be seen from here."), host=second.smtp_host)
    return _of_addresses(second, names, addresses)


def _of_addresses(second: Settings, names: Resolver, addresses: list[str]) -> Finding:
    host, domain = second.smtp_host, second.bounce_domain
    results = {each: evaluate(names, each, second.mail_from, second.local_hostname)[0] for each in addresses}
    refused = [each for each, result in results.items() if result not in ("pass", "temperror")]
    if refused:
        record = next(text for text in names.txt(domain).values if text.lower().startswith("v=spf1"))
        return warning(
            "spf",
            N_("SPF of %(domain)s does not allow %(addresses)s, where %(host)s is: its mail may be taken for forged."),
            N_("If it sends from there, put this in place of the record:"),
            record=record_with(domain, " ".join(map(mechanism, refused)), record),
            domain=domain,
            addresses=", ".join(refused),
            host=host,
        )
    if "temperror" in results.values():
        return unknown("spf", N_("The name look-up got no answer for %(name)s."), name=domain)
    return ok("spf", N_("SPF of %(domain)s allows %(address)s."), domain=domain, address=", ".join(addresses))


def _is_inside(address: str) -> bool:
    known = ip_address(address)
    return any(known in network for network in _INSIDE if network.version == known.version)


def _alignment(second: Settings, names: Resolver, spf: Finding) -> Finding:
    """Judge whether mail by the second passes DMARC: the keys that are published may be those of the first alone."""
    found = examine_dmarc(second, names, signed=False)
    policy = str(found.what.values.get("policy", ""))
    if found.status is not FindingStatus.OK or spf.status is FindingStatus.OK or not policy:
        return found
    level = problem if policy != "none" and spf.status is not FindingStatus.UNKNOWN else warning
    return level(
        "dmarc",
        N_("DMARC of %(name)s: %(policy)s. SPF is not known to cover %(host)s, so its mail passes by DKIM alone."),
        N_("Put it into SPF, or have it sign with a key of %(domain)s, and send a test email by it."),
        name=str(found.what.values["name"]),
        policy=policy,
        host=second.smtp_host,
        domain=second.sender_domain,
    )
