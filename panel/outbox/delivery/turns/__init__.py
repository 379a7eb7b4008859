"""Which message leaves next, by which of two servers, and when."""
