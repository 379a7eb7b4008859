"""Who is told when mail stops: what fires, the destinations, and the conditions, as pages."""
