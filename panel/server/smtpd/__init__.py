"""Takes mail from the programs of this machine by SMTP (RFC 5321, RFC 6409)."""
