"""Mail services as data: where they listen, how they want to be logged in to, what they allow, and when we looked.

A figure stands here only where a document of the service, or one that quotes it, says so; the unverified has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from panel.i18n import N_, Text

READ_ON = "2026-11-23"  # the day on which the sources below were read


@dataclass(frozen=True, slots=True)
class Provider:
    """A mail service. `own_hosts` and `signature` are regular expressions over lower-case text.

    `host` is empty where every customer has another one. `user_form` is `address` (the whole address), `local_part`,
    `word` (`user_word` then) or `given` (as the service hands it out); `login_with` is `password` (the account's),
    `app_password` (only), `key` (an API key), `smtp` (credentials made for SMTP) or `oauth` (nothing else); `oauth`
    names the `OAuthProvider` of its tokens, where it takes such.
    """

    name: str
    label: str
    host: str = ""
    port: int = 587
    tls_mode: str = "starttls"
    own_hosts: str = ""
    signature: str = ""
    domains: tuple[str, ...] = ()
    user_form: str = "address"
    user_word: str = ""
    login_with: str = "password"
    oauth: str = ""
    passwords_until: str = ""  # the day on which the service switches passwords off
    per_second: int | None = None
    per_minute: int | None = None
    per_hour: int | None = None
    per_day: int | None = None
    recipients_per_message: int | None = None
    same_sender: bool = False  # the envelope's sender has to be the From
    interval_ms: int | None = None
    note: str = ""
    checked: str | None = READ_ON
    source: str = ""
    group: str = ""  # how the rules of the diagnosis call services that answer alike

    @property
    def title(self) -> Text:
        """Give the service's name as its customers write it, in the reader's language."""
        return Text(self.label)


PROVIDERS: tuple[Provider, ...] = (
    Provider(
        "gmail",
        "Gmail / Google Workspace",
        "smtp.gmail.com",
        own_hosts=r"(^|\.)(gmail|googlemail|google|googleapis)\.com$",
        signature=r"\bgsmtp\b|support\.google\.com|5\.7\.8 username and password not accepted",
        domains=("gmail.com", "googlemail.com"),
        login_with="app_password",
        oauth="google",
        per_day=500,
        recipients_per_message=100,
        interval_ms=6000,
        note=N_("Sign in with OAuth2, or make an app password. There is a daily limit, too."),
        source="https://support.google.com/mail/answer/22839",
        group="google",
    ),
    Provider(
        "workspace_relay",
        "Google Workspace SMTP relay",
        "smtp-relay.gmail.com",
        own_hosts=r"^smtp-relay\.gmail\.com$",
        login_with="app_password",
        per_day=10_000,
        interval_ms=600,
        note=N_("The relay is switched on in the Admin console, and needs a real local host name."),
        source="https://support.google.com/a/answer/2956491",
        group="google",
    ),
    Provider(
        "microsoft365",
        "Microsoft 365",
        "smtp.office365.com",
        own_hosts=r"(^|\.)(office365|outlook|microsoft|microsoftonline)\.com$",
        signature=r"\.(prod|protection)\.outlook\.com|aka\.ms/|\baadsts\d|\bstoredrv\.|\bresolver\.(adr|rst)\b",
        passwords_until="2026-12-31",
        oauth="microsoft",
        per_minute=30,
        per_day=10_000,
        interval_ms=2400,
        note=N_(
            "Sign in with OAuth2: from the end of December 2026, password sign-in for SMTP is off by default and must "
            "be turned on again. Check in the admin center that SMTP AUTH is allowed."
        ),
        source="https://techcommunity.microsoft.com/blog/exchange/4489835",
        group="microsoft",
    ),
    Provider(
        "outlook",
        "Outlook.com",
        "smtp-mail.outlook.com",
        own_hosts=r"^smtp-mail\.outlook\.com$",
        domains=("outlook.com", "outlook.jp", "hotmail.com", "hotmail.co.jp", "live.com", "live.jp", "msn.com"),
        login_with="oauth",
        oauth="microsoft",
        note=N_("Outlook.com takes OAuth2 only; no password works, nor an app password. Sign in with OAuth2."),
        source="ISPDB hotmail.com",
        group="microsoft",
    ),
    Provider(
        "ses_tokyo",
        "Amazon SES (Tokyo)",
        "email-smtp.ap-northeast-1.amazonaws.com",
        own_hosts=r"(^|\.)amazon(aws|ses)\.com$",
        signature=r"\bamazon(aws|ses| ses)\b|\baws\.amazon\.com/ses\b|arn:aws|\bses:\w|following identities failed",
        user_form="given",
        login_with="smtp",
        per_second=1,
        per_day=200,
        interval_ms=1200,
        note=N_("The SMTP credentials are others than those of IAM. The limits shown are those of the sandbox."),
        source="https://docs.aws.amazon.com/ses/latest/dg/quotas.html",
        group="amazon",
    ),
    Provider(
        "sendgrid",
        "SendGrid",
        "smtp.sendgrid.net",
        own_hosts=r"(^|\.)sendgrid\.(net|com)$",
        signature=r"sendgrid|verified sender identity",
        user_form="word",
        user_word="apikey",
        login_with="key",
        note=N_("The user is the word apikey, the password is the API key."),
        source="https://www.twilio.com/docs/sendgrid/for-developers/sending-email/integrating-with-the-smtp-api",
        group="sendgrid",
    ),
    Provider(
        "mailgun",
        "Mailgun",
        "smtp.mailgun.org",
        own_hosts=r"(^|\.)mailgun\.(org|net|com)$",
        signature=r"mailgun|sandbox subdomains",
        user_form="given",
        login_with="smtp",
        source="https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/",
        group="mailgun",
    ),
    Provider(
        "postmark",
        "Postmark",
        "smtp.postmarkapp.com",
        own_hosts=r"(^|\.)(postmarkapp\.com|mtasv\.net)$",
        signature=r"postmark|sender signature",
        user_form="given",
        login_with="key",
        note=N_("User and password are both the server's API token."),
        source="https://postmarkapp.com/developer/user-guide/send-email-with-smtp",
        group="postmark",
    ),
    Provider(
        "icloud",
        "iCloud Mail",
        "smtp.mail.me.com",
        own_hosts=r"(^|\.)(me|icloud|mac)\.com$",
        signature=r"icloud\.com|mail\.me\.com|support\.apple\.com",
        domains=("icloud.com", "me.com", "mac.com"),
        login_with="app_password",
        per_day=200,
        recipients_per_message=100,
        note=N_("An app-specific password is needed. There is a daily limit, too."),
        source="https://support.apple.com/HT4863",
        group="apple",
    ),
    Provider(
        "yahoo",
        "Yahoo Mail",
        "smtp.mail.yahoo.com",
        465,
        "implicit",
        own_hosts=r"(^|\.)(yahoo\.com|yahoodns\.net|aol\.com|ymail\.com)$",
        signature=r"yahooinc\.com|postmaster\.(yahoo|aol)\.com|help\.yahoo\.com|senders\.yahooinc",
        domains=("yahoo.com", "ymail.com"),
        login_with="app_password",
        note=N_("An app password is needed. The limits are not published."),
        source="ISPDB yahoo.com",
        group="yahoo",
    ),
    Provider(
        "zoho",
        "Zoho Mail",
        "smtp.zoho.com",
        465,
        "implicit",
        own_hosts=r"(^|\.)zoho(cloud)?\.\w+$|(^|\.)zohomail\.com$",
        signature=r"\bzoho|relaying disallowed as",
        domains=("zohomail.com",),
        source="ISPDB zoho.com",
        group="zoho",
    ),
    Provider(
        "yandex",
        "Yandex Mail",
        "smtp.yandex.com",
        465,
        "implicit",
        own_hosts=r"(^|\.)yandex\.\w+(\.\w+)?$|(^|\.)mail\.ru$",
        signature=r"yandex|help\.mail\.ru|\bneobhodim",
        domains=("yandex.com", "yandex.ru"),
        login_with="app_password",
        per_day=500,
        recipients_per_message=35,
        source="https://dragonsakura.com",
        group="russia",
    ),
    Provider(
        "sakura",
        N_("Sakura Internet"),
        own_hosts=r"\.sakura\.ne\.jp$",
        signature=r"\.sakura\.ne\.jp",
        group="sakura",
        same_sender=True,
        interval_ms=10_800,
        note=N_(
            "The host is your account's initial domain, NAME.sakura.ne.jp. The user is the whole address. "
            "About 100 mails in 15 minutes are advised."
        ),
        source="https://click.jp (2020-07, quoting Sakura's support); the same sender: TransmitMail's wiki",
    ),
    Provider(
        "xserver",
        N_("Xserver"),
        port=465,
        tls_mode="implicit",
        own_hosts=r"\.xserver\.jp$",
        signature=r"\.xserver\.jp",
        per_hour=1500,
        per_day=15_000,
        interval_ms=2880,
        note=N_("The host name differs by contract: svNNNN.xserver.jp."),
        source="https://click.jp (quoting Xserver's manual)",
    ),
    Provider(
        "lolipop",
        N_("Lolipop"),
        "smtp.lolipop.jp",
        465,
        "implicit",
        own_hosts=r"(^|\.)lolipop\.jp$",
        signature=r"lolipop\.jp",
        per_hour=100,
        per_day=1000,
        interval_ms=43_200,
        note=N_("The limits shown are those of the smallest plan; all addresses of a contract count together."),
        source="https://lolipop.jp/terms/prohibition",
    ),
    Provider(
        "bizmail",
        "NTT Com Bizメール＆ウェブ エコノミー",
        own_hosts=r"\.bizmw\.com$",
        user_form="given",
        per_minute=12,
        interval_ms=6000,
        note=N_("12 mails per minute; 5 per minute are advised in the first 30 days."),
        source="https://ezhp.jp (2016, quoting ntt.com)",
    ),
    Provider(
        "line_works",
        "LINE WORKS",
        own_hosts=r"(^|\.)worksmobile\.com$",
        signature=r"worksmobile",
        per_minute=60,
        per_day=20_000,
        recipients_per_message=500,
        interval_ms=1200,
        source="https://help.worksmobile.com",
    ),
    Provider(
        "yahoo_japan",
        "Yahoo!メール",
        "smtp.mail.yahoo.co.jp",
        465,
        "implicit",
        own_hosts=r"(^|\.)yahoo\.co\.jp$",
        signature=r"yahoo\.co\.jp",
        domains=("yahoo.co.jp",),
        user_form="local_part",
        source="ISPDB yahoo.co.jp",
    ),
    Provider(
        "ocn",
        "OCN",
        "smtp.ocn.ne.jp",
        465,
        "implicit",
        own_hosts=r"(^|\.)ocn\.(ne|ad)\.jp$",
        signature=r"ocn\.ne\.jp",
        domains=("ocn.ne.jp",),
        source="ISPDB ocn.ne.jp",
    ),
    Provider(
        "nifty",
        "@nifty",
        "smtp.nifty.com",
        own_hosts=r"(^|\.)nifty\.(com|ne\.jp)$",
        signature=r"nifty\.(com|ne\.jp)",
        domains=("nifty.com",),
        source="ISPDB nifty.com",
    ),
    Provider(
        "biglobe",
        "BIGLOBE",
        "mail.biglobe.ne.jp",
        465,
        "implicit",
        own_hosts=r"(^|\.)biglobe\.ne\.jp$",
        signature=r"biglobe\.ne\.jp",
        domains=("biglobe.ne.jp",),
        source="ISPDB biglobe.ne.jp",
    ),
    Provider(
        "softbank",
        "SoftBank",
        "smtp.softbank.jp",
        465,
        "implicit",
        own_hosts=r"(^|\.)softbank\.(ne\.)?jp$",
        signature=r"softbank\.(ne\.)?jp",
        domains=("i.softbank.jp",),
        source="ISPDB softbank.jp",
    ),
    Provider(
        "conoha",
        "ConoHa",
        own_hosts=r"\.conoha\.(ne\.jp|io)$",
        signature=r"conoha\.ne\.jp",
        note=N_("The host name differs by contract: mailNN.conoha.ne.jp."),
        checked=None,
    ),
    Provider(
        "kagoya",
        "KAGOYA",
        own_hosts=r"\.kagoya\.net$",
        signature=r"kagoya\.(net|jp)",
        user_form="given",
        note=N_("The user is an account name such as contract.name."),
        source="https://support.kagoya.jp",
    ),
    Provider(
        "tencent",
        "QQ Mail",
        "smtp.qq.com",
        465,
        "implicit",
        own_hosts=r"(^|\.)(qq|163|126|yeah|exmail\.qq)\.(com|net)$",
        signature=r"(mail|service)\.(qq\.com|163\.com)|授权码",
        domains=("qq.com",),
        login_with="app_password",
        checked=None,
        group="china",
    ),
)

BY_NAME: Mapping[str, Provider] = {each.name: each for each in PROVIDERS}

# The narrow before the wide: smtp-relay.gmail.com is also a host of Google.
_BY_WIDTH = sorted(PROVIDERS, key=lambda each: not each.own_hosts.startswith("^"))
_HOSTS = tuple((re.compile(each.own_hosts), each) for each in _BY_WIDTH if each.own_hosts)
_SIGNATURES = tuple((re.compile(each.signature), each) for each in PROVIDERS if each.signature)
_ANY_SIGNATURE = re.compile("|".join(each.signature for each in PROVIDERS if each.signature))


def by_host(host: str) -> Provider | None:
    """Find the service that a host name belongs to."""
    host = host.lower().rstrip(".")
    return next((each for pattern, each in _HOSTS if pattern.search(host)), None)


def by_signature(reply: str) -> Provider | None:
    """Find the service whose own words stand in a reply, whoever passed it on; the reply is in lower case."""
    if not _ANY_SIGNATURE.search(reply):
        return None
    return next((each for pattern, each in _SIGNATURES if pattern.search(reply)), None)


def by_domain(domain: str) -> Provider | None:
    """Find the service of a mail address by what stands after its @."""
    return next((each for each in PROVIDERS if domain.lower() in each.domains), None)


def nearest_host(host: str) -> str | None:
    """Give the known host that a misspelt one most likely means, or nothing where none is near.

    Near is two slips of the fingers, or another top-level domain; a wider net would offer a password to a stranger.
    """
    host = host.lower().rstrip(".")
    slips = {each.host: _slips(host, each.host) for each in PROVIDERS if each.host}
    nearest = min(slips, key=lambda known: (slips[known], known))
    if 0 < slips[nearest] <= _MOST_SLIPS:
        return nearest
    name = host.rpartition(".")[0]
    return next((known for known in slips if name and known.rpartition(".")[0] == name and known != host), None)


_MOST_SLIPS = 2


def _slips(typed: str, meant: str) -> int:
    """Count letters left out, added, changed, and neighbours swapped (optimal string alignment)."""
    if abs(len(typed) - len(meant)) > _MOST_SLIPS:
        return _MOST_SLIPS + 1
    before, row = [0] * (len(meant) + 1), list(range(len(meant) + 1))
    for at, letter in enumerate(typed, 1):
        earlier, before, row = before, row, [at]
        for to, other in enumerate(meant, 1):
            row.append(min(before[to] + 1, row[-1] + 1, before[to - 1] + (letter != other)))
            if at > 1 and to > 1 and (letter, typed[at - 2]) == (meant[to - 2], other):
                row[to] = min(row[to], earlier[to - 2] + 1)
    return row[-1]
