"""How many steps the tables have seen, and the later of them: texts that a data file and a server both take.

Up to step 18 a data file has steps of its own, in `sqlite.migrations`; a server begins with the tables as they were
then, in `postgresql.tables`.
"""

SCHEMA = 19  # kept with the tables, so that current ones are known without reading the steps

LATER_STEPS: dict[int, str] = {  # by number; statements apart by a semicolon and an empty line, in SQLite's words
    # How much a token may hand in, and has: messages by second of the last minute, recipients of a day in UTC.
    19: """
ALTER TABLE tokens ADD COLUMN messages_per_minute INTEGER;

ALTER TABLE tokens ADD COLUMN recipients_per_day INTEGER;

ALTER TABLE tokens ADD COLUMN minute_messages TEXT;

ALTER TABLE tokens ADD COLUMN day TEXT;

ALTER TABLE tokens ADD COLUMN day_recipients INTEGER NOT NULL DEFAULT 0
""",
}
