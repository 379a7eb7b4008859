"""The way to a server: names, addresses, connections, TLS, each under one deadline."""
