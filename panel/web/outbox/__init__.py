"""The queue and its log as pages, and one message with what was tried."""
