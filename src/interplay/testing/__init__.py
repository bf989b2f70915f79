"""Public oracles, generators and conformance suites; no library file imports it."""

from interplay.testing.cascade_oracles import exact_spread
from interplay.testing.circuit_checks import check_activation
from interplay.testing.cohort_checks import check_cohort_method
from interplay.testing.data_checks import check_data
from interplay.testing.estimator_checks import check_estimator
from interplay.testing.generators import random_events, random_graph, random_recording, random_snapshots
from interplay.testing.measure_checks import check_measure
from interplay.testing.node_embedding_checks import check_node_embedding
from interplay.testing.oracles import area_under_curve, count_in_windows, tiling_coefficient
from interplay.testing.people_checks import check_opinion_model, check_policy
from interplay.testing.representation_checks import check_representation
from interplay.testing.seed_checks import check_seed_choice
from interplay.testing.stream_checks import check_stream_model

__all__ = [
    "area_under_curve",
    "check_activation",
    "check_cohort_method",
    "check_data",
    "check_estimator",
    "check_measure",
    "check_node_embedding",
    "check_opinion_model",
    "check_policy",
    "check_representation",
    "check_seed_choice",
    "check_stream_model",
    "count_in_windows",
    "exact_spread",
    "random_events",
    "random_graph",
    "random_recording",
    "random_snapshots",
    "tiling_coefficient",
]
