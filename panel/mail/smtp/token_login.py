"""A login with an access token of OAuth2 (RFC 7628): where it comes from, what is sent, and why it is refused."""

from __future__ import annotations

import base64
import json

from panel.mail.net.deadline import Deadline
from panel.mail.net.errors import ConnectionLost, NoProtocol, TimeIsUp
from panel.mail.patterns import pattern_of
from panel.mail.smtp import sasl
from panel.mail.smtp.channel import SmtpChannel
from panel.mail.smtp.errors import Broken
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.mail.smtp.redaction import MASK, Transcript
from panel.mail.smtp.server import Server, Token
from panel.mail.text import decoded, harmless

TOKEN_SECONDS = 10.0  # to get a token, which leaves time for the session
REFRESHED = Reply(0, ("refreshed",))  # what the stage tells of a token that took the place of a refused one
MAX_REASON = 4096  # octets of what a server says of a token that it refuses

_CONTROLS = pattern_of(r"[\x00-\x1f\x7f]")


def token_for(server: Server, login: Token, transcript: Transcript, deadline: Deadline) -> str:
    """Get a token that may be sent, and keep it out of the transcript; nothing else of it is ever shown."""
    token = login.source.token(deadline.shorter(TOKEN_SECONDS))
    transcript.learn(login.user, token)
    if not sasl.B64TOKEN.fullmatch(token):
        raise Broken("oauth_answer_broken")
    if _CONTROLS.search(login.user):
        raise Broken("oauth_wrong_account")
    longest = max(len(sasl.encoded(_first(name, server, login, token))) for name in sasl.OF_TOKENS)
    if longest + 2 > sasl.MAX_RESPONSE:
        raise Broken("oauth_answer_broken")
    return token


def renewed(server: Server, login: Token, refused: str, transcript: Transcript, deadline: Deadline) -> str:
    """Get another token for one that was refused, empty where there is none."""
    if not login.source.renew(refused, deadline.shorter(TOKEN_SECONDS)):
        return ""
    token = token_for(server, login, transcript, deadline)
    return token if token != refused else ""


def blames_token(failure: Failure) -> bool:
    """Say whether a login failed by its token: 535 (RFC 4954 section 6), or a reason was given for whatever reply."""
    reason = failure.detail.partition(" ")[2]
    return failure.stage is Stage.AUTH and bool(reason or (failure.reply and failure.reply.code == 535))


def cause_of_refusal(login: Token) -> str:
    """Name why a token may be refused whose account is known, and is not the user that it is shown for."""
    account, user = login.source.account.lower(), login.user.lower()
    return "oauth_wrong_account" if "@" in account and account != user else ""


def try_token(channel: SmtpChannel, server: Server, login: Token, token: str, mechanism: str) -> tuple[Reply, str]:
    """Log in, and give the final reply with the reason that came before it (RFC 7628 section 3.2.3), if one did."""
    first = _first(mechanism, server, login, token)
    reply = channel.begin_login(mechanism, first)
    if reply.code == 334 and sasl.initial(mechanism, first) is None:
        reply = channel.ask(sasl.encoded(first), transcribed=MASK)
    if reply.code != 334:
        return reply, ""
    reason = _reason(channel)
    try:
        return _end(channel, mechanism), reason
    except (ConnectionLost, TimeIsUp, OSError):  # it has said why already
        raise Broken("oauth_token_refused", f"{mechanism} {reason}") from None


def _first(mechanism: str, server: Server, login: Token, token: str) -> bytes:
    first, _ = sasl.OF_TOKENS[mechanism]
    return first(login.user, token, server.host, server.port)


def _end(channel: SmtpChannel, mechanism: str) -> Reply:
    """Answer the reason, and a server that goes on asking by the end of the exchange (RFC 4954 section 4)."""
    _, answer = sasl.OF_TOKENS[mechanism]
    reply = channel.ask(sasl.encoded(answer))
    if reply.code == 334:
        reply = channel.ask("*")
    if reply.code == 334:
        raise NoProtocol
    return reply


def _reason(channel: SmtpChannel) -> str:
    """Read why a token is refused: JSON in base64, or whatever a server says instead, in one line without secrets."""
    said = "".join("".join(channel.unmasked).split())
    try:
        data = base64.b64decode(said + "=" * (-len(said) % 4), validate=True)
    except ValueError:
        data = " ".join(channel.unmasked).encode()
    text = harmless(_in_one_line(data[:MAX_REASON]))
    (hidden,) = channel.transcript.hide([text])
    if hidden != text:
        channel.transcript.mask_newest(len(channel.unmasked))
    channel.transcript.add("", [f"(it says: {hidden})"])
    return hidden


def _in_one_line(data: bytes) -> str:
    """Write JSON without what hides its text, and anything else as it is."""
    text = decoded(data)
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except (ValueError, RecursionError):
        return " ".join(text.split())
