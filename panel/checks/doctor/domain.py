"""What the sender's domain says about its mail: MX, SPF, DKIM, DMARC, MTA-STS and TLS reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from publicsuffixlist import PublicSuffixList

from panel.checks.doctor.finding import Finding, FindingStatus, ok, problem, unknown, warning
from panel.checks.doctor.sender_policy import examine_sender_policy
from panel.i18n import N_
from panel.mail.net.resolver import Records, Resolver
from panel.settings import providers
from panel.settings.model import Settings

# Their bounces go to a domain of theirs: SPF passes under that one, and not under the sender's.
OWN_RETURN_PATH = frozenset({"ses_tokyo", "sendgrid", "mailgun", "postmark"})
SELECTORS = ("default", "google", "selector1", "selector2", "s1", "s2", "k1", "mail", "dkim")


def examine_domain(
    settings: Settings, names: Resolver, address: str | None, selectors: Iterable[str]
) -> Iterator[Finding]:
    """Look at all of them; `address` is the one that receivers will see, if it is known."""
    domain = settings.sender_domain
    yield _mx(domain, names)
    if settings.bounce_domain != domain:
        yield _bounces(settings.bounce_domain, names)
    yield from examine_demands(settings)
    yield examine_sender_policy(settings, names, address)
    keys = _dkim(domain, names, tuple(selectors))
    yield keys
    yield examine_dmarc(settings, names, signed=keys.status is FindingStatus.OK)
    yield from _transport(domain, names)


def publishes(settings: Settings) -> bool:
    """Say whether the sender has a domain; a literal publishes nothing."""
    return bool(settings.sender_domain) and not settings.sender_domain.startswith("[")


def _mx(domain: str, names: Resolver) -> Finding:
    found = names.mx(domain)
    if _is_null(found):
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


def _is_null(found: Records) -> bool:
    """Say whether a domain says by its MX that it takes no mail (RFC 7505): it names the root, which has no name."""
    return len(found.values) == 1 and found.values[0].split()[1:] in ([], ["."])


def _bounces(domain: str, names: Resolver) -> Finding:
    """Look whether the domain of the bounce address can receive what comes back."""
    found = names.mx(domain)
    if not found.known:
        return unknown("bounce_address", N_("The name look-up got no answer for %(name)s."), name=domain)
    if found and not _is_null(found):
        host = found.values[0].split()[-1]
        return ok("bounce_address", N_("Bounces to %(domain)s go to %(host)s."), domain=domain, host=host)
    if not found and names.addresses(domain):
        return warning("bounce_address", N_("%(domain)s has no MX; mail to it goes to its address."), domain=domain)
    return problem(
        "bounce_address",
        N_("%(domain)s can receive no mail: bounces are lost, and many servers refuse such a sender."),
        N_("Use a bounce address whose domain has an MX record, or leave it empty."),
        domain=domain,
    )


def examine_demands(settings: Settings) -> Iterator[Finding]:
    """Say where a service demands another bounce address."""
    service = providers.by_host(settings.smtp_host)
    if service and service.same_sender and settings.mail_from.lower() != settings.from_address.lower():
        yield problem(
            "bounce_address",
            N_("%(service)s takes mail only where bounce address and from address are the same."),
            N_("Leave the bounce address empty, and read the bounces in the mailbox of the from address."),
            service=service.title,
        )


def _dkim(domain: str, names: Resolver, selectors: tuple[str, ...]) -> Finding:
    """Look for keys under the selectors that are given, or the usual ones (RFC 6376 section 3.6.2.1)."""
    tried = selectors or SELECTORS
    answers = {name: names.txt(f"{name}._domainkey.{domain}") for name in tried}
    found = [name for name, answer in answers.items() if any(map(_holds_key, answer.values))]
    if found:
        return ok("dkim", N_("DKIM keys of %(domain)s: %(found)s."), domain=domain, found=", ".join(found))
    if not any(answer.known for answer in answers.values()):
        return unknown("dkim", N_("The name look-up got no answer for %(name)s."), name=f"_domainkey.{domain}")
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


def _holds_key(text: str) -> bool:
    """Say whether a record has a key; an empty one has been withdrawn (RFC 6376 section 3.6.1)."""
    return bool(_tags(text).get("p"))


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}


def examine_dmarc(settings: Settings, names: Resolver, *, signed: bool) -> Finding:
    """Look for the policy of the domain, else of its organisational domain (RFC 7489 section 6.6.3)."""
    domain = settings.sender_domain
    above = _organisational(domain)
    for name in dict.fromkeys((domain, above)):
        answer = names.txt(f"_dmarc.{name}")
        records = [text for text in answer.values if text.lower().startswith("v=dmarc1")]
        if len(records) == 1:
            return _policy(settings, name, _tags(records[0]), signed=signed)
        if not answer.known:
            return unknown("dmarc", N_("The name look-up got no answer for %(name)s."), name=f"_dmarc.{name}")
    return warning(
        "dmarc",
        N_("%(domain)s has no DMARC record; large receivers want one."),
        N_("Publish this record, and tighten it when the reports are clean:"),
        record=f'_dmarc.{above}. TXT "v=DMARC1; p=none; rua=mailto:postmaster@{above}"',
        domain=domain,
    )


def _policy(settings: Settings, name: str, tags: dict[str, str], *, signed: bool) -> Finding:
    """Judge a policy, and whether what passes can be in line with the From (RFC 7489 section 3.1)."""
    inherited = name != settings.sender_domain and "sp" in tags
    policy = tags["sp" if inherited else "p"].lower() if inherited or "p" in tags else ""
    if policy not in ("none", "quarantine", "reject"):
        return problem(
            "dmarc",
            N_("The DMARC record of %(name)s has no policy."),
            N_("Write p=none, p=quarantine or p=reject in it."),
            name=name,
        )
    service = providers.by_host(settings.smtp_host)
    if service and service.name in OWN_RETURN_PATH and not signed:
        return (warning if policy == "none" else problem)(
            "dmarc",
            N_("DMARC of %(name)s: %(policy)s. %(service)s sends under its own return path, so only DKIM can pass."),
            N_("Have %(service)s sign with a key of %(domain)s, and publish the key that it gives you."),
            name=name,
            policy=policy,
            service=service.title,
            domain=settings.sender_domain,
        )
    if not _is_aligned(settings, strictly=tags.get("aspf", "r").lower() == "s"):
        return _by_key_alone(settings, name, policy, signed=signed)
    return ok(
        "dmarc",
        N_("DMARC of %(name)s: %(policy)s. SPF or DKIM has to pass under this domain."),
        name=name,
        policy=policy,
    )


def _is_aligned(settings: Settings, *, strictly: bool) -> bool:
    """Say whether SPF, which passes under the domain of the bounces, counts for the From (RFC 7489 section 3.1.2)."""
    bounces, sender = settings.bounce_domain, settings.sender_domain
    return bounces == sender or (not strictly and _organisational(bounces) == _organisational(sender))


def _by_key_alone(settings: Settings, name: str, policy: str, *, signed: bool) -> Finding:
    """Judge a policy beside a bounce address of another domain: SPF passes under that one, and DKIM has to."""
    facts = {"name": name, "policy": policy, "bounces": settings.bounce_domain, "domain": settings.sender_domain}
    what = N_("DMARC of %(name)s: %(policy)s. Bounces go to %(bounces)s, so SPF does not count, and DKIM has to pass.")
    if signed:
        return ok("dmarc", what, **facts)
    return (warning if policy == "none" else problem)(
        "dmarc",
        what,
        N_("Use a bounce address in %(domain)s, or have your mail service sign with a key of that domain."),
        **facts,
    )


def _transport(domain: str, names: Resolver) -> Iterator[Finding]:
    """Note what the domain says about TLS towards it (RFC 8461, RFC 8460)."""
    for name, record, key, sign in (
        ("mta_sts", "MTA-STS", "_mta-sts", "v=STSv1"),
        ("tls_rpt", "TLSRPT", "_smtp._tls", "v=TLSRPTv1"),
    ):
        answer = names.txt(f"{key}.{domain}")
        if any(text.startswith(sign) for text in answer.values):
            yield ok(name, N_("%(record)s is published."), record=record)
        elif answer.known:
            yield ok(name, N_("%(record)s is not published; it concerns mail to you."), record=record)
        else:
            yield unknown(name, N_("The name look-up got no answer for %(name)s."), name=f"{key}.{domain}")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def _organisational(domain: str) -> str:
    """Give the domain that somebody registered, by the list of public suffixes."""
    return str(_suffixes().privatesuffix(domain) or domain)
