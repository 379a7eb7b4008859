"""Signing in and out, the first administrator, and the tokens of programs."""
