"""How fast the hot paths are, each beside its peer on the same input in the same run."""
