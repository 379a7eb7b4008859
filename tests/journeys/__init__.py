"""Whole ways through many rooms, and what may go wrong on them."""
