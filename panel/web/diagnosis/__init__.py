"""What the doctor has found, the reading of pasted replies, and the list of causes, as pages."""
