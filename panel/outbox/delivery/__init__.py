"""What the workers do with the outbox: claim messages, hand them to the server, and settle what became of them."""
