"""What must hold for every network: ranges, relabelling, transposition, sign flips, scale."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from interplay import measures as m

WEIGHTS = st.sampled_from([0.0, 0.0, 0.0, 1.0, 0.5, -0.25, -2.0, 3.0])


@st.composite
def networks(draw):
    n = draw(st.integers(0, 9))
    a = draw(arrays(float, (n, n), elements=WEIGHTS))
    directed = draw(st.booleans())
    np.fill_diagonal(a, 0)
    if not directed:
        a = np.triu(a)
        a = a + a.T
    return a, directed


def inside(values, low, high):
    values = np.atleast_1d(values)
    known = values[~np.isnan(values)]
    return ((known >= low - 1e-12) & (known <= high + 1e-12)).all()


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(0, 5))
def test_measures_stay_in_their_ranges(network, seed):
    a, directed = network
    labels = m.find_communities(a, directed=directed, seed=seed)
    for layer in ("positive", "negative", "absolute"):
        assert inside(m.density(a, directed=directed, layer=layer), 0, 1)
        assert inside(m.clustering(a, directed=directed, layer=layer), 0, 1)
        assert inside(m.clustering(a, directed=directed, layer=layer, weighted=True), 0, 1)
        assert inside(m.global_efficiency(a, directed=directed, layer=layer, weighted=False), 0, 1)
        assert inside(m.local_efficiency(a, directed=directed, layer=layer), 0, 1)
        assert inside(m.reciprocity(a, layer=layer), 0, 1)
        assert inside(m.participation(a, labels, directed=directed, layer=layer), 0, 1)
    assert inside(m.ei_balance(a, directed=directed), -1, 1)
    assert inside(m.modularity(a, labels, directed=directed), -2, 2)
    alone = m.modularity(a, np.arange(len(a)), directed=directed)
    assert not m.modularity(a, labels, directed=directed) < alone - 1e-12


@settings(max_examples=25, deadline=None)
@given(networks(), st.randoms(use_true_random=False))
def test_measures_follow_relabelling_and_transposition(network, random):
    a, directed = network
    order = list(range(len(a)))
    random.shuffle(order)
    b = a[np.ix_(order, order)]
    near = {"abs": 1e-12, "nan_ok": True}
    for f in (m.degree, m.strength_in, m.strength_out, m.clustering, m.local_efficiency):
        assert f(b, directed=directed) == pytest.approx(f(a, directed=directed)[order], **near)
    for f in (m.density, m.global_efficiency, m.ei_balance):
        assert f(b, directed=directed) == pytest.approx(f(a, directed=directed), **near)
        assert f(a.T, directed=directed) == pytest.approx(f(a, directed=directed), **near)
    assert m.strength_in(a.T, directed=directed) == pytest.approx(m.strength_out(a, directed=directed), **near)
    assert m.clustering(a.T, directed=directed) == pytest.approx(m.clustering(a, directed=directed), **near)


@settings(max_examples=40, deadline=None)
@given(networks())
def test_undirected_measures_equal_directed_ones_on_symmetric_networks(network):
    a, _ = network
    a = a + a.T
    near = {"abs": 1e-12, "nan_ok": True}
    for f in (m.density, m.clustering, m.global_efficiency, m.local_efficiency, m.strength_out, m.ei_balance):
        assert f(a, directed=True) == pytest.approx(f(a, directed=False), **near)
    labels = np.arange(len(a)) % 3
    assert m.modularity(a, labels, directed=True) == pytest.approx(m.modularity(a, labels, directed=False), **near)


@settings(max_examples=40, deadline=None)
@given(networks(), st.integers(0, 3))
def test_rewiring_keeps_degrees_whatever_comes(network, seed):
    a, directed = network
    links = (a > 0).astype(float)
    for target in ("random", "lattice"):
        b = m.rewired(a, directed=directed, target=target, seed=seed)
        assert np.array_equal(links.sum(axis=0), b.sum(axis=0))
        assert np.array_equal(links.sum(axis=1), b.sum(axis=1))


@settings(max_examples=40, deadline=None)
@given(arrays(np.int64, st.tuples(st.just(2), st.integers(0, 12)), elements=st.integers(-1, 4)))
def test_agreement_is_symmetric_and_blind_to_names(labels):
    a, b = labels
    renamed = np.where(b < 0, -1, (b * 3 + 1) % 7)
    for f in (m.adjusted_rand, m.adjusted_mutual_information):
        assert f(a, b) == pytest.approx(f(b, a), abs=1e-12, nan_ok=True)
        assert f(a, b) == pytest.approx(f(a, renamed), abs=1e-12, nan_ok=True)
        assert not f(a, b) > 1 + 1e-12
        assert np.isnan(f(a, a)) or f(a, a) == pytest.approx(1.0)
