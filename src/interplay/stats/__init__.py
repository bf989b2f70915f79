"""Surrogates, tests, intervals, and the read-out with its mandatory baselines."""

from interplay.stats import surrogates
from interplay.stats.alignment import alignment
from interplay.stats.alignment_results import AlignmentResult, AlignmentRow
from interplay.stats.bootstrap import bootstrap_interval
from interplay.stats.cohort_readout import subject_readout
from interplay.stats.cohort_results import SubjectReadout
from interplay.stats.comparisons import compare_groups, mixed_anova, paired_t, relative_improvement
from interplay.stats.false_discovery import benjamini_hochberg, holm
from interplay.stats.identities import Identification, identification
from interplay.stats.joint_results import JointTest
from interplay.stats.joint_tests import joint_permutation_test
from interplay.stats.leakage import GroupLeakage, group_leakage
from interplay.stats.mean_interval import mean_interval
from interplay.stats.medoids import Medoids, k_medoids
from interplay.stats.node_labels import split_nodes, tell_labels
from interplay.stats.performance import GamePerformance, game_performance
from interplay.stats.permutation import permutation_test
from interplay.stats.readout import readout
from interplay.stats.results import (
    BootstrapInterval,
    PermutationResult,
    ReadoutResult,
    ReadoutRow,
    WindowTarget,
)
from interplay.stats.sensory_motor import sensory_motor_alignment
from interplay.stats.target import window_target

__all__ = [
    "AlignmentResult",
    "AlignmentRow",
    "BootstrapInterval",
    "GamePerformance",
    "GroupLeakage",
    "Identification",
    "JointTest",
    "Medoids",
    "PermutationResult",
    "ReadoutResult",
    "ReadoutRow",
    "SubjectReadout",
    "WindowTarget",
    "alignment",
    "benjamini_hochberg",
    "bootstrap_interval",
    "compare_groups",
    "game_performance",
    "group_leakage",
    "holm",
    "identification",
    "joint_permutation_test",
    "k_medoids",
    "mean_interval",
    "mixed_anova",
    "paired_t",
    "permutation_test",
    "readout",
    "relative_improvement",
    "sensory_motor_alignment",
    "split_nodes",
    "subject_readout",
    "surrogates",
    "tell_labels",
    "window_target",
]
