"""Self-contained pages from results."""
