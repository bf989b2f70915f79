"""Pictures of a stream: degrees over time, motifs, and who met when."""

import numpy as np

from interplay.data import TemporalGraph
from interplay.measures import event_bounds, measure_events, temporal_edges
from interplay.plot import events as pictures
from interplay.plot import plot_degree_map, plot_motif_counts, plot_tet


def stream(src, dst, time, n_nodes=5):
    return TemporalGraph(src=src, dst=dst, time=time, n_nodes=n_nodes, span=(0.0, 10.0))


RING = stream([0, 1, 2, 0, 0], [1, 2, 0, 3, 4], [0.0, 1.0, 2.0, 6.0, 6.5])


def test_degrees_are_shares_of_the_bin():
    ax = plot_degree_map(measure_events(RING, bins=2))
    drawn = np.ma.filled(ax.collections[0].get_array(), 0).reshape(-1, 2)
    # First half: three nodes with two partners. Second: one with two, two with one.
    np.testing.assert_allclose(drawn, [[0, 2 / 3], [1, 1 / 3]])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1", "2\N{EN DASH}3"]
    loops = plot_degree_map(measure_events(stream([0], [0], [1.0]), bins=2))
    assert loops.texts[0].get_text() == "no node has a partner"


def test_motifs_stand_in_their_place():
    motifs = measure_events(RING, bins=2, motif_window_s=3.0).motifs
    ax = plot_motif_counts(motifs)
    full = [t for t in ax.texts if t.get_text() == "100.0"]
    assert len(full) == 1
    column, row = full[0].get_position()
    assert ax.get_xticklabels()[column].get_text() == "2\N{RIGHTWARDS ARROW}0"
    assert ax.get_yticklabels()[row].get_text() == "1\N{RIGHTWARDS ARROW}2"
    assert "no motif" in plot_motif_counts({"01 01 01": 0}).texts[0].get_text()


def test_pairs_of_the_test_are_told_apart():
    graph = stream([0, 1, 0, 1, 0], [1, 2, 1, 0, 4], [0.0, 1.0, 7.0, 8.0, 9.0])
    edges = temporal_edges(graph, event_bounds(graph, bins=10), share=0.4)
    ax = plot_tet(edges)
    image = ax.images[0].get_array()
    assert sorted(set(np.ravel(image).tolist())) == [0, 1, 2, 3, 4]
    pictures.tet_legend(ax)
    assert len(ax.get_legend().get_texts()) == 4
    none = TemporalGraph(src=[], dst=[], time=[], n_nodes=2, span=(0.0, 1.0))
    assert plot_tet(temporal_edges(none, event_bounds(none, bins=2))).texts[0].get_text() == "no pair met"
