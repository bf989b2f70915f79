"""Re-weightings: rows and group mass as published, closeness by enumeration, odd groups and weights."""

import numpy as np
import pytest
from tests.oracles import reweighting as oracle

from interplay import ConfigError, DataError
from interplay.data import Graph, Groups
from interplay.represent import (
    ConstantWeights,
    CrossWeights,
    FairWeights,
    WeightedWalk,
    boundary_closeness,
    constant_weights,
    cross_weights,
    fair_weights,
)

# 0-1-2 of group a, 3-4 of b, 5 of c; 6 has only neighbours of other groups, 7 none; a self-loop at 1, a zero weight.
SRC = [0, 0, 1, 1, 2, 3, 6, 6, 0, 2]
DST = [1, 2, 1, 3, 5, 4, 3, 5, 3, 4]
WEIGHT = [1.0, 2.0, 0.5, 1.0, 3.0, 1.0, 1.0, 2.0, 0.7, 0.0]
CODE = np.array([0, 0, 0, 1, 1, 2, 0, 1])


def graph(directed=False):
    return Graph.from_edges(SRC, DST, WEIGHT, n_nodes=8, directed=directed)


GROUPS = Groups(code=CODE, names=np.array(["a", "b", "c"]))


def as_rows(found):
    rows = oracle.rows_of(found)
    assert found.directed
    return rows


def assert_rows(found, wanted):
    for got, row in zip(as_rows(found), wanted, strict=True):
        assert got.keys() == row.keys()
        assert all(got[u] == pytest.approx(row[u], rel=1e-12) for u in row)


@pytest.mark.parametrize("directed", [False, True])
def test_closeness_is_that_of_all_walks(directed):
    for steps in (1, 3):
        found = boundary_closeness(graph(directed), GROUPS, steps=steps)
        assert np.allclose(found, oracle.closeness(graph(directed), CODE, steps), atol=1e-14)


@pytest.mark.parametrize("directed", [False, True])
def test_closeness_from_walks_comes_near_the_exact(directed):
    """400 walks of 5 steps: a standard error of at most .025; four of them fail once in 2000 such tests of 8 nodes."""
    exact = boundary_closeness(graph(directed), GROUPS)
    walked = boundary_closeness(graph(directed), GROUPS, walks=400, seed=3)
    assert np.abs(walked - exact).max() < 0.1
    assert not np.array_equal(walked, exact)
    assert np.array_equal(walked, boundary_closeness(graph(directed), GROUPS, walks=400, seed=3))


def test_closeness_is_measured_on_other_walks_than_those_it_steers():
    """A ring of 300, one neighbour of either group: half agree; out of [.35, .65] once in four million."""
    ring = Graph.from_edges(np.arange(300), (np.arange(300) + 1) % 300, n_nodes=300, directed=False)
    groups = Groups.of(np.arange(300) // 2 % 2)
    met = boundary_closeness(ring, groups, steps=1, walks=1, seed=4) > 0
    walk = WeightedWalk().prepare(ring).walk(np.arange(300), 0, 2, 4)
    crossed = groups.code[walk[:, 1]] != groups.code
    assert 0.35 < (met == crossed).mean() < 0.65


@pytest.mark.parametrize("scale", [1.7e308, 5e-324])
def test_weights_at_the_ends_of_the_range_of_numbers(scale):
    """Node 0 with two equal neighbours of its group and one, of another, that weighs next to nothing or 1."""
    weight = [scale, scale, 1.0 if scale > 1 else scale]
    hub = Graph.from_edges([0, 0, 0], [1, 2, 3], weight, n_nodes=4, directed=False)
    groups = Groups.of([0, 0, 0, 1])
    last = 0.0 if scale > 1 else 1 / 3
    for found, row in [
        (cross_weights(hub, groups, alpha=0.3), [0, 0.35, 0.35, 0.3]),
        (fair_weights(hub, groups), [0, 0.25, 0.25, 0.5]),
        (constant_weights(hub, groups, factor=1.0), [0, (1 - last) / 2, (1 - last) / 2, last]),
    ]:
        assert np.allclose(found.to_dense()[0], row, atol=1e-15)
        assert np.allclose(found.to_dense()[1:, 0], 1, atol=1e-15)
    assert boundary_closeness(hub, groups, steps=1).tolist() == pytest.approx([last, 0, 0, 1])


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize(("alpha", "exponent"), [(0.5, 2.0), (0.1, 0.0), (0.9, 8.0)])
def test_cross_weights_are_the_published_ones(directed, alpha, exponent):
    near = np.array(oracle.closeness(graph(directed), CODE, 3)) + 1e-3
    found = cross_weights(graph(directed), GROUPS, alpha=alpha, exponent=exponent, steps=3)
    assert_rows(found, oracle.cross(graph(directed), CODE, near, alpha, exponent))


def test_cross_weights_share_out_every_row():
    found = cross_weights(graph(), GROUPS, alpha=0.3)
    dense = found.to_dense()
    sums = dense.sum(axis=1)
    assert np.allclose(sums, [1, 1, 1, 1, 1, 1, 1, 0])
    leaving = np.array([dense[v, CODE[v] != CODE].sum() for v in range(8)])
    assert np.allclose(leaving, [0.3, 0.3, 0.3, 0.3, 0, 1, 1, 0]), "node 4 has none of another group, 5 and 6 only such"
    assert dense[6, 3] == pytest.approx(0.5), "with others only, they share 1 alike"
    assert dense[6, 5] == pytest.approx(0.5)
    assert dense[2, 4] == 0, "an edge of weight 0 stays so, and its group does not count as present"


def test_one_group_leaves_only_the_lean():
    one = Groups(code=np.zeros(8, int), names=np.array(["all", "none"]))
    found = cross_weights(graph(), one, alpha=0.9).to_dense()
    plain = graph().to_dense()
    plain[:7] /= plain[:7].sum(axis=1, keepdims=True)
    assert np.allclose(found, plain, atol=1e-15), "without another group closeness is the same everywhere"


def test_great_exponents_do_not_run_out_of_numbers():
    found = cross_weights(graph(), GROUPS, exponent=400.0)
    assert np.allclose(found.to_dense()[:7].sum(axis=1), 1)


@pytest.mark.parametrize("directed", [False, True])
def test_fair_and_constant_weights_are_the_published_ones(directed):
    assert_rows(fair_weights(graph(directed), GROUPS), oracle.fair(graph(directed), CODE))
    assert_rows(constant_weights(graph(directed), GROUPS, factor=5.0), oracle.constant(graph(directed), CODE, 5.0))


def test_settings_apply_what_the_functions_do():
    pairs = [
        (
            CrossWeights(alpha=0.2, exponent=1.0, walks=3, seed=1),
            cross_weights,
            {"alpha": 0.2, "exponent": 1.0, "walks": 3, "seed": 1},
        ),
        (FairWeights(), fair_weights, {}),
        (ConstantWeights(factor=3.0), constant_weights, {"factor": 3.0}),
    ]
    for setting, function, options in pairs:
        assert np.array_equal(setting.apply(graph(), GROUPS).weight, function(graph(), GROUPS, **options).weight)


def test_what_cannot_be_walked_is_refused():
    signed = Graph.from_edges([0, 1], [1, 2], [1.0, -2.0], n_nodes=3, directed=False)
    three = Groups.of([0, 0, 1])
    for function in (cross_weights, fair_weights, constant_weights, boundary_closeness):
        with pytest.raises(DataError, match=r"1 -> 2 weighs -2.*layer"):
            function(signed, three)
        with pytest.raises(DataError, match=r"each of the N=8 nodes, got 3"):
            function(graph(), three)
    for function, options in [
        (cross_weights, {"alpha": 1.0}),
        (cross_weights, {"exponent": -1.0}),
        (cross_weights, {"exponent": np.inf}),
        (cross_weights, {"epsilon": 0.0}),
        (cross_weights, {"epsilon": np.inf}),
        (cross_weights, {"steps": 0}),
        (constant_weights, {"factor": 0.0}),
        (constant_weights, {"factor": np.inf}),
        (boundary_closeness, {"walks": 0}),
    ]:
        with pytest.raises(ConfigError, match=f"`{next(iter(options))}`"):
            function(graph(), GROUPS, **options)


def test_nothing_to_weigh():
    for n in (0, 1, 3):
        empty = Graph.from_edges([], [], n_nodes=n, directed=False)
        groups = Groups(code=np.zeros(n, int), names=np.array(["a"]))
        assert boundary_closeness(empty, groups).tolist() == [0.0] * n
        for found in (cross_weights(empty, groups), fair_weights(empty, groups), constant_weights(empty, groups)):
            assert found.n_nodes == n
            assert found.n_edges == 0
