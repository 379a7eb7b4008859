"""What a message holds, as pages and as files to save; what strangers wrote is shown where it can do nothing."""
