"""Pictures of regions and networks: what is drawn is what is there."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from interplay import plot
from interplay._core.errors import ConfigError
from interplay.data import Cohort, Units
from interplay.explain import BrainAttention
from interplay.plot import style
from interplay.plot.brain_maps import network_order

#: Networks are not side by side, and one region has none.
NETWORKS = np.array(["b", "a", "", "b", "a", "b"])
REGIONS = len(NETWORKS)


def cohort(networks=NETWORKS):
    rng = np.random.default_rng(0)
    return Cohort.of(
        rng.normal(size=(16, 5, len(networks))),
        regions=Units(n=len(networks), group=networks),
        subject=np.repeat([f"s{k}" for k in range(8)], 2),
        session=["before", "after $2"] * 8,
    )


def maps(networks=NETWORKS):
    found = 1.0 + 0.05 * np.random.default_rng(1).normal(size=(16, len(networks), len(networks)))
    found[1::2][:, networks == "a"] += 0.5 * (networks == "b")
    return found / found.sum(axis=2, keepdims=True)


def change(networks=NETWORKS, **more):
    return BrainAttention().change(maps(networks), cohort(networks), first="before", second="after $2", **more)


def test_regions_are_sorted_by_network_with_lines_between():
    order, spans = network_order(NETWORKS)
    assert order.tolist() == [0, 3, 5, 1, 4, 2]
    assert spans == [("b", 0, 3), ("a", 3, 5), ("", 5, 6)]
    image = np.arange(36.0).reshape(6, 6)
    ax = plot.plot_region_map(image, NETWORKS, label="x", own=True)
    np.testing.assert_array_equal(ax.images[0].get_array(), image[np.ix_(order, order)])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["b", "a", "no network"]
    assert list(ax.get_xticks()) == [1.0, 3.5, 5.0]
    assert sorted({line.get_xdata()[0] for line in ax.lines} & {2.5, 4.5}) == [2.5, 4.5]
    own = plot.plot_region_map(image, NETWORKS, label="x").images[0].get_array()
    assert np.isnan(np.diag(np.ma.filled(own, np.nan))).all()


def _ends_of(values):
    low, high = np.quantile(values, (0.01, 0.99))
    return min(low, -0.1), max(high, 0.1)


def test_factors_are_drawn_about_one():
    importance = BrainAttention().importance(maps(), cohort(), condition="before")
    ax = plot.plot_attention_map(importance)
    shown = np.ma.filled(ax.images[0].get_array(), np.nan)
    order, _ = network_order(NETWORKS)
    expected = np.log2(importance.mean_map[np.ix_(order, order)])
    off = ~np.eye(REGIONS, dtype=bool)
    np.testing.assert_allclose(shown[off], expected[off])
    norm = ax.images[0].norm
    np.testing.assert_allclose((norm.vmin, norm.vmax), _ends_of(expected[off]))
    assert norm(0.0) == 0.5
    assert ax.figure.axes[-1].get_yticks().tolist() == [norm.vmin, norm.vmin / 2, 0.0, norm.vmax / 2, norm.vmax]
    peaked = np.full((40, 40), 0.5)
    peaked[0, 1], peaked[1:4, 2] = 1e-3, 4.0
    peaked[5, 6:26] = 3.0
    norm = plot.plot_region_map(peaked, np.array([""] * 40), label="x", scale="times").images[0].norm
    assert norm.vmin == -1.0
    assert norm.vmax == pytest.approx(np.log2(3.0), rel=0.5)
    signed = maps() - 0.2
    ax = plot.plot_attention_map(BrainAttention(unit="raw").importance(signed, cohort()))
    np.testing.assert_allclose(
        np.ma.filled(ax.images[0].get_array(), np.nan)[off],
        signed.reshape(8, 2, 6, 6).mean((0, 1))[np.ix_(order, order)][off],
    )


def test_change_is_second_less_first_and_framed_where_it_stands_out():
    found = change()
    ax = plot.plot_change_map(found)
    order, _ = network_order(NETWORKS)
    off = ~np.eye(REGIONS, dtype=bool)
    gap = (found.mean_second - found.mean_first)[np.ix_(order, order)]
    np.testing.assert_allclose(np.ma.filled(ax.images[0].get_array(), np.nan)[off], gap[off])
    ax = plot.plot_network_change(found)
    frames = sorted((round(p.get_y() + 0.47), round(p.get_x() + 0.47)) for p in ax.patches if isinstance(p, Rectangle))
    assert frames == sorted(map(tuple, np.argwhere(found.families["block"].corrected <= 0.05).tolist()))
    assert (1, 0) in frames
    assert [t.get_text() for t in ax.get_yticklabels()] == ["b", "a"]
    np.testing.assert_allclose(
        plot.plot_network_change(found, show="statistic").images[0].get_array(), found.families["block"].statistic
    )
    with pytest.raises(ConfigError, match="`show`"):
        plot.plot_network_change(found, show="p")
    ax = plot.plot_change_intervals(found)
    filled = [
        line
        for line in ax.lines
        if line.get_markerfacecolor() != style.PAPER and len(line.get_xdata()) and line.get_marker() in "os"
    ]
    drawn = sorted(x for line in filled for x in line.get_xdata())
    network = found.families["network"]
    np.testing.assert_allclose(drawn, sorted(network.difference[network.corrected <= 0.05]))


def test_importance_is_drawn_with_its_interval():
    importance = BrainAttention().importance(maps(), cohort())
    ax = plot.plot_importance(importance)
    mean, low, high = importance.interval("network_incoming")
    lines = {line.get_label(): line.get_xdata() for line in ax.lines}
    np.testing.assert_allclose(lines["incoming"], mean)
    ends = np.array([segment[:, 0] for segment in ax.collections[1].get_segments()])
    np.testing.assert_allclose(ends, np.stack([low, high], axis=1))
    ax = plot.plot_importance(importance, by="region")
    shown = next(line.get_xdata() for line in ax.lines if line.get_label() == "incoming")
    assert (np.diff(shown) <= 0).all()


def embedding(gate, networks=NETWORKS):
    present = np.ones((3, len(networks)), bool)
    present[0, 1] = False
    return SimpleNamespace(gate=gate, networks=networks, present=present)


def test_gate_is_summed_up_by_network():
    gate = np.random.default_rng(2).random((3, REGIONS))
    gate[1] = np.nan
    ax = plot.plot_gate(embedding(gate))
    middles = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o"]
    b = np.median([gate[0, [0, 3, 5]].mean(), gate[2, [0, 3, 5]].mean()])
    a = np.median([gate[0, 4], gate[2, [1, 4]].mean()])
    np.testing.assert_allclose(middles, [b, a])
    whole = plot.plot_gate(embedding(gate, np.array([""] * REGIONS)))
    assert [t.get_text() for t in whole.get_yticklabels()] == ["all regions"]
    assert "both modalities" in plot.plot_gate(embedding(None)).texts[0].get_text()


def test_label_curves_stages_and_hidden_regions():
    ways = {k: ([40, 10, 160], [0.2, 0.1, 0.3], [0.1, 0.0, 0.2], [0.3, 0.2, 0.4]) for k in ("mine", "ridge")}
    ax = plot.plot_label_curve(ways, score="R2", chance=0.0)
    assert ax.lines[0].get_xdata().tolist() == [10, 40, 160]
    assert ax.lines[0].get_ydata().tolist() == [0.1, 0.2, 0.3]
    assert ax.get_xscale() == "log"
    assert "nothing" in plot.plot_label_curve({}, score="R2").texts[0].get_text()
    loss = {"spatial": {"loss": np.array([3.0, 2.0]), "held_out": np.array([3.5, 2.5])}, "fusion": {"loss": np.ones(1)}}
    panels = plot.plot_pretraining(SimpleNamespace(loss=loss, best_epoch={"spatial": 1, "fusion": 0}))
    assert [p.get_title(loc="left") for p in panels] == ["spatial", "fusion"]
    assert panels[0].lines[-1].get_xydata().tolist() == [[2.0, 2.5]]
    assert "no stage" in plot.plot_pretraining(SimpleNamespace(loss={}, best_epoch={}))[0].texts[0].get_text()
    example = {"truth": np.arange(4.0), "model": np.ones(4), "linear": np.zeros(4)}
    ax = plot.plot_hidden_region(SimpleNamespace(example=example), dt_s=0.5)
    assert ax.lines[0].get_xdata().tolist() == [0.0, 0.5, 1.0, 1.5]
    assert "hidden" in plot.plot_hidden_region(SimpleNamespace(example={})).texts[0].get_text()


def test_little_is_drawn_without_a_complaint():
    alone = np.array(["", ""])
    found = change(alone)
    assert "not tested" in plot.plot_network_change(found).texts[0].get_text()
    assert "not tested" in plot.plot_change_intervals(found).texts[0].get_text()
    assert plot.plot_change_map(found).images
    importance = BrainAttention().importance(maps(alone), cohort(alone))
    assert "no networks" in plot.plot_importance(importance).texts[0].get_text()
    assert plot.plot_importance(importance, by="region").lines
    assert "fewer" in plot.plot_region_map(np.ones((1, 1)), alone[:1], label="x").texts[0].get_text()
    blank = plot.plot_region_similarity(np.full((2, 2), np.nan), alone)
    assert "nothing" in blank.texts[0].get_text()
    flat = plot.plot_region_map(np.zeros((3, 3)), NETWORKS[:3], label="x", scale="size")
    svg = style.to_svg(flat.figure, "flat")
    assert svg == style.to_svg(flat.figure, "flat")
    assert "before" in style.to_svg(plot.plot_change_map(change()).figure, "c")
