"""The drop folder: mail of users who may not write to the data file, kept as files while no panel takes it."""
