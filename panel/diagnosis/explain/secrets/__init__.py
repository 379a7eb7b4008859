"""Keeps out of an answer what a pasted text shows to be a password or a token."""
