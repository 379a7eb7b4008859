"""What comes into the tables of a server as a whole, or leaves them: a data file, a dump."""
