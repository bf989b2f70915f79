import warnings
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection, PolyCollection
from matplotlib.colors import to_hex

from interplay import plot
from interplay.data import Events, Intervals, Series, Snapshots
from interplay.plot import recording as pictures
from interplay.plot import style
from interplay.plot.communities import ABSENT, SMALLER


def segments(ax, colour):
    return sum(
        len(c.get_segments())
        for c in ax.collections
        if isinstance(c, LineCollection) and len(c.get_colors()) and to_hex(c.get_colors()[0]) == colour
    )


def test_network_draws_each_sign_in_its_colour():
    w = np.zeros((1, 4, 4))
    for i, j, v in ((0, 1, 0.5), (1, 2, 0.4), (2, 3, -0.3)):
        w[0, i, j] = w[0, j, i] = v
    ax = plot.plot_network(Snapshots.from_dense(w, [[0, 1]], directed=False))
    assert (segments(ax, style.POSITIVE), segments(ax, style.NEGATIVE)) == (2, 1)


def test_network_keeps_the_strongest_edges(make):
    snapshots = make.network(n=15).snapshots
    ax = plot.plot_network(snapshots, window=1, most=7)
    assert segments(ax, style.POSITIVE) + segments(ax, style.NEGATIVE) == 7


def test_network_has_arrows_only_where_directed(make):
    for directed in (False, True):
        ax = plot.plot_network(make.network(directed=directed).snapshots)
        assert any(isinstance(c, PolyCollection) for c in ax.collections) is directed


def test_network_marks_absent_units_apart(make):
    snapshots = make.network(n=10, s=5).snapshots
    sizes = [
        len(c.get_offsets()) for c in plot.plot_network(snapshots, window=2).collections if type(c) is PathCollection
    ]
    assert sorted(sizes) == [1, 9]


@pytest.mark.parametrize("n", [0, 1, 2])
def test_network_and_matrix_of_almost_nothing(n):
    snapshots = Snapshots.from_dense(np.zeros((1, n, n)), [[0, 1]], directed=True)
    assert plot.plot_network(snapshots) is not None
    assert plot.plot_matrix(snapshots) is not None


def test_matrix_puts_sources_in_rows_and_follows_the_order():
    w = np.zeros((1, 3, 3))
    w[0, 0, 2] = 0.25
    w[0, 1, 0] = -1.0
    ax = plot.plot_matrix(Snapshots.from_dense(w, [[0, 1]], directed=True), order=np.array([2, 1, 0]))
    image = ax.images[0].get_array()
    assert image[2, 0] == pytest.approx(0.5)  # the square root of a quarter of the strongest
    assert image[1, 2] == -1.0


def test_raster_shows_every_spike_somewhere():
    events = Events.from_trains([[0.05, 0.06], [0.95], []], span=(0, 1))
    shade = plot.plot_raster(events, columns=10).images[0].get_array()[..., 3]
    assert shade.shape == (3, 10)
    assert {tuple(map(int, p)) for p in np.argwhere(shade > 0)} == {(0, 0), (1, 9)}
    assert shade[0, 0] >= shade[1, 9]


def test_raster_follows_the_order_from_bottom_to_top():
    events = Events.from_trains([[0.5], [], []], span=(0, 1))
    shade = plot.plot_raster(events, order=np.array([2, 1, 0]), columns=2).images[0].get_array()[..., 3]
    assert shade[2, 1] > 0


def test_raster_of_many_units_says_how_many_share_a_row():
    events = Events(time=np.empty(0), unit=np.empty(0, int), n_units=1201, span=(0, 10))
    assert pictures.raster_grain(events, 100) == (0.1, 3)
    assert plot.plot_raster(events, columns=100).images[0].get_array().shape[0] == 401


def test_rate_is_open_over_gaps(make):
    recording = make.recording(duration=100.0)
    stairs = plot.plot_rate(recording, bins=100).patches[0]
    values = stairs.get_data().values
    assert np.isnan(values[46:49]).all()
    assert np.isfinite(values[:44]).all()
    total = np.nansum(values) * recording.n_units * 1.0
    assert total == pytest.approx(len(recording.events))


def test_wholly_observed_needs_the_whole_bin():
    seen = Intervals(start=np.array([0.0, 1.5]), stop=np.array([1.0, 3.0]))
    assert pictures.wholly_observed(seen, np.array([0.0, 1, 2, 3])).tolist() == [True, False, True]


def test_gap_is_shaded_once(make):
    recording = make.recording()
    ax = plot.plot_rate(recording)
    before = len(ax.patches)
    pictures.shade_gaps(ax, recording.observed, recording.span)
    assert len(ax.patches) == before + 1


def test_behavior_keeps_its_extremes_when_samples_outnumber_pixels():
    values = np.zeros((5000, 1))
    values[1234] = 7.0
    ax = plot.plot_behavior(Series.regular(values, dt_s=0.01), columns=50)
    assert ax.collections[0].get_paths()[0].vertices[:, 1].max() == 7.0


def test_behavior_survives_missing_samples():
    values = np.full((100, 1), np.nan)
    values[:10] = 1.0
    assert plot.plot_behavior(Series.regular(values, dt_s=1.0), columns=10) is not None


def test_traces_picture_has_one_row_per_channel():
    traces = Series.regular(np.random.default_rng(0).standard_normal((300, 4)), dt_s=0.1)
    assert plot.plot_traces(traces, columns=60).images[0].get_array().shape == (4, 60)


def test_a_channel_without_samples_is_blank_and_silent():
    values = np.random.default_rng(0).normal(size=(200, 3))
    values[:, 1] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = plot.plot_traces(Series(time=np.arange(200.0), values=values), columns=20).images[0].get_array()
    assert np.ma.getmaskarray(np.ma.masked_invalid(image))[1].all()


def test_epochs_give_one_row_per_name(make):
    assert len(plot.plot_epochs(dict(make.recording().epochs)).get_yticks()) == 1
    assert plot.plot_epochs({}) is not None


def test_rate_histogram_counts_every_active_unit():
    events = Events.from_trains([[0.1] * k for k in range(6)], span=(0, 10))
    ax = plot.plot_rate_histogram(events, observed_s=10.0)
    assert ax.patches[0].get_data().values.sum() == 5
    assert any(t.get_text() == "silent" for t in ax.texts)
    none = Events(time=np.empty(0), unit=np.empty(0, int), n_units=3, span=(0, 1))
    assert plot.plot_rate_histogram(none, observed_s=1.0).texts


def test_unit_map_puts_every_unit_once(make):
    recording = make.recording(n=9)
    ax = plot.plot_units(recording, xy=recording.units.position_um)
    assert sum(len(c.get_offsets()) for c in ax.collections) == 9


def test_measure_is_drawn_with_the_rate_behind_it(make):
    measures = make.measures(make.network())
    ax = plot.plot_measures(measures, "modularity")
    np.testing.assert_allclose(ax.lines[-1].get_ydata(), measures.graph["modularity"])
    assert len(ax.collections) == 1
    assert len(plot.plot_measures(measures, "modularity", rate=False).collections) == 0


def test_measure_that_is_never_defined_is_said(make):
    measures = make.measures(make.network(), broken=True)
    assert "undefined" in plot.plot_measures(measures, "modularity").texts[0].get_text()


def test_recurrence_lines_part_the_regimes(make):
    measures = make.measures(make.network(s=9))
    ax = plot.plot_recurrence(measures)
    assert sorted({line.get_xdata()[0] for line in ax.lines[::2]}) == [3.5, 6.5]
    np.testing.assert_array_equal(ax.images[0].get_array(), measures.recurrence)


def test_stability_needs_two_windows(make):
    assert plot.plot_stability(make.measures(make.network(s=1))).texts
    assert len(plot.plot_stability(make.measures(make.network(s=4))).lines) >= 2


def test_changes_are_written_with_their_p():
    ax = plot.plot_changes([("network", np.array([5.0]), np.array([0.02])), ("rate", np.empty(0), None)], span=(0, 10))
    assert [t.get_text() for t in ax.texts] == ["5 (p=0.02)", "none"]


def test_labels_of_crowded_changes_give_way():
    crowd = np.array([1.0, 1.01, 1.02, 9.99])
    ax = plot.plot_changes([("network", crowd, None)], span=(0, 10))
    assert [t.get_text() for t in ax.texts] == ["1.02"]


def test_ranks_give_colours_to_the_largest_communities():
    labels = np.array([[5, 5, 5, 2, 2, 7, -1], [5, 5, 2, 2, 2, 7, 9]])
    rank, shown = plot.community_ranks(labels)
    assert shown.tolist() == [2, 5]
    assert rank[0].tolist() == [1, 1, 1, 0, 0, SMALLER, ABSENT]
    assert rank[1, 6] == SMALLER


def test_units_that_move_together_lie_together():
    labels = np.array([[0, 1, 0, 1, 0, 1]] * 5)
    assert plot.membership_order(labels).tolist() in ([0, 2, 4, 1, 3, 5], [1, 3, 5, 0, 2, 4])


def test_membership_picture_has_a_cell_per_unit_and_window(make):
    measures = make.measures(make.network(n=10, s=7))
    assert plot.plot_communities(measures).images[0].get_array().shape[:2] == (10, 7)


def test_flows_conserve_the_units(make):
    measures = make.measures(make.network(n=14, s=6))
    ax = plot.plot_flows(measures)
    bars = [p for p in ax.patches if hasattr(p, "get_height")]
    assert sum(p.get_height() for p in bars) == 14 * 6


def test_ribbons_lie_side_by_side_where_they_leave_and_arrive(make):
    moves = np.array([[0, 0, 0, 1, 1], [0, 1, 1, 1, 0]])
    ax = plot.plot_flows(replace(make.measures(make.network()), communities=moves))
    ribbons = [p.get_path().vertices for p in ax.patches if not hasattr(p, "get_height")]
    # Vertices 0 and 3 are the upper corners, 7 and 4 the lower ones, at departure and arrival.
    for upper, lower in ((0, 7), (3, 4)):
        ends = sorted((v[upper][1], v[lower][1]) for v in ribbons)
        assert len(ends) == 4
        assert all(a[1] <= b[0] + 1e-9 for a, b in pairwise(ends))
        assert sum(high - low for low, high in ends) == 5


def test_communities_of_nothing(make):
    measures = replace(make.measures(make.network()), communities=np.empty((0, 0), int))
    assert plot.plot_communities(measures).texts
    assert plot.plot_flows(measures).texts


def test_readout_names_every_row_and_marks_chance(make):
    ax = plot.plot_readout(make.readout(make.network()))
    assert [t.get_text() for t in ax.get_yticklabels()][:3] == ["edge weights", "node strength", "firing rate"]
    assert any(np.allclose(line.get_xdata(), 0.5) and len(line.get_xdata()) == 2 for line in ax.lines)


@pytest.mark.parametrize("kind", ["classes", "number"])
def test_prediction_shows_truth_and_the_best_of_each_role(make, kind):
    result = make.readout(make.network(s=12), kind=kind)
    ax = plot.plot_prediction(result)
    if kind == "classes":
        assert [t.get_text() for t in ax.get_yticklabels()] == ["truth", "edge weights", "firing rate"]
    else:
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), result.truth)
        assert len(ax.lines) == 3
