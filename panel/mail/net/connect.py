"""The way to a server: its name resolved once, every address judged, and the first that answers connected to."""

from __future__ import annotations

import errno
import os
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from ipaddress import ip_address
from itertools import chain, zip_longest
from typing import NamedTuple

from panel.mail.net import network_faults
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import NoRoute, TimeIsUp
from panel.mail.net.policy import Policy, is_loopback
from panel.mail.patterns import pattern_of

ATTEMPT_SECONDS = 0.25  # RFC 8305 section 5: how long one attempt goes on alone

_NOT_FOUND = {getattr(socket, name, socket.EAI_NONAME) for name in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY")}
_NAME = pattern_of(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,126}")  # whatever the DNS says this machine is called


class Endpoint(NamedTuple):
    """One address of a server, judged and ready to be connected to."""

    family: socket.AddressFamily
    address: tuple[object, ...]
    source: str = ""  # the address of this machine to come from; blank for whichever the system takes

    @property
    def ip(self) -> str:
        """Give the IP address alone."""
        return str(self.address[0])


_Connected = tuple[socket.socket, Endpoint]


def resolve(
    host: str,
    port: int,
    *,
    policy: Policy,
    deadline: Deadline,
    first: socket.AddressFamily | None = None,
    source: str = "",
) -> list[Endpoint]:
    """Give the addresses that may be connected to, both families in turn (RFC 8305 section 4), or raise `NoRoute`.

    With a `source` they are those that this address of ours leads to.
    """
    found = _looked_up(host, port, deadline)
    allowed = [each for each in found if policy.allows(each.ip)]
    if not allowed:
        raise NoRoute("address_denied", found[0].ip)
    return come_from(source, _in_turn(allowed, first or socket.AF_INET6))


def come_from(source: str, endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """Give those that an address of this machine leads to, to be come to from it, or raise `NoRoute`.

    At this machine itself it counts only where it is a loopback address: who listens there trusts by those.
    """
    if not source:
        return list(endpoints)
    found = [_from(source, each) for each in endpoints if _leads_to(source, each.ip)]
    if not found:
        family = _version(source) == _version(endpoints[0].ip)
        raise _no_source(_from(source, endpoints[0]), errno.EINVAL if family else errno.EAFNOSUPPORT)
    return found


def _leads_to(source: str, ip: str) -> bool:
    if is_loopback(ip) and not is_loopback(source):
        return True
    return _version(source) == _version(ip) and is_loopback(source) == is_loopback(ip)


def _from(source: str, endpoint: Endpoint) -> Endpoint:
    here = is_loopback(endpoint.ip) and not is_loopback(source)
    return endpoint if here else endpoint._replace(source=source)


def _version(ip: str) -> int:
    return ip_address(ip.partition("%")[0]).version


def _no_source(endpoint: Endpoint, code: int) -> NoRoute:
    return NoRoute("source_address", f"{endpoint.source} -> {endpoint.ip} ({os.strerror(code)})")


def connect(endpoints: Iterable[Endpoint], deadline: Deadline) -> _Connected:
    """Connect to the first that answers, a new attempt beginning when one fails or hesitates.

    Where none does, one that was connected and cut again at once is given all the same: whether that is seen before
    the first read or in it is chance, and the read tells both alike.
    """
    waiting, faults, cut = deque(endpoints), dict[Endpoint, int](), list[_Connected]()
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or selector.get_map():
                if waiting and (begun := _begun(waiting.popleft(), faults)):
                    selector.register(begun[0], selectors.EVENT_WRITE, begun)
                won = _first_of(selector, faults, cut, deadline, ATTEMPT_SECONDS if waiting else None)
                if won:
                    return won
        except TimeIsUp:
            faults |= {key.data[1]: errno.ETIMEDOUT for key in selector.get_map().values()}
        finally:
            for key in list(selector.get_map().values()):
                selector.unregister(key.fileobj)
                key.data[0].close()
    if cut:
        return cut.pop()
    raise NoRoute(*network_faults.decisive((each.ip, code) for each, code in faults.items()))


@cache
def own_name() -> str:
    """Give this machine's full name, which may ask the DNS; empty where it has none that others could know."""
    name = socket.getfqdn().rstrip(".").lower()
    known = _NAME.fullmatch(name) and not name.endswith((".localdomain", ".arpa"))
    return name if known else ""


def own_name_within(deadline: Deadline) -> str:
    """The same, given up where the DNS hesitates."""
    found: list[str] = []
    try:
        _aside(lambda: found.append(own_name()), deadline.shorter(2))
    except TimeIsUp:
        return ""
    return found[0] if found else ""


def _looked_up(host: str, port: int, deadline: Deadline) -> list[Endpoint]:
    answers: list[Endpoint] = []
    faults: list[OSError] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.extend(Endpoint(family, tuple(address)) for family, _, _, _, address in found)
        except OSError as fault:
            faults.append(fault)
        except UnicodeError:  # no name of the DNS has such labels: there are no answers
            return

    try:
        _aside(ask, deadline)
    except TimeIsUp:
        raise NoRoute("dns_unavailable") from None
    if faults or not answers:
        raise _why(faults[0]) if faults else NoRoute("dns_not_found")
    return answers


def _why(fault: OSError) -> NoRoute:
    """Tell a name that is not there from a look-up that failed, and from one that this machine could not begin."""
    if not isinstance(fault, socket.gaierror):  # EAI_SYSTEM: the system's own error
        code = fault.errno or 0
        ours = network_faults.cause_of_errno(code) == "local_resources"
        return NoRoute("local_resources", os.strerror(code)) if ours else NoRoute("dns_unavailable")
    if fault.errno == socket.EAI_MEMORY:
        return NoRoute("local_resources", os.strerror(errno.ENOMEM))
    return NoRoute("dns_not_found" if fault.errno in _NOT_FOUND else "dns_unavailable")


def _aside(act: Callable[[], object], deadline: Deadline) -> None:
    """Run what knows no deadline in a thread of its own, and leave it behind when ours has passed."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(deadline.wait())


def _in_turn(endpoints: list[Endpoint], first: socket.AddressFamily) -> list[Endpoint]:
    one = [each for each in endpoints if each.family == first]
    other = [each for each in endpoints if each.family != first]
    return [each for each in chain.from_iterable(zip_longest(one, other)) if each]


def _begun(endpoint: Endpoint, faults: dict[Endpoint, int]) -> _Connected | None:
    """Begin to connect; what fails at once is noted."""
    try:
        begun = socket.socket(endpoint.family, socket.SOCK_STREAM)
    except OSError as fault:
        faults[endpoint] = fault.errno or 0
        return None
    begun.setblocking(False)
    if endpoint.source:
        _bind(begun, endpoint)
    code = begun.connect_ex(endpoint.address)
    if code in (0, errno.EINPROGRESS):
        return begun, endpoint
    faults[endpoint] = code
    begun.close()
    return None


def _bind(begun: socket.socket, endpoint: Endpoint) -> None:
    """Come from the address that was asked for, whatever the port; raise `NoRoute` where this machine has it not."""
    try:
        begun.bind((endpoint.source, 0))
    except OSError as fault:
        begun.close()
        raise _no_source(endpoint, fault.errno or 0) from None


def _first_of(
    selector: selectors.BaseSelector,
    faults: dict[Endpoint, int],
    cut: list[_Connected],
    deadline: Deadline,
    seconds: float | None,
) -> _Connected | None:
    """Wait for one that is connected; None when it is time for the next attempt, or when none is left."""
    patience = deadline.shorter(seconds) if seconds is not None else deadline
    while selector.get_map():
        try:
            wait = patience.wait()
        except TimeIsUp:
            deadline.wait()  # is it all over, or only this attempt's time alone?
            return None
        for key, _ in selector.select(wait):
            connecting, endpoint = key.data
            selector.unregister(connecting)
            code = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                return connecting, endpoint
            faults[endpoint] = code
            if network_faults.cause_of_errno(code) == "connection_lost":
                cut.append((connecting, endpoint))
            else:
                connecting.close()
            if seconds is not None:
                return None
    return None
