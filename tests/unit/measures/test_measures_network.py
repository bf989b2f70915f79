"""`measure`: everything in one call, its registry, and what must not depend on what."""

import subprocess
import sys

import numpy as np
import pytest

from interplay import Events, Recording, Snapshots, Units
from interplay import measures as m
from interplay._core.errors import ConfigError, DataError


def moving(seed=0, size=5, n=9, directed=False, density=0.5):
    rng = np.random.default_rng(seed)
    w = rng.normal(0.4, 1, (size, n, n)) * (rng.random((size, n, n)) < density)
    if not directed:
        w = np.triu(w, 1)
        w = w + w.transpose(0, 2, 1)
    bounds = np.arange(size)[:, None] * 30.0 + np.array([0.0, 60.0])
    return Snapshots.from_dense(w, bounds, directed=directed)


def spikes(n, length, seed=0, sign=None):
    rng = np.random.default_rng(seed)
    trains = [np.sort(rng.uniform(0, length, 200)) for _ in range(n)]
    units = Units(n=n, sign=None if sign is None else np.asarray(sign))
    return Recording(events=Events.from_trains(trains, span=(0.0, length)), units=units)


@pytest.mark.parametrize("directed", [False, True])
def test_measure_agrees_with_each_function(directed):
    snapshots = moving(1, directed=directed)
    found = m.measure(snapshots, nulls=3, seed=4)
    a = snapshots.matrix(2)
    labels = m.find_communities(a, directed=directed, seed=4)
    assert m.adjusted_rand(labels, found.communities[2]) == 1.0
    assert found.graph["density"][2] == m.density(a, directed=directed)
    assert found.graph["modularity"][2] == m.modularity(a, labels, directed=directed)
    assert found.graph["clustering"][2] == pytest.approx(np.nanmean(m.clustering(a, directed=directed)))
    world = m.small_world(a, directed=directed, nulls=3, seed=4)
    assert found.graph["small_world_sigma"][2] == world.sigma
    assert found.graph["small_world_omega"][2] == world.omega
    assert np.array_equal(found.node["degree"][2], m.degree(a, directed=directed))
    assert ("reciprocity" in found.graph) == directed
    assert ("strength_in_net" in found.node) == directed
    assert set(found.graph) | set(found.node) <= set(found.about)
    for values in found.graph.values():
        assert values.shape == (5,)
    for values in found.node.values():
        assert values.shape == (5, 9)


def test_every_registered_measure_says_what_it_is():
    for name, entry in m.MEASURES.items():
        assert entry.name == name
        assert callable(entry.function)
        assert "higher means" in entry.about
        assert "Range" in entry.about
    assert len(m.MEASURES) == len(set(m.MEASURES))


def test_measure_sets_rates_beside_the_numbers():
    snapshots = moving(2)
    found = m.measure(snapshots, recording=spikes(9, 200.0, sign=[1] * 6 + [-1] * 3), nulls=2)
    assert found.rate_hz.shape == (5,)
    assert found.rate_changes is not None
    assert set(found.rate_correlation) == set(found.graph)
    expected = m.rank_correlation(found.graph["density"], found.rate_hz)
    assert found.rate_correlation["density"] == pytest.approx(expected)
    assert "ei_balance_units" in found.graph
    alone = m.measure(snapshots, nulls=2)
    assert alone.rate_hz is None
    assert alone.rate_changes is None
    assert np.isnan(list(alone.rate_correlation.values())).all()
    assert "ei_balance_units" not in alone.graph


def test_later_snapshots_cannot_change_earlier_results():
    whole = moving(3, size=6)
    early = m.measure(whole.take(range(3)), nulls=2)
    late = m.measure(whole, nulls=2)
    for name, values in early.graph.items():
        assert np.array_equal(values, late.graph[name][:3], equal_nan=True), name
    for name, values in early.node.items():
        assert np.array_equal(values, late.node[name][:3], equal_nan=True), name
    assert np.array_equal(early.communities, late.communities[:3])
    assert np.array_equal(early.edge_stability, late.edge_stability[:2])


def test_absent_nodes_are_nan_and_do_not_count():
    w = moving(4).dense()
    present = np.ones((5, 9), bool)
    present[2, 3] = False
    found = m.measure(Snapshots.from_dense(w, moving(4).bounds, directed=False, present=present), nulls=2)
    rest = [k for k in range(9) if k != 3]
    alone = m.measure(moving(4).select(rest), nulls=2)
    assert found.communities[2, 3] == -1
    assert all(np.isnan(v[2, 3]) for v in found.node.values())
    for name in ("density", "clustering", "global_efficiency_weighted", "local_efficiency", "ei_balance"):
        assert found.graph[name][2] == pytest.approx(alone.graph[name][2]), name


def test_measure_is_equivariant_under_relabelling():
    snapshots = moving(5, directed=True)
    order = np.random.default_rng(0).permutation(9)
    a = m.measure(snapshots, nulls=1)
    b = m.measure(snapshots.select(order), nulls=1)
    skip = ("small_world", "modularity", "community", "participation")
    for name, values in a.graph.items():
        if not name.startswith(skip):
            assert b.graph[name] == pytest.approx(values, abs=1e-12, nan_ok=True), name
    for name, values in a.node.items():
        if not name.startswith(skip):
            assert b.node[name] == pytest.approx(values[:, order], abs=1e-12, nan_ok=True), name
    assert b.recurrence == pytest.approx(a.recurrence, abs=1e-12)


@pytest.mark.parametrize(("size", "n"), [(0, 3), (1, 1), (1, 0), (3, 2), (1, 6)])
def test_measure_on_the_smallest_inputs(size, n):
    for directed in (False, True):
        found = m.measure(moving(6, size=size, n=n, directed=directed), nulls=1)
        assert found.communities.shape == (size, n)
        assert found.recurrence.shape == (size, size)
        assert len(found.changes.time_s) == 0
        assert set(found.to_columns()) == {"start_s", "stop_s", *found.graph}


def test_measure_on_empty_negative_and_disconnected_networks():
    empty = m.measure(moving(0, density=0.0), nulls=1)
    assert (empty.graph["density"] == 0).all()
    assert np.isnan(empty.graph["modularity"]).all()
    assert (empty.graph["global_efficiency"] == 0).all()
    dense = moving(1).dense()
    negative = m.measure(Snapshots.from_dense(-np.abs(dense), moving(1).bounds, directed=False), nulls=1)
    assert (negative.graph["ei_balance"] == -1).all()
    assert (negative.graph["density_positive"] == 0).all()
    assert np.isnan(negative.graph["clustering"]).all()
    two = np.zeros((2, 6, 6))
    two[:, :3, :3] = two[:, 3:, 3:] = 1
    two[:, np.arange(6), np.arange(6)] = 0
    parts = m.measure(Snapshots.from_dense(two, [[0, 1], [1, 2]], directed=False), nulls=1)
    assert parts.graph["modularity"] == pytest.approx([0.5, 0.5])
    assert parts.graph["community_count"].tolist() == [2, 2]
    assert parts.graph["global_efficiency"] == pytest.approx([0.4, 0.4])


def test_measure_notes_what_a_reader_must_know():
    loops = np.ones((2, 3, 3))
    keep = np.ones((2, 3, 3), bool)
    loops[:, 0, 1] = loops[:, 1, 0] = 0
    notes = m.measure(Snapshots.from_dense(loops, [[0, 2], [1, 3]], directed=False, keep=keep), nulls=1).notes
    for text in ("windows overlap", "6 self-loops", "2 stored edges of weight zero", "nearly all pairs are edges"):
        assert any(text in note for note in notes), text
    assert m.measure(moving(0).take([0]), nulls=1).notes == ()


def test_measure_names_progress_seed_and_messages():
    snapshots = moving(7)
    calls = []
    some = m.measure(
        snapshots, names=["density", "clustering", "density"], nulls=1, progress=lambda *x: calls.append(x)
    )
    assert list(some.graph) == ["density", "clustering"]
    assert calls == [(k, 5) for k in range(1, 6)]
    first, again, other = (m.measure(snapshots, nulls=2, seed=s) for s in (1, 1, 2))
    assert np.array_equal(first.graph["small_world_sigma"], again.graph["small_world_sigma"])
    assert not np.array_equal(first.graph["small_world_sigma"], other.graph["small_world_sigma"])
    with pytest.raises(ConfigError, match="Unknown measure 'densty'; did you mean 'density'"):
        m.measure(snapshots, names=["densty"])
    with pytest.raises(DataError, match=r"as many units as `snapshots` has nodes \(9\), got 4"):
        m.measure(snapshots, recording=spikes(4, 200.0))


def test_import_of_measures_is_light():
    code = (
        "import sys, interplay.measures as m; m.MEASURES; "
        "print([x for x in ('numba', 'scipy', 'sklearn', 'networkx', 'torch', 'pandas') if x in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_public_names_are_functions_not_modules():
    for name in m.__all__:
        assert not isinstance(getattr(m, name), type(sys)), name
