"""Finds the cause of a server's refusal: the first rule that fits its words, its codes, its stage and its speaker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from unicodedata import normalize

from panel.diagnosis.causes import connection, login, recipient, unclear
from panel.diagnosis.causes.cause import Cause
from panel.diagnosis.causes.oauth import OAUTH_WRONG_ACCOUNT
from panel.diagnosis.causes.table import CAUSES
from panel.diagnosis.needed import has_any, needed_by
from panel.diagnosis.rules.rule import Rule, stands_in
from panel.diagnosis.rules.rules import RULES
from panel.mail.smtp.protocol import Failure, Reply, Stage
from panel.settings import providers

MOST_MATCHED = 2_000  # characters of a reply that the rules look at, so that no reply is slow

_GREETING = (Stage.CONNECT, Stage.TLS, Stage.GREETING)


def cause_of(failure: Failure, *, host: str = "", logged_in: bool = True) -> Cause:
    """Find the one cause of a failure; what no rule knows is told by its stage and its class."""
    cause = _with_token(CAUSES[_name_of(failure, host)], failure)
    if cause is recipient.RECIPIENT_REJECTED and not logged_in and _denies_access(failure):
        return login.AUTH_REQUIRED
    return cause


def _with_token(cause: Cause, failure: Failure) -> Cause:
    """Refine the cause of a login by OAuth2; of other logins nothing here is asked, or loaded."""
    if failure.stage is Stage.TOKEN:
        from panel.diagnosis import oauth

        return oauth.cause_without_token(cause, failure.detail or (failure.reply.text if failure.reply else ""))
    if failure.reply and made_with_token(failure):
        from panel.diagnosis import oauth

        reason, of_another = failure.detail.partition(" ")[2], failure.cause == OAUTH_WRONG_ACCOUNT.name
        return oauth.cause_of_refused_token(cause, reason, failure.reply.text, of_another=of_another)
    return cause


def made_with_token(failure: Failure) -> bool:
    """Say whether a refused login was made with a token: by the mechanism that its detail begins with."""
    return failure.stage is Stage.AUTH and failure.detail.partition(" ")[0] in _OF_TOKENS


_OF_TOKENS = ("XOAUTH2", "OAUTHBEARER")


def _name_of(failure: Failure, host: str) -> str:
    """Keep the cause that the client saw itself, and refine what it could only sort by class."""
    if failure.cause == login.POP_LOGIN_REFUSED.name and failure.reply:
        return cause_of_reply(Stage.POP, failure.reply, host)
    known = CAUSES.get(failure.cause)
    guessed = known is OAUTH_WRONG_ACCOUNT and made_with_token(failure)  # as far as the reply says nothing else
    if known and (failure.reply is None or not (known.generic or guessed)):
        return failure.cause
    if failure.reply is None:
        return unclear.SERVER_PERMANENT.name
    return cause_of_reply(failure.stage, failure.reply, host)


def _denies_access(failure: Failure) -> bool:
    """Say whether a recipient is refused in the words in which Postfix refuses whoever has not logged in."""
    return failure.reply is not None and "access denied" in failure.reply.text.lower()


def cause_of_reply(stage: Stage | None, reply: Reply, host: str = "") -> str:
    """Name the cause of a refusal; without a stage by the words and codes alone, without a code (0) by the words."""
    if stage is Stage.POP:
        return _cause_at_pop(reply, host)
    said = _Said.of(reply)
    provider = provider_of(reply, host)
    group = provider.group if provider else ""
    if not (said.code == 0 or 400 <= said.code < 600):
        return connection.PROTOCOL_ERROR.name
    rules = _rules_for(str(stage or _STAGE_OF_CODE.get(said.code) or ""), said.code, group)
    return next((rule.cause.name for rule in rules if _says(rule, said)), _by_class(stage, said.code))


def _cause_at_pop(reply: Reply, host: str) -> str:
    """Tell a POP server that refuses a login from one that cannot check it, by the words that SMTP servers use, too."""
    said = CAUSES[cause_of_reply(Stage.AUTH, Reply(535, reply.lines), host)]
    passes = said in (login.LOGIN_UNAVAILABLE, login.TOO_MANY_LOGINS)
    return said.name if passes else login.POP_LOGIN_REFUSED.name


def _by_class(stage: Stage | None, code: int) -> str:
    if stage in _GREETING:
        return connection.GREETING_REFUSED.name
    return (unclear.SERVER_TEMPORARY if 400 <= code < 500 else unclear.SERVER_PERMANENT).name


@dataclass(frozen=True, slots=True)
class _Said:
    """A reply as the rules read it: its code, its enhanced code, the whole text, and the words alone."""

    code: int
    enhanced: str
    whole: str
    words: str

    @classmethod
    def of(cls, reply: Reply) -> _Said:
        whole = " ".join(" ".join(reply.lines)[:MOST_MATCHED].split())
        whole = normalize("NFKC", whole).lower()
        passed_on = _PASSED_ON.search(whole)
        code = int(passed_on[1]) if passed_on else reply.code
        enhanced = _ENHANCED.search(whole, passed_on.start() if passed_on else 0)
        inner = passed_on and "sender" not in whole[: passed_on.start()]
        words = whole[passed_on.end() :] if passed_on and inner else whole
        return cls(code, enhanced[1] if enhanced else "", whole, _neutral(words))


# A relay tells another server's refusal: "host mx.example.net said: 550 5.1.1 …"
_PASSED_ON = re.compile(
    r"\b(?:said|responded|answered|response|error|from mta\([^)]{0,80}\))(?: with)?:? \"?([45]\d\d)[ -]"
)
_ENHANCED = re.compile(r"(?<![\d.])([45]\.\d{1,2}\.\d{1,3})(?![\d.])")

# What a reply names may mislead ("no mailbox spam@…", "see https://…/virus"), so names become blanks for the rules.
_NEUTRAL = (
    (re.compile(r"(?:https?|mailto|ftp):\S*|\bwww\.\S+"), " "),
    (re.compile(r"(?<![\w.+=*-])[\w.+=*-]++@[\w.-]++", re.ASCII), "<address>"),
    (re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), "<ip>"),
    (
        re.compile(
            r"(?<![\w.-])(?:[a-z0-9_-]{1,63}\.){1,6}(?:com|net|org|info|biz|jp|uk|de|fr|ru|cn|io|edu|gov|example|test|local)\b",
            re.ASCII,
        ),
        "<host>",
    ),
    (re.compile(r"(?<![\d.])[245]\.\d{1,2}\.\d{1,3}(?![\d.])"), " "),
    (re.compile(r"[<>()\"]+(?=<)|(?<=>)[<>()\"]+"), ""),
    (re.compile(r" {2,}"), " "),
)


def _neutral(text: str) -> str:
    for names, instead in _NEUTRAL:
        text = names.sub(instead, text)
    return text.strip()


def provider_of(reply: Reply | None, host: str) -> providers.Provider | None:
    """Tell whose words these are: by the reply's own signature, which a relay passes on, else by the host.

    A company signs alike for all its services; which of them it is, the host says.
    """
    text = " ".join(reply.lines)[:MOST_MATCHED].lower() if reply else ""
    signed = providers.by_signature(text) if has_any(_signed(), text) else None
    asked = providers.by_host(host)
    if signed and asked and signed.group and signed.group == asked.group:
        return asked
    return signed or asked


@cache
def _signed() -> tuple[str, ...]:
    """Give plain texts of which every reply that a service has signed holds one."""
    return tuple(part for each in providers.PROVIDERS if each.signature for part in needed_by(each.signature))


# RFC 4954 section 6: these are said at AUTH, should nobody know the stage.
_STAGE_OF_CODE: Mapping[int, Stage] = {534: Stage.AUTH, 535: Stage.AUTH, 538: Stage.AUTH}


@lru_cache(maxsize=1024)
def _rules_for(stage: str, code: int, group: str) -> tuple[Rule, ...]:
    """List the rows that can fit at a stage, for a code and a group of services, in their order."""
    return tuple(rule for rule in RULES if _fits(rule, stage, code, group))


def _fits(rule: Rule, stage: str, code: int, group: str) -> bool:
    if rule.provider and group not in rule.provider.split():
        return False
    if rule.at and not _at(rule, stage):
        return False
    if rule.codes and not code:
        return bool(rule.words or rule.enhanced or rule.link)
    return not rule.codes or any(str(code).startswith(each) for each in rule.codes.split())


def _at(rule: Rule, stage: str) -> bool:
    """Say whether a row is for this stage; where no stage is known, only rows that their words tell apart are."""
    if stage:
        return stage in rule.at.split()
    return bool(rule.words or rule.enhanced or rule.link) and rule.at not in {
        "starttls",
        "mail",
        "auth mail",
        "auth pop",
    }


def _says(rule: Rule, said: _Said) -> bool:
    if rule.enhanced and not _enhanced_pattern(rule.enhanced).fullmatch(said.enhanced):
        return False
    if rule.words and not stands_in(said.words, rule.words):
        return False
    if rule.unless and stands_in(said.words, rule.unless):
        return False
    return not rule.link or stands_in(said.whole, rule.link)


@cache
def _enhanced_pattern(codes: str) -> re.Pattern[str]:
    """Read `X.7.8 5.7.30`, where X is any number."""
    return re.compile(codes.replace(".", r"\.").replace("X", r"\d+").replace(" ", "|"))
