"""One transaction that writes: what is said in it, its lock, and what became of it where nobody answers."""
