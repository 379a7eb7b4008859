"""The data file and what stands beside it: tables, sealed secrets, the folder, and the call that wakes a worker."""
