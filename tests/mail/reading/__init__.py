"""Tests of reading what a message holds."""
