"""A mail server that takes mail of whoever shows a token that is good."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.support.token_server import TokenServer

REFUSAL = base64.b64encode(json.dumps({"status": "401", "schemes": "bearer", "scope": "smtp"}).encode()).decode()


class Mailbox:
    """Takes mail of whoever shows a token that is good."""

    def __init__(self, tokens: TokenServer) -> None:
        self.tokens = tokens
        self.logins: list[str] = []
        self.tells = False  # what it was shown, in place of taking it
        self.taken: list[bytes] = []

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:
        blob = args[1].encode() if len(args) > 1 else await server.challenge_auth("")
        said = base64.b64decode(blob) if isinstance(blob, bytes) and len(args) > 1 else bytes(blob)
        token = said.partition(b"auth=Bearer ")[2].rstrip(b"\1").decode()
        self.logins.append(token)
        if token in self.tokens.given and not self.tells:
            return AuthResult(success=True, auth_data=token)
        await server.push(f"334 {base64.b64encode(said).decode() if self.tells else REFUSAL}")
        await server._reader.readline()
        if self.tells:
            await server.push(f"535 5.7.8 {token} {base64.b64encode(said).decode()} {quote(said)}")
        return AuthResult(success=False, handled=self.tells)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert session.auth_data in self.tokens.given
        self.taken.append(bytes(envelope.content or b""))
        return "250 2.0.0 queued"
