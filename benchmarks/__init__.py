"""Measurements against peers that run in the same minute on the same machine; only the ratios count."""
