"""The settings as files: exported to be carried elsewhere, and given by one that is the whole record."""
