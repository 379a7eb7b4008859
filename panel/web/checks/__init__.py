"""The test send, the doctor, the list of causes and the reading of pasted replies, as pages."""
