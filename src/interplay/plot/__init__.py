"""Pictures from results: they draw, and compute nothing."""

from interplay.plot.alignment import plot_alignment, plot_course
from interplay.plot.brain_maps import plot_attention_map, plot_change_map, plot_region_map, plot_region_similarity
from interplay.plot.brain_networks import plot_change_intervals, plot_gate, plot_importance, plot_network_change
from interplay.plot.brain_scores import plot_hidden_region, plot_label_curve, plot_pretraining
from interplay.plot.circuit_contrast import plot_column, plot_contrast
from interplay.plot.circuit_course import plot_circuit_course, plot_course_map, plot_fit_score
from interplay.plot.circuit_plane import plot_energies, plot_phase_plane, plot_region
from interplay.plot.circuit_proof import (
    plot_certificate,
    plot_ladder,
    plot_nash_gaps,
    plot_play,
    plot_response,
    plot_spectrum,
    plot_weights,
)
from interplay.plot.circuit_sweep import plot_bifurcation, plot_hysteresis, plot_sweep
from interplay.plot.communities import community_ranks, membership_order, plot_communities, plot_flows
from interplay.plot.embedding import plot_attention, plot_embedding, plot_links, plot_training
from interplay.plot.event_tables import plot_degree_map, plot_motif_counts
from interplay.plot.events import plot_between_events, plot_event_course, plot_tea, plot_tet
from interplay.plot.game import plot_cells, plot_film, plot_learning_curves, plot_players
from interplay.plot.graph_tasks import plot_tasks
from interplay.plot.influence import plot_price, plot_price_course, plot_reach, plot_spread_course, plot_trade
from interplay.plot.influence_network import SpreadView, plot_spread_network, spread_view
from interplay.plot.layout import Layout, node_layout
from interplay.plot.measures import plot_changes, plot_measures, plot_recurrence, plot_stability
from interplay.plot.network import plot_matrix, plot_network
from interplay.plot.opinions import plot_opinions
from interplay.plot.projection import Projection, project
from interplay.plot.readout import plot_prediction, plot_readout
from interplay.plot.recording import (
    plot_behavior,
    plot_epochs,
    plot_raster,
    plot_rate,
    plot_rate_histogram,
    plot_traces,
    plot_units,
)
from interplay.plot.session import plot_game_track, plot_group_raster
from interplay.plot.spiking import (
    plot_detection,
    plot_gradients,
    plot_layer_raster,
    plot_learning,
    plot_operations,
    plot_reliability,
    plot_risk_coverage,
)
from interplay.plot.style import to_svg
from interplay.plot.walks import plot_damping, plot_traverse

__all__ = [
    "Layout",
    "Projection",
    "SpreadView",
    "community_ranks",
    "membership_order",
    "node_layout",
    "plot_alignment",
    "plot_attention",
    "plot_attention_map",
    "plot_behavior",
    "plot_between_events",
    "plot_bifurcation",
    "plot_cells",
    "plot_certificate",
    "plot_change_intervals",
    "plot_change_map",
    "plot_changes",
    "plot_circuit_course",
    "plot_column",
    "plot_communities",
    "plot_contrast",
    "plot_course",
    "plot_course_map",
    "plot_damping",
    "plot_degree_map",
    "plot_detection",
    "plot_embedding",
    "plot_energies",
    "plot_epochs",
    "plot_event_course",
    "plot_film",
    "plot_fit_score",
    "plot_flows",
    "plot_game_track",
    "plot_gate",
    "plot_gradients",
    "plot_group_raster",
    "plot_hidden_region",
    "plot_hysteresis",
    "plot_importance",
    "plot_label_curve",
    "plot_ladder",
    "plot_layer_raster",
    "plot_learning",
    "plot_learning_curves",
    "plot_links",
    "plot_matrix",
    "plot_measures",
    "plot_motif_counts",
    "plot_nash_gaps",
    "plot_network",
    "plot_network_change",
    "plot_operations",
    "plot_opinions",
    "plot_phase_plane",
    "plot_play",
    "plot_players",
    "plot_prediction",
    "plot_pretraining",
    "plot_price",
    "plot_price_course",
    "plot_raster",
    "plot_rate",
    "plot_rate_histogram",
    "plot_reach",
    "plot_readout",
    "plot_recurrence",
    "plot_region",
    "plot_region_map",
    "plot_region_similarity",
    "plot_reliability",
    "plot_response",
    "plot_risk_coverage",
    "plot_spectrum",
    "plot_spread_course",
    "plot_spread_network",
    "plot_stability",
    "plot_sweep",
    "plot_tasks",
    "plot_tea",
    "plot_tet",
    "plot_traces",
    "plot_trade",
    "plot_training",
    "plot_traverse",
    "plot_units",
    "plot_weights",
    "project",
    "spread_view",
    "to_svg",
]
