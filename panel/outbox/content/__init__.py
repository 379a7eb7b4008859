"""What messages hold, what stays of them when their text has gone, and how one is sent again as a new message."""
