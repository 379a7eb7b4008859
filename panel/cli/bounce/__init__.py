"""The `bounce` command: one report on mail from standard input, in a process that lives for it alone."""
