"""Tests of the kinds of destinations."""
