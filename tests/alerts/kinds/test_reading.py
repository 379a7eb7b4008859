"""What may be typed into a destination; each error names its field and none repeats a secret."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.alerts.delivery.requests import Dispatch, request_of
from panel.alerts.destination import Destination, DestinationKind
from panel.alerts.destinations import new_signing_secret
from panel.alerts.kinds.chat_forms import CHAT_FORMS
from panel.alerts.kinds.fields import FIELD_LABELS, FIELDS_OF, SECRET_FIELDS
from panel.alerts.kinds.reading import InvalidDestination, Read, kind_named, read_destination
from panel.i18n import catalogue
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import SessionError
from panel.mail.net.https import request
from panel.mail.net.policy import Policy
from panel.settings.model import Settings
from panel.settings.validation import FieldProblem
from tests.support.alerts import NOW, notice

MAIN = Settings(
    from_address="report@example.org", smtp_host="smtp.example.org", smtp_user="report", smtp_password="main-secret"
)
MAIL = {"recipients": "ops@example.net", "host": "mail.example.net", "from": "alerts@example.net"}
ANYWHERE = Policy()
URL = "https://hooks.example.org/path-is-secret"


def read(
    kind: str,
    values: dict[str, str],
    stored: Destination | None = None,
    main: Settings = MAIN,
    policy: Policy = ANYWHERE,
    listeners: tuple[tuple[str, int], ...] = (),
) -> Read:
    return read_destination(kind_named(kind), values, stored, policy=policy, main=main, listeners=listeners)


def wrong(kind: str, values: dict[str, str], **more: object) -> dict[str, str]:
    """Give what is wrong, by field, in Japanese."""
    with pytest.raises(InvalidDestination) as caught:
        read(kind, values, **more)
    assert "secret" not in str(caught.value)
    return {each.field: each.text.translated(catalogue("ja").gettext) for each in caught.value.problems}


@pytest.mark.parametrize("kind", ["", "sms", "webhooks", "WEBHOOK\x00"])
def test_an_unknown_kind_names_the_kinds(kind: str) -> None:
    with pytest.raises(InvalidDestination, match="webhook, chat, ntfy, mail, ping") as caught:
        kind_named(kind)
    assert caught.value.problems[0].field == "kind"


@pytest.mark.parametrize("kind", DestinationKind)
def test_an_unknown_field_is_named_with_the_known_ones(kind: DestinationKind) -> None:
    found = wrong(kind, {"signing": "whsec_x", "urll": "x"})

    assert {"signing", "urll"} <= set(found)
    assert all(name in found["urll"] for name in FIELDS_OF[kind])


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.org",
        "ftp://hooks.example.org/secret",
        "http://hooks.example.org/secret",
        "http://10.0.0.1/secret",
        "https://user:secret@hooks.example.org/",
        "https://user@hooks.example.org/",
        f"https://hooks.example.org/{'s' * 2_000}",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/#secret",
        "https://hooks.example.org:99999/",
        "https:///secret",
        "https://[::1/",
        "https://hooks.example.org/\r\nX-Evil: secret",
        "https://exa\x00mple.org/",
        "javascript:alert(1)",
    ],
)
@pytest.mark.parametrize("kind", ["webhook", "ping"])
def test_an_address_that_may_not_be_asked(kind: str, url: str) -> None:
    assert set(wrong(kind, {"url": url})) == {"url"}


@pytest.mark.parametrize("url", ["http://localhost:8080/x", "http://127.0.0.1/x", "http://[::1]:9/x", URL])
def test_an_address_that_may(url: str) -> None:
    assert read("ping", {"url": url}).secrets == {"url": url}


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "10.1.2.3", "0.0.0.0"])
def test_a_host_that_is_denied(host: str) -> None:
    policy = Policy((ip_network("10.0.0.0/8"),))

    assert set(wrong("webhook", {"url": f"https://{host}/"}, policy=policy)) == {"url"}


@pytest.mark.parametrize(
    "header",
    [
        "Host: evil.example",
        "content-length: 0",
        "Content-Type: text/plain",
        "Transfer-Encoding: chunked",
        "Webhook-Signature: v1,x",
        "webhook-id: x",
        "Connection: keep-alive",
        "User-Agent: x",
        "Authorization",
        "Authorization:",
        "A uthorization: x",
        "X: a\r\nY: secret",
        "X: a\nY: secret",
        "X: \x00",
        "X: 日本",
    ],
)
def test_a_header_that_is_ours_or_none(header: str) -> None:
    assert set(wrong("webhook", {"url": URL, "header": header})) == {"header"}


def test_a_header_is_kept_tidy() -> None:
    assert read("webhook", {"url": URL, "header": " X-Api-Key:  a b "}).secrets["header"] == "X-Api-Key: a b"


@pytest.mark.parametrize("name", CHAT_FORMS)
def test_each_chat_takes_its_own_address(name: str) -> None:
    form = CHAT_FORMS[name]
    url = form.example.replace("….", "a.").replace("…", "1")
    token = {"token": "tok"} if form.needs_token else {}

    assert read("chat", {"form": name, "url": url, **token}).values["form"] == name
    if name != "mattermost":
        assert set(wrong("chat", {"form": name, "url": URL, **token})) == {"url"}


def test_what_a_chat_lacks() -> None:
    rooms = "https://api.chatwork.com/v2/rooms/1/messages"

    assert set(wrong("chat", {"url": rooms})) == {"form"}
    assert set(wrong("chat", {"form": "icq", "url": rooms})) == {"form"}
    assert set(wrong("chat", {"form": "chatwork", "url": rooms})) == {"token"}
    assert set(wrong("chat", {"form": "chatwork", "url": rooms, "token": "two words"})) == {"token"}
    assert "Office 365" in wrong("chat", {"form": "teams", "url": "https://x.webhook.office.com/webhookb2/1"})["url"]


@pytest.mark.parametrize("url", ["https://ntfy.sh/", "https://ntfy.sh", "https://ntfy.sh/a/b", "https://ntfy.sh/a?x=1"])
def test_ntfy_wants_a_topic(url: str) -> None:
    assert set(wrong("ntfy", {"url": url})) == {"url"}
    assert read("ntfy", {"url": "https://ntfy.sh/our_topic-1", "token": "tk_1"}).host == "ntfy.sh"


def test_language_name_and_details() -> None:
    assert set(wrong("webhook", {"url": URL, "locale": "fr", "name": "a\nb", "details": "perhaps"})) == {
        "locale",
        "name",
        "details",
    }
    assert set(wrong("ping", {"url": URL, "name": "x" * 61})) == {"name"}
    assert read("webhook", {"url": URL, "details": "on", "locale": "JA"}).values == {"locale": "ja", "details": "yes"}
    assert set(wrong("chat", {"form": "discord", "url": "https://discord.com/api/webhooks/1/x", "details": "yes"})) == {
        "details"
    }


# Mail


def test_a_mail_has_a_server_of_its_own() -> None:
    read_one = read("mail", {**MAIL, "user": "alerts", "password": "pass-is-secret"})

    assert read_one.values == {
        "locale": "en",
        "recipients": "ops@example.net",
        "server": "own",
        "host": "mail.example.net",
        "port": "587",
        "tls": "yes",
        "tls_mode": "auto",
        "user": "alerts",
        "from": "alerts@example.net",
    }
    assert read_one.secrets == {"password": "pass-is-secret"}
    assert read_one.host == "mail.example.net"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "smtp://mail.example.net"}, "host"),
        ({"port": "0"}, "port"),
        ({"recipients": ""}, "recipients"),
        ({"recipients": "nobody"}, "recipients"),
        ({"recipients": ",".join(f"a{number}@example.net" for number in range(6))}, "recipients"),
        ({"recipients": "ops@example.net\r\nBcc: x@example.net, y"}, "recipients"),
        ({"from": ""}, "from"),
        ({"user": "alerts"}, "password"),
        ({"password": "x"}, "user"),
        ({"user": "alerts", "password": "x", "tls": "no"}, "tls"),
        ({"tls_mode": "maybe"}, "tls_mode"),
        ({"ca_certificate": "none"}, "ca_certificate"),
        ({"server": "third"}, "server"),
        ({"server": "second"}, "server"),
    ],
)
def test_what_is_wrong_with_a_mail_names_its_field(values: dict[str, str], field: str) -> None:
    assert field in wrong("mail", {**MAIL, **values})


def test_a_mail_by_the_second_server_of_the_settings_needs_nothing_more() -> None:
    main = replace(MAIN, second=True, second_smtp_host="other.example.org")

    read_one = read("mail", {"recipients": "ops@example.net", "server": "second"}, main=main)

    assert (read_one.host, read_one.secrets) == ("second", {})


@pytest.mark.parametrize(("port", "user"), [("587", "report"), ("", "report")])
def test_the_very_login_of_the_settings_is_refused_unless_it_is_wanted(port: str, user: str) -> None:
    same = {**MAIL, "host": "SMTP.example.org.", "port": port, "user": user, "password": "x"}

    assert "same_server=yes" in wrong("mail", same)["host"]
    assert read("mail", {**same, "same_server": "yes"}).values["same_server"] == "yes"


@pytest.mark.parametrize(
    "other", [{"port": "465"}, {"user": "alerts"}, {"host": "smtp2.example.org"}], ids=lambda each: next(iter(each))
)
def test_another_login_is_another_way(other: dict[str, str]) -> None:
    same = {**MAIL, "host": "smtp.example.org", "user": "report", "password": "x"}

    assert "same_server" not in read("mail", {**same, **other}).values


@pytest.mark.parametrize("host", ["169.254.169.254", "::ffff:169.254.169.254", "10.1.2.3"])
def test_a_mail_goes_to_no_host_that_is_denied(host: str) -> None:
    assert "host" in wrong("mail", {**MAIL, "host": host}, policy=Policy((ip_network("10.0.0.0/8"),)))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_alert_is_sent_into_the_outbox_whose_mail_may_have_stopped(host: str) -> None:
    itself = {**MAIL, "host": host, "port": "2525", "tls": "no"}

    assert "host" in wrong("mail", itself, listeners=(("127.0.0.1", 2525),))
    assert read("mail", itself, listeners=(("127.0.0.1", 2526),)).values["port"] == "2525"


def test_the_password_of_a_mail_goes_to_no_other_server() -> None:
    first = read("mail", {**MAIL, "user": "alerts", "password": "pass-is-secret"})
    stored = Destination(1, 1, DestinationKind.MAIL, first.host, first.values, first.secrets)

    assert read("mail", {"recipients": "b@example.net"}, stored).secrets == first.secrets
    for moved in ({"host": "evil.example.net"}, {"port": "2525"}, {"user": "other"}, {"tls": "no"}):
        assert {"password", "tls"} & set(wrong("mail", moved, stored=stored))


# By chance

TEXTS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["", URL, "http://localhost/x", "https://ntfy.sh/t", "yes", "ja", "slack", "587", "x: y", "１２", "\x00"]
    ),
    st.builds("https://{}".format, st.text(max_size=30)),
    st.builds("X-{}: {}".format, st.text(max_size=5), st.text(max_size=20)),
)


@given(kind=st.sampled_from(DestinationKind), texts=st.dictionaries(st.sampled_from(sorted(FIELD_LABELS)), TEXTS))
def test_whatever_is_typed_is_refused_by_field_or_can_be_asked(kind: DestinationKind, texts: dict[str, str]) -> None:
    found = read_or_problems(kind, texts)
    if not isinstance(found, Read):
        assert {each.field for each in found} <= {*texts, *FIELDS_OF[kind]}
        assert all(each.text.translated(catalogue("ja").gettext) for each in found)
        return
    destination = Destination(1, 1, kind, found.host, found.values, {**found.secrets, "secret": new_signing_secret()})
    assert set(found.values) <= set(FIELDS_OF[kind]) - SECRET_FIELDS
    if kind is not DestinationKind.MAIL:
        asked = request_of(destination, Dispatch(notice(), "{}", "msg_1"), NOW)
        with pytest.raises(SessionError):  # and nothing about what is asked
            request(
                asked.method,
                asked.url,
                headers=asked.headers,
                body=asked.body,
                policy=Policy((ip_network("0.0.0.0/0"), ip_network("::/0"))),
                deadline=Deadline(0),
            )


def read_or_problems(kind: DestinationKind, texts: dict[str, str]) -> Read | list[FieldProblem]:
    try:
        return read(kind, texts)
    except InvalidDestination as fault:
        return fault.problems
