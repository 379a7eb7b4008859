"""Notices on their way: a row for each and each destination, tried until it is taken or given up."""
