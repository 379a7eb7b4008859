"""Tests of what the outbox holds of messages."""
