"""The rules for every message: their form and its page."""
