"""The table of causes: every way in which a session fails, whose fault it is, which field to change, and the words.

The words are message ids; a cause's dated facts carry the day on which they were checked, and their source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from panel.i18n import N_


class ByHand(str):
    """A step that the outbox takes by itself with mail that waits: it is for whoever sent a test, or gave a mail up."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Words:
    """What happened, in one sentence, and what to do, as numbered steps.

    A step that names a value (`%(detail)s`) is left out where the value is not known.
    """

    what: str
    do: tuple[str, ...]

    def steps(self, *, by_itself: bool) -> tuple[str, ...]:
        """Give what to do, for mail that is sent again by itself without what that asks of nobody."""
        return tuple(step for step in self.do if not (by_itself and isinstance(step, ByHand)))


@dataclass(frozen=True, slots=True)
class Cause:
    """One row of the table.

    `whose` is `settings`, `server`, `message` or `pace`; `outbox` is what the queue does: `hold` all of it, `defer` or
    `fail` this message, `slow` the clock for all. `works` says that the settings are right all the same.
    """

    name: str
    whose: str
    outbox: str
    field: str | None
    words: Words
    works: bool = False
    checked: str | None = None
    source: str = ""

    @property
    def late_minutes(self) -> int:
        """Say after how many minutes a change at the service has surely taken effect, 0 where it does at once."""
        return LATE_MINUTES if self.name in TAKES_EFFECT_LATE else 0

    @property
    def what(self) -> str:
        return self.words.what

    @property
    def do(self) -> tuple[str, ...]:
        return self.words.do


LATE_MINUTES = 5
# A switch, a password, a consent, a verified sender or a DNS record is changed elsewhere, and known there only later.
TAKES_EFFECT_LATE = frozenset(
    {
        "app_password_required",
        "smtp_auth_disabled",
        "oauth_required",
        "oauth_token_refused",
        "sender_not_allowed",
        "sender_authentication",
    }
)

_WITHOUT_OAUTH = N_(
    "Use an app password where the service gives them, an SMTP relay of the service, or another sending service: this "
    "panel cannot sign in with OAuth2 yet."
)

_TABLE = (
    Cause(
        "dns_not_found",
        "settings",
        "hold",
        "smtp_host",
        Words(
            N_("The server name was not found."),
            (
                N_("Check the spelling of the %(host_label)s."),
                N_("Did you mean %(nearest)s?"),
                N_("For an internal server, ask whether this machine can look up its name."),
            ),
        ),
    ),
    Cause(
        "dns_unavailable",
        "settings",
        "hold",
        "smtp_host",
        Words(
            N_("The name look-up got no answer."),
            (
                ByHand(N_("Wait a little and try again.")),
                N_("If it continues, check this machine's DNS settings; the mail settings are not at fault."),
            ),
        ),
    ),
    Cause(
        "connection_refused",
        "settings",
        "hold",
        "smtp_port",
        Words(N_("The server is there, but the port is closed."), (N_("Change the SMTP port to 587 or 465."),)),
    ),
    Cause(
        "connect_timeout",
        "settings",
        "hold",
        "smtp_port",
        Words(
            N_("The server did not answer."),
            (
                N_("If the port is 25, use 587 or 465: many access providers block port 25 (OP25B)."),
                N_("Otherwise something may block the way: ask for outgoing access to be opened."),
            ),
        ),
    ),
    Cause(
        "network_unreachable",
        "settings",
        "hold",
        "smtp_host",
        Words(
            N_("There is no route to the server."),
            (
                N_("Check this machine's network, and whether only IPv6 was tried."),
                N_("What was tried: %(detail)s"),
            ),
        ),
    ),
    Cause(
        "connection_forbidden",
        "settings",
        "hold",
        "smtp_port",
        Words(
            N_("This machine does not let the panel connect."),
            (
                N_(
                    "Find the rule that forbids it: SELinux (httpd_can_network_connect, httpd_can_sendmail), a "
                    "firewall on this machine, or the network policy of the container."
                ),
                N_("Another port does not help: what forbids it is here, and not at the server."),
                N_("What was tried: %(detail)s"),
            ),
        ),
    ),
    Cause(
        "local_resources",
        "settings",
        "hold",
        None,
        Words(
            N_("This machine cannot open another connection just now."),
            (
                N_("The mail settings are not at fault, nor is the server: mail goes on by itself when there is room."),
                N_(
                    "If it continues, raise the limit of open files (LimitNOFILE= of the service, ulimit -n), and see "
                    "which program holds so many files or so much memory."
                ),
                N_("What the system says: %(detail)s"),
            ),
        ),
    ),
    Cause(
        "address_denied",
        "settings",
        "hold",
        "smtp_host",
        Words(
            N_("The panel does not connect to this address."),
            (
                N_("Choose another host."),
                N_(
                    "If the address is right, the administrator of this panel can allow it in "
                    "MAIL_PANEL_DENY_NETWORKS; link-local and metadata addresses always stay closed."
                ),
                N_("The address: %(detail)s"),
            ),
        ),
    ),
    Cause(
        "greeting_timeout",
        "settings",
        "hold",
        "tls_mode",
        Words(
            N_(
                "The server took the connection, then stayed silent: it probably expects encryption "
                "from the first byte."
            ),
            (N_("Choose implicit TLS (port 465), or use port 587."),),
        ),
    ),
    Cause(
        "greeting_refused",
        "server",
        "defer",
        None,
        Words(
            N_("The server turned the connection away."),
            (
                ByHand(N_("Read the server's answer, and try again later.")),
                N_(
                    "If it continues, this machine's IP address may be refused: allow it in the service's "
                    "console, or contact support."
                ),
            ),
        ),
    ),
    Cause(
        "not_smtp",
        "settings",
        "hold",
        "smtp_port",
        Words(
            N_("What answers there is not a mail server."),
            (N_("Check the host and the port: 587 or 465 for sending."),),
        ),
    ),
    Cause(
        "connection_lost",
        "server",
        "defer",
        None,
        Words(
            N_("The connection was cut."),
            (
                ByHand(N_("Try again.")),
                N_("If it is cut at the same step again, look at the service's status page."),
            ),
        ),
    ),
    Cause(
        "reply_timeout",
        "server",
        "defer",
        None,
        Words(
            N_("The server stopped answering."),
            (
                ByHand(N_("Try again later.")),
                N_("If it stops at the same step again, look at the service's status page."),
            ),
        ),
    ),
    Cause(
        "protocol_error",
        "server",
        "defer",
        None,
        Words(
            N_("The server's answer breaks the rules of SMTP."),
            (
                N_("Check that no proxy or antivirus program sits between this machine and the server."),
                N_("If nothing does, tell the server's administrator."),
            ),
        ),
    ),
    Cause(
        "tls_wrong_mode",
        "settings",
        "hold",
        "tls_mode",
        Words(
            N_("The two sides start encryption differently."),
            (N_("Port 465 needs implicit TLS, 587 uses STARTTLS: switch the TLS mode, or change the port."),),
        ),
    ),
    Cause(
        "starttls_not_offered",
        "settings",
        "hold",
        "tls_mode",
        Words(
            N_("The server offers no encryption here."),
            (
                N_("Change the port to 465, or ask the service."),
                N_("If it worked before, somebody may be in the middle: do not send a password."),
                N_("Turn TLS/SSL off only for an internal server where that was decided."),
            ),
        ),
    ),
    Cause(
        "starttls_failed",
        "server",
        "hold",
        "tls_mode",
        Words(
            N_("The server offers encryption, but cannot start it."),
            (
                N_("Change the port to 465."),
                N_("If that does not help, tell the server's administrator."),
            ),
        ),
    ),
    Cause(
        "tls_handshake",
        "settings",
        "hold",
        "tls_mode",
        Words(
            N_("The server's encryption is too old."),
            (
                N_("Use a server that speaks TLS 1.2 or later."),
                N_("Otherwise ask its administrator to update it."),
            ),
        ),
    ),
    Cause(
        "certificate_expired",
        "server",
        "hold",
        "smtp_host",
        Words(
            N_("The server's certificate has expired."),
            (
                N_("Check this machine's clock."),
                N_("Ask the server's administrator to renew the certificate. Nothing here can mend it."),
            ),
        ),
    ),
    Cause(
        "certificate_hostname",
        "settings",
        "hold",
        "smtp_host",
        Words(
            N_("The certificate is for another name."),
            (
                N_(
                    "Change the %(host_label)s to a name on the certificate, if it is one of your service's: %(detail)s"
                ),
                N_("Use the host name that your mail service gives."),
            ),
        ),
    ),
    Cause(
        "certificate_untrusted",
        "settings",
        "hold",
        "ca_certificate",
        Words(
            N_("The certificate's issuer is not known."),
            (
                N_("For an in-house authority, paste its certificate into CA certificate."),
                N_(
                    "For a public service, use the host name that it gives; there is no switch that turns "
                    "the check off."
                ),
            ),
        ),
    ),
    Cause(
        "local_hostname",
        "settings",
        "hold",
        "local_hostname",
        Words(
            N_("The name we gave was not accepted."),
            (N_("Enter this machine's full name as local host name, one that can be looked up in DNS."),),
        ),
    ),
    Cause(
        "pop_unreachable",
        "settings",
        "hold",
        "pop_host",
        Words(
            N_("The POP server cannot be reached, or does not speak POP3."),
            (
                N_("What came of it: %(reason)s"),
                N_("Check POP host, POP port and POP TLS mode."),
                N_("Today SMTP authentication alone is usually enough: then turn POP before SMTP off."),
            ),
        ),
    ),
    Cause(
        "pop_login_refused",
        "settings",
        "hold",
        "pop_password",
        Words(
            N_("Signing in to the POP server failed."),
            (
                N_("Check POP user and password."),
                N_("Today SMTP authentication alone is usually enough: then turn POP before SMTP off."),
            ),
        ),
    ),
    Cause(
        "pop_required",
        "settings",
        "hold",
        "pop_before_smtp",
        Words(
            N_("The server wants a POP sign-in first."),
            (
                N_("If the service offers SMTP authentication, turn that on."),
                N_("Otherwise turn POP before SMTP on and enter the POP server."),
            ),
        ),
    ),
    Cause(
        "login_refused",
        "settings",
        "hold",
        "smtp_password",
        Words(
            N_("The user name or password is wrong."),
            (
                N_("Try the whole address as SMTP user; some services want only the part before the @."),
                N_("Type the password again. If you just changed it, wait a little."),
            ),
        ),
    ),
    Cause(
        "login_unavailable",
        "server",
        "hold",
        None,
        Words(
            N_("The server cannot check passwords just now."),
            (
                N_("If the sign-in has worked before, nothing: mail that waits is tried again by itself."),
                N_(
                    "If it never worked, or this goes on, send the server's answer to its administrator, word for word."
                ),
            ),
        ),
    ),
    Cause(
        "app_password_required",
        "settings",
        "hold",
        "smtp_password",
        Words(
            N_("The account's ordinary password is not accepted here."),
            (
                N_("Make an app password in the account's security settings, and enter it as SMTP password."),
                N_(
                    "If there is none, use an SMTP relay of the service, or another sending service: this panel cannot "
                    "sign in with OAuth2 yet."
                ),
            ),
        ),
        checked="2026-11-23",
        source="https://support.google.com/mail/answer/185833",
    ),
    Cause(
        "web_login_required",
        "settings",
        "hold",
        "smtp_user",
        Words(
            N_("The service finds this sign-in suspicious and holds it."),
            (
                N_("Sign in once in a browser with this account and confirm what is asked."),
                ByHand(N_("Then wait some minutes and try again.")),
            ),
        ),
    ),
    Cause(
        "smtp_auth_disabled",
        "settings",
        "hold",
        "smtp_auth",
        Words(
            N_("Sending with a password is switched off for this account."),
            (
                N_("Have SMTP sending turned on for this account in the service's settings."),
                N_(
                    "If policy forbids it, use an SMTP relay of the service, or another sending service: this panel "
                    "cannot sign in with OAuth2 yet."
                ),
            ),
        ),
        checked="2026-11-23",
        source="https://techcommunity.microsoft.com/blog/exchange/4489835",
    ),
    Cause(
        "oauth_required",
        "settings",
        "hold",
        "smtp_auth",
        Words(N_("Password sign-in is gone here."), (_WITHOUT_OAUTH,)),
        checked="2026-11-23",
        source="https://techcommunity.microsoft.com/blog/exchange/4489835",
    ),
    Cause(
        "oauth_token_refused",
        "settings",
        "hold",
        "smtp_auth",
        Words(
            N_("The OAuth2 token is refused or cannot be renewed."),
            (
                N_("Sign in again in the program that sent with this token, to renew the permission."),
                N_(
                    "To send through this panel, which cannot sign in with OAuth2 yet, use an app password, an SMTP "
                    "relay of the service, or another sending service."
                ),
            ),
        ),
    ),
    Cause(
        "auth_mechanism",
        "settings",
        "hold",
        "smtp_auth",
        Words(
            N_("No sign-in method in common."),
            (
                N_("Turn TLS/SSL on."),
                N_("The server offers: %(detail)s"),
                N_(
                    "This panel signs in with a password (PLAIN, LOGIN or CRAM-MD5). Where the server takes OAuth2, "
                    "Kerberos, NTLM or a client certificate alone, which the panel cannot do yet, use an SMTP relay "
                    "of the service, or another sending service."
                ),
                N_("If that does not help, ask the service which methods it takes."),
            ),
        ),
    ),
    Cause(
        "auth_required",
        "settings",
        "hold",
        "smtp_auth",
        Words(
            N_("The server wants a sign-in first."), (N_("Turn SMTP authentication on, and enter user and password."),)
        ),
    ),
    Cause(
        "auth_not_offered",
        "settings",
        "hold",
        "smtp_auth",
        Words(
            N_("The server offers no sign-in here."),
            (
                N_("Use port 587 or 465 with TLS/SSL on: many servers offer the sign-in only there."),
                N_("If the server needs none, turn SMTP authentication off."),
            ),
        ),
    ),
    Cause(
        "too_many_logins",
        "settings",
        "hold",
        "smtp_password",
        Words(
            N_("There were too many sign-ins, so the server takes none for a while."),
            (
                N_("Check user and password."),
                ByHand(N_("Wait about an hour before you try again.")),
                N_("Look whether another program signs in with this account, perhaps with an old password."),
            ),
        ),
    ),
    Cause(
        "tls_required", "settings", "hold", "tls", Words(N_("Encryption must come first."), (N_("Turn TLS/SSL on."),))
    ),
    Cause(
        "login_in_clear",
        "settings",
        "hold",
        "tls",
        Words(
            N_("No sign-in was tried: the password would have gone to another machine without TLS/SSL."),
            (
                N_("Turn TLS/SSL on."),
                N_("The server was found at %(detail)s, which is not this machine, whatever the %(host_label)s says."),
                N_("If all of the way there is yours, turn on Allow login without TLS under Advanced."),
            ),
        ),
    ),
    Cause(
        "sender_not_allowed",
        "settings",
        "hold",
        "from_address",
        Words(
            N_("This sender is not allowed."),
            (
                N_("Use the SMTP user's own address as from address."),
                N_("Or register the sender with the service."),
            ),
        ),
    ),
    Cause(
        "sender_rejected",
        "settings",
        "hold",
        "from_address",
        Words(
            N_("The sender's address is not accepted."),
            (N_("Check the from address, above all what stands after the @: that domain must exist."),),
        ),
    ),
    Cause(
        "relay_denied",
        "settings",
        "hold",
        "smtp_auth",
        Words(
            N_("The server will not pass mail to the outside."),
            (
                N_("Turn SMTP authentication on."),
                N_(
                    "For an internal server, ask it to relay for this machine; some services want this "
                    "machine's address registered, or a POP sign-in first."
                ),
            ),
        ),
    ),
    Cause(
        "recipient_unknown",
        "message",
        "fail",
        "recipient",
        Words(N_("The recipient does not exist."), (N_("Check the recipient's spelling."),)),
        works=True,
    ),
    Cause(
        "recipient_rejected",
        "message",
        "fail",
        "recipient",
        Words(
            N_("The recipient's side refuses this message."),
            (
                N_("Read the server's answer: it says why."),
                N_("An address with other than ASCII letters needs %(detail)s, which this server does not offer."),
                ByHand(N_("Try another recipient.")),
            ),
        ),
        works=True,
    ),
    Cause(
        "recipient_domain",
        "message",
        "fail",
        "recipient",
        Words(
            N_("The recipient's domain does not exist or cannot be reached."),
            (N_("Check what stands after the @ of the recipient."),),
        ),
        works=True,
    ),
    Cause(
        "recipient_mailbox_full",
        "message",
        "defer",
        "recipient",
        Words(
            N_("The recipient's mailbox is full."),
            (
                ByHand(N_("Use another recipient for the test.")),
                N_("If it continues, tell the recipient in another way."),
            ),
        ),
        works=True,
    ),
    Cause(
        "too_many_recipients",
        "message",
        "defer",
        None,
        Words(
            N_("More recipients than the server takes in one message."),
            (
                N_("Nothing: the rest is sent in a further message."),
                N_("If you write the list yourself, use fewer recipients in one message."),
            ),
        ),
    ),
    Cause(
        "greylisted",
        "message",
        "defer",
        None,
        Words(
            N_("The other side has put this message off."),
            (
                N_("A first meeting is often put off for five to fifteen minutes."),
                ByHand(N_("Wait that long and try again.")),
            ),
        ),
        works=True,
    ),
    Cause(
        "rate_limited",
        "pace",
        "slow",
        "send_interval_ms",
        Words(
            N_("More mail in a short time than the server allows."),
            (
                N_("Make the interval longer."),
                ByHand(N_("Wait some minutes before you try again.")),
            ),
        ),
    ),
    Cause(
        "quota_exceeded",
        "pace",
        "slow",
        "max_per_day",
        Words(
            N_("The sending limit was reached."),
            (
                ByHand(N_("Wait until the limit starts anew, often 24 hours.")),
                N_("Enter the service's limit as daily limit."),
            ),
        ),
    ),
    Cause(
        "too_many_connections",
        "pace",
        "slow",
        None,
        Words(
            N_("Too many sessions with the server at once."),
            (
                ByHand(N_("Try again in a few minutes.")),
                N_("If it continues, run fewer workers, and look for other programs that send through this account."),
            ),
        ),
    ),
    Cause(
        "sender_mailbox_full",
        "settings",
        "hold",
        None,
        Words(
            N_("The sender's own mailbox is full."), (N_("Empty it: the service keeps copies of what is sent there."),)
        ),
    ),
    Cause(
        "message_too_large",
        "message",
        "fail",
        None,
        Words(
            N_("The message is too large."),
            (N_("Make attachments smaller. The server's limit is the SIZE in the transcript."),),
        ),
    ),
    Cause(
        "message_malformed",
        "message",
        "fail",
        None,
        Words(
            N_("The message breaks a rule of form."),
            (
                N_(
                    "Read the server's answer, and report it to whoever makes the application: the "
                    "settings are not at fault."
                ),
            ),
        ),
    ),
    Cause(
        "content_rejected",
        "message",
        "fail",
        None,
        Words(
            N_("It was judged to be spam or a virus."),
            (
                N_("Review name and text."),
                N_("Check SPF, DKIM and DMARC of the sender's domain."),
                N_("If it continues, contact the service."),
            ),
        ),
        works=True,
    ),
    Cause(
        "sender_authentication",
        "settings",
        "hold",
        "from_address",
        Words(
            N_("The other side cannot verify the sender (SPF/DKIM/DMARC)."),
            (
                N_("Add this service's SPF and DKIM records to the sender domain's DNS."),
                N_("mail-panel doctor shows what is there and what is missing."),
            ),
        ),
    ),
    Cause(
        "ptr_missing",
        "settings",
        "hold",
        "smtp_host",
        Words(
            N_("This machine's address has no matching reverse name."),
            (
                N_("Send through your provider's submission host (port 587 or 465)."),
                N_("Or have the reverse name (PTR) of this machine's address set."),
            ),
        ),
    ),
    Cause(
        "address_blocked",
        "settings",
        "hold",
        "smtp_host",
        Words(
            N_("This machine's address is on a block list."),
            (
                N_("Send through your mail service's submission host (port 587 or 465), with SMTP authentication."),
                N_(
                    "Or allow the address in the service's console, or ask the list that the answer names "
                    "to take it off."
                ),
            ),
        ),
    ),
    Cause(
        "server_temporary",
        "server",
        "defer",
        None,
        Words(
            N_("The server refused for now. Its answer follows as it came."),
            (
                ByHand(N_("Try again in a few minutes.")),
                N_("If it continues, the server's answer says where to look."),
            ),
        ),
    ),
    Cause(
        "server_permanent",
        "message",
        "fail",
        None,
        Words(
            N_("The server refused. Its answer follows as it came."),
            (
                N_("Read the server's answer: trying again without a change does not help."),
                N_("If it does not help you, send it to the service's support."),
            ),
        ),
    ),
)

# What a server says about the login itself: repeated unasked, it may cost the account.
LOGIN_REFUSED = frozenset(
    {
        "login_refused",
        "app_password_required",
        "web_login_required",
        "smtp_auth_disabled",
        "oauth_required",
        "oauth_token_refused",
        "too_many_logins",
        "pop_login_refused",
    }
)
CAUSES: Mapping[str, Cause] = {cause.name: cause for cause in _TABLE}

_OUTLOOK = Words(
    N_("Outlook.com no longer takes a password."),
    (
        N_(
            "Use another sending service: this panel cannot sign in with OAuth2 yet, and at Outlook.com an app "
            "password does not help, either."
        ),
    ),
)

# Other words for one cause: by whether the login has ever worked, by the service that speaks, by a group of services,
# or by the stage.
VARIANTS: Mapping[tuple[str, str], Words] = {
    ("connection_refused", "pop"): Words(
        N_("The server is there, but the port is closed."), (N_("Change the POP port to 995 or 110."),)
    ),
    ("connect_timeout", "pop"): Words(
        N_("The server did not answer."),
        (
            N_("Check POP host and POP port."),
            N_("Otherwise something may block the way: ask for outgoing access to be opened."),
        ),
    ),
    ("greeting_timeout", "pop"): Words(
        N_("The server took the connection, then stayed silent: it probably expects encryption from the first byte."),
        (N_("Choose implicit TLS (port 995) for POP."),),
    ),
    ("tls_wrong_mode", "pop"): Words(
        N_("The two sides start encryption differently."),
        (N_("Port 995 needs implicit TLS, 110 uses STARTTLS: switch the POP TLS mode, or change the port."),),
    ),
    ("starttls_not_offered", "pop"): Words(
        N_("The server offers no encryption here."), (N_("Change the POP port to 995, or ask the service."),)
    ),
    ("starttls_failed", "pop"): Words(
        N_("The server offers encryption, but cannot start it."),
        (N_("Change the POP port to 995, or ask the service."),),
    ),
    ("too_many_logins", "worked"): Words(
        N_("There were too many sign-ins in a short time, so the server takes none for a while."),
        (
            N_("Nothing at once: mail that waits is tried again by itself, after longer and longer rests."),
            N_("Let one sign-in carry many messages: set a short sending interval, or hand mail over in batches."),
            N_("If every message needs a sign-in of its own, make the interval longer."),
            N_("Look whether another program signs in with this account."),
        ),
    ),
    ("too_many_logins", "never_worked"): Words(
        N_("Too many sign-ins failed, so the server takes none for a while."),
        (
            N_("Put user and password right."),
            ByHand(N_("Wait about an hour before you try again.")),
            N_("Look whether another program still uses an old password."),
        ),
    ),
    ("login_refused", "sendgrid"): Words(
        N_("SendGrid does not accept the user name or the API key."),
        (N_("Enter the word apikey as SMTP user, and an API key that may send mail as SMTP password."),),
    ),
    ("login_refused", "amazon"): Words(
        N_("Amazon SES does not accept the user name or password."),
        (
            N_(
                "Enter the SMTP credentials that SES made; they are others than the keys of IAM, and "
                "belong to one region."
            ),
        ),
    ),
    ("app_password_required", "google"): Words(
        N_("Google does not accept the account password here."),
        (
            N_("Turn on 2-Step Verification, create an app password (16 letters), and enter it as SMTP password."),
            N_(
                "Where the organisation forbids app passwords, use the Google Workspace SMTP relay with this machine's "
                "address registered in the Admin console, or another sending service: this panel cannot sign in with "
                "OAuth2 yet."
            ),
            N_("The “less secure apps” switch no longer exists (ended 2025-05-01); older manuals still name it."),
        ),
    ),
    ("smtp_auth_disabled", "microsoft"): Words(
        N_("Microsoft 365 has turned password sign-in off."),
        (
            N_("Allow SMTP AUTH (Authenticated SMTP) for this account in the admin center."),
            N_(
                "If policy forbids it, use another sending service: this panel cannot sign in with OAuth2 yet, and the "
                "same switch stops that, too."
            ),
            N_(
                "Password sign-in is off by default for existing tenants from the end of December "
                "2026, and can be turned on again."
            ),
        ),
    ),
    ("oauth_required", "microsoft"): Words(
        N_("Microsoft no longer takes a password here."),
        (
            N_(
                "In Microsoft 365, an administrator may still be able to turn password sign-in on "
                "again: the date of its final end is to be announced in the second half of 2027."
            ),
            N_("Otherwise use another sending service: this panel cannot sign in with OAuth2 yet."),
        ),
    ),
    ("smtp_auth_disabled", "outlook"): _OUTLOOK,
    ("oauth_required", "outlook"): _OUTLOOK,
    ("sender_not_allowed", "amazon"): Words(
        N_("Amazon SES has not verified this sender, or may not send for this account."),
        (
            N_("Verify the from address or its domain in SES, in the region of this host."),
            N_("In the sandbox the recipient must be verified, too."),
        ),
    ),
    ("server_temporary", "ehlo"): Words(
        N_("The server did not take our greeting for now. Its answer follows as it came."),
        (
            ByHand(N_("Try again in a few minutes.")),
            N_("If it continues, the server's answer says where to look."),
        ),
    ),
    ("server_permanent", "ehlo"): Words(
        N_("The server did not take our greeting. Its answer follows as it came."),
        (
            N_("Read the server's answer: trying again without a change does not help."),
            N_("If it does not help you, send it to the service's support."),
        ),
    ),
    ("server_temporary", "auth"): Words(
        N_("The server broke the sign-in off for now. Its answer follows as it came."),
        (
            ByHand(N_("Try again in a few minutes.")),
            N_("If it continues, the server's answer says where to look."),
        ),
    ),
    ("server_permanent", "auth"): Words(
        N_("The server broke the sign-in off. Its answer follows as it came."),
        (
            N_("Read the server's answer: trying again without a change does not help."),
            N_("If it does not help you, send it to the service's support."),
        ),
    ),
    ("server_temporary", "mail"): Words(
        N_("The server did not take the sender for now. Its answer follows as it came."),
        (
            ByHand(N_("Try again in a few minutes.")),
            N_("If it continues, the server's answer says where to look."),
        ),
    ),
    ("server_permanent", "mail"): Words(
        N_("The server did not take the sender. Its answer follows as it came."),
        (
            N_("Read the server's answer: trying again without a change does not help."),
            N_("If it does not help you, send it to the service's support."),
        ),
    ),
    ("server_temporary", "rcpt"): Words(
        N_("The server did not take the recipient for now. Its answer follows as it came."),
        (
            ByHand(N_("Try again in a few minutes.")),
            N_("If it continues, the server's answer says where to look."),
        ),
    ),
    ("server_permanent", "rcpt"): Words(
        N_("The server did not take the recipient. Its answer follows as it came."),
        (
            N_("Read the server's answer: trying again without a change does not help."),
            N_("If it does not help you, send it to the service's support."),
        ),
    ),
    ("server_temporary", "data"): Words(
        N_("The server did not take the message for now. Its answer follows as it came."),
        (
            ByHand(N_("Try again in a few minutes.")),
            N_("If it continues, the server's answer says where to look."),
        ),
    ),
    ("server_permanent", "data"): Words(
        N_("The server did not take the message. Its answer follows as it came."),
        (
            N_("Read the server's answer: trying again without a change does not help."),
            N_("If it does not help you, send it to the service's support."),
        ),
    ),
}

# Told beside a refusal of the recipient's side.
SETTINGS_WORK = N_("Your settings work: the server took the session up to here.")
