"""Applications that show how the panel is used; none of them is a part of it."""
