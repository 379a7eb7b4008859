"""Why there is no token: what a token server said (RFC 6749 section 5.2, RFC 8628 section 3.5), or that it did not."""

from __future__ import annotations

from collections.abc import Callable

from panel.mail.net.errors import SessionError
from panel.mail.patterns import pattern_of
from panel.mail.text import harmless

MAX_DETAIL = 500  # characters of what a server says
SIGNIN_REQUIRED, CLIENT_REFUSED = "oauth_signin_required", "oauth_client_refused"
CONSENT_MISSING, SCOPE_WRONG, FLOW_BLOCKED = "oauth_consent_missing", "oauth_scope_wrong", "oauth_flow_blocked"
REDIRECT_MISMATCH, UNREACHABLE, BROKEN = "oauth_redirect_mismatch", "oauth_server_unreachable", "oauth_answer_broken"

_CAUSES = {
    **dict.fromkeys(("invalid_grant", "interaction_required", "login_required", "expired_token"), SIGNIN_REQUIRED),
    **dict.fromkeys(("invalid_client", "unauthorized_client", "deleted_client", "invalid_request"), CLIENT_REFUSED),
    **dict.fromkeys(("access_denied", "consent_required", "org_internal", "admin_policy_enforced"), CONSENT_MISSING),
    **dict.fromkeys(("invalid_scope", "invalid_resource", "invalid_target", "insufficient_scope"), SCOPE_WRONG),
    **dict.fromkeys(("unsupported_grant_type", "unsupported_response_type", "disallowed_useragent"), FLOW_BLOCKED),
    **dict.fromkeys(("server_error", "temporarily_unavailable"), UNREACHABLE),
    "redirect_uri_mismatch": REDIRECT_MISMATCH,
}
BY_THEMSELVES = (UNREACHABLE, BROKEN)  # these pass without anybody doing anything
_CODE = pattern_of(r"[A-Za-z0-9_.-]{1,64}")


class TokenFailed(SessionError):
    """No token: the cause, what was said, the code of RFC 6749, and when the server wants to be asked again."""

    def __init__(
        self,
        cause: str,
        detail: str = "",
        *,
        error: str = "",
        retry_after_ms: int | None = None,
        clock_skew_s: int | None = None,
    ) -> None:
        super().__init__(cause)
        self.cause = cause
        self.detail = detail
        self.error = error
        self.retry_after_ms = retry_after_ms
        self.clock_skew_s = clock_skew_s  # by how much the server's clock is ahead of ours

    @property
    def permanent(self) -> bool:
        """Say whether asking again helps nothing until a person has done something."""
        return self.cause not in BY_THEMSELVES


class Pending(TokenFailed):
    """Nobody has typed the code into another device yet."""

    @property
    def permanent(self) -> bool:
        """The next request may have a token."""
        return False


class SlowDown(Pending):
    """The same, and the server wants to be asked less often (RFC 8628 section 3.5)."""


def failed_as(
    error: str,
    description: str = "",
    *,
    hide: Callable[[str], str] = lambda text: text,
    retry_after_ms: int | None = None,
    clock_skew_s: int | None = None,
) -> TokenFailed:
    """Make an error code and its description a failure; one that nobody knows is no OAuth2 answer."""
    detail = hide(one_line(f"{error}: {description}" if description else error))[:MAX_DETAIL]
    code = error if _CODE.fullmatch(error) and hide(error) == error else ""
    kind = {"authorization_pending": Pending, "slow_down": SlowDown}.get(code, TokenFailed)
    cause = SIGNIN_REQUIRED if issubclass(kind, Pending) else _CAUSES.get(code, BROKEN)
    return kind(cause, detail, error=code, retry_after_ms=retry_after_ms, clock_skew_s=clock_skew_s)


def one_line(text: str) -> str:
    """Write what a stranger says as one line of harmless text."""
    return harmless(" ".join(text.split()))
