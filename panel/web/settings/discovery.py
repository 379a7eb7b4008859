"""The server for an address, as the form proposes it: what it fills in, and on what that rests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from panel.i18n import N_, Text
from panel.mail.message.address import BadValue, parse_address
from panel.mail.net.deadline import Deadline
from panel.mail.net.resolver import Resolver
from panel.settings import discovery
from panel.settings.discovery import FoundBy, Proposal, ServerCandidate
from panel.web.context import services
from panel.web.settings.presets import preset_texts
from panel.web.text import gettext, translated

DISCOVERY_SECONDS = 8.0  # for all look-ups together

_RESTS_ON: Mapping[FoundBy, str] = {
    FoundBy.SERVICE: N_("%(domain)s is an address of %(service)s."),
    FoundBy.SRV: N_("%(domain)s names %(host)s in the DNS as its server for outgoing mail."),
    FoundBy.MX: N_("%(service)s takes the mail of %(domain)s, and probably sends it, too."),
}
_NOT_FOUND = N_("No server was found for %(domain)s. Ask your mail service for its outgoing server.")
_NO_ANSWER = N_("The name look-up got no answer about %(domain)s. Try again, or enter the server yourself.")
_USERS: Mapping[str, str] = {
    "address": N_("The user is the whole address."),
    "local_part": N_("The user is what stands before the @."),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What is filled in, under which service, and what is said; `error` where the address is none."""

    texts: dict[str, str | bool] = field(default_factory=dict)
    preset: str = ""
    notes: tuple[str, ...] = ()
    error: str = ""


def search(address_text: str) -> Found:
    """Look for the server of an address."""
    try:
        address = parse_address(address_text)
    except BadValue:
        return Found(error=gettext(N_("Enter the from address first, like report@example.co.jp.")))
    config = services().config
    names = Resolver(Deadline(DISCOVERY_SECONDS), config.resolver)
    found = discovery.find(address, names, config.policy)
    if found is None:
        message = _NOT_FOUND if names.answered else _NO_ANSWER
        return Found(notes=(translated(message, domain=address.rpartition("@")[2]),))
    name = found.service.name if found.service else ""
    return Found(_texts(found), name, tuple(_notes(found)))


def _texts(found: Proposal) -> dict[str, str | bool]:
    """Give the fields as they would be typed; the interval is that of the service, if it is known."""
    known = preset_texts(found.service.name) if found.service else {}
    server = found.server
    return {
        **known,
        "smtp_host": server.host,
        "smtp_port": str(server.port),
        "tls": True,
        "tls_mode": "auto" if discovery.usual_mode(server) else server.tls_mode,
    }


def _notes(found: Proposal) -> Iterator[str]:
    service = found.service
    facts = {"domain": found.domain, "host": found.server.host, "service": service.title if service else ""}
    yield Text(_RESTS_ON[found.found_by], facts).translated(gettext)
    yield gettext(N_("This is a proposal: compare it with what your mail service says before you save it."))
    if user := _USERS.get(service.user_form if service else "address"):
        yield gettext(user)
    if found.pop:
        yield _pop_note(found.pop)


def _pop_note(pop: ServerCandidate) -> str:
    message = N_("For POP before SMTP, the domain names %(host)s, port %(port)d.")
    return translated(message, host=pop.host, port=pop.port)
