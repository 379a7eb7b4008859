"""Where the server is, and what may be said of the way to it."""
