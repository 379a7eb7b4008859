"""A login with an access token: what goes over the wire, what a refusal says, and the one retry."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pytest

from panel.mail.message.envelope import Envelope
from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import ConnectionLost, NoProtocol, NoRoute, Stopped, TimeIsUp
from panel.mail.net.policy import Policy
from panel.mail.smtp import sasl
from panel.mail.smtp.errors import Broken, DeliveryFailed
from panel.mail.smtp.protocol import Failure, Reply, Security, Stage
from panel.mail.smtp.server import Server, Token
from panel.mail.smtp.session import Session
from tests.support.leaks import pieces_in
from tests.support.scripted import (
    MESSAGE,
    Peer,
    ScriptedServer,
    Step,
    goes_on_for_ever,
    greets,
    hangs_up,
    hears,
    is_silent,
    resets,
    says,
    starts_tls,
    takes,
)
from tests.support.servers import Authority

USER = "report@example.org"
SHORT, LONG = "ya29.A0AVA9y1uQmG4hW7bT8xZc3Lr", "eyJhbGciOiJSUzI1NiJ9." + "aB3-_xY9" * 200
REASON = '{"status":"401","schemes":"bearer","scope":"mail"}'
MESSAGE_TO_TARO = Envelope("report@example.org", ("taro@example.net",), b"Subject: Test\r\n\r\nHello.\r\n")
REFUSED = says("535 5.7.8 Error: authentication failed")


@dataclass
class Source:
    """Gives these tokens, each as long as it is not renewed; `fault` is raised in place of one."""

    tokens: list[str]
    fault: BaseException | None = None
    asked: list[str] = field(default_factory=list)
    account: str = ""

    def token(self, deadline: Deadline) -> str:
        self.asked.append("token")
        if self.fault:
            raise self.fault
        return self.tokens[0]

    def renew(self, refused: str, deadline: Deadline) -> bool:
        self.asked.append("renew")
        assert refused == self.tokens[0]
        self.tokens = self.tokens[1:] or self.tokens
        return self.tokens[0] != refused


@dataclass
class Diary:
    """Notes each stage that has ended, and what was said last in it."""

    ended: list[tuple[Stage, str]] = field(default_factory=list)
    said: dict[Stage, str] = field(default_factory=dict)

    def begin(self, stage: Stage) -> None: ...

    def end(self, stage: Stage, status: str, ms: float, reply: Reply | None) -> None:
        self.ended.append((stage, status))
        self.said[stage] = str(reply)


def server_at(port: int, source: Source, *, user: str = USER, security: Security = Security.NONE) -> Server:
    return Server("127.0.0.1", port, security, Token(user, source), local_hostname="app.example.org")


def opened(server: Server, *, diary: Diary | None = None, send: bool = False) -> Session:
    session = Session(server, policy=Policy(), deadline=Deadline(10), watcher=diary)
    with session:
        session.open()
        if send:
            session.deliver(MESSAGE_TO_TARO)
    return session


def failed(server: Server) -> tuple[Failure, Session]:
    session = Session(server, policy=Policy(), deadline=Deadline(10))
    with pytest.raises(DeliveryFailed) as caught, session:
        session.open()
    return caught.value.failure, session


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def blob(token: str, mechanism: str = "XOAUTH2", port: int = 0) -> str:
    return sasl.encoded(sasl.OF_TOKENS[mechanism][0](USER, token, "127.0.0.1", port))


def refuses(token: str, *steps: Step, said: str = in_base64(REASON)) -> list[Step]:
    """Ask why, and end as these say."""
    return [*greets("AUTH XOAUTH2"), *takes(f"AUTH XOAUTH2 {blob(token)}", f"334 {said}"), hears(""), *steps]


def in_turn(*scripts: Iterable[Step]) -> Step:
    """Follow another script in each connection."""
    waiting = iter(scripts)

    def step(peer: Peer) -> None:
        for each in next(waiting):
            each(peer)

    return step


ENDS = [*MESSAGE, says("250 Ok"), *takes("QUIT", "221 Bye")]


# What is said


def test_a_short_token_goes_with_the_command() -> None:
    script = [*greets("AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER"), *takes(f"AUTH XOAUTH2 {blob(SHORT)}", "235 Ok")]

    with ScriptedServer(*script, *ENDS) as scripted:
        session = opened(server_at(scripted.port, Source([SHORT])), send=True)

    assert session.auth == "XOAUTH2"
    assert base64.b64decode(blob(SHORT)) == f"user={USER}\1auth=Bearer {SHORT}\1\1".encode()


def test_a_token_that_the_command_cannot_hold_waits_until_it_is_asked_for() -> None:
    script = [*greets("AUTH XOAUTH2"), *takes("AUTH XOAUTH2", "334 whatever that is"), *takes(blob(LONG), "235 Ok")]

    with ScriptedServer(*script) as scripted:
        opened(server_at(scripted.port, Source([LONG])))

    assert "AUTH XOAUTH2" in scripted.heard


def test_where_only_the_standard_is_offered_that_is_spoken() -> None:
    heard: list[str] = []
    steps = [says("334 "), lambda peer: heard.append(peer.line().decode().strip()), says("235 Ok")]

    with ScriptedServer(*greets("AUTH PLAIN OAUTHBEARER"), hears("AUTH OAUTHBEARER"), *steps) as scripted:
        opened(server_at(scripted.port, Source([LONG]), user="a=b,c@example.org"))

    assert base64.b64decode(heard[0]) == (
        f"n,a=a=3Db=2Cc@example.org,\1host=127.0.0.1\1port={scripted.port}\1auth=Bearer {LONG}\1\1".encode()
    )


def test_a_mechanism_that_is_offered_and_not_known_gives_way_to_the_other() -> None:
    script = [
        *greets("AUTH XOAUTH2 OAUTHBEARER"),
        *takes("AUTH XOAUTH2", "504 Unrecognised"),
        hears("AUTH OAUTHBEARER"),
    ]

    with ScriptedServer(*script, says("235 Ok")) as scripted:
        assert opened(server_at(scripted.port, Source([SHORT]))).auth == "OAUTHBEARER"


@pytest.mark.parametrize(("offer", "cause"), [("AUTH PLAIN LOGIN", "auth_mechanism"), ("SIZE", "auth_not_offered")])
def test_a_token_never_goes_where_a_password_belongs(offer: str, cause: str) -> None:
    with ScriptedServer(*greets(offer)) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([SHORT])))

    assert (failure.stage, failure.cause) == (Stage.AUTH, cause)
    assert not [line for line in scripted.heard if line.startswith("AUTH")]


@pytest.mark.parametrize(
    ("token", "user", "cause"),
    [
        ("with blank", USER, "oauth_answer_broken"),
        ("tokén", USER, "oauth_answer_broken"),
        ("", USER, "oauth_answer_broken"),
        ("=", USER, "oauth_answer_broken"),
        ("a\1b", USER, "oauth_answer_broken"),
        ("abc\n", USER, "oauth_answer_broken"),
        ("a" * 9_200, USER, "oauth_answer_broken"),
        (SHORT, "a\1b@example.org", "oauth_wrong_account"),
        (SHORT, "a@example.org\r\nRSET", "oauth_wrong_account"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anybody_is_asked(token: str, user: str, cause: str) -> None:
    with ScriptedServer(*greets("AUTH XOAUTH2")) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([token]), user=user))

    assert (failure.stage, failure.cause) == (Stage.TOKEN, cause)
    assert scripted.connections == 0


def test_the_longest_token_that_a_line_holds_is_sent() -> None:
    script = [*greets("AUTH XOAUTH2"), *takes("AUTH XOAUTH2", "334 "), hears(""), says("235 Ok")]

    with ScriptedServer(*script) as scripted:
        opened(server_at(scripted.port, Source(["a" * 9_050])))

    assert 12_000 < len(scripted.heard[-1]) + 2 <= sasl.MAX_RESPONSE


def test_over_tls_it_is_the_same(authority: Authority) -> None:
    with ScriptedServer(*starts_tls(authority, "AUTH XOAUTH2"), *takes("AUTH XOAUTH2", "235 Ok")) as scripted:
        server = Server(
            "127.0.0.1", scripted.port, Security.STARTTLS, Token(USER, Source([SHORT])), ca_certificate=authority.pem
        )
        assert opened(server).auth == "XOAUTH2"


# What a refusal says


def test_the_reason_is_kept_beside_the_final_reply() -> None:
    with ScriptedServer(*refuses(SHORT, REFUSED)) as scripted:
        failure, session = failed(server_at(scripted.port, Source([SHORT])))

    assert scripted.heard[2] == ""
    assert failure.reply == Reply(535, ("5.7.8 Error: authentication failed",))
    assert failure.detail == 'XOAUTH2 {"status": "401", "schemes": "bearer", "scope": "mail"}'
    assert '(it says: {"status": "401", "schemes": "bearer", "scope": "mail"})' in session.transcript


def test_the_standard_answers_a_reason_with_its_own_word() -> None:
    steps = [*takes("AUTH OAUTHBEARER", f"334 {in_base64(REASON)}"), *takes("AQ==", "535 5.7.8 No")]

    with ScriptedServer(*greets("AUTH OAUTHBEARER"), *steps) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([SHORT])))

    assert failure.detail.startswith("OAUTHBEARER {")


def test_a_refusal_without_a_reason_is_one_all_the_same() -> None:
    with ScriptedServer(*greets("AUTH XOAUTH2"), *takes("AUTH XOAUTH2", "535 5.7.3 No")) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([SHORT])))

    assert (failure.detail, failure.reply) == ("XOAUTH2", Reply(535, ("5.7.3 No",)))


def test_a_server_that_takes_the_token_after_all_is_believed() -> None:
    with ScriptedServer(*refuses(SHORT, says("235 2.7.0 Ok"))) as scripted:
        assert opened(server_at(scripted.port, Source([SHORT]))).opened


def test_a_server_that_asks_twice_hears_the_end_of_it() -> None:
    steps = [says("334 eyJzdGF0dXMi"), *takes("*", "501 5.7.0 Aborted")]

    with ScriptedServer(*refuses(SHORT, *steps)) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([SHORT])))

    assert failure.reply == Reply(501, ("5.7.0 Aborted",))
    assert failure.detail.startswith('XOAUTH2 {"status"')


def test_a_server_that_asks_for_ever_speaks_no_smtp() -> None:
    with ScriptedServer(*refuses(SHORT, says("334 "), *takes("*", "334 "))) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([SHORT])))

    assert (failure.stage, failure.cause) == (Stage.AUTH, "protocol_error")


@pytest.mark.parametrize("end", [hangs_up, resets])
def test_one_that_is_gone_after_its_reason_has_refused_the_token(end: Step) -> None:
    with ScriptedServer(*refuses(SHORT, end)) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([SHORT])))

    assert (failure.stage, failure.cause, failure.reply) == (Stage.AUTH, "oauth_token_refused", None)
    assert failure.detail.startswith('XOAUTH2 {"status"')


HOSTILE = [
    ("", ""),
    ("Token expired, sorry", "Token expired, sorry"),
    ("AAAAA", "AAAAA"),
    (in_base64('{"status":"401"}').rstrip("="), '{"status": "401"}'),
    (in_base64("\x1b]0;title\x07 {\n\u202eback"), "\ufffd]0;title\ufffd { \ufffdback"),
    (in_base64('{"a":"\\ud800\\u001b\\u202e"}'), '{"a": "\ufffd\\u001b\ufffd"}'),
    (base64.b64encode(b"\xff\xfe\x00\x80").decode(), "ÿþ\ufffd€"),
    (in_base64("[" * 3_000), "[" * 3_000),
]


@pytest.mark.parametrize(("said", "shown"), HOSTILE)
def test_whatever_the_reason_is_made_of_it_is_one_line_of_text(said: str, shown: str) -> None:
    with ScriptedServer(*refuses(SHORT, REFUSED, said=said)) as scripted:
        failure, session = failed(server_at(scripted.port, Source([SHORT])))

    assert failure.detail == f"XOAUTH2 {shown}".strip()
    assert all(line.isprintable() for line in session.transcript)


def test_a_reason_has_an_end() -> None:
    with ScriptedServer(*refuses(SHORT, REFUSED, said=in_base64("x" * 6_000))) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([SHORT])))

    assert failure.detail == "XOAUTH2 " + "x" * 4_096


def test_a_challenge_without_an_end_is_no_smtp() -> None:
    steps = [hears("AUTH"), says(b"334 "), goes_on_for_ever(b"QUJD" * 1_000)]

    with ScriptedServer(*greets("AUTH XOAUTH2"), *steps) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([SHORT])))

    assert failure.cause == "protocol_error"


# Where there is no token


@pytest.mark.parametrize(
    ("fault", "cause", "detail"),
    [
        (Broken("oauth_signin_required", "invalid_grant"), "oauth_signin_required", "invalid_grant"),
        (NoRoute("connection_refused", "127.0.0.1"), "oauth_server_unreachable", "connection_refused"),
        (NoRoute("certificate_untrusted"), "oauth_server_unreachable", "certificate_untrusted"),
        (NoRoute("address_denied", "169.254.169.254"), "address_denied", "169.254.169.254"),
        (TimeIsUp(), "oauth_server_unreachable", "reply_timeout"),
        (ConnectionLost(), "oauth_server_unreachable", "connection_lost"),
        (ConnectionResetError(104, "reset"), "oauth_server_unreachable", "connection_lost"),
        (NoProtocol(), "oauth_answer_broken", ""),
        (KeyError("access_token"), "oauth_answer_broken", ""),
    ],
)
def test_why_there_is_no_token_is_told_of_its_stage(fault: BaseException, cause: str, detail: str) -> None:
    with ScriptedServer(*greets("AUTH XOAUTH2")) as scripted:
        failure, _ = failed(server_at(scripted.port, Source([SHORT], fault)))

    assert failure == Failure(Stage.TOKEN, cause, None, detail)
    assert scripted.connections == 0


def test_a_stop_while_a_token_is_asked_for_is_a_stop() -> None:
    session = Session(server_at(9, Source([], Stopped())), policy=Policy(), deadline=Deadline(10))

    with pytest.raises(Stopped), session:
        session.open()


# Once more


OTHER = "ya29.B1CXD8y2vQnH5iW6cU9yAd4Ms"
TAKES_OTHER = [*greets("AUTH XOAUTH2"), *takes(f"AUTH XOAUTH2 {blob(OTHER)}", "235 Ok"), *ENDS]


def test_a_refused_token_is_renewed_and_tried_in_a_new_connection() -> None:
    diary, source = Diary(), Source([SHORT, OTHER])

    with ScriptedServer(in_turn([*refuses(SHORT, REFUSED), *takes("QUIT", "221 Bye")], TAKES_OTHER)) as scripted:
        session = opened(server_at(scripted.port, source), diary=diary, send=True)

    assert scripted.connections == 2
    assert source.asked == ["token", "renew", "token"]
    assert diary.said[Stage.TOKEN] == "refreshed"
    tried = [(stage, status) for stage, status in diary.ended if stage in (Stage.TOKEN, Stage.AUTH, Stage.QUIT)]
    assert tried == [
        (Stage.TOKEN, "ok"),
        (Stage.AUTH, "failed"),
        (Stage.TOKEN, "ok"),
        (Stage.AUTH, "ok"),
        (Stage.QUIT, "ok"),
    ]
    assert [line for line in session.transcript if "AUTH XOAUTH2 *" in line] == ["C: AUTH XOAUTH2 ********"] * 2


def test_a_second_refusal_is_final() -> None:
    source = Source([SHORT, OTHER, LONG], account="hanako@example.org")

    with ScriptedServer(in_turn(refuses(SHORT, REFUSED), refuses(OTHER, says("535 5.7.8 Again no")))) as scripted:
        failure, _ = failed(server_at(scripted.port, source))

    assert (failure.cause, failure.reply) == ("oauth_wrong_account", Reply(535, ("5.7.8 Again no",)))
    assert (scripted.connections, source.asked.count("renew")) == (2, 1)


def test_where_there_is_no_other_token_the_refusal_stands() -> None:
    source = Source([SHORT], account=USER.upper())

    with ScriptedServer(*refuses(SHORT, REFUSED)) as scripted:
        failure, _ = failed(server_at(scripted.port, source))

    assert (failure.stage, failure.cause) == (Stage.AUTH, "server_permanent")
    assert (scripted.connections, source.asked) == (1, ["token", "renew"])


def test_a_permission_that_turns_out_to_have_ended_is_what_is_told() -> None:
    class Ended(Source):
        def renew(self, refused: str, deadline: Deadline) -> bool:
            raise Broken("oauth_signin_required", "invalid_grant: AADSTS50173")

    with ScriptedServer(*refuses(SHORT, REFUSED)) as scripted:
        failure, _ = failed(server_at(scripted.port, Ended([SHORT])))

    assert failure == Failure(Stage.TOKEN, "oauth_signin_required", None, "invalid_grant: AADSTS50173")


@pytest.mark.parametrize(
    "reply", ["454 4.7.0 Temporary authentication failure", "421 4.3.2 Bye", "534 5.7.9 No", "500 ?"]
)
def test_what_is_not_about_the_token_renews_none(reply: str) -> None:
    source = Source([SHORT, OTHER])

    with ScriptedServer(*greets("AUTH XOAUTH2"), *takes("AUTH XOAUTH2", reply)) as scripted:
        failure, _ = failed(server_at(scripted.port, source))

    assert failure.stage is Stage.AUTH
    assert source.asked == ["token"]


def test_a_passing_refusal_with_a_reason_is_about_the_token() -> None:
    with ScriptedServer(in_turn(refuses(SHORT, says("454 4.7.0 No")), TAKES_OTHER)) as scripted:
        assert opened(server_at(scripted.port, Source([SHORT, OTHER])), send=True).opened


def test_what_was_learnt_in_the_first_connection_is_forgotten_in_the_second() -> None:
    with ScriptedServer(in_turn(refuses(SHORT, REFUSED), [says("554 5.7.1 Go away")])) as scripted:
        failure, session = failed(server_at(scripted.port, Source([SHORT, OTHER])))

    assert failure.stage is Stage.GREETING
    assert (session.auth, session.extensions) == (None, {})


# What nobody reads

LEAKS: list[Callable[[str], str]] = [
    lambda token: token,
    lambda token: token.upper(),
    lambda token: token[: len(token) // 3],
    lambda token: token[len(token) // 2 : len(token) // 2 + 16],
    lambda token: token[-20:],
    lambda token: " ".join(token[at : at + 7] for at in range(0, len(token), 7)),
    blob,
    lambda token: blob(token)[40:90],
    lambda token: in_base64(f"x{token}"),
    lambda token: in_base64(f"xy{blob(token)}"),
    lambda token: base64.urlsafe_b64encode(f"??{token}".encode()).decode(),
    lambda token: token.replace("/", "\\/"),
    lambda token: token.replace("+", "%2B").replace("/", "%2F"),
]
SECRETS = [SHORT, "kH7+/x~Qm9_-Zt4wLrV8" * 6, LONG, "short-one"]


@pytest.mark.parametrize("token", SECRETS, ids=lambda token: token[:9])
@pytest.mark.parametrize("leak", LEAKS)
def test_a_token_that_a_server_gives_back_is_read_by_nobody(leak: Callable[[str], str], token: str) -> None:
    given = leak(token)[:6_000]
    lines = [given[at : at + 900] for at in range(0, len(given), 900)]
    refusal = "\n".join([*(f"535-5.7.8 {line}" for line in lines), "535 5.7.8 Bye"])
    steps = [says(f"334 {in_base64(given[:3_000])}"), hears(""), says(refusal)]
    begin = [hears("AUTH XOAUTH2")] if len(blob(token)) < 490 else [*takes("AUTH XOAUTH2", "334 "), hears("")]

    with ScriptedServer(*greets(f"X-{given[:900]}", "AUTH XOAUTH2"), *begin, *steps) as scripted:
        failure, session = failed(server_at(scripted.port, Source([token])))

    shown = "\n".join([*session.transcript, failure.detail, repr(failure)])
    assert "********" in shown
    assert pieces_in(shown, [token]) == []


def test_a_token_has_no_face() -> None:
    login = Token(USER, Source([SHORT]))

    assert SHORT not in f"{login} {login!r} {server_at(25, Source([SHORT]))!r}"


def test_silence_after_the_reason_is_no_end_of_it() -> None:
    with ScriptedServer(*refuses(SHORT, is_silent)) as scripted:
        session = Session(server_at(scripted.port, Source([SHORT])), policy=Policy(), deadline=Deadline(0.5))
        with pytest.raises(DeliveryFailed) as caught, session:
            session.open()

    assert caught.value.failure.cause == "oauth_token_refused"
