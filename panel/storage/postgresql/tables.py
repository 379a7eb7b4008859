"""The tables as step 18 left them, in the words of both engines; what comes later are steps that both take.

Times are UTC as ISO 8601 text with milliseconds, so that they sort as they are. What each table is for is said with the
steps of the data file.
"""

from __future__ import annotations

import re

FIRST_STEP = 18  # the step that these tables are of

TABLES = """
CREATE TABLE settings (
    version INTEGER PRIMARY KEY,
    saved_at TEXT NOT NULL,
    saved_by TEXT NOT NULL,
    saved_from TEXT NOT NULL,
    changed TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    document TEXT NOT NULL,
    smtp_password BLOB,
    pop_password BLOB,
    oauth_client_secret BLOB,
    oauth_service_key BLOB,
    second_smtp_password BLOB,
    second_oauth_client_secret BLOB,
    second_oauth_service_key BLOB,
    second_fingerprint TEXT NOT NULL DEFAULT ''
);

CREATE TABLE accounts (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    role TEXT NOT NULL,
    locale TEXT,
    recipient TEXT,
    created_at TEXT NOT NULL,
    via TEXT NOT NULL DEFAULT 'local',
    timezone TEXT NOT NULL DEFAULT '',
    granted TEXT NOT NULL DEFAULT '',
    seen_at TEXT
);

CREATE TABLE sessions (
    digest BLOB PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (name),
    address TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    proven_at TEXT,
    agent TEXT NOT NULL DEFAULT ''
);

CREATE INDEX sessions_account ON sessions (account);

CREATE TABLE setup_links (
    digest BLOB PRIMARY KEY,
    made_at TEXT NOT NULL
);

CREATE TABLE login_failures (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    address TEXT NOT NULL,
    at TEXT NOT NULL
);

CREATE INDEX login_failures_address_at ON login_failures (address, at);

CREATE TABLE links (
    digest BLOB PRIMARY KEY,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT '',
    made_by TEXT NOT NULL DEFAULT '',
    made_at TEXT NOT NULL
);

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
);

CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;

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
);

CREATE INDEX audit_account ON audit (account, number);

CREATE INDEX audit_action ON audit (action, number);

CREATE INDEX audit_at ON audit (at);

CREATE INDEX audit_object ON audit (object, number);

CREATE TABLE grants (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
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
    tries INTEGER NOT NULL DEFAULT 0,
    client BLOB
);

CREATE TABLE sign_ins (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
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
    detail TEXT,
    via TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL DEFAULT '',
    server TEXT NOT NULL DEFAULT 'first'
);

CREATE TABLE trials (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    address TEXT NOT NULL,
    started_at TEXT NOT NULL,
    beat_at TEXT NOT NULL,
    stop INTEGER NOT NULL DEFAULT 0,
    outcome TEXT NOT NULL,
    mode TEXT NOT NULL,
    recipient TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    version INTEGER,
    seen INTEGER NOT NULL DEFAULT 0,
    report TEXT NOT NULL,
    server TEXT NOT NULL DEFAULT 'first',
    arrived TEXT,
    arrived_at TEXT,
    arrived_by TEXT
);

CREATE INDEX trials_account_started_at ON trials (account, started_at);

CREATE INDEX trials_fingerprint_started_at ON trials (fingerprint, started_at);

CREATE INDEX trials_arrived ON trials (fingerprint, id) WHERE arrived = 'yes';

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
    content BLOB,
    tried_at TEXT,
    bound TEXT,
    bound_until TEXT,
    notify TEXT,
    bounced_at TEXT,
    seen_at TEXT,
    seen_by TEXT,
    erase_at TEXT,
    undo TEXT,
    head BLOB,
    attachments TEXT,
    stages TEXT
);

CREATE INDEX messages_bounced ON messages (number) WHERE bounced_at NOTNULL;

CREATE INDEX messages_bound ON messages (bound, bound_until) WHERE bound NOTNULL AND ended_at IS NULL;

CREATE INDEX messages_ended ON messages (ended_at) WHERE ended_at IS NOT NULL;

CREATE INDEX messages_kept ON messages (ended_at, number) WHERE kept = 1;

CREATE UNIQUE INDEX messages_key ON messages (account, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE INDEX messages_state ON messages (state, number) WHERE ended_at IS NOT NULL;

CREATE INDEX messages_to_erase ON messages (erase_at) WHERE erase_at NOTNULL;

CREATE INDEX messages_unseen ON messages (number) WHERE state = 'failed' AND seen_at IS NULL;

CREATE INDEX messages_waiting ON messages (state, urgency, due_at, number) WHERE ended_at IS NULL;

CREATE TABLE bodies (
    message INTEGER PRIMARY KEY REFERENCES messages (number) ON DELETE CASCADE,
    content BLOB NOT NULL
);

CREATE TABLE recipients (
    message INTEGER NOT NULL REFERENCES messages (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    cause TEXT,
    reply TEXT,
    at TEXT,
    bounced_at TEXT,
    PRIMARY KEY (message, place)
);

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
    server TEXT NOT NULL DEFAULT 'first',
    recipient TEXT,
    PRIMARY KEY (message, number)
);

CREATE INDEX attempts_reported ON attempts (outcome, at, cause) WHERE recipient NOTNULL;

CREATE TABLE terms (
    term TEXT NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (term, message)
);

CREATE TABLE minutes (
    minute TEXT NOT NULL,
    outcome TEXT NOT NULL,
    cause TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (minute, outcome, cause)
);

CREATE TABLE totals (
    what TEXT NOT NULL,
    name TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (what, name)
);

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
    slow_version INTEGER,
    open_by TEXT,
    open_until_ms INTEGER NOT NULL DEFAULT 0,
    asked_ms INTEGER NOT NULL DEFAULT 0,
    held_again TEXT NOT NULL DEFAULT 'never',
    held_logins INTEGER NOT NULL DEFAULT 0,
    worked_version INTEGER,
    "window" INTEGER NOT NULL DEFAULT 128,
    unclean INTEGER NOT NULL DEFAULT 0,
    calm_ms INTEGER NOT NULL DEFAULT 0,
    server TEXT NOT NULL DEFAULT '',
    asked_try_ms INTEGER NOT NULL DEFAULT 0,
    hand TEXT,
    hand_by TEXT,
    last_tries TEXT,
    sent_version INTEGER,
    minute TEXT,
    minute_tries TEXT,
    choice TEXT NOT NULL DEFAULT 'auto',
    second_since TEXT,
    second_cause TEXT,
    second_state TEXT,
    hand_server TEXT NOT NULL DEFAULT 'first',
    held_since_ms INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE sendings (
    server TEXT NOT NULL,
    nth INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    many INTEGER NOT NULL,
    PRIMARY KEY (server, nth)
);

CREATE TABLE ends (
    server TEXT PRIMARY KEY,
    ended_ms INTEGER NOT NULL
);

CREATE TABLE servers (
    name TEXT PRIMARY KEY,
    idle_ms INTEGER NOT NULL DEFAULT 0,
    idle_until_ms INTEGER NOT NULL DEFAULT 0,
    alone_until_ms INTEGER NOT NULL DEFAULT 0,
    reports_refused INTEGER,
    certificate_ends TEXT
);

CREATE TABLE workers (
    name TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    beat_at TEXT NOT NULL,
    message INTEGER
);

CREATE TABLE alerts (
    name TEXT PRIMARY KEY,
    thresholds TEXT NOT NULL DEFAULT '{}',
    holder TEXT,
    lease_until TEXT,
    judged_at TEXT
);

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
);

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
);

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
);

CREATE INDEX notices_destination ON notices (destination, number);

CREATE INDEX notices_due ON notices (due_at) WHERE outcome = 'waiting';

CREATE TABLE diagnoses (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    version INTEGER NOT NULL,
    why TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    address TEXT NOT NULL,
    selectors TEXT NOT NULL,
    findings TEXT NOT NULL
);

CREATE TABLE routines (
    name TEXT PRIMARY KEY,
    off INTEGER NOT NULL DEFAULT 0,
    began_at TEXT
)

"""

FILLED = """
INSERT INTO totals (what, name, number) VALUES ('number', 'last', 0), ('number', 'oldest', 1),
    ('messages', 'queued', 0), ('messages', 'sending', 0), ('messages', 'sent', 0), ('messages', 'deferred', 0),
    ('messages', 'failed', 0), ('messages', 'cancelled', 0);

INSERT INTO pace (account) VALUES ('first')
"""

# How many tests ended so is counted by the engine itself: who ends one may be another than who began it.
TRIGGERS = """
CREATE FUNCTION count_ended_trial() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO totals (what, name, number) VALUES ('tests', new.outcome, 1)
        ON CONFLICT (what, name) DO UPDATE SET number = totals.number + 1;
    RETURN NULL;
END $$;

CREATE TRIGGER trials_ended AFTER UPDATE OF outcome ON trials
    FOR EACH ROW WHEN (old.outcome = 'running') EXECUTE FUNCTION count_ended_trial()
"""

_WORDS = (
    (r"INTEGER PRIMARY KEY AUTOINCREMENT", "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
    (r"\bINTEGER\b", "bigint"),
    (r"\bBLOB\b", "bytea"),
    (r"\bTEXT\b", 'text COLLATE "C"'),  # the order of names and times is that of the data file, whatever the locale
    (r"\) STRICT(, WITHOUT ROWID)?", ")"),
)


def statements(text: str) -> list[str]:
    """Give the statements of a step in PostgreSQL's words."""
    for word, ours in _WORDS:
        text = re.sub(word, ours, text)
    return text.strip().split(";\n\n")


# What the server alone keeps: the step of the tables, and which key the machines have.
OF_THIS_ENGINE = """
CREATE TABLE mail_panel_schema (
    step INTEGER NOT NULL,
    key_fingerprint TEXT
);

INSERT INTO mail_panel_schema (step) VALUES (18)
"""
