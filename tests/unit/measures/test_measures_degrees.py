"""Density, degree, strength, reciprocity, balance; orientation, layers, absent nodes, edge rows and messages."""

import numpy as np
import pytest

from interplay import measures as m
from interplay._core.errors import ConfigError, DataError

ONE = np.zeros((3, 3))
ONE[0, 1] = 2.0


def test_one_edge_guards_the_orientation():
    assert m.strength_out(ONE, directed=True).tolist() == [2, 0, 0]
    assert m.strength_in(ONE, directed=True).tolist() == [0, 2, 0]
    assert m.degree(ONE, directed=True, direction="out").tolist() == [1, 0, 0]
    assert m.degree(ONE, directed=True, direction="in").tolist() == [0, 1, 0]
    assert m.degree(ONE, directed=True).tolist() == [1, 1, 0]
    assert m.density(ONE, directed=True) == pytest.approx(1 / 6)
    assert m.reciprocity(ONE) == 0.0


def test_degree_family_equals_loops():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(7, 7)) * (rng.random((7, 7)) < 0.5)
    for i in range(7):
        outgoing = [float(a[i, j]) for j in range(7) if j != i]
        incoming = [float(a[j, i]) for j in range(7) if j != i]
        assert m.strength_out(a, directed=True)[i] == pytest.approx(sum(w for w in outgoing if w > 0))
        assert m.strength_in(a, directed=True, layer="negative")[i] == pytest.approx(-sum(w for w in incoming if w < 0))
        assert m.strength_in(a, directed=True, layer="net")[i] == pytest.approx(sum(incoming))
        assert m.strength_out(a, directed=True, layer="absolute")[i] == pytest.approx(sum(map(abs, outgoing)))
        assert m.degree(a, directed=True)[i] == sum(w != 0 for w in outgoing + incoming)
    pairs = [(i, j) for i in range(7) for j in range(7) if i != j]
    positive = [p for p in pairs if a[p] > 0]
    assert m.density(a, directed=True, layer="positive") == len(positive) / 42
    assert m.reciprocity(a) == sum(a[j, i] > 0 for i, j in positive) / len(positive)
    shared = sum(min(a[i, j], max(a[j, i], 0)) for i, j in positive)
    assert m.reciprocity(a, weighted=True) == pytest.approx(shared / sum(a[p] for p in positive))
    total = sum(abs(a[p]) for p in pairs)
    assert m.ei_balance(a, directed=True) == pytest.approx(sum(a[p] for p in pairs) / total)


def test_balance_by_the_sign_of_units():
    a = np.array([[0, 3.0, 1.0], [-2.0, 0, 0], [5.0, 5.0, 0]])
    assert m.ei_balance(a, directed=True, sign=[1, -1, 0]) == pytest.approx((4 - 2) / 6)
    assert np.isnan(m.ei_balance(a, directed=True, sign=[0, 0, 0]))
    with pytest.raises(DataError, match=r"`sign` must hold -1, 0 or 1, got \[2\]"):
        m.ei_balance(a, directed=True, sign=[2, 2, 2])


def test_sign_flip_swaps_the_layers():
    rng = np.random.default_rng(1)
    a = rng.normal(size=(6, 6)) * (rng.random((6, 6)) < 0.6)
    for f in (m.density, m.degree, m.strength_in, m.strength_out, m.clustering, m.global_efficiency):
        assert np.array_equal(f(a, directed=True, layer="positive"), f(-a, directed=True, layer="negative"))
        assert np.array_equal(f(a, directed=True, layer="absolute"), f(-a, directed=True, layer="absolute"))
    assert m.ei_balance(a, directed=True) == -m.ei_balance(-a, directed=True)
    assert np.array_equal(m.strength_in(a, directed=True), m.strength_out(a.T, directed=True))


def test_absent_nodes_are_left_out_not_isolated():
    a = np.full((4, 4), np.nan)
    a[1:, 1:] = np.ones((3, 3))
    assert m.density(a, directed=False) == 1.0
    assert np.isnan(m.degree(a, directed=False)[0])
    assert m.degree(a, directed=False)[1:].tolist() == [2, 2, 2]
    assert np.array_equal(m.clustering(a, directed=False), [np.nan, 1, 1, 1], equal_nan=True)
    assert m.find_communities(a, directed=False).tolist() == [-1, 0, 0, 0]


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize(
    "a", [np.zeros((0, 0)), np.zeros((1, 1)), np.full((1, 1), np.nan), np.full((3, 3), np.nan)], ids=str
)
def test_undefined_is_nan_on_the_smallest_networks(a, directed):
    assert np.isnan(m.density(a, directed=directed))
    assert np.isnan(m.global_efficiency(a, directed=directed))
    assert np.isnan(m.ei_balance(a, directed=directed))
    assert np.isnan(m.reciprocity(a))
    labels = m.find_communities(a, directed=directed)
    assert np.isnan(m.modularity(a, labels, directed=directed))
    assert np.isnan(m.small_world(a, directed=directed).sigma)
    assert np.isnan(m.clustering(a, directed=directed)).all()
    assert np.isnan(m.participation(a, labels, directed=directed)).all()
    assert np.isnan(m.local_efficiency(a, directed=directed)).all()


def test_self_loops_count_nowhere():
    rng = np.random.default_rng(2)
    a = rng.random((6, 6)) * (rng.random((6, 6)) < 0.5)
    np.fill_diagonal(a, 0)
    b = a + np.diag(np.arange(1.0, 7.0))
    labels = np.array([0, 0, 0, 1, 1, 1])
    for f in (m.density, m.degree, m.strength_in, m.clustering, m.global_efficiency, m.local_efficiency, m.ei_balance):
        assert np.array_equal(f(a, directed=True), f(b, directed=True), equal_nan=True)
    assert m.modularity(a, labels, directed=True) == m.modularity(b, labels, directed=True)


def test_inputs_stay_as_they_were():
    a = np.eye(4) + 1.0
    before = a.copy()
    for f in (m.density, m.clustering, m.global_efficiency, m.find_communities, m.small_world):
        f(a, directed=False)
    assert np.array_equal(a, before)


def test_messages_of_the_matrix_measures():
    with pytest.raises(DataError, match=r"must be symmetric: among the present nodes \[0, 1\]=2.0 but \[1, 0\]=0.0"):
        m.density(ONE, directed=False)
    bad = ONE.copy()
    bad[0, 2] = np.nan
    with pytest.raises(DataError, match=r"`adjacency` must be finite: adjacency\[0, 2\]=nan"):
        m.density(bad, directed=True)
    with pytest.raises(DataError, match=r"`adjacency` must have shape \(N, N\), got \(2, 3\)"):
        m.density(np.zeros((2, 3)), directed=True)
    with pytest.raises(ConfigError, match="Unknown layer 'positives'; did you mean 'positive'"):
        m.clustering(ONE, directed=True, layer="positives")
    with pytest.raises(ConfigError, match="Unknown direction 'up'"):
        m.degree(ONE, directed=True, direction="up")
    with pytest.raises(ConfigError, match="Unknown direction 'both'"):
        m.participation(ONE, [0, 0, 0], directed=True, direction="both")
    with pytest.raises(ConfigError, match="Unknown weighing 'gomez'"):
        m.modularity(ONE, [0, 0, 0], directed=True, weighing="gomez")
    with pytest.raises(ConfigError, match="`restarts` must be >= 1, got 0"):
        m.find_communities(ONE, directed=True, restarts=0)
    with pytest.raises(ConfigError, match="`nulls` must be >= 1, got 0"):
        m.small_world(ONE, directed=True, nulls=0)
    with pytest.raises(ConfigError, match="Unknown measure 'clustring'; did you mean 'clustering'"):
        m.MEASURES["clustring"]
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        m.nothing  # noqa: B018
