"""What a message holds, as people read it: its text, its HTML made harmless, its files; all of it bounded."""
