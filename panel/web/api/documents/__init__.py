"""What programs send and get, as types: they check what comes in, and write the schemas of the OpenAPI document."""
