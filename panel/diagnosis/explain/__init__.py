"""Reads any text that somebody pastes: a reply, a dialogue, a log, a traceback, a bounce."""
