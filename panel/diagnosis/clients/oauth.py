"""What is said about OAuth2: by token endpoints (RFC 6749 section 5.2), by Entra in AADSTS numbers, by callbacks."""

# fmt: off

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from panel.diagnosis.causes import login, oauth, unclear
from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.wording import Wording
from panel.mail.smtp.protocol import Stage

OAUTH: tuple[Wording, ...] = (
    # The permission to send has ended, or there is none yet
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "RFC 6749 section 5.2, Google, Entra ID, OpenID Connect Core", """
        invalid_grant
        token has been expired or revoked
        the refresh token has expired
        refresh token has expired or is invalid
        the provided grant has expired
        provided grant is invalid or malformed
        error=interaction_required
        "error":"interaction_required"
        "error": "interaction_required"
        error: interaction_required
        error=login_required
        "error":"login_required"
        "error": "login_required"
        error: login_required
        error=expired_token
        "error":"expired_token"
        "error": "expired_token"
        error: expired_token
        the session is not valid due to password expiration or recent password change
        must use multi-factor authentication
    """, Stage.AUTH),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "nodemailer 7 lib/xoauth2", """
        can't create new access token for user
        cannot renew access token for … no refresh mechanism available
    """, Stage.AUTH),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "google-auth 2.63, google-auth-library for Node.js", """
        the credentials do not contain the necessary fields need to refresh the access token
        no refresh token is set
        no refresh token or refresh handler callback is set
        reauthentication is needed. please run
    """, Stage.AUTH),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "golang.org/x/oauth2", """
        token expired and refresh token is not set
    """, Stage.AUTH),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "MSAL.NET", """
        msaluirequiredexception
        no account or login hint was passed to the acquiretokensilent call
    """, Stage.AUTH),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "mutt_oauth2.py, sasl-xoauth2 token_store.cc", """
        no valid access token. this should not be able to happen
        tokenstore::read: missing refresh_token
    """, Stage.AUTH),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "Zammad 6 channel.rb, FreeScout 1.8, Odoo 17 to 19", """
        failed to refresh xoauth2 access_token of provider
        error occurred refreshing oauth access token
        an error occurred when fetching the access token
    """, Stage.AUTH, around=True),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "mutt_oauth2.py, sasl-xoauth2 token_store.cc, nodemailer 7 lib/xoauth2", """
        perhaps refresh token invalid. try running once with
        tokenstore::refresh: request failed
        tokenstore::refresh: exceeded maximum attempts
        failed generating new access token for
    """, Stage.AUTH, around=True),
    # The token is there, and refused
    Wording(login.OAUTH_TOKEN_REFUSED, "mutt 2 and neomutt smtp.c", """
        xoauth2 authentication failed
        oauthbearer authentication failed
    """, Stage.AUTH, around=True),
    Wording(login.OAUTH_TOKEN_REFUSED, "Gmail API, Microsoft Graph", """
        request had invalid authentication credentials. expected oauth 2 access token
        access token has expired or is not yet valid
    """, Stage.AUTH),
    # The client is not known, or its secret is wrong
    Wording(oauth.OAUTH_CLIENT_REFUSED, "RFC 6749 section 5.2, Google, Entra ID", """
        invalid_client
        unauthorized_client
        deleted_client
        client authentication failed
        the oauth client was not found
        the oauth client was deleted
        could not determine client id from request
        invalid client secret provided
        the provided client secret keys
        client_secret is missing
        the request body must contain the following parameter: 'client_assertion' or 'client_secret'
        was not found in the directory
        specified tenant identifier … is neither a valid dns name, nor a valid external domain
    """, Stage.AUTH),
    Wording(oauth.OAUTH_CLIENT_REFUSED, "Google, RFC 7523 with a service account", """
        invalid_grant … invalid jwt signature
        invalid_grant … invalid jwt: token must be a short-lived token
        invalid_grant … invalid jwt: no valid verifier found for issuer
        invalid_grant … account not found
        invalid jwt signature
        invalid jwt: token must be a short-lived token
    """, Stage.AUTH),
    # Nobody has agreed
    Wording(oauth.OAUTH_CONSENT_MISSING, "RFC 6749 section 4.1.2.1, Google, Entra ID", """
        error=access_denied
        "error":"access_denied"
        "error": "access_denied"
        error 403: access_denied
        consent_required
        org_internal
        admin_policy_enforced
        has not completed the google verification process
        this app tried to access sensitive info in your google account
        the user or administrator has not consented to use the application
        administrator consent is required
        needs permission to access resources in your organization that only an admin can grant
    """, Stage.AUTH),
    Wording(oauth.OAUTH_CONSENT_MISSING, "Google, RFC 7523 with a service account", """
        unauthorized_client … client is unauthorized to retrieve access tokens using this method
        unauthorized_client … unauthorized client or scope in request
        client is unauthorized to retrieve access tokens using this method
    """, Stage.AUTH),
    # The token is for something else
    Wording(oauth.OAUTH_SCOPE_WRONG, "RFC 6749 section 5.2, RFC 6750 section 3.1, Google, Entra ID", """
        invalid_scope
        error=invalid_resource
        "error":"invalid_resource"
        "error": "invalid_resource"
        error: invalid_resource
        insufficient_scope
        access_token_scope_insufficient
        request had insufficient authentication scopes
        the resource principal named … was not found in the tenant
        the provided value for the input parameter 'scope' is not valid
        the provided value for the input parameter 'scope' isn't valid
        the request body must contain the following parameter: 'scope'
    """, Stage.AUTH),
    Wording(oauth.OAUTH_CONSENT_MISSING, "Microsoft Graph: no Mail.Send, or a policy against it", """
        erroraccessdenied
    """, Stage.AUTH),
    # Not in this way
    Wording(oauth.OAUTH_FLOW_BLOCKED, "RFC 6749 section 5.2, Google, Entra ID", """
        unsupported_grant_type
        unsupported_response_type
        disallowed_useragent
        doesn't comply with google's oauth 2.0 policy … disallowed_useragent
        access has been blocked by conditional access policies
        blocked by conditional access
    """, Stage.AUTH),
    Wording(oauth.OAUTH_REDIRECT_MISMATCH, "Google, Entra ID, oauthlib 4", """
        redirect_uri_mismatch
        urn:ietf:wg:oauth:2.0:oob
        the redirect uri … specified in the request does not match
        the reply url specified in the request does not match
        mismatching redirect uri
        doesn't comply with google's oauth 2.0 policy
    """, Stage.AUTH),
    Wording(oauth.OAUTH_WRONG_ACCOUNT, "Google, RFC 7523 with a service account; Entra ID", """
        invalid_grant … not a valid email or user id
        invalid_grant … invalid email or user id
        user account … from identity provider … does not exist in tenant
        user account from identity provider does not exist in tenant
    """, Stage.AUTH),
    # The sign-in server is away, or something else answers
    Wording(oauth.OAUTH_SERVER_UNREACHABLE, "RFC 6749 section 4.1.2.1, golang.org/x/oauth2", """
        error=temporarily_unavailable
        "error":"temporarily_unavailable"
        "error": "temporarily_unavailable"
        error: temporarily_unavailable
        oauth2: cannot fetch token: 500 internal server error
        oauth2: cannot fetch token: 502 bad gateway
        oauth2: cannot fetch token: 503 service unavailable
        oauth2: cannot fetch token: 504 gateway timeout
        oauth2: cannot fetch token: 429 too many requests
    """, Stage.AUTH),
    Wording(oauth.OAUTH_SERVER_UNREACHABLE, "MSAL Node 2", """
        clientautherror: network_error
        network_error: network request failed
    """, Stage.AUTH),
    Wording(oauth.OAUTH_SERVER_UNREACHABLE, "Zammad 6 channel.rb (a request that got no answer)", """
        failed to refresh xoauth2 access_token of provider … request failed! (code: 0)
    """, Stage.AUTH),
    Wording(oauth.OAUTH_SIGNIN_REQUIRED, "emailproxy 2022 to 2026 (invalid_grant, RFC 6749 section 5.2)", """
        caught exception while requesting oauth 2.0 credentials … httperror 400
    """, Stage.AUTH, around=True),
    Wording(oauth.OAUTH_CLIENT_REFUSED, "emailproxy 2022 to 2026 (invalid_client, RFC 6749 section 5.2)", """
        caught exception while requesting oauth 2.0 credentials … httperror 401
    """, Stage.AUTH, around=True),
    Wording(oauth.OAUTH_SERVER_UNREACHABLE, "emailproxy 2026.7", """
        the access token request for account … timed out
        login failed for account … please check your internet connection and retry
    """, Stage.AUTH, around=True),
    Wording(oauth.OAUTH_ANSWER_BROKEN, "golang.org/x/oauth2, PHP oauth2-client, google-auth 2.63, oauthlib 4", """
        oauth2: server response missing access_token
        oauth2: cannot parse json
        invalid response received from authorization server. expected json
        no access token in response
        (missing_token) missing access token parameter
        tokenstore::refresh: response doesn't contain access_token
    """, Stage.AUTH),
    # Set up wrongly, nobody asked
    Wording(unclear.CLIENT_REFUSED, "nodemailer 7 lib/xoauth2, emailproxy 2026.7", """
        options "privatekey" and "user" are required for service account
        can't generate token. check your auth options
        no config file entry found for account
        incomplete config file entry found for account
    """),
)

# Microsoft Entra authentication and authorization error codes, reference-error-codes, and those that it lacks as
# Entra words them: by cause, since their words change and are told in the reader's language.
_NUMBERS: Mapping[Cause, str] = {
    oauth.OAUTH_SIGNIN_REQUIRED: """
        16000 16001 50013 50014 50027 50055 50056 50057 50058 50072 50074 50076 50079 50085 50089 50125 50132
        50133 50135 50139 50140 50144 50173 50197 50199 51006 54005 70000 70008 70018 70019 70043 700005 700020
        700082 9002313
    """,
    oauth.OAUTH_CLIENT_REFUSED: """
        50012 50049 50059 50128 70001 70002 700016 700054 7000112 7000215 7000216 7000218
        7000222 90002 90013 90014 90019 900023 90124 90130 900144 900382 9002332
    """,
    oauth.OAUTH_CONSENT_MISSING: "50105 52004 65001 65004 65005 650052 650053 90008 90093 90094 90099",
    oauth.OAUTH_SCOPE_WRONG: "50001 500011 70011 700022 700023 901002",
    oauth.OAUTH_FLOW_BLOCKED: """
        50002 50005 50097 50127 50129 50131 50155 50158 50187 53000 53001 53002 53003 53004
        530032 70003 70005 70007
    """,
    oauth.OAUTH_REDIRECT_MISMATCH: "50011 70004 90102 9002325",
    oauth.OAUTH_WRONG_ACCOUNT: "16003 50020 50034 50143 50177 51004 90072 90084",
    oauth.OAUTH_SERVER_UNREACHABLE: """
        40010 50000 50033 50086 50087 50166 50196 70012 80001 80002 80005 80007 90006 90012 90024 90033 90036 90055
        90090 90091
    """,
    login.LOGIN_REFUSED: "50064 50126",
    login.TOO_MANY_LOGINS: "50053",
}
# fmt: on
ENTRA: Mapping[str, Cause] = {number: cause for cause, numbers in _NUMBERS.items() for number in numbers.split()}
_ENTRA = re.compile(r"\baadsts:? ?(\d{5,7})\b|login\.microsoftonline\.com/error\?code=(\d{5,7})\b")
_NAMES_SCOPE = re.compile(r"aadsts900144:?[^\n]{0,120}'scope'")


def causes_of_entra(text: str) -> Iterator[Cause]:
    """Give what the numbers of Microsoft's sign-in in a text in lower case mean."""
    if "aadsts" not in text and "/error?code=" not in text:
        return
    if _NAMES_SCOPE.search(text):
        yield oauth.OAUTH_SCOPE_WRONG
    numbers = (found[1] or found[2] for found in _ENTRA.finditer(text))
    yield from (ENTRA[number] for number in numbers if number in ENTRA)
