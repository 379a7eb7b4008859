"""Who judges, what becomes of an incident at each look, and who tells of what the data file cannot hold."""
