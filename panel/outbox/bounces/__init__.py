"""What came back of sent mail: found again, noted beside its tries, and counted; it changes the state of no message."""
