"""The tables, as numbered steps; a released step is never edited.

Times are UTC as ISO 8601 text with milliseconds, so that they sort as they are.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlite_utils.db import Database
from sqlite_utils.migrations import Migrations

from panel import clock
from panel.storage.steps import LATER_STEPS

steps = Migrations("mail-panel")


@steps()
def m001_settings(db: Database) -> None:
    """Keep every version of the settings, the highest in force; a sealed secret has a column of its own."""
    db.table("settings").create(
        {
            "version": int,
            "saved_at": str,
            "saved_by": str,
            "saved_from": str,
            "changed": str,
            "fingerprint": str,
            "document": str,
            "smtp_password": bytes,
            "pop_password": bytes,
        },
        pk="version",
        not_null={"saved_at", "saved_by", "saved_from", "changed", "fingerprint", "document"},
        strict=True,
    )


@steps()
def m002_accounts(db: Database) -> None:
    """Keep who may enter; of a session and of the one-time link only a digest."""
    db.table("accounts").create(
        {"name": str, "password": str, "role": str, "locale": str, "recipient": str, "created_at": str},
        pk="name",
        not_null={"password", "role", "created_at"},
        strict=True,
    )
    db.table("sessions").create(
        {"digest": bytes, "account": str, "address": str, "opened_at": str, "seen_at": str},
        pk="digest",
        not_null={"account", "address", "opened_at", "seen_at"},
        foreign_keys=[("account", "accounts", "name")],
        strict=True,
    )
    db.table("sessions").create_index(["account"])
    db.table("setup_links").create({"digest": bytes, "made_at": str}, pk="digest", not_null={"made_at"}, strict=True)
    db.table("login_failures").create(
        {"id": int, "account": str, "address": str, "at": str},
        pk="id",
        not_null={"account", "address", "at"},
        strict=True,
    )
    db.table("login_failures").create_index(["address", "at"])


@steps()
def m003_trials(db: Database) -> None:
    """Keep the test sends: what was tested, by whom, and the report as far as it is."""
    db.table("trials").create(
        {
            "id": int,
            "account": str,
            "address": str,
            "started_at": str,
            "beat_at": str,
            "stop": int,
            "outcome": str,
            "mode": str,
            "recipient": str,
            "fingerprint": str,
            "version": int,
            "seen": int,
            "report": str,
        },
        pk="id",
        not_null={"account", "address", "started_at", "beat_at", "stop", "outcome", "mode", "recipient", "fingerprint"}
        | {"seen", "report"},
        defaults={"stop": 0, "seen": 0},
        strict=True,
    )
    db.table("trials").create_index(["account", "started_at"])
    db.table("trials").create_index(["fingerprint", "started_at"])


@steps()
def m004_outbox(db: Database) -> None:
    """Keep the mail that is to be sent, what became of it, and the clock that all senders share."""
    for statement in _OUTBOX.split(";\n\n"):
        db.execute(statement)


# What is claimed, listed and searched has an index of its own, so that a million sent messages cost it nothing.
# The numbers by state, the tries by minute, and the totals that outlive their rows are kept by triggers: counting a
# million rows takes longer than everything else. The last number that was given is kept beside them: none comes back.
# Times of the pace are milliseconds of `panel.outbox.pace.row`, which no change of the wall clock moves.
_OUTBOX = """
CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'deferred', 'failed', 'cancelled')),
    urgency INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    queued_at TEXT NOT NULL,
    since TEXT NOT NULL,
    ended_at TEXT,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    size INTEGER NOT NULL,
    door TEXT NOT NULL,
    account TEXT NOT NULL,
    idempotency_key TEXT,
    idempotency_digest BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    uncertain INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    cause TEXT,
    reply TEXT
) STRICT;

CREATE INDEX messages_state ON messages (state, number);

CREATE INDEX messages_queued ON messages (urgency, due_at, number) WHERE state = 'queued';

CREATE INDEX messages_deferred ON messages (urgency, due_at, number) WHERE state = 'deferred';

CREATE INDEX messages_ended ON messages (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX messages_kept ON messages (ended_at, number) WHERE kept = 1;

CREATE INDEX messages_message_id ON messages (message_id);

CREATE UNIQUE INDEX messages_key ON messages (account, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE bodies (
    message INTEGER PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE,
    content BLOB NOT NULL
) STRICT;

CREATE TABLE recipients (
    message INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'cancelled')),
    cause TEXT,
    reply TEXT,
    at TEXT,
    PRIMARY KEY (message, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX recipients_address ON recipients (lower(address), message);

CREATE TABLE attempts (
    number INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE,
    at TEXT NOT NULL,
    ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    version INTEGER,
    stage TEXT,
    cause TEXT,
    reply TEXT,
    detail TEXT,
    uncertain INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX attempts_message ON attempts (message, number);

CREATE TABLE minutes (
    minute TEXT PRIMARY KEY,
    sent INTEGER NOT NULL,
    lost INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE totals (
    what TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (what, name)
) STRICT, WITHOUT ROWID;

INSERT INTO totals VALUES ('number', 'last', 0), ('messages', 'queued', 0), ('messages', 'sending', 0),
    ('messages', 'sent', 0), ('messages', 'deferred', 0), ('messages', 'failed', 0), ('messages', 'cancelled', 0);

CREATE TRIGGER messages_added AFTER INSERT ON messages BEGIN
    UPDATE totals SET number = number + 1 WHERE what = 'messages' AND name = new.state;
    INSERT INTO totals VALUES ('queued', new.door, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;

CREATE TRIGGER attempts_added AFTER INSERT ON attempts BEGIN
    INSERT INTO totals VALUES ('attempts', new.outcome, 1) ON CONFLICT DO UPDATE SET number = number + 1;
    INSERT INTO minutes VALUES (substr(new.at, 1, 16), new.outcome = 'sent', new.outcome <> 'sent')
    ON CONFLICT DO UPDATE SET sent = sent + excluded.sent, lost = lost + excluded.lost;
END;

CREATE TRIGGER attempts_refused AFTER INSERT ON attempts WHEN new.outcome <> 'sent' AND new.cause IS NOT NULL BEGIN
    INSERT INTO totals VALUES ('refusals', new.cause, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;

CREATE TRIGGER trials_ended AFTER UPDATE OF outcome ON trials WHEN old.outcome = 'running' BEGIN
    INSERT INTO totals VALUES ('tests', new.outcome, 1) ON CONFLICT DO UPDATE SET number = number + 1;
END;

CREATE TRIGGER messages_moved AFTER UPDATE OF state ON messages WHEN old.state <> new.state BEGIN
    UPDATE totals SET number = number - 1 WHERE what = 'messages' AND name = old.state;
    UPDATE totals SET number = number + 1 WHERE what = 'messages' AND name = new.state;
END;

CREATE TRIGGER messages_removed AFTER DELETE ON messages BEGIN
    UPDATE totals SET number = number - 1 WHERE what = 'messages' AND name = old.state;
END;

CREATE TABLE pace (
    account TEXT PRIMARY KEY,
    boot TEXT NOT NULL DEFAULT '',
    anchor_ms INTEGER NOT NULL DEFAULT 0,
    ended_ms INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    lease_ms INTEGER NOT NULL DEFAULT 0,
    test_ms INTEGER NOT NULL DEFAULT 0,
    paused_at TEXT,
    paused_by TEXT,
    held_at TEXT,
    held_cause TEXT,
    held_stage TEXT,
    held_reply TEXT,
    held_detail TEXT,
    held_version INTEGER,
    probe_ms INTEGER,
    probes INTEGER NOT NULL DEFAULT 0,
    rest_ms INTEGER NOT NULL DEFAULT 0,
    refusals INTEGER NOT NULL DEFAULT 0,
    slow_interval_ms INTEGER NOT NULL DEFAULT 0,
    slow_until_ms INTEGER NOT NULL DEFAULT 0,
    slow_version INTEGER
) STRICT;

INSERT INTO pace (account) VALUES ('');

CREATE TABLE sendings (
    number INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX sendings_at ON sendings (at_ms);

CREATE TABLE workers (
    name TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    beat_at TEXT NOT NULL,
    message INTEGER
) STRICT;
"""


@steps()
def m005_tokens(db: Database) -> None:
    """Keep what applications sign in with: of a token only its beginning and a digest."""
    for statement in _TOKENS.split(";\n\n"):
        db.execute(statement)


_TOKENS = """
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    scopes TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT,
    last_used_at TEXT
) STRICT;

CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;
"""


@steps()
def m006_open_sessions(db: Database) -> None:
    """Note who has a session open between messages and until when, and what each mail server bears."""
    for statement in _OPEN_SESSIONS.split(";\n\n"):
        db.execute(statement)


_OPEN_SESSIONS = """
ALTER TABLE pace ADD COLUMN open_by TEXT;

ALTER TABLE pace ADD COLUMN open_until_ms INTEGER NOT NULL DEFAULT 0;

ALTER TABLE pace ADD COLUMN asked_ms INTEGER NOT NULL DEFAULT 0;

CREATE TABLE servers (
    name TEXT PRIMARY KEY,
    idle_ms INTEGER NOT NULL DEFAULT 0,
    idle_until_ms INTEGER NOT NULL DEFAULT 0,
    alone_until_ms INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
"""


@steps()
def m007_healing(db: Database) -> None:
    """Keep how a hold looks again by itself, and with which settings a login has worked: those of the last success."""
    for statement in _HEALING.split(";\n\n"):
        db.execute(statement)


_HEALING = """
ALTER TABLE pace ADD COLUMN held_again TEXT NOT NULL DEFAULT 'never';

ALTER TABLE pace ADD COLUMN held_logins INTEGER NOT NULL DEFAULT 0;

ALTER TABLE pace ADD COLUMN worked_version INTEGER;

UPDATE pace SET held_again = 'soon' WHERE probe_ms IS NOT NULL;

UPDATE pace SET worked_version = (SELECT version FROM attempts WHERE outcome = 'sent' ORDER BY number DESC LIMIT 1);
"""


@steps()
def m008_calm(db: Database) -> None:
    """Keep how many messages a window may hold after workers have died with some in hand."""
    for column, number in (("window", 128), ("unclean", 0), ("calm_ms", 0)):
        db.execute(f"ALTER TABLE pace ADD COLUMN {column} INTEGER NOT NULL DEFAULT {number}")


@steps()
def m009_clock_of_a_server(db: Database) -> None:
    """Keep the end of the last message for each server: a pause belongs to the server that asks for it."""
    db.execute("ALTER TABLE pace ADD COLUMN server TEXT NOT NULL DEFAULT ''")
    db.execute("CREATE TABLE ends (server TEXT PRIMARY KEY, ended_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID")


@steps()
def m010_asked_try(db: Database) -> None:
    """Keep when somebody last had held mail tried at once."""
    db.execute("ALTER TABLE pace ADD COLUMN asked_try_ms INTEGER NOT NULL DEFAULT 0")


@steps()
def m011_caps_of_a_server(db: Database) -> None:
    """Count messages in the windows of their server; those of before are of the one that the clock tells of."""
    for statement in _CAPS_OF_A_SERVER.split(";\n\n"):
        db.execute(statement)


_CAPS_OF_A_SERVER = """
ALTER TABLE sendings ADD COLUMN server TEXT NOT NULL DEFAULT '';

ALTER TABLE sendings ADD COLUMN nth INTEGER NOT NULL DEFAULT 0;

UPDATE pace SET server = coalesce((SELECT lower(rtrim(json_extract(document, '$.smtp_host'), '.'))
    || CASE WHEN json_extract(document, '$.smtp_port') IN (25, 465, 587, 2525) THEN ''
        ELSE ':' || json_extract(document, '$.smtp_port') END
    FROM settings WHERE json_extract(document, '$.smtp_host') <> '' ORDER BY version DESC LIMIT 1), '')
    WHERE server = '';

UPDATE sendings SET nth = number, server = (SELECT server FROM pace);

CREATE INDEX sendings_server ON sendings (server, nth);
"""


@steps()
def m012_one_row_a_message(db: Database) -> None:
    """Keep a message in one row, with its addresses and a short body; what is under way is named by the clock's row.

    A recipient has a row where something else became of it than of the message, a try where it was no plain success.
    """
    db.conn.create_function("lowered", 1, str.lower)
    for statement in _ONE_ROW_A_MESSAGE.split(";\n\n"):
        db.execute(statement)


# `messages` is named anew before it goes, and goes last: with its rows everything that refers to them would go.
# The totals and the minutes are written by who changes what they count, once in a transaction, and by no trigger.
# `oldest` is no greater than the number of any message that waits.
_ONE_ROW_A_MESSAGE = """
ALTER TABLE messages RENAME TO messages_before;

ALTER TABLE bodies RENAME TO bodies_before;

ALTER TABLE recipients RENAME TO recipients_before;

ALTER TABLE attempts RENAME TO attempts_before;

ALTER TABLE minutes RENAME TO minutes_before;

CREATE TABLE messages (
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    urgency INTEGER NOT NULL,
    due_at TEXT NOT NULL,
    queued_at TEXT NOT NULL,
    since TEXT NOT NULL,
    ended_at TEXT,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    size INTEGER NOT NULL,
    door TEXT NOT NULL,
    account TEXT NOT NULL,
    idempotency_key TEXT,
    idempotency_digest BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    uncertain INTEGER NOT NULL DEFAULT 0,
    kept INTEGER NOT NULL DEFAULT 0,
    holder TEXT,
    cause TEXT,
    reply TEXT,
    ms INTEGER,
    version INTEGER,
    server TEXT NOT NULL DEFAULT 'first',
    rcpt_to TEXT NOT NULL,
    content BLOB
) STRICT;

CREATE TABLE bodies (
    message INTEGER PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE,
    content BLOB NOT NULL
) STRICT;

CREATE TABLE recipients (
    message INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    cause TEXT,
    reply TEXT,
    at TEXT,
    PRIMARY KEY (message, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    message INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE,
    at TEXT NOT NULL,
    ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    version INTEGER,
    stage TEXT,
    cause TEXT,
    reply TEXT,
    detail TEXT,
    uncertain INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE terms (
    term TEXT NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (term, message)
) STRICT, WITHOUT ROWID;

CREATE TABLE minutes (
    minute TEXT NOT NULL,
    outcome TEXT NOT NULL,
    cause TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (minute, outcome, cause)
) STRICT, WITHOUT ROWID;

INSERT INTO messages SELECT number,
    CASE WHEN state <> 'sending' THEN state WHEN attempts > 0 THEN 'deferred' ELSE 'queued' END,
    urgency, due_at, queued_at, since, ended_at, subject, message_id, reply_to, size, door, account,
    idempotency_key, idempotency_digest, attempts, uncertain, kept, CASE WHEN state <> 'sending' THEN holder END,
    cause, reply, NULL, NULL, 'first',
    (SELECT json_group_array(address) FROM
        (SELECT address FROM recipients_before WHERE message = number ORDER BY place)),
    (SELECT content FROM bodies_before WHERE message = number AND length(content) <= 16384)
    FROM messages_before;

INSERT INTO bodies SELECT message, content FROM bodies_before WHERE length(content) > 16384;

INSERT INTO recipients SELECT message, place, address, state, cause, reply, at FROM recipients_before
    WHERE message IN (SELECT message FROM recipients_before AS each JOIN messages_before ON number = message WHERE NOT (
        each.cause IS NULL AND CASE messages_before.state
            WHEN 'failed' THEN 0
            WHEN 'sent' THEN each.state = 'sent' AND each.reply IS messages_before.reply AND each.at IS ended_at
            WHEN 'cancelled' THEN each.state = 'cancelled' AND each.reply IS NULL AND each.at IS ended_at
            ELSE each.state = 'waiting' AND each.reply IS NULL AND each.at IS NULL END));

INSERT INTO attempts SELECT * FROM attempts_before;

INSERT INTO terms SELECT message_id, number FROM messages_before WHERE message_id <> ''
    UNION SELECT lowered(address), message FROM recipients_before;

INSERT INTO minutes SELECT minute, 'sent', '', sent FROM minutes_before WHERE sent > 0
    UNION ALL SELECT minute, 'lost', '', lost FROM minutes_before WHERE lost > 0;

INSERT INTO totals SELECT 'number', 'oldest', coalesce(
    (SELECT min(number) FROM messages_before WHERE state IN ('queued', 'deferred', 'sending')),
    (SELECT number + 1 FROM totals WHERE what = 'number' AND name = 'last'));

ALTER TABLE pace ADD COLUMN hand TEXT;

ALTER TABLE pace ADD COLUMN hand_by TEXT;

ALTER TABLE pace ADD COLUMN last_sent TEXT;

UPDATE pace SET account = 'first',
    hand = (SELECT json_group_array(number) FROM messages_before WHERE state = 'sending' HAVING count(*) > 0),
    hand_by = (SELECT max(holder) FROM messages_before WHERE state = 'sending');

ALTER TABLE sendings ADD COLUMN many INTEGER NOT NULL DEFAULT 1;

DROP TABLE minutes_before;

DROP TABLE attempts_before;

DROP TABLE recipients_before;

DROP TABLE bodies_before;

DROP TABLE messages_before;

CREATE INDEX messages_queued ON messages (urgency, due_at, number) WHERE state = 'queued';

CREATE INDEX messages_deferred ON messages (urgency, due_at, number) WHERE state = 'deferred';

CREATE INDEX messages_state ON messages (state, number) WHERE ended_at IS NOT NULL;

CREATE INDEX messages_ended ON messages (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX messages_kept ON messages (ended_at, number) WHERE kept = 1;

CREATE UNIQUE INDEX messages_key ON messages (account, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE INDEX attempts_message ON attempts (message, number);
"""


@steps()
def m013_fewer_pages_a_try(db: Database) -> None:
    """Tell of a try in as few tables and indexes as can be, for each of them is a page of the log.

    A message's tries and a server's windows stand in the order in which they are looked for, and what waits in one
    index. Recipients who were refused alike need no rows: the message tells of them, and since when. The clock counts
    the tries of a minute until there are some of another.
    """
    last_tries, sent_version = _last_tries(db)
    for statement in _FEWER_PAGES_A_TRY.split(";\n\n"):
        db.execute(statement)
    db.execute("UPDATE pace SET last_tries = ?, sent_version = ?", (last_tries, sent_version))


def _last_tries(db: Database) -> tuple[str | None, int | None]:
    """Give the last tries, the newest first, 0 for one that its message tells of, and the last success's version."""
    sent: list[Any] = [
        each for row in db.query("SELECT last_sent FROM pace") for each in json.loads(row["last_sent"] or "[]")
    ]
    tries = [(each["number"], 0, [each["message"], each["number"]]) for each in db.query(_NEWEST)]
    tries += [(after, len(sent) - place, [message, 0]) for place, (message, after) in enumerate(sent)]
    newest = [each for *_, each in sorted(tries, key=lambda each: each[:2], reverse=True)[:3]]
    of_message = [*db.query("SELECT version FROM messages WHERE number = ?", [sent[0][0]])] if sent else []
    proven = of_message or [*db.query(_LAST_SUCCESS)]
    return json.dumps(newest) if newest else None, proven[0]["version"] if proven else None


_NEWEST = "SELECT number, message FROM attempts ORDER BY number DESC LIMIT 3"
_LAST_SUCCESS = "SELECT version FROM attempts WHERE outcome = 'sent' ORDER BY number DESC LIMIT 1"
_FEWER_PAGES_A_TRY = """
ALTER TABLE attempts RENAME TO attempts_before;

CREATE TABLE attempts (
    message INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    ms INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    version INTEGER,
    stage TEXT,
    cause TEXT,
    reply TEXT,
    detail TEXT,
    uncertain INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message, number)
) STRICT, WITHOUT ROWID;

INSERT INTO attempts SELECT message, number, at, ms, outcome, version, stage, cause, reply, detail, uncertain
    FROM attempts_before ORDER BY message, number;

DROP TABLE attempts_before;

ALTER TABLE sendings RENAME TO sendings_before;

CREATE TABLE sendings (
    server TEXT NOT NULL,
    nth INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    many INTEGER NOT NULL,
    PRIMARY KEY (server, nth)
) STRICT, WITHOUT ROWID;

INSERT INTO sendings SELECT server, nth, max(at_ms), max(many) FROM sendings_before GROUP BY server, nth;

DROP TABLE sendings_before;

DROP INDEX messages_queued;

DROP INDEX messages_deferred;

CREATE INDEX messages_waiting ON messages (state, urgency, due_at, number) WHERE ended_at IS NULL;

ALTER TABLE messages ADD COLUMN tried_at TEXT;

ALTER TABLE pace DROP COLUMN last_sent;

ALTER TABLE pace ADD COLUMN last_tries TEXT;

ALTER TABLE pace ADD COLUMN sent_version INTEGER;

ALTER TABLE pace ADD COLUMN minute TEXT;

ALTER TABLE pace ADD COLUMN minute_tries TEXT
"""


@steps()
def m014_grants(db: Database) -> None:
    """Keep what signing in gave, and a sign-in while it is under way (OAuth 2.0)."""
    for statement in _GRANTS.split(";\n\n"):
        db.execute(statement)


_GRANTS = """
ALTER TABLE settings ADD COLUMN oauth_client_secret BLOB;

ALTER TABLE settings ADD COLUMN oauth_service_key BLOB;

CREATE TABLE grants (
    number INTEGER PRIMARY KEY,
    state TEXT NOT NULL,
    binding TEXT NOT NULL,
    provider TEXT NOT NULL,
    flow TEXT NOT NULL,
    client_id TEXT NOT NULL,
    token_url TEXT NOT NULL,
    scope TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    signed_in_by TEXT NOT NULL DEFAULT '',
    signed_in_from TEXT NOT NULL DEFAULT '',
    signed_in_at TEXT NOT NULL,
    adopted_at TEXT,
    refreshed_at TEXT,
    access_token BLOB,
    boot TEXT,
    expires_ms INTEGER,
    life_ms INTEGER,
    refresh_token BLOB,
    generation INTEGER NOT NULL DEFAULT 0,
    lease TEXT,
    lease_ms INTEGER,
    cause TEXT,
    detail TEXT,
    retry_ms INTEGER,
    tries INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE sign_ins (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    flow TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    ends_at TEXT NOT NULL,
    ticket BLOB,
    state BLOB UNIQUE,
    cookie BLOB,
    sealed BLOB NOT NULL,
    user_code TEXT,
    interval_ms INTEGER,
    asked_at TEXT,
    outcome TEXT NOT NULL DEFAULT 'waiting',
    grant_number INTEGER,
    cause TEXT,
    detail TEXT
) STRICT
"""


@steps()
def m015_clients_of_grants(db: Database) -> None:
    """Keep with a grant, sealed, the client that it is used with: it is ended at the service with that."""
    db.execute("ALTER TABLE grants ADD COLUMN client BLOB")


@steps()
def m016_access(db: Database) -> None:
    """Keep who knows an account, when a session last proved who it is, one-time links, and who did what."""
    for statement in _ACCESS.split(";\n\n"):
        db.execute(statement)


_ACCESS = """
ALTER TABLE accounts ADD COLUMN via TEXT NOT NULL DEFAULT 'local';

ALTER TABLE accounts ADD COLUMN timezone TEXT NOT NULL DEFAULT '';

ALTER TABLE accounts ADD COLUMN granted TEXT NOT NULL DEFAULT '';

ALTER TABLE accounts ADD COLUMN seen_at TEXT;

ALTER TABLE sessions ADD COLUMN proven_at TEXT;

ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';

ALTER TABLE sign_ins ADD COLUMN via TEXT NOT NULL DEFAULT '';

ALTER TABLE sign_ins ADD COLUMN role TEXT NOT NULL DEFAULT '';

CREATE TABLE links (
    digest BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT '',
    made_by TEXT NOT NULL DEFAULT '',
    made_at TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT '',
    via TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    action TEXT NOT NULL,
    object TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL,
    changed TEXT NOT NULL DEFAULT '{}',
    request TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX audit_account ON audit (account, number);

CREATE INDEX audit_action ON audit (action, number);

CREATE INDEX audit_object ON audit (object, number);

CREATE INDEX audit_at ON audit (at)
"""


@steps()
def m017_when_mail_stops(db: Database) -> None:
    """Keep what is wrong and who was told, what bounced, whether a test arrived, and a second server."""
    for statement in _WHEN_MAIL_STOPS.split(";\n\n"):
        db.execute(statement)


_WHEN_MAIL_STOPS = """
ALTER TABLE settings ADD COLUMN second_smtp_password BLOB;

ALTER TABLE settings ADD COLUMN second_oauth_client_secret BLOB;

ALTER TABLE settings ADD COLUMN second_oauth_service_key BLOB;

ALTER TABLE settings ADD COLUMN second_fingerprint TEXT NOT NULL DEFAULT '';

ALTER TABLE pace ADD COLUMN choice TEXT NOT NULL DEFAULT 'auto';

ALTER TABLE pace ADD COLUMN second_since TEXT;

ALTER TABLE pace ADD COLUMN second_cause TEXT;

ALTER TABLE pace ADD COLUMN second_state TEXT;

ALTER TABLE pace ADD COLUMN hand_server TEXT NOT NULL DEFAULT 'first';

ALTER TABLE pace ADD COLUMN held_since_ms INTEGER NOT NULL DEFAULT 0;

ALTER TABLE messages ADD COLUMN bound TEXT;

ALTER TABLE messages ADD COLUMN bound_until TEXT;

ALTER TABLE messages ADD COLUMN notify TEXT;

ALTER TABLE servers ADD COLUMN reports_refused INTEGER;

ALTER TABLE servers ADD COLUMN certificate_ends TEXT;

ALTER TABLE messages ADD COLUMN bounced_at TEXT;

ALTER TABLE attempts ADD COLUMN server TEXT NOT NULL DEFAULT 'first';

ALTER TABLE trials ADD COLUMN server TEXT NOT NULL DEFAULT 'first';

ALTER TABLE sign_ins ADD COLUMN server TEXT NOT NULL DEFAULT 'first';

ALTER TABLE trials ADD COLUMN arrived TEXT;

ALTER TABLE trials ADD COLUMN arrived_at TEXT;

ALTER TABLE trials ADD COLUMN arrived_by TEXT;

CREATE INDEX messages_bound ON messages (bound, bound_until) WHERE bound NOTNULL AND ended_at IS NULL;

CREATE INDEX trials_arrived ON trials (fingerprint, id) WHERE arrived = 'yes';

ALTER TABLE recipients ADD COLUMN bounced_at TEXT;

ALTER TABLE attempts ADD COLUMN recipient TEXT;

CREATE INDEX messages_bounced ON messages (number) WHERE bounced_at NOTNULL;

CREATE INDEX attempts_reported ON attempts (outcome, at, cause) WHERE recipient NOTNULL;

CREATE TABLE alerts (
    name TEXT PRIMARY KEY,
    thresholds TEXT NOT NULL DEFAULT '{}',
    holder TEXT,
    lease_until TEXT,
    judged_at TEXT
) STRICT;

CREATE TABLE incidents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    alert TEXT NOT NULL,
    level TEXT NOT NULL,
    state TEXT NOT NULL,
    since TEXT NOT NULL,
    fired_at TEXT,
    resolved_at TEXT,
    cause TEXT,
    facts TEXT NOT NULL DEFAULT '{}',
    changes TEXT NOT NULL DEFAULT '[]',
    reminded_at TEXT,
    acknowledged_at TEXT,
    acknowledged_by TEXT
) STRICT;

CREATE UNIQUE INDEX incidents_open ON incidents (alert) WHERE state IN ('pending', 'firing');

CREATE INDEX incidents_since ON incidents (since);

CREATE TABLE destinations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    version INTEGER NOT NULL DEFAULT 1,
    kind TEXT NOT NULL,
    host TEXT NOT NULL,
    document TEXT NOT NULL,
    secrets BLOB,
    made_at TEXT NOT NULL,
    made_by TEXT NOT NULL,
    disabled_at TEXT,
    tested_at TEXT,
    delivered_at TEXT,
    failed_at TEXT,
    failing_since TEXT,
    beat_at TEXT,
    status TEXT
) STRICT;

CREATE TABLE notices (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    destination INTEGER NOT NULL,
    incident INTEGER,
    type TEXT NOT NULL,
    webhook_id TEXT NOT NULL,
    body TEXT NOT NULL,
    made_at TEXT NOT NULL,
    due_at TEXT,
    lease_until TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL DEFAULT 'waiting',
    status TEXT,
    ms INTEGER,
    ended_at TEXT
) STRICT;

CREATE INDEX notices_due ON notices (due_at) WHERE outcome = 'waiting';

CREATE INDEX notices_destination ON notices (destination, number)
"""


@steps()
def m018_answers(db: Database) -> None:
    """Keep who has seen a failure, what a message held after its text has gone, and what was diagnosed.

    What failed more than a day ago counts as seen: an upgrade brings no work.
    """
    for statement in _ANSWERS.split(";\n\n"):
        db.execute(statement)
    db.execute(_SEEN_BEFORE, (clock.stamp(clock.now() - timedelta(days=1)),))


_SEEN_BEFORE = "UPDATE messages SET seen_at = ended_at, seen_by = '' WHERE state = 'failed' AND ended_at < ?"
_ANSWERS = """
ALTER TABLE messages ADD COLUMN seen_at TEXT;

ALTER TABLE messages ADD COLUMN seen_by TEXT;

ALTER TABLE messages ADD COLUMN erase_at TEXT;

ALTER TABLE messages ADD COLUMN undo TEXT;

ALTER TABLE messages ADD COLUMN head BLOB;

ALTER TABLE messages ADD COLUMN attachments TEXT;

ALTER TABLE messages ADD COLUMN stages TEXT;

CREATE INDEX messages_unseen ON messages (number) WHERE state = 'failed' AND seen_at IS NULL;

CREATE INDEX messages_to_erase ON messages (erase_at) WHERE erase_at NOTNULL;

CREATE TABLE diagnoses (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    version INTEGER NOT NULL,
    why TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    address TEXT NOT NULL,
    selectors TEXT NOT NULL,
    findings TEXT NOT NULL
) STRICT;

CREATE TABLE routines (
    name TEXT PRIMARY KEY,
    off INTEGER NOT NULL DEFAULT 0,
    began_at TEXT
) STRICT
"""


@steps()
def m019_token_limits(db: Database) -> None:
    """Keep how much a token may hand in, and how much it has: from this step on, a server takes the same text."""
    for statement in LATER_STEPS[19].split(";\n\n"):
        db.execute(statement)
