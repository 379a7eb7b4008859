"""What pages, programs and the doctor show of the alerts."""
