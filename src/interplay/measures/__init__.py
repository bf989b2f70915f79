"""One question per function, asked of networks or of predictions."""
