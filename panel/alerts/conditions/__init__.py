"""What speaks for an alert: one function each, over one view of the panel that reads what it is asked for."""
