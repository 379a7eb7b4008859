"""The test send, and whether it has arrived, as pages."""
