"""A session with a mail server, as its client (RFC 5321), and the POP3 login that some ask for first."""
