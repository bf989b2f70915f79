"""Temporal graphs and snapshots against their definitions, and back again."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import SPAN, graphs, moments, snapshots

from interplay.data import Snapshots, TemporalGraph

fast = settings(max_examples=80, deadline=None)


def rows(g):
    return list(zip(g.time.tolist(), g.src.tolist(), g.dst.tolist(), g.weight.tolist(), strict=True))


@fast
@given(g=graphs(), a=moments, b=moments)
def test_graph_window_matches_its_definition(g, a, b):
    a, b = min(a, b), max(a, b)
    if max(a, SPAN[0]) < min(b, SPAN[1]):
        assert rows(g.window(a, b)) == [row for row in rows(g) if a <= row[0] < b]


@fast
@given(g=graphs(), cut=st.floats(SPAN[0], SPAN[1], exclude_min=True, exclude_max=True))
def test_windows_of_graphs_tile(g, cut):
    assert rows(g.window(SPAN[0], cut)) + rows(g.window(cut, SPAN[1])) == rows(g)


@fast
@given(g=graphs())
def test_snapshots_of_a_graph_sum_its_weights(g):
    bounds = np.array([[0.0, 2.0], [1.0, 5.0], [5.0, 8.0]])
    made = g.snapshots(bounds)
    assert made.directed
    for s, (a, b) in enumerate(bounds):
        expected = np.zeros((g.n_nodes, g.n_nodes))
        for t, i, j, w in rows(g):
            expected[i, j] += w * (a <= t < b)
        assert np.allclose(made.matrix(s), expected, rtol=1e-12, atol=1e-12)
        active = {(i, j) for t, i, j, _ in rows(g) if a <= t < b}
        cut = slice(made.pointer[s], made.pointer[s + 1])
        assert set(zip(made.src[cut].tolist(), made.dst[cut].tolist(), strict=True)) == active


@fast
@given(g=graphs(), cuts=st.lists(st.floats(0.5, 7.5), max_size=3))
def test_snapshots_that_tile_reassemble_the_whole(g, cuts):
    edges = sorted({SPAN[0], *cuts, SPAN[1]})
    parts = g.snapshots(np.column_stack([edges[:-1], edges[1:]])).dense().sum(axis=0)
    assert np.allclose(parts, g.snapshots([SPAN]).matrix(0), rtol=1e-9, atol=1e-9)


@fast
@given(s=snapshots(directed=True))
def test_a_graph_of_disjoint_snapshots_gives_them_back(s):
    if len(s) == 0:
        return
    tiles = np.column_stack([s.bounds[:, 0], s.bounds[:, 0] + 1])
    whole = Snapshots(
        bounds=tiles, pointer=s.pointer, src=s.src, dst=s.dst, weight=s.weight, n_nodes=s.n_nodes, directed=True
    )
    assert TemporalGraph.from_snapshots(whole).snapshots(tiles).digest == whole.digest


@fast
@given(s=snapshots(directed=False))
def test_an_undirected_edge_becomes_an_event_each_way(s):
    if len(s) == 0:
        return
    g = TemporalGraph.from_snapshots(s)
    loops = int((s.src == s.dst).sum())
    assert len(g) == 2 * len(s.src) - loops
    assert np.allclose(g.snapshots(s.bounds[:1, :1] + [[0.0, 1.0]]).matrix(0), s.matrix(0))


@fast
@given(s=snapshots())
def test_dense_and_edges_are_the_same_networks(s):
    dense = s.dense()
    assert dense.shape == (len(s), s.n_nodes, s.n_nodes)
    again = Snapshots.from_dense(dense, s.bounds, directed=s.directed, present=s.present, keep=edge_mask(s))
    assert again.digest == s.digest
    assert all(np.array_equal(a, b) for a, b in zip(s, dense, strict=True))


def edge_mask(s):
    mask = np.zeros((len(s), s.n_nodes, s.n_nodes), bool)
    mask[s.snapshot, s.src, s.dst] = True
    return mask if s.directed else mask | mask.transpose(0, 2, 1)


@fast
@given(s=snapshots(), data=st.data())
def test_selecting_nodes_selects_rows_and_columns(s, data):
    kept = data.draw(st.permutations(range(s.n_nodes)))[: data.draw(st.integers(0, s.n_nodes))]
    part = s.select(kept)
    assert np.array_equal(part.dense(), s.dense()[:, kept][:, :, kept])
    assert np.array_equal(part.present, s.present[:, kept])


@fast
@given(s=snapshots(), a=st.floats(-1, 6), b=st.floats(-1, 6))
def test_snapshots_window_keeps_whole_windows_only(s, a, b):
    a, b = min(a, b), max(a, b)
    kept = [k for k, (low, high) in enumerate(s.bounds) if a <= low and high <= b]
    assert np.array_equal(s.window(a, b).bounds, s.bounds[kept])
    assert np.array_equal(s.window(a, b).dense(), s.dense()[kept])


@fast
@given(s=snapshots(), data=st.data())
def test_filter_keeps_the_edges_it_is_told_to(s, data):
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(s.src), max_size=len(s.src))), dtype=bool)
    part = s.filter(mask)
    assert np.array_equal(part.snapshot, s.snapshot[mask])
    assert np.array_equal(part.weight, s.weight[mask])
    assert s.filter(np.ones(len(s.src), bool)).digest == s.digest


@fast
@given(s=snapshots())
def test_missing_marks_absent_nodes_only(s):
    for k in range(len(s)):
        shown = s.matrix(k, missing=np.nan)
        gone = ~s.present[k]
        assert np.array_equal(np.isnan(shown), gone[:, None] | gone[None, :])


def test_one_edge_goes_from_source_to_target():
    g = TemporalGraph(src=[0], dst=[2], time=[1.0], weight=[-3.0], n_nodes=3, span=(0.0, 2.0))
    snap = g.snapshots([(0.0, 2.0)])
    assert snap.matrix(0)[0, 2] == -3
    assert np.count_nonzero(snap.matrix(0)) == 1
    assert (snap.src[0], snap.dst[0]) == (0, 2)
    assert snap.select([2, 0]).matrix(0)[1, 0] == -3


def test_weights_that_cancel_stay_as_active_edges():
    g = TemporalGraph(src=[0, 0], dst=[1, 1], time=[1.0, 1.5], weight=[1.0, -1.0], n_nodes=2, span=(0.0, 2.0))
    snap = g.snapshots([(0.0, 2.0)])
    assert len(snap.src) == 1
    assert snap.weight[0] == 0


@fast
@given(snapshots(directed=True))
def test_undirected_networks_are_those_of_the_matrices(s):
    w = s.dense()
    back = w.transpose(0, 2, 1)
    loop = np.eye(s.n_nodes, dtype=bool)
    size = np.where(np.abs(w) == np.abs(back), np.maximum(w, back), np.where(np.abs(w) > np.abs(back), w, back))
    expected = {"sum": w + back * ~loop, "mean": np.where(loop, w, (w + back) / 2), "strongest": size}
    for combine, matrices in expected.items():
        flat = s.undirected(combine)
        assert np.array_equal(flat.dense(), matrices)
        assert len(flat.src) == ((w != 0) | (back != 0))[:, np.triu(np.ones_like(loop))].sum()
        assert np.array_equal(flat.present, s.present)
