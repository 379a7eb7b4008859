"""The data file: one SQLite database for the processes of one machine."""
