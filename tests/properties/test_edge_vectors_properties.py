"""Sums over stored edges equal sums over all pairs, whoever is absent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interplay import Snapshots
from interplay import measures as m
from interplay.measures import edge_vectors


@st.composite
def windows(draw):
    """Networks of any density and level of weights, with absent nodes, self-loops and edges of weight zero."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size, n = draw(st.integers(0, 5)), draw(st.integers(0, 9))
    directed, level = draw(st.booleans()), draw(st.sampled_from([0.0, 0.5, 30.0]))
    keep = rng.random((size, n, n)) < draw(st.sampled_from([0.05, 0.3, 0.7, 1.0]))
    w = level + rng.normal(size=(size, n, n)) * (rng.random((size, n, n)) < 0.9)
    if not directed:
        w, keep = np.triu(w), np.triu(keep)
        w, keep = w + np.triu(w, 1).transpose(0, 2, 1), keep | keep.transpose(0, 2, 1)
    present = rng.random((size, n)) < draw(st.sampled_from([0.4, 0.8, 1.0]))
    bounds = np.arange(size)[:, None] + np.array([0.0, 1.0])
    return Snapshots.from_dense(w, bounds, directed=directed, present=present, keep=keep)


@settings(max_examples=100, deadline=None)
@given(windows(), st.booleans())
def test_products_over_edges_equal_products_over_pairs(snapshots, centred):
    edges = edge_vectors.products_over_edges(snapshots, centred=centred)
    pairs = edge_vectors.products_over_pairs(snapshots, centred=centred)
    assert edges.cross == pytest.approx(pairs.cross, abs=1e-9)
    assert edges.square == pytest.approx(pairs.square, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(windows())
def test_correlations_of_few_edges_equal_those_of_all_pairs(snapshots):
    tables = []
    for chosen in (edge_vectors.products_over_edges, edge_vectors.products_over_pairs):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("interplay.measures.over_time.edge_products", chosen)
            tables.append([m.recurrence(snapshots, similarity=how) for how in ("correlation", "cosine")])
    assert tables[0][0] == pytest.approx(tables[1][0], abs=1e-10, nan_ok=True)
    assert tables[0][1] == pytest.approx(tables[1][1], abs=1e-10, nan_ok=True)
    assert m.edge_correlation(snapshots) == pytest.approx(np.diag(tables[1][0], 1), abs=1e-10, nan_ok=True)
