"""Surrogates, tests, intervals, and the read-out with its mandatory baselines."""
