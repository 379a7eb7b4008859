"""The fields of a destination, by its kind: what they are called, and how they are read as people type them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

from panel.alerts.destination import DestinationKind
from panel.alerts.kinds.chat_forms import CHAT_FORMS, ChatForm
from panel.i18n import LOCALES, N_, Text
from panel.mail.message.address import BadValue, parse_address, parse_line, tidy
from panel.mail.net.policy import Policy
from panel.mail.net.url import MAX_URL, parse_url
from panel.mail.patterns import pattern_of
from panel.settings import parsing
from panel.settings.validation import FieldProblem

MAX_RECIPIENTS_TOLD = 5
MAX_DESTINATION_NAME = 60
OWN, SECOND_SERVER = "own", "second"
SECRET_FIELDS = frozenset({"url", "token", "header", "password"})  # what is typed and never shown
SIGNING, FORMER_SIGNING = "secret", "former_secret"  # of a webhook; nobody types them
_EVERYWHERE = ("name", "locale")
_OF_MAIL_SERVER = ("host", "port", "tls", "tls_mode", "user", "password", "from", "ca_certificate")
FIELDS_OF: Mapping[DestinationKind, tuple[str, ...]] = {
    DestinationKind.WEBHOOK: ("name", "url", "header", "ca_certificate", "locale", "details"),
    DestinationKind.CHAT: ("name", "form", "url", "token", "ca_certificate", "locale"),
    DestinationKind.NTFY: ("name", "url", "token", "ca_certificate", "locale"),
    DestinationKind.MAIL: ("name", "recipients", "server", *_OF_MAIL_SERVER, "same_server", "locale", "details"),
    DestinationKind.PING: ("name", "url", "ca_certificate", "locale"),
}
FIELD_LABELS: Mapping[str, str] = {
    "kind": N_("Kind"),
    "name": N_("Name"),
    "url": N_("Address (URL)"),
    "form": N_("Chat"),
    "token": N_("Token"),
    "header": N_("Header"),
    "recipients": N_("Recipients"),
    "server": N_("Server"),
    "same_server": N_("Use the same server all the same"),
    "host": N_("SMTP host"),
    "port": N_("SMTP port"),
    "tls": N_("TLS/SSL"),
    "tls_mode": N_("TLS mode"),
    "user": N_("SMTP user"),
    "password": N_("SMTP password"),
    "from": N_("From address"),
    "ca_certificate": N_("CA certificate"),
    "locale": N_("Language"),
    "details": N_("With the server's reply"),
}
DENIED = N_("The panel may not connect to that host: its administrator has forbidden it.")
_TOKEN = pattern_of(r"[!-~]{1,1024}")
_HEADER = pattern_of(r"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([!-~](?:[\t -~]{0,1998}[!-~])?)[ \t]*")
_TOPIC = pattern_of(r"/[-_A-Za-z0-9]{1,64}/?")
_OURS = (
    "host",
    "user-agent",
    "accept-encoding",
    "connection",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
)
_OURS_TOO = ("content-", "webhook-", "proxy-")


class Problems(list[FieldProblem]):
    """What is wrong with the fields of a destination, in the order in which it was found."""

    def note(self, name: str, message: str, /, **values: object) -> None:
        """Note a sentence about one field."""
        self.append(FieldProblem(name, Text(message, {"label": Text(FIELD_LABELS[name]), **values})))

    def parsed(self, name: str, parse: Callable[[str], str], text: str) -> str:
        """Parse one field; where it cannot be read, note why and give nothing."""
        try:
            return parse(text)
        except BadValue as fault:
            self.note(name, fault.text.message, **{**fault.text.values, "label": Text(FIELD_LABELS[name])})
            return ""

    def about(self, name: str) -> bool:
        """Say whether a field has a problem already."""
        return any(each.field == name for each in self)


def unknown_fields(kind: DestinationKind, typed: Mapping[str, str], problems: Problems) -> None:
    """Note each field that a kind has not."""
    for name in typed:
        if name not in FIELDS_OF[kind]:
            known = ", ".join(FIELDS_OF[kind])
            problems.append(
                FieldProblem(
                    name, Text(_UNKNOWN, {"name": name[:MAX_DESTINATION_NAME], "kind": str(kind), "known": known})
                )
            )


def shared_values(kind: DestinationKind, texts: Mapping[str, str], problems: Problems) -> dict[str, str]:
    """Read the fields that every kind has, and the one about replies."""
    values = {
        "name": problems.parsed("name", _name, texts.get("name", "")),
        "locale": problems.parsed("locale", _locale, texts.get("locale", "")),
    }
    if "details" in FIELDS_OF[kind]:
        values["details"] = problems.parsed("details", _yes, texts.get("details", ""))
    if "ca_certificate" in FIELDS_OF[kind] and kind is not DestinationKind.MAIL and texts.get("ca_certificate"):
        values["ca_certificate"] = problems.parsed("ca_certificate", parsing.pem, texts["ca_certificate"])
    return {name: value for name, value in values.items() if value}


def trust_of(values: Mapping[str, str]) -> str:
    """Say who is believed to be the host: whoever the machine trusts, or whom these authorities vouch for."""
    certificate = values.get("ca_certificate", "")
    return sha256(certificate.encode()).hexdigest() if certificate else "system"


def chat_form(text: str, problems: Problems) -> ChatForm | None:
    """Read which chat it is."""
    found = CHAT_FORMS.get(text.strip().lower())
    if found is None:
        problems.note("form", N_("%(label)s is one of: %(known)s."), known=", ".join(CHAT_FORMS))
    return found


def judge_url(url: str, kind: DestinationKind, form: ChatForm | None, policy: Policy, problems: Problems) -> None:
    """Note what is wrong with an address; none of its text is in a sentence, for it is a secret."""
    try:
        place = parse_url(url)
    except ValueError:
        problems.note("url", _why_no_url(url))
        return
    if not may_be_asked(place.host, policy):
        problems.note("url", DENIED)
    elif kind is DestinationKind.NTFY and not _TOPIC.fullmatch(place.target):
        problems.note("url", N_("Enter the address with its topic, like https://ntfy.example.com/alerts."))
    elif form and place.secure and not form.takes(url):
        problems.note("url", _why_no_chat(url, form), form=form.label, example=form.example)


def _why_no_url(url: str) -> str:
    if len(url) > MAX_URL:
        return N_("The address is too long. Use at most 2,000 characters.")
    rest = url.partition("://")[2]
    if "@" in rest.partition("/")[0].partition("?")[0]:
        return N_("Leave user and password out of the address.")
    if url.lower().startswith("http://"):
        return N_("Enter an address that begins with https://. Without TLS only this machine is asked.")
    return N_("That is no address of a page. Enter one like https://hooks.example.com/…, without a # in it.")


def _why_no_chat(url: str, form: ChatForm) -> str:
    if form.name == "teams" and "webhook.office.com" in url:
        return N_("Microsoft has ended the connectors of Office 365. Make a workflow in Teams and enter its address.")
    return N_("That is no address of %(form)s. One looks like %(example)s.")


def may_be_asked(host: str, policy: Policy) -> bool:
    """Judge an address that is typed as one; of a name the connection shows where it leads."""
    try:
        return policy.allows(host)
    except ValueError:
        return True


def bearer(text: str) -> str:
    """A token as a header field holds it."""
    text = text.strip()
    if not _TOKEN.fullmatch(text):
        raise BadValue(N_("%(label)s is one word of ASCII characters. Check what you pasted."))
    return text


def own_header(text: str) -> str:
    """One header field of a request, such as `Authorization: Bearer …`, that is not one of ours."""
    found = _HEADER.fullmatch(text.strip())
    if not found:
        raise BadValue(N_("Enter the header as one line, like Authorization: Bearer …"))
    name = found[1].lower()
    if name in _OURS or name.startswith(_OURS_TOO):
        raise BadValue(N_("The panel writes %(name)s itself. Enter another header."), name=found[1])
    return f"{found[1]}: {found[2]}"


def told_addresses(text: str) -> str:
    """One to five addresses, parted by commas."""
    found = [parse_address(each) for each in text.replace("\n", ",").replace(";", ",").split(",") if each.strip()]
    if not found:
        raise BadValue(N_("Enter one address at least."))
    if len(found) > MAX_RECIPIENTS_TOLD:
        raise BadValue(N_("Enter at most %(most)d addresses."), most=MAX_RECIPIENTS_TOLD)
    return ", ".join(dict.fromkeys(found))


def server_word(text: str) -> str:
    """Which server an alert mail leaves by: one of its own, or the second one of the settings."""
    word = text.strip().lower() or OWN
    if word not in (OWN, SECOND_SERVER):
        raise BadValue(N_("%(label)s is one of: %(known)s."), known=f"{OWN}, {SECOND_SERVER}")
    return word


def flag_word(text: str) -> str:
    """Yes or no, as the word that is kept."""
    return "yes" if parsing.flag(text) else "no"


def _yes(text: str) -> str:
    return "yes" if parsing.flag(text) else ""


def _name(text: str) -> str:
    return parse_line(text, at_most=MAX_DESTINATION_NAME)


def _locale(text: str) -> str:
    word = tidy(text).lower() or LOCALES[-1]
    if word not in LOCALES:
        raise BadValue(N_("%(label)s is one of: %(known)s."), known=", ".join(LOCALES))
    return word


_UNKNOWN = N_("A destination of the kind %(kind)s has no field %(name)s. It has: %(known)s.")
