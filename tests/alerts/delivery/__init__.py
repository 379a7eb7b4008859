"""Tests of the delivery of notices."""
