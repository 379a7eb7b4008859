"""The kinds of destinations: their fields, how they are read, and what each chat takes."""
