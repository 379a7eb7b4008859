"""The form of the settings, and what it asks along the way."""
