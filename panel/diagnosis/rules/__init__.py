"""From what a server says to its cause: one row for each way of saying it."""
