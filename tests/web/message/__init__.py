"""Tests of the pages of one message."""
