"""The doctor's examinations are kept, and made by themselves."""
