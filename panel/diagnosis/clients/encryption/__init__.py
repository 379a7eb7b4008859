"""What TLS libraries say by themselves: one file for each family of them."""
