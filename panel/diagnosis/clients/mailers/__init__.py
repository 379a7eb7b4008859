"""What mail programs and commands say by themselves: one file for each family of them."""
