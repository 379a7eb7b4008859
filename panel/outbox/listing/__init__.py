"""Which messages are asked for: filters, the pages that they leave, how many there are, and the same as a file."""
