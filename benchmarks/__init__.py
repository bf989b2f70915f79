"""Measurements: how fast, how well, how near to the papers."""
