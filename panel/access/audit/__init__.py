"""Who did what: found by account, action and time, written out as CSV and JSON lines, and removed when it is old."""
