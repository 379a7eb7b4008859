"""DNS look-ups under one deadline, each asked once; whatever a resolver does, the answer is a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dns.exception
import dns.resolver
import dns.reversename

from panel.mail.net.deadline import Deadline
from panel.mail.text import decoded

LOOK_UP_SECONDS = 3.0  # for one look-up, of what is left for all


@dataclass(frozen=True, slots=True)
class Records:
    """What a name has; `known` is False where the resolver did not say, which is no word about the name."""

    values: tuple[str, ...] = ()
    known: bool = True

    def __bool__(self) -> bool:
        return bool(self.values)


class Resolver:
    """Asks the machine's resolver, or the one that is given as address and port."""

    def __init__(self, deadline: Deadline, resolver: tuple[str, int] | None = None) -> None:
        self._deadline = deadline
        self._answers: dict[tuple[str, str], Records] = {}
        self._resolver = _configured(resolver)

    @property
    def answered(self) -> bool:
        """Say whether the resolver has answered every question so far."""
        return all(answer.known for answer in self._answers.values())

    def txt(self, name: str) -> Records:
        """Give the texts of a name, each in one piece."""
        return self._ask(name, "TXT")

    def mx(self, name: str) -> Records:
        """Give the mail exchangers as `preference host`, the preferred ones first."""
        return self._ask(name, "MX")

    def srv(self, name: str) -> Records:
        """Give the services as `priority weight port host` (RFC 2782)."""
        return self._ask(name, "SRV")

    def addresses(self, name: str) -> Records:
        """Give the IPv4 and IPv6 addresses of a name."""
        four, six = self._ask(name, "A"), self._ask(name, "AAAA")
        return Records(four.values + six.values, four.known and six.known)

    def ptr(self, address: str) -> Records:
        """Give the names of an address."""
        return self._ask(dns.reversename.from_address(address).to_text(omit_final_dot=True), "PTR")

    def look_up(self, name: str, kind: str) -> Records:
        """Ask for any kind of record."""
        return self._ask(name, kind)

    def _ask(self, name: str, kind: str) -> Records:
        key = (name.lower().rstrip("."), kind)
        if key not in self._answers:
            self._answers[key] = self._asked(*key)
        return self._answers[key]

    def _asked(self, name: str, kind: str) -> Records:
        seconds = min(self._deadline.remaining(), LOOK_UP_SECONDS)
        if not seconds or self._resolver is None:
            return Records(known=False)
        try:
            found = self._resolver.resolve(name, kind, lifetime=seconds, search=False, raise_on_no_answer=False)
        except (dns.resolver.NXDOMAIN, dns.name.EmptyLabel, dns.name.LabelTooLong, dns.name.NameTooLong):
            return Records()
        except (dns.exception.DNSException, OSError, ValueError):
            return Records(known=False)
        return Records(tuple(sorted((_text(each, kind) for each in found.rrset or ()), key=_preferred)))


def _configured(resolver: tuple[str, int] | None) -> dns.resolver.Resolver | None:
    """Make a resolver; None where the machine has none."""
    try:
        made = dns.resolver.Resolver(configure=resolver is None)
    except dns.exception.DNSException:
        return None
    if resolver:
        made.nameservers, made.port = [resolver[0]], resolver[1]
    return made


def _preferred(text: str) -> tuple[int, str]:
    """Order records by the number that they begin with, as MX and SRV do, else by their text."""
    first = text.partition(" ")[0]
    return (int(first) if first.isascii() and first.isdecimal() else 0, text)


def _text(record: Any, kind: str) -> str:
    if kind == "TXT":
        return decoded(b"".join(record.strings))
    return str(record).rstrip(".")
