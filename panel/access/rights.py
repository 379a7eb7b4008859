"""Who may do what: one table for pages, operations of the API and commands; what is not in it is refused."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account is for, each with the rights of those before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMINISTRATOR = "administrator"

    def may(self, right: Right) -> bool:
        """Say whether an account of this role has a right."""
        return right in _OF_ROLES[self]

    def less_than(self, other: Role) -> bool:
        """Say whether it has fewer rights."""
        return _OF_ROLES[self] < _OF_ROLES[other]


class Scope(StrEnum):
    """What a token is good for; `ADMIN` includes the others but for `CONTENT`."""

    SEND = "send"
    READ = "read"
    ADMIN = "admin"
    CONTENT = "content"

    def may(self, right: Right) -> bool:
        """Say whether a token of this scope has a right."""
        return right in _OF_SCOPES[self]


class Right(StrEnum):
    """One thing that may be done, or seen."""

    ENTER = "enter"  # as anybody, signed in or not
    SELF = "self"  # as anybody who is signed in: what is one's own
    SEE = "see"  # verdict, settings without secrets, outbox without texts, history, causes, doctor
    READ_REPLIES = "read_replies"  # a server's own words, and dialogues
    TEST = "test"  # the saved settings; explain
    RUN = "run"  # the outbox: retry, cancel, pause, resume, try now
    SUBMIT = "submit"  # mail, and steer what one has submitted
    SET = "set"  # test unsaved settings, save, sign in with OAuth2, restore
    ADMINISTER = "administer"  # accounts, tokens, audit, export with secrets, keys
    READ_MESSAGES = "read_messages"  # their text, header and attachments


_VIEWER = frozenset({Right.ENTER, Right.SELF, Right.SEE})
_OPERATOR = _VIEWER | {Right.READ_REPLIES, Right.TEST, Right.RUN}
_OF_ROLES = {Role.VIEWER: _VIEWER, Role.OPERATOR: _OPERATOR, Role.ADMINISTRATOR: frozenset(Right) - {Right.SUBMIT}}

_READ = frozenset({Right.ENTER, Right.SEE})
_SEND = frozenset({Right.ENTER, Right.SUBMIT})
_OF_SCOPES = {
    Scope.READ: _READ,
    Scope.SEND: _SEND,
    Scope.ADMIN: _READ | _SEND | {Right.READ_REPLIES, Right.TEST, Right.RUN, Right.SET},
    Scope.CONTENT: _READ | {Right.READ_MESSAGES},
}

PAGES = {  # by endpoint
    "static": Right.ENTER,
    "guides.picture": Right.ENTER,  # the same in every panel
    "access.login": Right.ENTER,
    "access.sign_in": Right.ENTER,
    "access.setup": Right.ENTER,
    "access.set_up": Right.ENTER,
    "health.alive": Right.ENTER,
    "health.ready": Right.ENTER,
    "metrics.show": Right.ENTER,  # which looks where a request comes from
    "oauth.way": Right.ENTER,  # these two look for a ticket, and for the cookie that it was changed for
    "oauth.callback": Right.ENTER,
    "invitation.show": Right.ENTER,
    "invitation.accept": Right.ENTER,
    "access.logout": Right.SELF,
    "account.show": Right.SELF,
    "account.save": Right.SELF,
    "account.change_password": Right.SELF,
    "account.end": Right.SELF,
    "account.end_others": Right.SELF,
    "overview.home": Right.SEE,
    "overview.detail": Right.SEE,
    "overview.status": Right.SEE,
    "outbox.index": Right.SEE,
    "outbox.show": Right.SEE,
    "outbox_export.as_csv": Right.SEE,
    "outbox_export.as_json": Right.SEE,
    "history.index": Right.SEE,
    "history.show": Right.SEE,
    "causes.index": Right.SEE,
    "guides.index": Right.SEE,
    "guides.show": Right.SEE,
    "diagnosis.index": Right.SEE,
    "moved.causes": Right.SEE,
    "moved.doctor": Right.SEE,
    "trials.show": Right.SEE,
    "alerts.index": Right.SEE,
    "diagnosis.run": Right.TEST,
    "explain.show": Right.TEST,
    "moved.explain": Right.TEST,
    "trials.send_saved": Right.TEST,
    "trials.stop": Right.TEST,
    "arrival.tell": Right.TEST,
    "explain.note": Right.RUN,
    "moved.note": Right.RUN,
    "outbox.retry": Right.RUN,
    "outbox.retry_failed": Right.RUN,
    "outbox.cancel": Right.RUN,
    "outbox.act_on_many": Right.RUN,
    "outbox.seen": Right.RUN,
    "outbox.see_all": Right.RUN,
    "outbox.undo": Right.RUN,
    "outbox.pause": Right.RUN,
    "outbox.resume": Right.RUN,
    "samples.pour": Right.RUN,
    "outbox.try_now": Right.RUN,
    "outbox.choose_server": Right.RUN,
    "alerts.acknowledge": Right.RUN,
    "alerts.set_conditions": Right.SET,
    "message.html": Right.READ_MESSAGES,
    "message.attachment": Right.READ_MESSAGES,
    "message.raw": Right.READ_MESSAGES,
    "message.send_as_new": Right.READ_MESSAGES,
    "diagnosis.switch": Right.SET,
    "settings.edit": Right.SET,
    "settings.save": Right.SET,
    "second.edit": Right.SET,
    "second.save": Right.SET,
    "rules.edit": Right.SET,
    "rules.save": Right.SET,
    "assist.login": Right.SET,
    "assist.pace": Right.SET,
    "assist.preset": Right.SET,
    "assist.tls": Right.SET,
    "trials.send": Right.SET,
    "oauth.begin": Right.SET,
    "oauth.device": Right.SET,
    "oauth.find": Right.SET,
    "oauth.forget": Right.SET,
    "oauth.paste": Right.SET,
    "oauth.pending": Right.SET,
    "oauth.waiting": Right.SET,
    "users.index": Right.ADMINISTER,
    "users.invite": Right.ADMINISTER,
    "users.withdraw": Right.ADMINISTER,
    "users.reset": Right.ADMINISTER,
    "users.set_role": Right.ADMINISTER,
    "users.remove": Right.ADMINISTER,
    "audit.index": Right.ADMINISTER,
    "audit.as_csv": Right.ADMINISTER,
    "audit.as_jsonl": Right.ADMINISTER,
    "tokens.index": Right.ADMINISTER,
    "tokens.create": Right.ADMINISTER,
    "tokens.limit": Right.ADMINISTER,
    "tokens.revoke": Right.ADMINISTER,
    "destinations.new": Right.ADMINISTER,
    "destinations.add": Right.ADMINISTER,
    "destinations.edit": Right.ADMINISTER,
    "destinations.save": Right.ADMINISTER,
    "destinations.test": Right.ADMINISTER,
    "destinations.remove": Right.ADMINISTER,
}

API = {  # by operation; one of the rights is enough, and the operation keeps a sender to its own messages
    "messages.submit": (Right.SUBMIT,),
    "batch.submit": (Right.SUBMIT,),
    "messages.index": (Right.SEE,),
    "messages.show": (Right.SEE, Right.SUBMIT),
    "messages.retry": (Right.RUN, Right.SUBMIT),
    "messages.cancel": (Right.RUN, Right.SUBMIT),
    "messages.undo": (Right.RUN, Right.SUBMIT),
    "messages.seen": (Right.RUN,),
    "messages.content": (Right.READ_MESSAGES,),
    "messages.send_as_new": (Right.READ_MESSAGES,),
    "bounces.take": (Right.SUBMIT,),
    "settings.show": (Right.SEE,),
    "settings.save": (Right.SET,),
    "status.sign_in": (Right.SEE,),
    "status.show": (Right.SEE,),
    "status.examined": (Right.SEE,),
    "status.examine": (Right.TEST,),
    "status.try_now": (Right.RUN,),
    "status.choose_server": (Right.RUN,),
    "trials.run": (Right.SET,),
    "trials.tell_arrival": (Right.TEST,),
    "alerts.index": (Right.SEE,),
    "alerts.acknowledge": (Right.RUN,),
    "openapi.show": (Right.ENTER,),
}

OF_COMMANDS = {  # who reads the data's files has all rights; the table says what each command does with them
    "serve": Right.ADMINISTER,
    "worker": Right.ADMINISTER,
    "demo": Right.ENTER,  # in a home of its own
    "ready": Right.ENTER,  # which is open to everybody
    "settings show": Right.SEE,
    "settings set": Right.SET,
    "settings export": Right.ADMINISTER,
    "settings import": Right.SET,
    "settings history": Right.SEE,
    "settings restore": Right.SET,
    "test": Right.SET,
    "arrived": Right.TEST,
    "explain": Right.ENTER,  # which reads no data
    "sendmail": Right.SUBMIT,
    "bounce": Right.SUBMIT,
    "outbox list": Right.SEE,
    "outbox show": Right.SEE,
    "outbox retry": Right.RUN,
    "outbox cancel": Right.RUN,
    "outbox undo": Right.RUN,
    "outbox seen": Right.RUN,
    "outbox export": Right.SEE,
    "outbox content": Right.READ_MESSAGES,
    "outbox resend": Right.READ_MESSAGES,
    "outbox pause": Right.RUN,
    "outbox resume": Right.RUN,
    "outbox try-now": Right.RUN,
    "outbox server": Right.RUN,
    "outbox purge": Right.RUN,
    "doctor": Right.SEE,
    "alert list": Right.SEE,
    "alert status": Right.SEE,
    "alert add": Right.ADMINISTER,
    "alert test": Right.ADMINISTER,
    "alert remove": Right.ADMINISTER,
    "alert acknowledge": Right.RUN,
    "alert set": Right.SET,
    "audit": Right.ADMINISTER,
    "drop prepare": Right.ADMINISTER,
    "drop status": Right.SEE,
    "database status": Right.SEE,
    "database prepare": Right.ADMINISTER,
    "database copy": Right.ADMINISTER,
    "backup": Right.ADMINISTER,
    "restore": Right.ADMINISTER,
    "keys check": Right.ADMINISTER,
    "keys add": Right.ADMINISTER,
    "keys rotate": Right.ADMINISTER,
    "user add": Right.ADMINISTER,
    "user via": Right.ADMINISTER,
    "user invite": Right.ADMINISTER,
    "user reset": Right.ADMINISTER,
    "user passwd": Right.ADMINISTER,
    "user role": Right.ADMINISTER,
    "user remove": Right.ADMINISTER,
    "user list": Right.ADMINISTER,
    "token create": Right.ADMINISTER,
    "token limit": Right.ADMINISTER,
    "token list": Right.ADMINISTER,
    "token revoke": Right.ADMINISTER,
    "completion": Right.ENTER,
    "oauth status": Right.SEE,
    "oauth sign-in": Right.SET,
    "oauth refresh": Right.SET,
    "oauth forget": Right.SET,
}


def roles_with(right: Right) -> tuple[Role, ...]:
    """Give the roles that have a right, the least of them first."""
    return tuple(role for role in Role if role.may(right))


def scopes_with(rights: tuple[Right, ...]) -> tuple[Scope, ...]:
    """Give the scopes of which a token needs one, `ADMIN` where no lesser one will do."""
    with_one = tuple(scope for scope in Scope if any(map(scope.may, rights)))
    lesser = tuple(scope for scope in with_one if scope is not Scope.ADMIN)
    return lesser or with_one
