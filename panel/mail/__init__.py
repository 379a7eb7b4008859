"""What the RFCs say: messages, connections, and sessions with a server; it knows nothing of the panel."""
