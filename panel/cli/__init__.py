"""The shell's door: one module for each noun, and `sendmail`, which loads none of them."""
