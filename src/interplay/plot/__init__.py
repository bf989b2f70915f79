"""Pictures from results: they draw, and compute nothing."""
