"""What is shown of the alerts to programs and by the doctor."""
