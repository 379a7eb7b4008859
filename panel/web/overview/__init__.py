"""The first page: the settings as they are, and whether mail leaves."""
