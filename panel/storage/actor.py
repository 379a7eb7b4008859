"""Who asks for a change: made at the door where somebody came in, and handed down to what is written."""

from typing import NamedTuple


class Actor(NamedTuple):
    """Somebody who asks: the name as the history and the limits know it, the door, and the address behind it.

    A program has an account `behind` it, which made its token. `role` is what the door knows them as, and `request`
    names the one request in which they ask.
    """

    name: str
    via: str
    address: str = ""
    behind: str = ""
    role: str = ""
    request: str = ""

    @property
    def owner(self) -> str:
        """Name the account whose sign-ins these are to use."""
        return self.behind or self.name
