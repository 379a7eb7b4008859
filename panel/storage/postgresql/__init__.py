"""The same tables on a PostgreSQL server, for the processes of several machines."""
