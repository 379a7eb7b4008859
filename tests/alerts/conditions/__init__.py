"""Tests of what speaks for an alert."""
