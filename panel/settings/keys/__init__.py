"""A new key for all that is sealed, and the end of those that nothing needs any more."""
