"""What a token server answers, read by us: whatever bytes it sends, it is a value of ours or a `TokenFailed`.

oauthlib would take a form for JSON, raise a warning where less is granted than was asked for, and asks the environment.
"""

from __future__ import annotations

import json
import math
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

from panel import clock
from panel.mail.net.https import Answer
from panel.mail.net.url import parse_url
from panel.mail.patterns import pattern_of
from panel.mail.smtp.redaction import LONG_SECRET, Pieces, Redaction
from panel.mail.smtp.sasl import B64TOKEN
from panel.settings.oauth.failure import BROKEN, UNREACHABLE, TokenFailed, failed_as, one_line

USUAL_LIFE, LEAST_LIFE, MOST_LIFE = 3_600, 60, 86_400  # seconds
DEVICE_LIFE, USUAL_INTERVAL, MOST_INTERVAL = 900, 5, 300  # seconds; RFC 8628 section 3.2
MAX_SCOPE, MAX_NAME, MAX_USER_CODE = 1_000, 320, 64  # characters
_MOST_WAIT_MS = 86_400_000
_MAX_PASTED = 8_000  # characters of an address
_ONCE = ("code", "state", "iss", "error")  # RFC 6749 section 3.1: a parameter comes once
_AGAIN = (408, 429)  # statuses that ask for another try, beside 5xx
_VSCHARS = pattern_of(r"[\x20-\x7e]+")  # RFC 6749 appendix A
_DIGITS = pattern_of(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A token that was given (RFC 6749 section 5.1); no `refresh_token` means that the old one goes on.

    `subject` and `email` are what the server says of itself: for showing, not for trusting.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in_s: int = USUAL_LIFE
    scope: str = ""
    subject: str = ""
    email: str = ""
    clock_skew_s: int | None = None  # by how much the server's clock is ahead of ours


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """What somebody types into another device, and what we ask with meanwhile (RFC 8628 section 3.2)."""

    device_code: str = field(repr=False)
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in_s: int
    interval_s: int


class Hidden:
    """Masks the secrets of a request in what its answer says."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = [each for each in secrets if each]
        pieces = [Pieces(each).hide for each in known if len(each) >= LONG_SECRET]
        self._all = [Redaction([("", each) for each in known]).hide, *pieces]

    def __call__(self, text: str) -> str:
        """Give the text with a mask over each of them."""
        for each in self._all:
            (text,) = each([text])
        return text


@dataclass(frozen=True, slots=True)
class TokenReply:
    """A good answer: a JSON object without an error, and with what its secrets are hidden."""

    members: Mapping[str, object] = field(repr=False)
    hide: Hidden = field(repr=False)
    clock_skew_s: int | None = None

    def text(self, name: str, at_most: int = MAX_NAME) -> str:
        """Give a member as harmless text, empty where it is none."""
        return self.shown(self.members.get(name), at_most)

    def shown(self, value: object, at_most: int = MAX_NAME) -> str:
        """Make a value harmless text without secrets, empty where it is no text."""
        return self.hide(one_line(value))[:at_most] if isinstance(value, str) else ""

    def secret(self, name: str) -> str:
        """Give a token as it is, empty where there is none; raise where it is something else."""
        value = self.members.get(name) or ""
        if value and not (isinstance(value, str) and _VSCHARS.fullmatch(value)):
            raise self.broken(f"no {name}")
        return str(value)

    def broken(self, detail: str) -> TokenFailed:
        """Make this answer a failure."""
        return TokenFailed(BROKEN, detail, clock_skew_s=self.clock_skew_s)


def read_reply(answer: Answer, hide: Hidden) -> TokenReply:
    """Read an answer of a token server, or raise what it says instead; 5xx and 429 pass by themselves."""
    members, skew = json_object(answer.body), skew_of(answer)
    wait = _wait_ms(answer.headers.get("retry-after", ""))
    error, said = ((members or {}).get(name) for name in ("error", "error_description"))
    fault = None
    if isinstance(error, str) and error:
        words = said if isinstance(said, str) else ""
        fault = failed_as(error, words, hide=hide, retry_after_ms=wait, clock_skew_s=skew)
    if answer.status >= 500 or answer.status in _AGAIN:
        detail = fault.detail if fault else f"HTTP {answer.status}"
        code = fault.error if fault else ""
        raise TokenFailed(UNREACHABLE, detail, error=code, retry_after_ms=wait, clock_skew_s=skew)
    if fault:
        raise fault
    if members is None or not 200 <= answer.status < 300:
        what = "no JSON object" if members is None else "no error"
        raise TokenFailed(BROKEN, f"HTTP {answer.status}, {what}", retry_after_ms=wait, clock_skew_s=skew)
    return TokenReply(members, hide, skew)


def token_of(reply: TokenReply, *, asked: str, nonce: str = "", issuer: str = "") -> TokenAnswer:
    """Read the answer of RFC 6749 section 5.1; with a nonce, an id_token in it must be of this very sign-in."""
    access, kind = reply.secret("access_token"), reply.members.get("token_type", "bearer")
    if not B64TOKEN.fullmatch(access):
        raise reply.broken("no access_token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise reply.broken("no bearer token")
    claims = _claims(reply.members.get("id_token"))
    if nonce and claims:
        _expect_ours(reply, claims, nonce, issuer)
    given = TokenReply(reply.members, Hidden((access, reply.secret("refresh_token"))), reply.clock_skew_s)
    return TokenAnswer(
        access,
        reply.secret("refresh_token"),
        seconds_within(reply.members.get("expires_in"), LEAST_LIFE, MOST_LIFE, USUAL_LIFE),
        _shown(given, reply, _joined(reply.members.get("scope")) or asked, MAX_SCOPE),
        _shown(given, reply, claims.get("sub") or reply.members.get("sub")),
        _shown(given, reply, _address(claims) or _address(reply.members)),
        reply.clock_skew_s,
    )


def device_of(reply: TokenReply) -> DeviceAnswer:
    """Read the answer of RFC 8628 section 3.2; the address that is shown is one that a browser may be sent to."""
    code = reply.secret("device_code")
    shown = TokenReply(reply.members, Hidden((code,)))
    user_code = _shown(shown, reply, reply.members.get("user_code"), MAX_USER_CODE)
    place = address_of(reply.members.get("verification_uri") or reply.members.get("verification_url"))  # Google's name
    if not code or not user_code or not place or reply.hide(place) != place or shown.hide(place) != place:
        raise reply.broken("no device_code, user_code or verification_uri")
    whole = address_of(reply.members.get("verification_uri_complete"))
    return DeviceAnswer(
        code,
        user_code,
        place,
        whole if reply.hide(whole) == whole == shown.hide(whole) else "",
        seconds_within(reply.members.get("expires_in"), LEAST_LIFE, MOST_LIFE, DEVICE_LIFE),
        seconds_within(reply.members.get("interval"), 1, MOST_INTERVAL, USUAL_INTERVAL),
    )


def json_object(body: bytes) -> dict[str, object] | None:
    """Read a JSON object, whatever its content type."""
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def seconds_within(value: object, least: int, most: int, usual: int) -> int:
    """Read a number of seconds, also one in quotes, within bounds; the usual where it is nonsense."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return usual
    if (isinstance(value, float) and not math.isfinite(value)) or value < 0:
        return usual
    return int(min(max(value, least), most))


def _shown(given: TokenReply, reply: TokenReply, value: object, at_most: int = MAX_NAME) -> str:
    """Hide what was given as well as what was asked with."""
    return given.shown(reply.shown(value, 2 * at_most), at_most)


def _joined(scope: object) -> object:
    """Some servers give the words of a scope one by one."""
    return " ".join(each for each in scope if isinstance(each, str)) if isinstance(scope, list) else scope


def _address(claims: Mapping[str, object]) -> object:
    found = (claims.get(name) for name in ("email", "preferred_username", "upn"))
    return next((each for each in found if isinstance(each, str) and "@" in each), None)


def _claims(id_token: object) -> Mapping[str, object]:
    """Read what an id_token says; it came over TLS from who signed it (OpenID Connect Core section 3.1.3.7, 6)."""
    parts = id_token.split(".") if isinstance(id_token, str) else []
    if len(parts) != 3:
        return {}
    try:
        return json_object(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))) or {}
    except ValueError:
        return {}


def _expect_ours(reply: TokenReply, claims: Mapping[str, object], nonce: str, issuer: str) -> None:
    """OpenID Connect Core section 3.1.3.7, 2 and 11; Google leaves out https:// now and then."""
    if claims.get("nonce") != nonce:
        raise reply.broken("an id_token of another sign-in")
    if issuer and claims.get("iss") not in (issuer, issuer.removeprefix("https://")):
        raise reply.broken("an id_token of another issuer")


def address_of(value: object) -> str:
    """Give an address that may be asked or shown, else none."""
    try:
        parse_url(value if isinstance(value, str) else "")
    except ValueError:
        return ""
    return str(value)


def pasted_answer(address: str) -> dict[str, str]:
    """Take the answer out of an address, or out of what stands behind its question mark; empty where there is none."""
    text = address.strip()[:_MAX_PASTED]
    try:
        query = urlsplit(text).query if "://" in text else text.rpartition("?")[2]
        pairs = parse_qsl(query, max_num_fields=50, encoding="utf-8", errors="replace")
    except ValueError:
        return {}
    arguments, names = dict(pairs), [name for name, _ in pairs]
    is_one = "state" in arguments and not any(names.count(each) > 1 for each in _ONCE)
    return arguments if is_one else {}


def skew_of(answer: Answer) -> int | None:
    """Tell by how many seconds the server's clock is ahead of ours (RFC 9110 section 6.6.1)."""
    moment = _moment(answer.headers.get("date", ""))
    return None if moment is None else round(moment - clock.now().timestamp())


def _wait_ms(text: str) -> int | None:
    """Read Retry-After: seconds or a date (RFC 9110 section 10.2.3), a day at most."""
    moment = _moment(text)
    if _DIGITS.fullmatch(text):
        return min(int(text) * 1_000, _MOST_WAIT_MS)
    return None if moment is None else min(max(0, round((moment - clock.now().timestamp()) * 1_000)), _MOST_WAIT_MS)


def _moment(text: str) -> float | None:
    try:
        found = parsedate_to_datetime(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
