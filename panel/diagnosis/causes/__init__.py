"""The table of causes: whose each is, what it does to the queue, which field to change, and its words."""
