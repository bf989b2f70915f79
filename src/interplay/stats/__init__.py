"""Surrogates, tests, intervals, and the read-out with its mandatory baselines."""

from interplay.stats import surrogates
from interplay.stats.bootstrap import bootstrap_interval
from interplay.stats.false_discovery import benjamini_hochberg, holm
from interplay.stats.permutation import permutation_test
from interplay.stats.readout import readout
from interplay.stats.results import (
    BootstrapInterval,
    PermutationResult,
    ReadoutResult,
    ReadoutRow,
    WindowTarget,
)
from interplay.stats.target import window_target

__all__ = [
    "BootstrapInterval",
    "PermutationResult",
    "ReadoutResult",
    "ReadoutRow",
    "WindowTarget",
    "benjamini_hochberg",
    "bootstrap_interval",
    "holm",
    "permutation_test",
    "readout",
    "surrogates",
    "window_target",
]
