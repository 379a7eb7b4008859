"""The durable queue and its log: mail goes in, waits, and what became of it can be seen, retried and cancelled."""
