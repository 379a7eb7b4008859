"""Who asks for a change: made at the door where somebody came in, and handed down to what is written."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from panel.i18n import LOCALES, N_, Text, catalogue


class Actor(NamedTuple):
    """Somebody who asks: the name as the history and the limits know it, the door, and the address behind it.

    A program has an account `behind` it, which made its token. `role` is what the door knows them as, and `request`
    names the one request in which they ask. `step_up` is `host` where a change would have asked for the password again,
    and the sign-in is that of a proxy or of the application around us. `limited` is the beginning of the token that a
    program came with, where that may hand in so much and no more.
    """

    name: str
    via: str
    address: str = ""
    behind: str = ""
    role: str = ""
    request: str = ""
    step_up: str = ""
    limited: str = ""

    @property
    def owner(self) -> str:
        """Name the account whose sign-ins these are to use."""
        return self.behind or self.name


CONFIGURATION = "configuration"  # saves the settings that a file gives
ACTOR_ENDINGS: Mapping[str, str] = {  # how the name of an actor ends that is no person; no person has such a name
    " (token)": N_("%(name)s (token)"),
    " (command line)": N_("%(name)s (command line)"),
}


def actor_words(name: str) -> Text | str:
    """Tell who did something: of a program, what it is stands behind its name in the reader's language."""
    if name == CONFIGURATION:
        return Text(_CONFIGURATION)
    ending = next(filter(name.endswith, ACTOR_ENDINGS), "")
    return Text(ACTOR_ENDINGS[ending], {"name": name.removesuffix(ending)}) if ending else name


_CONFIGURATION = N_("settings file")


def passes_for_program(name: str) -> bool:
    """Say whether a name reads as that of a program, on record or on a page in any language."""
    return name == CONFIGURATION or name.endswith((*ACTOR_ENDINGS, *_endings_told()))


@cache
def _endings_told() -> tuple[str, ...]:
    nobody = {"name": ""}
    return tuple(
        Text(words, nobody).translated(catalogue(locale).gettext)
        for words in ACTOR_ENDINGS.values()
        for locale in LOCALES
    )


def address_group(address: str) -> str:
    """Count an IPv6 network of 64 bits as one address: its owner has all of them."""
    with suppress(ValueError):
        parsed = ip_address(address)
        return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)
    return address
