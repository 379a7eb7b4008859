"""When mail stops, somebody hears of it: what is wrong, since when, and who is told by which way."""
