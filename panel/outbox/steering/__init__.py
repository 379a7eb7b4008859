"""What somebody does by hand with the messages of the outbox, and how that is taken back."""
