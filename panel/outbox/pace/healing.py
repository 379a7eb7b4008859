"""When held mail is tried again by itself, and when no more: a refused login costs something, a look does not."""

from __future__ import annotations

from enum import StrEnum

from panel.outbox.pace.rate import DAY_MS, HOUR_MS, MINUTE_MS, backoff_ms

LOOK_MS, LOOK_MOST_MS = 30_000, 15 * MINUTE_MS  # between two looks whether a server is there again
# Between two logins that a server could not check: some count as wrong ones, and five within ten minutes are a ban in
# what fail2ban brings along.
LOGIN_MS, LOGIN_MOST_MS = 2 * MINUTE_MS, HOUR_MS
TOKEN_MS, TOKEN_MOST_MS = MINUTE_MS, HOUR_MS  # between two requests for a token, which no mail server counts
# Between two tries that somebody asks for. With the refusal before the first there are four logins in ten minutes.
ASKED_LOOK_MS, ASKED_LOGIN_MS = 5_000, 4 * MINUTE_MS
SELDOM_MS = (15 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS, DAY_MS, DAY_MS, DAY_MS)  # between two logins that were refused


class Again(StrEnum):
    """How a hold looks again by itself.

    `soon`: a server that was not there costs nothing to look at. `later`: it could not check the login. `renewal`: the
    server that gives tokens gave none for now. `seldom`: it had too many logins, or refused one that had worked.
    `if_worked` is `seldom` for settings whose login has worked, else `never`: nobody guesses at passwords.
    """

    SOON = "soon"
    LATER = "later"
    RENEWAL = "renewal"
    SELDOM = "seldom"
    IF_WORKED = "if_worked"
    NEVER = "never"


def wait_ms(again: Again, tries: int) -> int | None:
    """Give how long to wait after so many tries of this kind, the first refusal among them; None for ever."""
    match again:
        case Again.SOON:
            return backoff_ms(tries, 0.5, first_ms=LOOK_MS, most_ms=LOOK_MOST_MS)
        case Again.LATER:
            return backoff_ms(tries, 0.5, first_ms=LOGIN_MS, most_ms=LOGIN_MOST_MS)
        case Again.RENEWAL:
            return backoff_ms(tries, 0.5, first_ms=TOKEN_MS, most_ms=TOKEN_MOST_MS)
        case Again.SELDOM:
            return SELDOM_MS[tries - 1] if tries <= len(SELDOM_MS) else None
    return None
