"""What the sender's domain says about its mail: MX, SPF, DKIM, DMARC, MTA-STS and TLS reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from publicsuffixlist import PublicSuffixList

from panel import providers
from panel.doctor import spf_check
from panel.doctor.finding import Finding, ok, problem, unknown, warning
from panel.language import N_
from panel.names import Names
from panel.settings import Settings

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
SELECTORS = ("default", "google", "selector1", "selector2", "s1", "s2", "k1", "mail", "dkim")


def look(settings: Settings, names: Names, address: str | None, selectors: Iterable[str]) -> Iterator[Finding]:
    """Look at all of them; `address` is the one that receivers will see, if it is known."""
    domain = settings.sender_domain
    yield _mx(domain, names)
    yield _spf(settings, names, address)
    yield _dkim(domain, names, tuple(selectors))
    yield _dmarc(domain, names)
    yield from _transport(domain, names)


def _mx(domain: str, names: Names) -> Finding:
    found = names.mx(domain)
    if found.values == ("0",) or found.values == ("0 .",):
        return problem(
            "mx", N_("%(domain)s says that it takes no mail (RFC 7505); answers and bounces are lost."), domain=domain
        )
    if found:
        return ok(
            "mx",
            N_("Answers and bounces to %(domain)s go to %(host)s."),
            domain=domain,
            host=found.values[0].split()[-1],
        )
    if not found.known:
        return unknown("mx", N_("The name look-up got no answer for %(name)s."), name=domain)
    if names.addresses(domain):
        return warning("mx", N_("%(domain)s has no MX; mail to it goes to its address."), domain=domain)
    return problem(
        "mx",
        N_("%(domain)s can receive no mail: many servers refuse such a sender."),
        N_("Use a from address whose domain has an MX record."),
        domain=domain,
    )


def _spf(settings: Settings, names: Names, address: str | None) -> Finding:
    """Evaluate SPF for the address that is seen (RFC 7208), or look for the service's own record in it."""
    domain = settings.sender_domain
    found = names.txt(domain)
    records = [text for text in found.values if text.lower().split(" ")[0] == "v=spf1"]
    service = providers.by_host(settings.smtp_host)
    include = SPF_OF.get(service.name, "") if service else ""
    if not found.known:
        return unknown("spf", N_("The name look-up got no answer for %(name)s."), name=domain)
    if len(records) > 1:
        return problem(
            "spf",
            N_("%(domain)s has %(count)d SPF records; that counts as none."),
            N_("Leave one."),
            domain=domain,
            count=len(records),
        )
    if not records:
        return problem(
            "spf",
            N_("%(domain)s has no SPF record: receivers cannot tell its mail from a forgery."),
            N_("Publish this record, with everything else that sends for the domain in it:"),
            record=_spf_record(domain, include, address),
            domain=domain,
        )
    if address:
        return _spf_for(settings, names, address, _spf_record(domain, include, address))
    if include:
        return _spf_includes(domain, records[0], include, names)
    return ok(
        "spf",
        N_("%(domain)s has an SPF record. Give the address that receivers see to have it evaluated."),
        domain=domain,
    )


def _spf_record(domain: str, include: str, address: str | None) -> str:
    kind = "ip6" if address and ":" in address else "ip4"
    who = f"include:{include}" if include else f"{kind}:{address}" if address else "mx"
    return f'{domain}. TXT "v=spf1 {who} ~all"'


def _spf_for(settings: Settings, names: Names, address: str, record: str) -> Finding:
    result, why = spf_check.evaluate(names, address, settings.from_address, settings.local_hostname)
    facts: dict[str, Any] = {"address": address, "domain": settings.sender_domain, "result": result, "why": why}
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
        N_("Add the address to the record, for example:"),
        record=record,
        **facts,
    )


def _spf_includes(domain: str, record: str, include: str, names: Names) -> Finding:
    """Look for a service's record in that of the domain, and in those that it includes."""
    if _includes(record, include, names, set()):
        return ok("spf", N_("SPF of %(domain)s covers the service (%(include)s)."), domain=domain, include=include)
    return problem(
        "spf",
        N_("SPF of %(domain)s does not cover the service (%(include)s)."),
        N_("Add this to the record, before its last word:"),
        record=f"include:{include}",
        domain=domain,
        include=include,
    )


def _includes(record: str, wanted: str, names: Names, seen: set[str]) -> bool:
    for word in record.lower().split():
        kind, _, name = word.lstrip("+").replace("redirect=", "include:").partition(":")
        if kind != "include" or name in seen or len(seen) >= 10:
            continue
        seen.add(name)
        texts = names.txt(name).values
        if name == wanted or any(_includes(text, wanted, names, seen) for text in texts if text.startswith("v=spf1")):
            return True
    return False


def _dkim(domain: str, names: Names, selectors: tuple[str, ...]) -> Finding:
    """Look for keys under the selectors that are given, or the usual ones (RFC 6376 section 3.6.2.1)."""
    tried = selectors or SELECTORS
    found = [name for name in tried if any("p=" in text for text in names.txt(f"{name}._domainkey.{domain}").values)]
    if found:
        return ok("dkim", N_("DKIM keys of %(domain)s: %(found)s."), domain=domain, found=", ".join(found))
    if selectors:
        return problem(
            "dkim",
            N_("%(domain)s has no DKIM key under %(tried)s."),
            N_("Publish the key that your mail service gives you."),
            domain=domain,
            tried=", ".join(tried),
        )
    return warning(
        "dkim",
        N_("No DKIM key was found under the usual names; a key can stand under any."),
        N_("Switch DKIM on at your mail service, and give its selector to be sure."),
    )


def _dmarc(domain: str, names: Names) -> Finding:
    """Look for the policy of the domain, else of its organisational domain (RFC 7489 section 6.6.3)."""
    above = _organisational(domain)
    for name in dict.fromkeys((domain, above)):
        answer = names.txt(f"_dmarc.{name}")
        records = [text for text in answer.values if text.lower().startswith("v=dmarc1")]
        if len(records) == 1:
            return _policy(name, records[0])
        if not answer.known:
            return unknown("dmarc", N_("The name look-up got no answer for %(name)s."), name=f"_dmarc.{name}")
    return warning(
        "dmarc",
        N_("%(domain)s has no DMARC record; large receivers want one."),
        N_("Publish this record, and tighten it when the reports are clean:"),
        record=f'_dmarc.{above}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@{above}"',
        domain=domain,
    )


def _policy(name: str, record: str) -> Finding:
    tags = dict(part.strip().split("=", 1) for part in record.split(";") if "=" in part)
    policy = tags.get("p", "").strip().lower()
    if policy not in ("none", "quarantine", "reject"):
        return problem(
            "dmarc",
            N_("The DMARC record of %(name)s has no policy."),
            N_("Write p=none, p=quarantine or p=reject in it."),
            name=name,
        )
    return ok(
        "dmarc",
        N_("DMARC of %(name)s: %(policy)s. SPF or DKIM has to pass under this domain."),
        name=name,
        policy=policy,
    )


def _transport(domain: str, names: Names) -> Iterator[Finding]:
    """Note what the domain says about TLS towards it (RFC 8461, RFC 8460)."""
    for name, key, sign in (("mta_sts", "_mta-sts", "v=STSv1"), ("tls_rpt", "_smtp._tls", "v=TLSRPTv1")):
        found = any(text.startswith(sign) for text in names.txt(f"{key}.{domain}").values)
        message = (
            N_("%(record)s is published.") if found else N_("%(record)s is not published; it concerns mail to you.")
        )
        yield ok(name, message, record=sign.removeprefix("v=").removesuffix("v1"))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _organisational(domain: str) -> str:
    """Give the domain that somebody registered, by the list of public suffixes."""
    return str(_suffixes().privatesuffix(domain) or domain)
