"""Nodes without an edge: left out of the work, never of the answer."""

import numpy as np
import pytest

from interplay import Events, Recording, Snapshots, Units
from interplay import measures as m
from interplay.measures.linked import LinkedPart


def thin(seed, directed, *, size=4, n=14, density=0.12, gaps=False):
    """Few edges of both signs, so that many nodes have none; also edges of weight zero and self-loops."""
    rng = np.random.default_rng(seed)
    w = rng.normal(0.5, 1, (size, n, n))
    keep = rng.random((size, n, n)) < density
    w[rng.random(w.shape) < 0.1] = 0.0
    if not directed:
        w, keep = np.triu(w), np.triu(keep)
        w, keep = w + np.triu(w, 1).transpose(0, 2, 1), keep | keep.transpose(0, 2, 1)
    present = rng.random((size, n)) < 0.8 if gaps else None
    bounds = np.arange(size)[:, None] * 10.0 + np.array([0.0, 10.0])
    return Snapshots.from_dense(w, bounds, directed=directed, present=present, keep=keep)


def asked(name, a, given):
    entry = m.MEASURES[name]
    options = {k: given[k] for k in entry.needs if k != "communities"} | dict(entry.options)
    if name == "community_count":
        return entry.function(given["communities"])
    arrays = [a, given["communities"]] if "communities" in entry.needs else [a]
    value = entry.function(*arrays, **options)
    return value if entry.part is None else getattr(value, entry.part)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize(
    ("seed", "density", "gaps"), [(0, 0.06, False), (1, 0.08, True), (2, 0.02, True), (3, 0.1, True)]
)
def test_every_measure_equals_its_function_on_the_whole_matrix(directed, seed, density, gaps):
    snapshots = thin(seed, directed, density=density, gaps=gaps)
    sign = np.where(np.arange(14) % 3 == 0, -1, 1)
    events = Events.from_trains([np.array([1.0, 25.0])] * 14, span=(0.0, 40.0))
    recording = Recording(events=events, units=Units(n=14, sign=sign))
    found = m.measure(snapshots, recording=recording, nulls=2, seed=5)
    assert "ei_balance_units" in found.graph
    lonely = 0
    for s in range(len(snapshots)):
        a = snapshots.matrix(s, missing=np.nan)
        labels = m.find_communities(a, directed=directed, seed=5)
        given = {"directed": directed, "communities": labels, "sign": sign, "seed": 5, "nulls": 2}
        for name, entry in m.MEASURES.items():
            if name not in found.graph and name not in found.node:
                continue
            value = asked(name, a, given)
            if entry.kind == "node":
                assert found.node[name][s] == pytest.approx(value, abs=1e-12, nan_ok=True), name
                value = np.nanmean(value) if np.isfinite(value).any() else np.nan
            if name in found.graph:
                assert found.graph[name][s] == pytest.approx(value, abs=1e-12, nan_ok=True), name
        edge = np.nan_to_num(a) * (1 - np.eye(14))
        linked = edge.any(axis=0) | edge.any(axis=1)
        lonely += (snapshots.present[s] & ~linked).sum()
        assert np.array_equal(found.communities[s] >= 0, linked)
        if linked.any():
            assert m.adjusted_rand(found.communities[s][linked], labels[linked]) == 1.0
    assert lonely > 0


@pytest.mark.parametrize("directed", [False, True])
def test_communities_and_small_world_do_not_see_unlinked_nodes(directed):
    rng = np.random.default_rng(7)
    a = rng.normal(0.3, 1, (10, 10)) * (rng.random((10, 10)) < 0.6)
    a = a if directed else np.triu(a, 1) + np.triu(a, 1).T
    spread = np.sort(rng.permutation(25)[:10])
    big = np.zeros((25, 25))
    big[np.ix_(spread, spread)] = a
    labels = m.find_communities(a, directed=directed, seed=2)
    wide = m.find_communities(big, directed=directed, seed=2)
    assert m.adjusted_rand(wide[spread], labels) == 1.0
    assert len(np.unique(wide)) == 15 + len(np.unique(labels))
    assert np.array_equal(np.unique(wide, return_index=True)[1], np.sort(np.unique(wide, return_index=True)[1]))
    assert m.modularity(big, wide, directed=directed) == pytest.approx(m.modularity(a, labels, directed=directed))
    small, large = (m.small_world(x, directed=directed, nulls=3, seed=2) for x in (a, big))
    assert large.sigma == small.sigma
    assert large.omega == small.omega
    assert large.clustering == small.clustering
    assert large.efficiency == pytest.approx(small.efficiency * 90 / 600, rel=1e-14)
    assert large.efficiency == pytest.approx(m.global_efficiency(big, directed=directed, weighted=False), rel=1e-14)
    for target in ("random", "lattice"):
        mixed = m.rewired(big, directed=directed, target=target, seed=2)
        assert np.array_equal(mixed[np.ix_(spread, spread)], m.rewired(a, directed=directed, target=target, seed=2))
        assert mixed.sum() == (a > 0).sum() - (np.diag(a) > 0).sum()


@pytest.mark.parametrize(("n_present", "density"), [(0, np.nan), (1, np.nan), (2, 0.0), (5, 0.0)])
def test_a_window_without_edges_says_what_the_empty_matrix_says(n_present, density):
    present = np.arange(6)[None, :] < n_present
    snapshots = Snapshots.from_dense(np.zeros((1, 6, 6)), [[0.0, 1.0]], directed=True, present=present)
    found = m.measure(snapshots, nulls=1)
    assert found.graph["density"].tolist() == pytest.approx([density], nan_ok=True)
    assert found.graph["global_efficiency"].tolist() == pytest.approx([density], nan_ok=True)
    assert found.graph["community_count"].tolist() == pytest.approx([0.0 if n_present else np.nan], nan_ok=True)
    assert (found.communities == -1).all()
    assert (found.node["degree"][present] == 0).all()
    assert np.isnan(found.node["degree"][~present]).all()


def test_many_silent_nodes_need_no_table_of_all_pairs():
    n = 200_000
    snapshots = Snapshots(
        bounds=np.array([[0.0, 1.0], [1.0, 2.0]]),
        pointer=np.array([0, 3, 5]),
        src=np.array([0, 1, 5, 0, 1]),
        dst=np.array([1, 5, n - 1, 1, n - 1]),
        weight=np.array([1.0, 2.0, 3.0, 1.0, -1.0]),
        n_nodes=n,
        directed=False,
    )
    assert LinkedPart.of(snapshots, 0).nodes.tolist() == [0, 1, 5, n - 1]
    found = m.measure(snapshots, nulls=1)
    assert found.graph["density"] == pytest.approx([6 / (n * (n - 1)), 4 / (n * (n - 1))])
    x, y, pairs = np.array([1.0, 2, 3, 0]), np.array([1.0, 0, 0, -1]), n * (n - 1) / 2
    cross = x @ y - x.sum() * y.sum() / pairs
    own = [(v @ v) - v.sum() ** 2 / pairs for v in (x, y)]
    assert found.edge_stability == pytest.approx([cross / np.sqrt(own[0] * own[1])], abs=1e-12)
    assert found.recurrence[0, 1] == pytest.approx(found.edge_stability[0], abs=1e-12)
