"""Alerts: what is judged, who is told, and how it gets there."""
