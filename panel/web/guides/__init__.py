"""The manual inside the panel: the guides that the build has written, and which part of them is about a page."""
