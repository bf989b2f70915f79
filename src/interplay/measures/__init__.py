"""One question per function, asked of networks or of predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.measures.agreement import adjusted_mutual_information, adjusted_rand
    from interplay.measures.balances import signed_balance
    from interplay.measures.block_models import BlockModel, weighted_blocks
    from interplay.measures.calibration import (
        brier_score,
        calibration_scores,
        ece_if_calibrated,
        expected_calibration_error,
        negative_log_likelihood,
        reliability,
        risk_coverage,
        wilson_interval,
    )
    from interplay.measures.calibration_results import CalibrationScores, Detection, Reliability, RiskCoverage
    from interplay.measures.changes import (
        change_points,
        changes_from_recurrence,
        firing_rates,
        network_changes,
        rate_changes,
    )
    from interplay.measures.communities import community_count, find_communities, modularity, participation
    from interplay.measures.damping_studies import damping_study
    from interplay.measures.degrees import degree, density, ei_balance, reciprocity, strength_in, strength_out
    from interplay.measures.disparities import disparity
    from interplay.measures.efficiency import global_efficiency, local_efficiency
    from interplay.measures.event_bins import UNITS, discretise, event_bounds, subsample
    from interplay.measures.event_courses import degree_map, event_course, node_activity
    from interplay.measures.event_measures import EVENT_MEASURES, EventMeasure, measure_events
    from interplay.measures.event_pairs import novelty, reoccurrence, repeat_share, surprise, temporal_edges
    from interplay.measures.event_results import EventMeasures, SignedBalance, TemporalEdges
    from interplay.measures.event_timing import between_events, burstiness, memory_coefficient, node_burstiness
    from interplay.measures.foreign_samples import (
        detect_foreign,
        draw_information,
        least_confidence,
        predictive_entropy,
    )
    from interplay.measures.friendships import friendship_paradox
    from interplay.measures.link_baselines import LINK_BASELINES
    from interplay.measures.links import LinkScores, evaluate_links, inner_product
    from interplay.measures.network import MeasureConfig, measure
    from interplay.measures.operation_costs import FLOAT16_45NM, FLOAT32_45NM, OperationCost, SpikeEnergy, spike_energy
    from interplay.measures.orbits import APART_ORBITS, GRAPHLETS, LINKED_ORBITS, graphlet_orbits, orbit_adjacencies
    from interplay.measures.over_time import (
        community_stability,
        edge_correlation,
        edge_jaccard,
        match_communities,
        recurrence,
    )
    from interplay.measures.page_ranks import page_rank
    from interplay.measures.ranks import average_ranks, rank_correlation
    from interplay.measures.recovery import (
        ChangeError,
        EdgeScores,
        average_precision,
        change_error,
        edge_auc,
        edge_scores,
        roc_auc,
    )
    from interplay.measures.region_networks import network_agreement
    from interplay.measures.region_vectors import region_similarity
    from interplay.measures.regions import region_agreement, region_distances, region_names, region_silhouette
    from interplay.measures.registry import MEASURES, Measure
    from interplay.measures.resistances import approximate_resistance, effective_resistance
    from interplay.measures.results import ChangePoints, NetworkMeasures
    from interplay.measures.signed_history import HISTORY_COUNTERS, SignedHistory
    from interplay.measures.simplex_results import ClosureResult, TriangleForecast
    from interplay.measures.simplicial import ClosureConfig, forecast_triangles, simplicial_closure
    from interplay.measures.small_worlds import SmallWorld, rewired, small_world
    from interplay.measures.stream_baselines import STREAM_BASELINES, history_counters
    from interplay.measures.stream_comparison import baseline_models, compare_stream
    from interplay.measures.stream_evaluation import StreamEvaluation, evaluate_stream
    from interplay.measures.stream_scores import STREAM_METRICS, StreamComparison, StreamMetric, StreamScores
    from interplay.measures.temporal_motifs import count_temporal_motifs
    from interplay.measures.time_paths import reachability
    from interplay.measures.traverse_distances import mean_first_passage, mean_first_traverse, sample_first_traverse
    from interplay.measures.traverse_walks import TraverseWalk
    from interplay.measures.triads import clustering
    from interplay.measures.triangle_scores import TRIANGLE_SCORES
    from interplay.measures.walk_results import (
        DampingResult,
        FriendshipParadox,
        PageRankResult,
        TraverseResult,
        TraverseSample,
    )

_HOME = {
    "disparities": ("disparity",),
    "agreement": ("adjusted_mutual_information", "adjusted_rand"),
    "block_models": ("BlockModel", "weighted_blocks"),
    "calibration": (
        "brier_score",
        "calibration_scores",
        "ece_if_calibrated",
        "expected_calibration_error",
        "negative_log_likelihood",
        "reliability",
        "risk_coverage",
        "wilson_interval",
    ),
    "calibration_results": ("CalibrationScores", "Detection", "Reliability", "RiskCoverage"),
    "foreign_samples": ("detect_foreign", "draw_information", "least_confidence", "predictive_entropy"),
    "operation_costs": ("FLOAT16_45NM", "FLOAT32_45NM", "OperationCost", "SpikeEnergy", "spike_energy"),
    "changes": (
        "change_points",
        "changes_from_recurrence",
        "firing_rates",
        "network_changes",
        "rate_changes",
    ),
    "triads": ("clustering",),
    "degrees": ("degree", "density", "ei_balance", "reciprocity", "strength_in", "strength_out"),
    "efficiency": ("global_efficiency", "local_efficiency"),
    "communities": ("community_count", "find_communities", "modularity", "participation"),
    "link_baselines": ("LINK_BASELINES",),
    "links": ("LinkScores", "evaluate_links", "inner_product"),
    "network": ("MeasureConfig", "measure"),
    "over_time": ("community_stability", "edge_correlation", "edge_jaccard", "match_communities", "recurrence"),
    "ranks": ("average_ranks", "rank_correlation"),
    "recovery": (
        "ChangeError",
        "EdgeScores",
        "average_precision",
        "change_error",
        "edge_auc",
        "edge_scores",
        "roc_auc",
    ),
    "region_networks": ("network_agreement",),
    "region_vectors": ("region_similarity",),
    "regions": ("region_agreement", "region_distances", "region_names", "region_silhouette"),
    "registry": ("MEASURES", "Measure"),
    "results": ("ChangePoints", "NetworkMeasures"),
    "simplex_results": ("ClosureResult", "TriangleForecast"),
    "simplicial": ("ClosureConfig", "forecast_triangles", "simplicial_closure"),
    "triangle_scores": ("TRIANGLE_SCORES",),
    "small_worlds": ("SmallWorld", "rewired", "small_world"),
    "page_ranks": ("page_rank",),
    "walk_results": ("DampingResult", "FriendshipParadox", "PageRankResult", "TraverseResult", "TraverseSample"),
    "traverse_walks": ("TraverseWalk",),
    "traverse_distances": ("mean_first_passage", "mean_first_traverse", "sample_first_traverse"),
    "resistances": ("approximate_resistance", "effective_resistance"),
    "damping_studies": ("damping_study",),
    "orbits": ("graphlet_orbits", "orbit_adjacencies", "GRAPHLETS", "LINKED_ORBITS", "APART_ORBITS"),
    "friendships": ("friendship_paradox",),
    "event_bins": ("UNITS", "discretise", "event_bounds", "subsample"),
    "event_courses": ("degree_map", "event_course", "node_activity"),
    "event_measures": ("EVENT_MEASURES", "EventMeasure", "measure_events"),
    "event_pairs": ("novelty", "reoccurrence", "repeat_share", "surprise", "temporal_edges"),
    "event_results": ("EventMeasures", "SignedBalance", "TemporalEdges"),
    "event_timing": ("between_events", "burstiness", "memory_coefficient", "node_burstiness"),
    "balances": ("signed_balance",),
    "temporal_motifs": ("count_temporal_motifs",),
    "stream_baselines": ("STREAM_BASELINES", "history_counters"),
    "stream_comparison": ("baseline_models", "compare_stream"),
    "stream_evaluation": ("StreamEvaluation", "evaluate_stream"),
    "stream_scores": ("STREAM_METRICS", "StreamComparison", "StreamMetric", "StreamScores"),
    "time_paths": ("reachability",),
    "signed_history": ("HISTORY_COUNTERS", "SignedHistory"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "APART_ORBITS",
    "EVENT_MEASURES",
    "FLOAT16_45NM",
    "FLOAT32_45NM",
    "GRAPHLETS",
    "HISTORY_COUNTERS",
    "LINKED_ORBITS",
    "LINK_BASELINES",
    "MEASURES",
    "STREAM_BASELINES",
    "STREAM_METRICS",
    "TRIANGLE_SCORES",
    "UNITS",
    "BlockModel",
    "CalibrationScores",
    "ChangeError",
    "ChangePoints",
    "ClosureConfig",
    "ClosureResult",
    "DampingResult",
    "Detection",
    "EdgeScores",
    "EventMeasure",
    "EventMeasures",
    "FriendshipParadox",
    "LinkScores",
    "Measure",
    "MeasureConfig",
    "NetworkMeasures",
    "OperationCost",
    "PageRankResult",
    "Reliability",
    "RiskCoverage",
    "SignedBalance",
    "SignedHistory",
    "SmallWorld",
    "SpikeEnergy",
    "StreamComparison",
    "StreamEvaluation",
    "StreamMetric",
    "StreamScores",
    "TemporalEdges",
    "TraverseResult",
    "TraverseSample",
    "TraverseWalk",
    "TriangleForecast",
    "adjusted_mutual_information",
    "adjusted_rand",
    "approximate_resistance",
    "average_precision",
    "average_ranks",
    "baseline_models",
    "between_events",
    "brier_score",
    "burstiness",
    "calibration_scores",
    "change_error",
    "change_points",
    "changes_from_recurrence",
    "clustering",
    "community_count",
    "community_stability",
    "compare_stream",
    "count_temporal_motifs",
    "damping_study",
    "degree",
    "degree_map",
    "density",
    "detect_foreign",
    "discretise",
    "disparity",
    "draw_information",
    "ece_if_calibrated",
    "edge_auc",
    "edge_correlation",
    "edge_jaccard",
    "edge_scores",
    "effective_resistance",
    "ei_balance",
    "evaluate_links",
    "evaluate_stream",
    "event_bounds",
    "event_course",
    "expected_calibration_error",
    "find_communities",
    "firing_rates",
    "forecast_triangles",
    "friendship_paradox",
    "global_efficiency",
    "graphlet_orbits",
    "history_counters",
    "inner_product",
    "least_confidence",
    "local_efficiency",
    "match_communities",
    "mean_first_passage",
    "mean_first_traverse",
    "measure",
    "measure_events",
    "memory_coefficient",
    "modularity",
    "negative_log_likelihood",
    "network_agreement",
    "network_changes",
    "node_activity",
    "node_burstiness",
    "novelty",
    "orbit_adjacencies",
    "page_rank",
    "participation",
    "predictive_entropy",
    "rank_correlation",
    "rate_changes",
    "reachability",
    "reciprocity",
    "recurrence",
    "region_agreement",
    "region_distances",
    "region_names",
    "region_silhouette",
    "region_similarity",
    "reliability",
    "reoccurrence",
    "repeat_share",
    "rewired",
    "risk_coverage",
    "roc_auc",
    "sample_first_traverse",
    "signed_balance",
    "simplicial_closure",
    "small_world",
    "spike_energy",
    "strength_in",
    "strength_out",
    "subsample",
    "surprise",
    "temporal_edges",
    "weighted_blocks",
    "wilson_interval",
]

__getattr__, __dir__ = exports(__name__, _MODULE)
