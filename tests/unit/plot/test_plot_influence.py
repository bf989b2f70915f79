"""Pictures of spreading: what they show, and degenerate results."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from interplay.data import Graph
from interplay.plot import (
    plot_opinions,
    plot_price,
    plot_price_course,
    plot_reach,
    plot_spread_course,
    plot_spread_network,
    plot_trade,
    spread_view,
)

_spec = importlib.util.spec_from_file_location(
    "made_influence", Path(__file__).resolve().parents[1] / "report" / "made_influence.py"
)
_made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_made)
made_comparison, made_graph, made_spread = _made.made_comparison, _made.made_graph, _made.made_spread
made_opinions, made_price = _made.made_opinions, _made.made_price


@pytest.fixture(scope="module")
def graph():
    return made_graph(60)


@pytest.fixture(scope="module")
def comparison(graph):
    return made_comparison(graph, runs=50)


def words(ax):
    return [t.get_text() for t in ax.texts]


def test_reach_has_a_row_per_choice_and_a_mark_per_group(comparison):
    ax = plot_reach(comparison)
    rows = [t.get_text() for t in ax.get_yticklabels()]
    order = np.argsort([-s.reach for s in comparison.spreads], kind="stable")
    assert rows == [str(comparison.names[k]) for k in order]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["all nodes", "majority", "minority"]
    marks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(marks, [comparison.spreads[k].share[0] for k in order])


def test_trade_names_every_choice_and_joins_the_unbeaten(comparison):
    ax = plot_trade(comparison)
    assert sorted(words(ax)) == sorted(map(str, comparison.names))
    step = ax.lines[0]
    x, y = np.asarray(step.get_xdata()), np.asarray(step.get_ydata())
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) > 0).all()
    total = np.array([s.reach for s in comparison.spreads]) / comparison.spreads[0].n_nodes
    for gap, reach in zip(comparison.disparity, total, strict=True):
        assert not any(gap < a and reach > b for a, b in zip(x, y, strict=True))


def test_price_writes_every_strength_and_draws_every_group():
    price = made_price()
    assert sorted(words(plot_price(price)), key=float) == ["0", "0.25", "0.5", "1", "2"]
    ax = plot_price_course(price)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), price.share[:, 0])
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "0.25", "0.5", "1", "2"]


def test_course_is_in_shares_and_names_its_clock(comparison):
    spread = comparison.spreads[0]
    ax = plot_spread_course(spread)
    np.testing.assert_allclose(ax.lines[0].get_ydata(), spread.course[:, 0] / spread.group_sizes[0])
    assert ax.get_xlabel() == "round"
    assert plot_spread_course(replace(spread, clock="s")).get_xlabel() == "time (s)"
    late = replace(spread, clock="s", time=1.08e9 + 86_400.0 * spread.time)
    ax = plot_spread_course(late)
    assert ax.get_xlabel() == "time (days)"
    np.testing.assert_allclose(ax.lines[0].get_xdata(), spread.time)
    assert "no course" in words(plot_spread_course(replace(spread, time=np.empty(0), course=np.empty((0, 2)))))[0]


def test_a_single_run_has_no_whiskers_and_still_has_pictures(comparison):
    none = np.full(len(comparison.names), np.nan)
    once = replace(
        comparison,
        disparity_se=none,
        spreads=tuple(replace(s, reach_se=np.nan, group_reach_se=np.full(2, np.nan)) for s in comparison.spreads),
    )
    assert np.isfinite(plot_reach(once).get_xlim()).all()
    assert np.isfinite(plot_trade(once).get_ylim()).all()
    price = replace(made_price(), reach_se=np.full(5, np.nan), disparity_se=np.full(5, np.nan))
    assert np.isfinite(plot_price(price).get_xlim()).all()
    plot_price_course(price)


def test_names_of_near_points_do_not_lie_on_each_other(graph):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    names = ("random", "degree", "page-rank", "greedy", "proportional", "max-min", "medoids, deepwalk", "fair")
    rng = np.random.default_rng(0)
    gap, reach = np.r_[0.02, 0.2 + 0.012 * rng.random(6), 0.1], np.r_[10.0, 20 + 0.5 * rng.random(6), 15.0]
    near = made_comparison(graph, dict.fromkeys(names, (0.3, 0.1)), 20)
    near = replace(
        near,
        disparity=gap,
        disparity_se=np.full(8, 0.001),
        spreads=tuple(replace(s, reach=r, reach_se=0.02) for s, r in zip(near.spreads, reach, strict=True)),
    )
    ax = plot_trade(near)
    FigureCanvasAgg(ax.figure).draw()
    boxes = [Text.get_window_extent(text) for text in ax.texts]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_network_rings_every_seed(graph, comparison):
    spread = comparison.spreads[0]
    view = spread_view(graph, spread)
    ax = plot_spread_network(spread, view, graph.groups("team"))
    rings = ax.collections[-1].get_offsets()
    np.testing.assert_allclose(sorted(rings.tolist()), sorted(view.xy[spread.seeds].tolist()))
    assert len(view.src) == graph.n_edges
    assert np.isfinite(view.xy).all()
    np.testing.assert_array_equal(view.xy, spread_view(graph, spread).xy)


def test_a_large_network_shows_its_seeds_and_whom_they_reach():
    graph = made_graph(80)
    spread = made_spread(graph, [3, 77], runs=20)
    spread = replace(spread, node_probability=np.where(np.arange(80) == 77, 0.0, spread.node_probability))
    view = spread_view(graph, spread, most=30)
    assert len(view.nodes) == 30
    assert {3, 77} <= set(view.nodes.tolist())
    left_out = np.setdiff1d(np.arange(80), view.nodes)
    others = np.setdiff1d(view.nodes, spread.seeds)
    assert spread.node_probability[left_out].max() <= spread.node_probability[others].min()
    assert view.note.startswith("30 of 80 nodes are drawn")
    assert ((view.src < 30) & (view.dst < 30)).all()


def test_known_positions_are_used(graph, comparison):
    place = np.column_stack([np.arange(60.0), np.zeros(60)])
    view = spread_view(graph, comparison.spreads[0], position_um=place)
    np.testing.assert_array_equal(view.xy, place)


def test_one_group_one_node_no_edges_no_choice():
    graph = made_graph(20, groups=("all",), share=1.0)
    alone = made_comparison(graph, {"random": (0.2, 0.0)}, runs=20)
    alone = replace(alone, disparity=np.array([np.nan]), disparity_se=np.array([np.nan]))
    assert plot_reach(alone).get_legend() is not None
    assert "one group" in words(plot_trade(alone))[0]
    none = replace(alone, names=np.empty(0, dtype=str), spreads=(), disparity=np.empty(0), disparity_se=np.empty(0))
    assert "no seeds" in words(plot_reach(none))[0]
    single = Graph.from_edges([], [], n_nodes=1, directed=False, attributes={"team": ["x"]})
    spread = made_spread(single, [0], runs=5)
    plot_spread_network(spread, spread_view(single, spread), single.groups("team"))
    empty = replace(made_price(), disparity=np.full(5, np.nan))
    assert "one group" in words(plot_price(empty))[0]
    assert "nothing was swept" in words(plot_price_course(made_price(())))[0]


def test_opinions_draw_the_mean_of_every_group():
    result = made_opinions()
    ax = plot_opinions(result)
    assert len(ax.images) == 1
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["majority", "minority"]
    drawn = ax.lines[0].get_ydata()
    np.testing.assert_allclose(drawn, result.group_mean[: len(drawn), 0])
    assert "no opinions" in words(plot_opinions(replace(result, density=np.empty((0, 0)))))[0]
