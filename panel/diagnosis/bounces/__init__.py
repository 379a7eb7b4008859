"""Reads what comes back of sent mail: which message of whom it is about, and what became of it for each recipient."""
