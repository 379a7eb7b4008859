"""What the sender's domain says by SPF (RFC 7208), and the record that would say the right thing."""

from __future__ import annotations

from typing import Any

from panel.checks.doctor.finding import Finding, ok, problem, unknown
from panel.checks.doctor.spf_check import evaluate
from panel.i18n import N_
from panel.mail.net.resolver import Resolver
from panel.settings import providers
from panel.settings.model import Settings

# Where services keep the SPF record that covers their servers.
SPF_OF = {
    "gmail": "_spf.google.com",
    "workspace_relay": "_spf.google.com",
    "microsoft365": "spf.protection.outlook.com",
    "ses_tokyo": "amazonses.com",
    "sendgrid": "sendgrid.net",
    "mailgun": "mailgun.org",
    "zoho": "zoho.com",
    "yandex": "_spf.yandex.net",
}
MOST_TEXT = 255  # bytes of one string in a TXT record, RFC 1035 section 3.3


def examine_sender_policy(settings: Settings, names: Resolver, address: str | None) -> Finding:
    """Evaluate SPF for the address that is seen, or look for the service's own record in it.

    It is about the envelope's sender: the bounce address, where there is one.
    """
    domain = settings.bounce_domain
    found = names.txt(domain)
    if not found.known:
        return unknown("spf", N_("The name look-up got no answer for %(name)s."), name=domain)
    records = [text for text in found.values if text.lower().split(" ")[0] == "v=spf1"]
    service = providers.by_host(settings.smtp_host)
    include = SPF_OF.get(service.name, "") if service else ""
    if len(records) != 1:
        return _not_one(domain, len(records), record_with(domain, _who(include, address)))
    if address:
        return _for_address(settings, names, address, records[0])
    if include:
        return _with_service(domain, records[0], include, names)
    return ok(
        "spf",
        N_("%(domain)s has an SPF record. Give the address that receivers see to have it evaluated."),
        domain=domain,
    )


def record_with(domain: str, who: str, record: str = "") -> str:
    """Give the domain's record with one more sender in it, before the word that ends it, ready to copy."""
    words = record.split() or ["v=spf1", "~all"]
    end = next((at for at, word in enumerate(words) if _ends(word)), len(words))
    text = " ".join([*words[:end], who, *words[end:]])
    strings = (text[at : at + MOST_TEXT] for at in range(0, len(text), MOST_TEXT))
    return f"{domain}. TXT " + " ".join(f'"{each}"' for each in strings)


def _ends(word: str) -> bool:
    return word.lower().lstrip("+-~?") == "all" or word.lower().startswith("redirect=")


def _who(include: str, address: str | None) -> str:
    if include:
        return f"include:{include}"
    return mechanism(address) if address else "mx"


def mechanism(address: str) -> str:
    """Write the word of SPF that lets an address send."""
    return f"{'ip6' if ':' in address else 'ip4'}:{address}"


def _not_one(domain: str, count: int, record: str) -> Finding:
    if count:
        return problem(
            "spf",
            N_("%(domain)s has %(count)d SPF records; that counts as none."),
            N_("Leave one."),
            domain=domain,
            count=count,
        )
    return problem(
        "spf",
        N_("%(domain)s has no SPF record: receivers cannot tell its mail from a forgery."),
        N_("Publish this record, with everything else that sends for the domain in it:"),
        record=record,
        domain=domain,
    )


def _for_address(settings: Settings, names: Resolver, address: str, record: str) -> Finding:
    domain = settings.bounce_domain
    result, why = evaluate(names, address, settings.mail_from, settings.local_hostname)
    facts: dict[str, Any] = {"address": address, "domain": domain, "result": result, "why": why}
    if result == "pass":
        return ok("spf", N_("SPF of %(domain)s allows %(address)s."), **facts)
    if result == "permerror":
        return problem(
            "spf",
            N_("The SPF record of %(domain)s is broken: %(why)s"),
            N_("Mend it; at most ten look-ups are allowed."),
            **facts,
        )
    if result == "temperror":
        return unknown("spf", N_("SPF of %(domain)s could not be evaluated: %(why)s"), **facts)
    return problem(
        "spf",
        N_("SPF of %(domain)s does not allow %(address)s (%(result)s)."),
        N_("Put this in place of the record:"),
        record=record_with(domain, mechanism(address), record),
        **facts,
    )


def _with_service(domain: str, record: str, include: str, names: Resolver) -> Finding:
    """Look for a service's record in that of the domain, and in those that it includes."""
    if _includes(record, include, names, set()):
        return ok("spf", N_("SPF of %(domain)s covers the service (%(include)s)."), domain=domain, include=include)
    return problem(
        "spf",
        N_("SPF of %(domain)s does not cover the service (%(include)s)."),
        N_("Put this in place of the record:"),
        record=record_with(domain, f"include:{include}", record),
        domain=domain,
        include=include,
    )


def _includes(record: str, wanted: str, names: Resolver, seen: set[str]) -> bool:
    for word in record.lower().split():
        kind, _, name = word.lstrip("+").replace("redirect=", "include:").partition(":")
        if kind != "include" or name in seen or len(seen) >= 10:
            continue
        seen.add(name)
        texts = names.txt(name).values
        if name == wanted or any(_includes(text, wanted, names, seen) for text in texts if text.startswith("v=spf1")):
            return True
    return False
