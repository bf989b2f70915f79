"""Gradients through binary noisy units: one family, its references, and what is known of bias and variance."""
