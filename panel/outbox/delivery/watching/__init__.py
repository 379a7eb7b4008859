"""What is watched while messages are handed over: whether to go on, and how long each stage takes."""
