"""A message and its envelope (RFC 5322, RFC 2045): read, normalized, and written again in lines that may be sent."""
