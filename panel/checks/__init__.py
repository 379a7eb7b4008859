"""What is asked of the whole: a test send, the doctor, the verdict, and what a monitor reads."""
