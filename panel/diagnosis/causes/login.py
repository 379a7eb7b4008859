"""Causes about who we are: our name, the POP server's sign-in, and that of the SMTP server."""

from __future__ import annotations

from panel.diagnosis.causes.cause import ByHand, Cause, QueueEffect, Whose, Words
from panel.i18n import N_
from panel.mail.smtp.protocol import Stage

_OUTLOOK = Words(
    N_("Outlook.com no longer takes a password."),
    (
        N_(
            "Choose OAuth2 as login method, and sign in at Microsoft: at Outlook.com, an app password does not help, "
            "either."
        ),
    ),
)

_THROUGH_THE_PANEL = N_("If this panel sent with it, sign in again under Login method.")

LOCAL_HOSTNAME = Cause(
    name="local_hostname",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="local_hostname",
    usual_stage=Stage.EHLO,
    example="504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
    what=N_("The name we gave was not accepted."),
    know=N_("The answer names HELO or EHLO, or comes right after EHLO; it may also come as late as the recipient."),
    do=(N_("Enter this machine's full name as local host name, one that can be looked up in DNS."),),
)

POP_UNREACHABLE = Cause(
    name="pop_unreachable",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="pop_host",
    what=N_("The POP server cannot be reached, or does not speak POP3."),
    know=N_("It came up with the POP server, before SMTP was tried."),
    do=(
        N_("What came of it: %(reason)s"),
        N_("Check POP host, POP port and POP TLS mode."),
        N_("Today SMTP authentication alone is usually enough: then turn POP before SMTP off."),
    ),
    tries_neighbours=True,
)

POP_LOGIN_REFUSED = Cause(
    name="pop_login_refused",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="pop_password",
    usual_stage=Stage.POP,
    example="-ERR [AUTH] Authentication failed.",
    what=N_("Signing in to the POP server failed."),
    know=N_("The POP server answers “-ERR” to the user or the password; what SMTP says has a number."),
    do=(
        N_("Check POP user and password."),
        N_("Today SMTP authentication alone is usually enough: then turn POP before SMTP off."),
    ),
    about_login=True,
)

POP_REQUIRED = Cause(
    name="pop_required",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="pop_before_smtp",
    example="553 sorry, you must get POP/APOP authorization.",
    what=N_("The server wants a POP sign-in first."),
    know=N_(
        "The answer names POP or asks to receive mail first; the same message goes through right after mail was "
        "fetched."
    ),
    do=(
        N_("If the service offers SMTP authentication, turn that on."),
        N_("Otherwise turn POP before SMTP on and enter the POP server."),
    ),
)

LOGIN_REFUSED = Cause(
    name="login_refused",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_password",
    usual_stage=Stage.AUTH,
    example="535 5.7.8 Error: authentication failed",
    what=N_("The user name or password is wrong."),
    know=N_(
        "535 after AUTH without further reasons; if webmail takes the same user and password, look at "
        "app_password_required and smtp_auth_disabled."
    ),
    do=(
        N_("Try the SMTP user in its other form: services want the whole address, or only the part before the @."),
        N_("Type the password again. If you just changed it, wait a little."),
    ),
    at_service={
        "sendgrid": Words(
            N_("SendGrid does not accept the user name or the API key."),
            (N_("Enter the word apikey as SMTP user, and an API key that may send mail as SMTP password."),),
        ),
        "amazon": Words(
            N_("Amazon SES does not accept the user name or password."),
            (
                N_(
                    "Enter the SMTP credentials that SES made; they are others than the keys of IAM, and "
                    "belong to one region."
                ),
            ),
        ),
    },
    about_login=True,
)

LOGIN_UNAVAILABLE = Cause(
    name="login_unavailable",
    whose=Whose.SERVER,
    effect=QueueEffect.HOLD,
    usual_stage=Stage.AUTH,
    example="535 5.7.8 Error: authentication failed: Connection lost to authentication server",
    what=N_("The server cannot check passwords just now."),
    know=N_(
        "The words are about the server (“temporary”, “generic failure”, “authentication server”), and it comes "
        "for every account, also with the right password."
    ),
    do=(
        N_("If the sign-in has worked before, nothing: mail that waits is tried again by itself."),
        N_("If it never worked, or this goes on, send the server's answer to its administrator, word for word."),
    ),
)

APP_PASSWORD_REQUIRED = Cause(
    name="app_password_required",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_password",
    usual_stage=Stage.AUTH,
    example=(
        "534 5.7.9 Application-specific password required. For more information, go to "
        "https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp"
    ),
    what=N_("The account's ordinary password is not accepted here."),
    know=N_(
        "The same password works in a browser, and the account has 2-step verification or belongs to a service "
        "that takes app passwords only (Gmail, iCloud, Yahoo, QQ, 163)."
    ),
    do=(
        N_(
            "Make an app password in the account's security settings, and enter it as SMTP password; some services "
            "call it authorization code (授权码) or a password for mail programs (専用パスワード)."
        ),
        N_(
            "If there is none, choose OAuth2 as login method where the service takes it; otherwise use an SMTP relay "
            "of the service, or another sending service."
        ),
    ),
    at_service={
        "google": Words(
            N_("Google does not accept the account password here."),
            (
                N_("Turn on 2-Step Verification, create an app password (16 letters), and enter it as SMTP password."),
                N_("Or choose OAuth2 as login method, and sign in at Google; where app passwords are forbidden, too."),
                N_("The “less secure apps” switch no longer exists (ended 2025-05-01); older manuals still name it."),
            ),
        ),
    },
    checked="2026-11-23",
    source="https://support.google.com/mail/answer/185833",
    takes_effect_late=True,
    about_login=True,
)

WEB_LOGIN_REQUIRED = Cause(
    name="web_login_required",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_user",
    usual_stage=Stage.AUTH,
    example=(
        "534 5.7.14 Please log in via your web browser and then try again. "
        "https://support.google.com/mail/answer/78754 - gsmtp"
    ),
    what=N_("The service finds this sign-in suspicious and holds it."),
    know=N_("The answer names a browser or a link to open, and the account has got a mail about an unusual sign-in."),
    do=(
        N_("Sign in once in a browser with this account and confirm what is asked."),
        ByHand(N_("Then wait some minutes and try again.")),
    ),
    about_login=True,
)

SMTP_AUTH_DISABLED = Cause(
    name="smtp_auth_disabled",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_auth",
    usual_stage=Stage.AUTH,
    example=(
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. "
        "Visit https://aka.ms/smtp_auth_disabled for more information."
    ),
    what=N_("Sending with a password is switched off for this account."),
    know=N_("The answer says “disabled”, “security defaults” or 5.7.139, and it stays the same with any password."),
    do=(
        N_("Have SMTP sending turned on for this account in the service's settings."),
        N_(
            "If only passwords are refused, choose OAuth2 as login method. Where policy forbids SMTP itself, use an "
            "SMTP relay of the service, or another sending service: the same switch often stops OAuth2, too."
        ),
    ),
    at_service={
        "microsoft": Words(
            N_("Microsoft 365 has turned sending by SMTP off for this account."),
            (
                N_(
                    "Allow SMTP AUTH (Authenticated SMTP) for this account in the admin center, or in Exchange Online "
                    "PowerShell: Set-CASMailbox ADDRESS -SmtpClientAuthenticationDisabled $false"
                ),
                N_("If the answer names security defaults or a policy, have an administrator except this account."),
                N_(
                    "If it is on and a password is still refused, choose OAuth2 as login method. Where it must stay "
                    "off, use another sending service: the switch stops OAuth2, too."
                ),
                N_(
                    "Password sign-in is off by default for existing tenants from the end of December "
                    "2026, and can be turned on again."
                ),
            ),
        ),
        "outlook": _OUTLOOK,
    },
    checked="2026-11-23",
    source="https://techcommunity.microsoft.com/blog/exchange/4489835",
    takes_effect_late=True,
    about_login=True,
)

OAUTH_REQUIRED = Cause(
    name="oauth_required",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_login",
    usual_stage=Stage.AUTH,
    example="550 5.7.30 Basic authentication is not supported for Client Submission.",
    what=N_("Password sign-in is gone here."),
    know=N_(
        "The answer says that basic or password authentication is not supported; “disabled” for a mailbox is "
        "smtp_auth_disabled."
    ),
    do=(
        N_("Choose OAuth2 as login method, and sign in at the service."),
        N_("Or use an app password where the service gives them, or an SMTP relay of the service."),
    ),
    at_service={
        "microsoft": Words(
            N_("Microsoft no longer takes a password here."),
            (
                N_("Choose OAuth2 as login method, and sign in at Microsoft."),
                N_(
                    "In Microsoft 365, an administrator may still be able to turn password sign-in on "
                    "again: the date of its final end is to be announced in the second half of 2027."
                ),
            ),
        ),
        "outlook": _OUTLOOK,
    },
    checked="2026-11-23",
    source="https://techcommunity.microsoft.com/blog/exchange/4489835",
    takes_effect_late=True,
    about_login=True,
)

OAUTH_TOKEN_REFUSED = Cause(
    name="oauth_token_refused",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_login",
    usual_stage=Stage.AUTH,
    example="535 5.7.8 The OAuth access token is invalid or has expired",
    what=N_("The OAuth2 token is refused or cannot be renewed."),
    know=N_(
        "The mail server itself refuses, with 535 after AUTH XOAUTH2 or OAUTHBEARER; an error from the sign-in "
        "server (invalid_grant, AADSTS …) is one of the other causes about signing in."
    ),
    do=(
        N_("See that the mailbox signed in as is the user that the program sends as: a token is good for one account."),
        N_("See that its permission is for SMTP: one for reading mail, or for a web API, does not do."),
        N_("Sign in again in the program that sent with this token, to renew the permission."),
        _THROUGH_THE_PANEL,
    ),
    at_service={
        "google": Words(
            N_("Google refuses the OAuth2 token."),
            (
                N_("The scope must be https://mail.google.com/: gmail.send is for the web API, and SMTP refuses it."),
                N_("Sign in again, as the account that sends."),
                N_("In Google Workspace, an administrator may have closed access by other mail programs: ask."),
                _THROUGH_THE_PANEL,
            ),
        ),
        "microsoft": Words(
            N_("Microsoft refuses the OAuth2 token."),
            (
                N_("Allow SMTP AUTH (Authenticated SMTP) for the mailbox: the switch counts for OAuth2, too."),
                N_("The permission must be SMTP.Send of Outlook, and the account signed in as must be the mailbox."),
                N_(
                    "If the program signs in by itself, without a person: SMTP.SendAsApp with admin consent, and in "
                    "Exchange Online PowerShell New-ServicePrincipal (with the object ID of the enterprise "
                    "application) and Add-MailboxPermission; this takes up to 30 minutes to act."
                ),
                N_("Sign in again, as the account that sends."),
            ),
        ),
    },
    checked="2026-11-25",
    source=(
        "https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/"
        "how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth"
    ),
    takes_effect_late=True,
    about_login=True,
)

AUTH_MECHANISM = Cause(
    name="auth_mechanism",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_login",
    usual_stage=Stage.AUTH,
    example="504 5.7.4 Unrecognized Authentication Type",
    what=N_("No sign-in method in common."),
    know=N_(
        "The server does offer a sign-in (250-AUTH …), but no method of it is known here; where it offers none, it "
        "is auth_not_offered."
    ),
    do=(
        N_("Turn TLS/SSL on."),
        N_("The server offers: %(detail)s"),
        N_(
            "This panel signs in with a password (PLAIN, LOGIN or CRAM-MD5) or with OAuth2 (XOAUTH2 or OAUTHBEARER): "
            "choose the login method that the server offers. Where it takes Kerberos, NTLM or a client certificate "
            "alone, which the panel cannot do yet, use an SMTP relay of the service, or another sending service."
        ),
        N_(
            "If Postfix or another program says “no mechanism available” or “no worthy mechs”, its machine lacks the "
            "modules for it: install libsasl2-modules (Debian, Ubuntu) or cyrus-sasl-plain (Red Hat, Fedora)."
        ),
        N_("If that does not help, ask the service which methods it takes."),
    ),
)

AUTH_REQUIRED = Cause(
    name="auth_required",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_auth",
    usual_stage=Stage.MAIL,
    example="530 5.7.0 Authentication Required.",
    what=N_("The server wants a sign-in first."),
    know=N_(
        "530 or “authentication required” comes at the sender or recipient, and no AUTH stands before it in the "
        "dialogue."
    ),
    do=(N_("Turn SMTP authentication on, and enter user and password."),),
)

AUTH_NOT_OFFERED = Cause(
    name="auth_not_offered",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_auth",
    usual_stage=Stage.AUTH,
    example="SMTP AUTH extension not supported by server.",
    what=N_("The server offers no sign-in here."),
    know=N_(
        "The answer to EHLO has no line 250-AUTH, or AUTH is answered with 500, 502 or 503; after STARTTLS the "
        "line is often there."
    ),
    do=(
        N_("Use port 587 or 465 with TLS/SSL on: many servers offer the sign-in only there."),
        N_("If the server needs none, turn SMTP authentication off."),
    ),
)

TOO_MANY_LOGINS = Cause(
    name="too_many_logins",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="smtp_password",
    usual_stage=Stage.AUTH,
    example="454 4.7.0 Too many login attempts, please try again later. - gsmtp",
    what=N_("There were too many sign-ins, so the server takes none for a while."),
    know=N_(
        "The words name attempts, a lock or a limit of sign-ins, not of messages; after a rest the same sign-in is "
        "taken."
    ),
    do=(
        N_("Check user and password."),
        ByHand(N_("Wait about an hour before you try again.")),
        N_("Look whether another program signs in with this account, perhaps with an old password."),
    ),
    after_login={
        True: Words(
            N_("There were too many sign-ins in a short time, so the server takes none for a while."),
            (
                N_("Nothing at once: mail that waits is tried again by itself, after longer and longer rests."),
                N_("Let one sign-in carry many messages: set a short sending interval, or hand mail over in batches."),
                N_("If every message needs a sign-in of its own, make the interval longer."),
                N_("Look whether another program signs in with this account."),
            ),
        ),
        False: Words(
            N_("Too many sign-ins failed, so the server takes none for a while."),
            (
                N_("Put user and password right."),
                ByHand(N_("Wait about an hour before you try again.")),
                N_("Look whether another program still uses an old password."),
            ),
        ),
    },
    about_login=True,
)

TLS_REQUIRED = Cause(
    name="tls_required",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="tls",
    usual_stage=Stage.MAIL,
    example="530 5.7.0 Must issue a STARTTLS command first.",
    what=N_("Encryption must come first."),
    know=N_("The answer names STARTTLS, TLS or encryption, and none stands before it in the dialogue."),
    do=(N_("Turn TLS/SSL on."),),
)

LOGIN_IN_CLEAR = Cause(
    name="login_in_clear",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    field="tls",
    what=N_("No sign-in was tried: the password or token would have gone to another machine without TLS/SSL."),
    know=N_("Only mail-panel says this, before it signs in."),
    do=(
        N_("Turn TLS/SSL on."),
        N_("The server was found at %(detail)s, which is not this machine, whatever the %(host_label)s says."),
        N_("If all of the way there is yours, turn on Allow login without TLS under Advanced; a token needs TLS."),
    ),
)

LOGIN_REGION = Cause(
    name="login_region",
    whose=Whose.SETTINGS,
    effect=QueueEffect.HOLD,
    usual_stage=Stage.AUTH,
    example="554 5.7.1 <unknown[203.0.113.5]>: Client host rejected: Access from this country is not allowed",
    what=N_("The service does not let anyone sign in from this country or network."),
    know=N_(
        "The same user and password work from a machine in the service's country; the answer names country, region "
        "or abroad."
    ),
    do=(
        N_(
            "In the service's control panel, switch the restriction on access from abroad off for this account or "
            "domain, or allow this machine's address there."
        ),
        N_("If it must stay on, send from a machine in that country, or through another sending service."),
        N_("A machine in the cloud counts as abroad where its address is registered abroad."),
    ),
    at_service={
        "xserver": Words(
            N_("Xserver does not let anyone sign in from abroad: the restriction is on by default."),
            (
                N_(
                    "In the server panel, turn the restriction on SMTP authentication from abroad off for this domain "
                    "(SMTP認証の国外アクセス制限設定)."
                ),
                N_("A machine in the cloud counts as abroad where its address is registered abroad."),
            ),
        ),
        "sakura": Words(
            N_("Sakura Internet does not take mail from abroad: the filter is on by default."),
            (
                N_("In the control panel, turn the filter for addresses abroad off (国外IPアドレスフィルタ)."),
                N_("A machine in the cloud counts as abroad where its address is registered abroad."),
            ),
        ),
    },
    checked="2026-11-26",
    source="https://www.xserver.ne.jp/support/faq/faq_service_mail_trouble.php",
    takes_effect_late=True,
    about_login=True,
)
