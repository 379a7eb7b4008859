"""The test send: its order, its run over the worker's own session, its report, and where tests are kept."""
