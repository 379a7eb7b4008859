"""A small groupware in which the panel is one of the pages."""
