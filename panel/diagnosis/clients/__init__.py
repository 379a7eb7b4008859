"""What programs say by themselves, as rows of data: one file for each family of libraries and programs."""
