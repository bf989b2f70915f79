from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch

from interplay import plot
from interplay.measures.links import LinkScores
from interplay.plot import style
from interplay.plot.embedding import MOST_RIMMED, even_share


def plane_of(result):
    """The principal plane, by a decomposition of the points themselves."""
    points = result.embedding[result.present]
    middle = points.mean(axis=0)
    _, size, axes = np.linalg.svd(points - middle, full_matrices=False)
    return middle, axes[:2], size**2 / (size**2).sum()


def test_projection_is_the_principal_plane_of_all_present_nodes(make):
    result = make.embedding(n=20, d=6)
    place = plot.project(result)
    middle, axes, share = plane_of(result)
    expected = (result.embedding - middle) @ axes.T
    sign = np.sign((expected * place.xy).sum(axis=(0, 1)))
    np.testing.assert_allclose(place.xy, expected * sign, atol=1e-10)
    np.testing.assert_allclose(place.share, share[:2], atol=1e-12)
    np.testing.assert_allclose(place.origin, -middle @ axes.T * sign, atol=1e-10)
    np.testing.assert_allclose(place.history, (result.history - middle) @ axes.T * sign, atol=1e-10)


def test_absent_nodes_and_the_history_node_do_not_shape_the_plane(make):
    result = make.embedding()
    moved = result.embedding.copy()
    moved[~result.present] += 1e3
    other = plot.project(replace(result, embedding=moved, history=result.history - 1e3))
    here = plot.project(result)
    np.testing.assert_allclose(other.xy[result.present], here.xy[result.present], atol=1e-9)
    assert (other.high < 50).all()


def test_projection_of_little_or_nothing(make):
    for n, s, d in ((0, 3, 4), (1, 1, 2), (3, 0, 2), (4, 3, 1)):
        place = plot.project(make.embedding(n=n, s=s, d=d))
        assert place.xy.shape == (s, n, 2)
        assert np.isfinite(place.xy).all()
    flat = make.embedding(d=1)
    assert plot.project(flat).share.tolist() == [1.0, 0.0]
    same = replace(flat, embedding=np.full((9, 12, 5), 2.0), history=None)
    assert np.isnan(plot.project(same).share).all()
    assert plot.plot_embedding(same) is not None


def test_a_line_is_stretched_and_says_so(make):
    result = make.embedding(d=4)
    place = plot.project(result)
    assert place.stretch == 1
    thin = result.embedding * [1.0, 1e-3, 1e-3, 1e-3]
    flat = plot.project(replace(result, embedding=thin, history=None))
    assert flat.stretch > 20
    size = flat.high - flat.low
    assert size[1] / size[0] == pytest.approx(0.35, rel=0.06)
    points = thin[result.present]
    _, axes, share = plane_of(replace(result, embedding=thin))
    across = (points - points.mean(axis=0)) @ axes[1]
    assert np.ptp(flat.xy[result.present][:, 1]) == pytest.approx(np.ptp(across) * flat.stretch)
    assert flat.dimensions == pytest.approx(1 / (share**2).sum())
    ax = plot.plot_embedding(replace(result, embedding=thin, history=None))
    assert ax.get_ylabel().endswith(f", \N{MULTIPLICATION SIGN}{flat.stretch:g}")


def test_dimensions_in_use(make):
    base = np.zeros((4, 2, 3))
    base[0, 0], base[1, 0], base[2, 0], base[3, 0] = [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]
    result = make.embedding(n=2, s=4, d=3, present=np.array([[True, False]] * 4), embedding=base)
    assert plot.project(result).dimensions == pytest.approx(2)


def drawn_at(ax, colour):
    lines = [x for x in ax.lines if x.get_linestyle() == "None" and to_hex(x.get_markerfacecolor()) == colour]
    return np.concatenate([x.get_xydata() for x in lines]) if lines else np.empty((0, 2))


def test_every_present_node_is_a_dot_of_its_colour(make):
    result = make.embedding()
    place = plot.project(result)
    group = np.arange(12) % 3
    ax = plot.plot_embedding(result, window=4, colour=group)
    for k in range(3):
        rows = np.flatnonzero((group == k) & result.present[4])
        np.testing.assert_allclose(drawn_at(ax, style.category(k)), place.xy[4, rows])
    hollow = [x for x in ax.lines if x.get_markerfacecolor() == "none" and len(x.get_xdata())]
    assert [x.get_xydata().tolist() for x in hollow] == [[place.xy[4, 0].tolist()]]


def test_history_node_is_a_diamond_only_where_there_is_one(make):
    result = make.embedding()
    place = plot.project(result)
    diamonds = [x for x in plot.plot_embedding(result, window=-1).lines if x.get_marker() == "D"]
    assert [x.get_xydata().tolist() for x in diamonds] == [[place.history[-1].tolist()]]
    alone = plot.plot_embedding(replace(result, history=None))
    assert not [x for x in alone.lines if x.get_marker() == "D"]


def trail_segments(ax):
    return sum(len(p.get_path().vertices) // 2 for p in ax.patches if isinstance(p, PathPatch))


def test_trails_reach_back_as_far_as_asked_and_skip_absence(make):
    result = make.embedding()
    assert trail_segments(plot.plot_embedding(result, window=0, trail=3)) == 0
    assert trail_segments(plot.plot_embedding(result, window=3, trail=3)) == 3 * 12
    assert trail_segments(plot.plot_embedding(result, window=3, trail=9)) == 3 * 12
    # Node 0 was absent in window 4: neither the step to it nor the one from it is drawn.
    assert trail_segments(plot.plot_embedding(result, window=6, trail=4)) == 4 * 12 - 2
    assert trail_segments(plot.plot_embedding(result, window=6, trail=0)) == 0


def test_all_windows_share_one_frame_at_one_scale(make):
    result = make.embedding()
    frames = []
    for window in range(9):
        ax = plot.plot_embedding(result, window=window)
        frames.append((ax.get_xlim(), ax.get_ylim()))
    assert len(set(frames)) == 1
    size = ax.get_position().size * ax.figure.get_size_inches()
    (x0, x1), (y0, y1) = frames[0]
    assert (x1 - x0) / size[0] == pytest.approx((y1 - y0) / size[1])
    place = plot.project(result)
    assert x0 < place.low[0] < place.high[0] < x1
    assert y0 < place.low[1] < place.high[1] < y1


def test_many_nodes_are_one_path(make):
    ax = plot.plot_embedding(make.embedding(n=MOST_RIMMED + 1, s=2), window=0)
    assert trail_segments(ax) == MOST_RIMMED + 1


def test_even_share_counts_the_windows_in_reach():
    attention = np.array([[1.0, 0, 0, 0], [0.4, 0.6, 0, 0], [0, 0.7, 0.3, 0], [0, 0, 0.9, 0.1]])
    nan = np.nan
    expected = [[1, nan, nan, nan], [0.5, 0.5, nan, nan], [nan, 0.5, 0.5, nan], [nan, nan, 0.5, 0.5]]
    np.testing.assert_array_equal(even_share(attention), expected)


def test_attention_colours_doublings_of_an_even_share(make):
    attention = np.array([[1.0, 0, 0], [0.5, 0.5, 0], [1 / 12, 1 / 4, 2 / 3]])
    image = plot.plot_attention(make.embedding(s=3, attention=attention)).images[0]
    expected = [[0, np.nan, np.nan], [0, 0, np.nan], [-2, np.log2(0.75), 1]]
    np.testing.assert_allclose(np.ma.filled(image.get_array(), np.nan), expected, atol=1e-12)
    assert image.get_clim() == (-2.0, 2.0)
    none = plot.plot_attention(make.embedding(attention=None))
    assert [t.get_text() for t in none.texts] == ["no attention"]


def test_training_marks_the_epoch_kept(make):
    result = make.embedding()
    ax = plot.plot_training(result)
    kept, trace = ax.lines
    assert kept.get_xdata() == [25, 25]
    np.testing.assert_allclose(trace.get_ydata(), result.loss["loss"])
    assert plot.plot_training(result, "absent").texts[0].get_text() == "no trace"


def scores(value, s=9):
    lines = np.full(s, value)
    lines[0] = np.nan
    counts = np.ones(s, dtype=int)
    return LinkScores(
        auc=lines, average_precision=lines / 2, new_auc=lines, new_average_precision=lines, n_pairs=counts,
        n_edges=counts, n_new_pairs=counts, n_new_edges=counts,
    )  # fmt: skip


def test_links_stand_beside_simple_rules(make):
    result = make.embedding()
    ax = plot.plot_links(result, baselines={"persistence": scores(0.8)})
    drawn = {x.get_label(): x.get_ydata() for x in ax.lines if not x.get_label().startswith("_")}
    assert list(drawn) == ["persistence", "predicted", "reconstructed"]
    np.testing.assert_array_equal(drawn["persistence"], scores(0.8).auc)
    np.testing.assert_array_equal(drawn["predicted"], result.prediction["auc"])
    precise = plot.plot_links(result, baselines={"persistence": scores(0.8)}, metric="ap")
    drawn = {x.get_label(): x.get_ydata() for x in precise.lines}
    np.testing.assert_array_equal(drawn["persistence"], scores(0.8).average_precision)
    nothing = replace(result, reconstruction={}, prediction={})
    assert plot.plot_links(nothing).texts[0].get_text() == "undefined in every window"


def test_windows_new_to_the_model_are_shaded(make):
    trained = np.array([True] * 4 + [False] * 2 + [True] * 2 + [False])
    shades = plot.plot_links(make.embedding(trained=trained)).patches
    assert [(p.get_x(), p.get_x() + p.get_width()) for p in shades] == [(40.0, 70.0), (80.0, 100.0)]
    assert not plot.plot_links(make.embedding()).patches
