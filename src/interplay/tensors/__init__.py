"""The only door to torch."""
