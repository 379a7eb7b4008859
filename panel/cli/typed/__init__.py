"""What somebody types: groups whose help is whole, and words that are nearly right, with the one that was meant."""
