"""What the RFCs say: messages, connections, and sessions with a server; nothing of settings, queue or pages."""
