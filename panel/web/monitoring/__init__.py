"""For who watches: health and metrics."""
