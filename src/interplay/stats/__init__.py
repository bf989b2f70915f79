"""Surrogates, tests, intervals, and the read-out with its mandatory baselines."""

from interplay.stats import surrogates
from interplay.stats.bootstrap import bootstrap_interval
from interplay.stats.comparisons import compare_groups, mixed_anova, paired_t, relative_improvement
from interplay.stats.false_discovery import benjamini_hochberg, holm
from interplay.stats.mean_interval import mean_interval
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
    "compare_groups",
    "holm",
    "mean_interval",
    "mixed_anova",
    "paired_t",
    "permutation_test",
    "readout",
    "relative_improvement",
    "surrogates",
    "window_target",
]
