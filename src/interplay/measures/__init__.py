"""One question per function, asked of networks or of predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interplay._core.lazy import exports

if TYPE_CHECKING:
    from interplay.measures.agreement import adjusted_mutual_information, adjusted_rand
    from interplay.measures.changes import (
        change_points,
        changes_from_recurrence,
        firing_rates,
        network_changes,
        rate_changes,
    )
    from interplay.measures.communities import community_count, find_communities, modularity, participation
    from interplay.measures.degrees import degree, density, ei_balance, reciprocity, strength_in, strength_out
    from interplay.measures.disparities import disparity
    from interplay.measures.efficiency import global_efficiency, local_efficiency
    from interplay.measures.link_baselines import LINK_BASELINES
    from interplay.measures.links import LinkScores, evaluate_links, inner_product
    from interplay.measures.network import MeasureConfig, measure
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
    from interplay.measures.regions import region_agreement, region_distances, region_names, region_silhouette
    from interplay.measures.registry import MEASURES, Measure
    from interplay.measures.results import ChangePoints, NetworkMeasures
    from interplay.measures.small_worlds import SmallWorld, rewired, small_world
    from interplay.measures.triads import clustering
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
    "regions": ("region_agreement", "region_distances", "region_names", "region_silhouette"),
    "registry": ("MEASURES", "Measure"),
    "results": ("ChangePoints", "NetworkMeasures"),
    "small_worlds": ("SmallWorld", "rewired", "small_world"),
    "page_ranks": ("page_rank",),
    "walk_results": ("DampingResult", "FriendshipParadox", "PageRankResult", "TraverseResult", "TraverseSample"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "LINK_BASELINES",
    "MEASURES",
    "ChangeError",
    "ChangePoints",
    "DampingResult",
    "EdgeScores",
    "FriendshipParadox",
    "LinkScores",
    "Measure",
    "MeasureConfig",
    "NetworkMeasures",
    "PageRankResult",
    "SmallWorld",
    "TraverseResult",
    "TraverseSample",
    "adjusted_mutual_information",
    "adjusted_rand",
    "average_precision",
    "average_ranks",
    "change_error",
    "change_points",
    "changes_from_recurrence",
    "clustering",
    "community_count",
    "community_stability",
    "degree",
    "density",
    "disparity",
    "edge_auc",
    "edge_correlation",
    "edge_jaccard",
    "edge_scores",
    "ei_balance",
    "evaluate_links",
    "find_communities",
    "firing_rates",
    "global_efficiency",
    "inner_product",
    "local_efficiency",
    "match_communities",
    "measure",
    "modularity",
    "network_changes",
    "page_rank",
    "participation",
    "rank_correlation",
    "rate_changes",
    "reciprocity",
    "recurrence",
    "region_agreement",
    "region_distances",
    "region_names",
    "region_silhouette",
    "rewired",
    "roc_auc",
    "small_world",
    "strength_in",
    "strength_out",
]

__getattr__, __dir__ = exports(__name__, _MODULE)
