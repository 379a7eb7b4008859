"""What is said where a sign-in by OAuth2 fails: by token endpoints, by Entra, by callbacks and by programs."""

from __future__ import annotations

import pytest

from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.clients.oauth import ENTRA, OAUTH
from panel.diagnosis.explain.explain import complaint_to_json, complaints
from panel.diagnosis.wording import sentences_of

ENTRA_JSON = (
    '{{"error":"{error}","error_description":"AADSTS{number}: {words} Trace ID: 02cde8c3 Correlation ID: 271fa28c '
    'Timestamp: 2026-11-01 17:44:37Z","error_codes":[{number}],"error_uri":"https://login.microsoftonline.com/error?code='
    '{number}"}}'
)
ENDED = (
    "The refresh token has expired due to inactivity. The token was issued on 2026-01-17 and was inactive for 90.00."
)
REVOKED = "The provided grant has expired due to it being revoked, a fresh auth token is needed."
SECRET_ENDED = "The provided client secret keys for app '7d8c1e2a-bc47' are expired. Visit the Azure portal"
NO_SCOPE = "The request body must contain the following parameter: 'scope'."


def entra(error: str, number: int, words: str) -> str:
    return ENTRA_JSON.format(error=error, number=number, words=words)


OF_PROGRAMS = [
    # nodemailer
    (
        "Error: Can't create new access token for user\n    at XOAuth2.getToken (/app/node_modules/nodemailer/lib/"
        "xoauth2/index.js:130:23) {\n  code: 'EAUTH',\n  command: 'API'\n}",
        "oauth_signin_required",
    ),
    ("Error: invalid_grant: Token has been expired or revoked.\n  code: 'EOAUTH2'", "oauth_signin_required"),
    ('Error: Options "privateKey" and "user" are required for service account!', "client_refused"),
    # Go
    ('oauth2: "invalid_grant" "Token has been expired or revoked."', "oauth_signin_required"),
    (
        'oauth2: cannot fetch token: 400 Bad Request\nResponse: {\n  "error": "invalid_grant",\n  "error_description": '
        '"Bad Request"\n}',
        "oauth_signin_required",
    ),
    ("2026/11/02 10:00:00 send: oauth2: token expired and refresh token is not set", "oauth_signin_required"),
    ("oauth2: cannot fetch token: 503 Service Unavailable\nResponse: <html>busy</html>", "oauth_server_unreachable"),
    ("oauth2: server response missing access_token", "oauth_answer_broken"),
    # Python: google-auth, oauthlib
    (
        "google.auth.exceptions.RefreshError: ('invalid_grant: Token has been expired or revoked.', {'error': "
        "'invalid_grant', 'error_description': 'Token has been expired or revoked.'})",
        "oauth_signin_required",
    ),
    (
        "google.auth.exceptions.RefreshError: ('invalid_grant: Invalid JWT: Token must be a short-lived token (60 "
        "minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.', {'error': "
        "'invalid_grant'})",
        "oauth_client_refused",
    ),
    ("google.auth.exceptions.RefreshError: ('No access token in response.', {})", "oauth_answer_broken"),
    ("oauthlib.oauth2.rfc6749.errors.MismatchingStateError: x\nMismatching redirect URI.", "oauth_redirect_mismatch"),
    ("invalid_grant: Not a valid email or user ID.", "oauth_wrong_account"),
    (
        "unauthorized_client: Client is unauthorized to retrieve access tokens using this method, or client not "
        "authorized for any of the scopes requested.",
        "oauth_consent_missing",
    ),
    # PHP
    (
        "PHP Fatal error:  Uncaught League\\OAuth2\\Client\\Provider\\Exception\\IdentityProviderException: "
        "invalid_grant in /var/www/vendor/league/oauth2-google/src/Provider/Google.php:116",
        "oauth_signin_required",
    ),
    (
        "UnexpectedValueException: Invalid response received from Authorization Server. Expected JSON.",
        "oauth_answer_broken",
    ),
    # .NET
    (
        "Microsoft.Identity.Client.MsalUiRequiredException: No account or login hint was passed to the "
        "AcquireTokenSilent call.",
        "oauth_signin_required",
    ),
    # sasl-xoauth2 under Postfix
    (
        f"TokenStore::Refresh: code=400, response={entra('invalid_request', 900144, NO_SCOPE)}\nsasl-xoauth2: "
        "TokenStore::Refresh: request failed\npostfix/smtp[7]: 8F55: to=<a@example.org>, relay=smtp.office365.com"
        "[203.0.113.46]:587, delay=2180, dsn=4.7.0, status=deferred (SASL authentication failed; cannot authenticate "
        "to server smtp.office365.com[203.0.113.46]: bad protocol / cancel)",
        "oauth_scope_wrong",
    ),
    # mutt
    (
        'invalid_grant\nBad Request\nPerhaps refresh token invalid. Try running once with "--authorize"',
        "oauth_signin_required",
    ),
    (
        "400 Bad Request\ninvalid_request\nCould not determine client ID from request.\nPerhaps refresh token invalid. "
        'Try running once with "--authorize"',
        "oauth_client_refused",
    ),
    ("OAUTHBEARER authentication failed, trying next method", "oauth_token_refused"),
    # Zammad, FreeScout, Odoo, emailproxy
    (
        "ERROR -- : Failed to refresh XOAUTH2 access_token of provider 'microsoft365'! #<RuntimeError: Request failed! "
        f"ERROR: invalid_grant (AADSTS50173: {REVOKED})>",
        "oauth_signin_required",
    ),
    (
        "Can't use Channel::Driver::Imap: #<RuntimeError: Failed to refresh XOAUTH2 access_token of provider "
        "'microsoft365': Request failed! (code: 0)>",
        "oauth_server_unreachable",
    ),
    (
        '[2026-01-09 12:00:04] Error fetching email {"error":"Error occurred refreshing oAuth Access Token: '
        f'{{\\"error\\":\\"invalid_client\\",\\"error_description\\":\\"AADSTS7000222: {SECRET_ENDED}',
        "oauth_client_refused",
    ),
    ("An error occurred when fetching the access token.", "oauth_signin_required"),
    (
        "Email OAuth 2.0 Proxy: Login failed for account a@example.org - please check your internet connection and "
        "retry",
        "oauth_server_unreachable",
    ),
    # Callbacks and pages of a browser
    ("http://127.0.0.1:5870/oauth2/callback?error=access_denied&state=abc", "oauth_consent_missing"),
    ("Error 403: org_internal", "oauth_consent_missing"),
    ("Error 400: admin_policy_enforced", "oauth_consent_missing"),
    ("Access blocked: Shop has not completed the Google verification process", "oauth_consent_missing"),
    ("Error 400: redirect_uri_mismatch", "oauth_redirect_mismatch"),
    ("Error 403: disallowed_useragent", "oauth_flow_blocked"),
    ('{"error":"invalid_scope","error_description":"Some requested scopes were invalid."}', "oauth_scope_wrong"),
    ('{"error":"unsupported_grant_type"}', "oauth_flow_blocked"),
    ('HTTP/1.1 401 Unauthorized\n\n{"error":"invalid_client"}', "oauth_client_refused"),
    # On the way to the server that gives tokens
    (
        'Post "https://oauth2.googleapis.com/token": dial tcp: lookup oauth2.googleapis.com on 127.0.0.53:53: server '
        "misbehaving",
        "oauth_server_unreachable",
    ),
    (
        "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='login.microsoftonline.com', port=443): Max "
        "retries exceeded with url: /common/oauth2/v2.0/token (Caused by NewConnectionError('<urllib3.connection."
        "HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused'))",
        "oauth_server_unreachable",
    ),
]


@pytest.mark.parametrize(("text", "cause"), OF_PROGRAMS)
def test_what_is_said_at_a_sign_in_has_its_cause_and_its_step(text: str, cause: str) -> None:
    told = complaint_to_json(complaints(text)[0], str)

    assert told["cause"] == cause
    assert told["stage"] == (None if cause == "client_refused" else "auth")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (entra("invalid_grant", 700082, ENDED), "oauth_signin_required"),
        (entra("invalid_grant", 50173, REVOKED), "oauth_signin_required"),
        (entra("invalid_grant", 50076, "you must use multi-factor authentication"), "oauth_signin_required"),
        (entra("invalid_grant", 70000, "Provided grant is invalid or malformed."), "oauth_signin_required"),
        (entra("invalid_grant", 700084, "The refresh token was issued to a single page app"), "oauth_signin_required"),
        (entra("invalid_client", 7000222, SECRET_ENDED), "oauth_client_refused"),
        (entra("invalid_client", 7000215, "Invalid client secret provided."), "oauth_client_refused"),
        (entra("invalid_client", 7000218, "The request body must contain …"), "oauth_client_refused"),
        (entra("unauthorized_client", 700016, "Application with identifier 'x' was not found"), "oauth_client_refused"),
        (entra("unauthorized_client", 7000112, "Application is disabled."), "oauth_client_refused"),
        (entra("invalid_request", 900023, "Specified tenant identifier 'x' is neither"), "oauth_client_refused"),
        (entra("invalid_request", 90002, "Tenant 'x' not found."), "oauth_client_refused"),
        (entra("invalid_grant", 65001, "The user or administrator has not consented"), "oauth_consent_missing"),
        (entra("access_denied", 65004, "User declined to consent to access the app."), "oauth_consent_missing"),
        (entra("invalid_scope", 70011, "The provided value for the input parameter 'scope'"), "oauth_scope_wrong"),
        (entra("invalid_request", 900144, NO_SCOPE), "oauth_scope_wrong"),
        (entra("invalid_request", 900144, NO_SCOPE.replace("scope", "client_id")), "oauth_client_refused"),
        (entra("invalid_grant", 53003, "Access has been blocked by Conditional Access"), "oauth_flow_blocked"),
        (entra("invalid_request", 50011, "The redirect URI 'http://x' specified in the"), "oauth_redirect_mismatch"),
        (entra("invalid_grant", 50034, "The user account x does not exist in the directory"), "oauth_wrong_account"),
        (entra("temporarily_unavailable", 90033, "A transient error has occurred."), "oauth_server_unreachable"),
        (entra("invalid_grant", 50126, "Error validating credentials"), "login_refused"),
        (entra("invalid_grant", 50053, "The account is locked"), "too_many_logins"),
        ("AADSTS700082: リフレッシュ トークンの有効期限が切れました。", "oauth_signin_required"),
        ("See https://login.microsoftonline.com/error?code=7000215", "oauth_client_refused"),
    ],
)
def test_a_number_of_entra_is_read_before_words_and_in_any_language(text: str, cause: str) -> None:
    told = complaints(text)[0].diagnosis

    assert told.cause.name == cause
    assert told.provider == "microsoft365"


def test_a_number_of_entra_stands_for_one_cause() -> None:
    assert len(ENTRA) > 120
    assert {cause.name for cause in ENTRA.values()} <= CAUSES.keys()


def test_no_sentence_stands_for_two_causes() -> None:
    said = [(each.parts, each.row.cause.name) for each in sentences_of(OAUTH)]

    assert len({sentence for sentence, _ in said}) == len(said)
