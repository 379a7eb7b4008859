"""Tests of what is watched while messages are handed over."""
