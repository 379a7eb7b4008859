"""The `sendmail` command: mail from standard input into the outbox, in a process that lives for it alone."""
