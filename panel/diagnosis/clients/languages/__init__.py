"""What mail programs and systems say in the languages of their users: one file for each of them."""
