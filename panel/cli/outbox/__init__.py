"""The `outbox` command: the mail that is to be sent and that was sent, seen and steered from a shell."""
