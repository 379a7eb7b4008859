"""What the operator edits: its fields and rules, its saved versions, and the mail services that are known."""
