from __future__ import annotations

from panel.settings.oauth.failure import Pending, TokenFailed, failed_as


def test_only_what_passes_by_itself_is_not_permanent():
    assert TokenFailed("oauth_signin_required").permanent
    assert not TokenFailed("oauth_server_unreachable").permanent
    assert not failed_as("authorization_pending").permanent
    assert isinstance(failed_as("slow_down"), Pending)


def test_what_is_said_is_one_harmless_line_and_not_long():
    fault = failed_as("access_denied", "no\n\x1b[31m" + "x" * 1_000)

    assert fault.detail.startswith("access_denied: no \ufffd[31mx")
    assert len(fault.detail) == 500
    assert failed_as("a b\x1b").error == ""
