"""The doctor's examinations that are kept: what was found when and of which settings, and when the next one is due."""
