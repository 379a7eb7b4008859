"""The fields of the settings by their names: what each is called, which are secret, which are in use."""
