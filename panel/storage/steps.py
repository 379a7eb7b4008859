"""How many steps the tables have seen, and the later of them: texts that a data file and a server both take.

Up to step 18 a data file has steps of its own, in `sqlite.migrations`; a server begins with the tables as they were
then, in `postgresql.tables`.
"""

SCHEMA = 18  # kept with the tables, so that current ones are known without reading the steps

LATER_STEPS: dict[int, str] = {}  # by number; statements apart by a semicolon and an empty line, in SQLite's words
