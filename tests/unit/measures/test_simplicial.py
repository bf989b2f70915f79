"""Closure and forecasts against enumeration of all triples."""

import numpy as np
import pytest
from tests.oracles import simplices as oracle

from interplay._core.errors import ConfigError, DataError
from interplay.data import Simplices
from interplay.measures import TRIANGLE_SCORES, forecast_triangles, simplicial_closure
from interplay.ops import triangles as ops


def meetings(seed, n=9, m=40):
    rng = np.random.default_rng(seed)
    lists = [rng.choice(n, size=min(n, 1 + rng.poisson(1.2)), replace=False) for _ in range(m)]
    return Simplices.from_lists(lists, np.arange(m) // 2, n_nodes=n + 2, span=(0, m))


def sets(simplices):
    return [tuple(simplices.members(k).tolist()) for k in range(len(simplices))]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("block", [1, 1 << 21])
def test_closure_equals_enumeration(seed, block, monkeypatch):
    monkeypatch.setattr(ops, "BLOCK", block)
    simplices = meetings(seed, *((9, 40) if seed % 2 else (12, 16)))
    found = simplicial_closure(simplices, share=0.6)
    past, future = simplices.split(0.6)
    truth = oracle.closure(sets(past), sets(future))
    kinds = [tuple(t) for t in found.ties.tolist()]
    assert {k: (int(o), int(c)) for k, o, c in zip(kinds, found.open, found.closed, strict=True) if o} == truth
    assert found.cut_s == past.time[-1]
    assert (found.n_past, found.n_future) == (len(past), len(future))


@pytest.mark.parametrize("seed", range(4))
def test_scores_and_precision_equal_enumeration(seed):
    simplices = meetings(seed)
    past, future = (sets(part) for part in simplices.split(0.6))
    found = forecast_triangles(simplices, share=0.6)
    triples = oracle.open_triangles(past)
    assert [tuple(t) for t in found.triangles.tolist()] == triples
    closed = [oracle.held(future, t) for t in triples]
    assert found.closed.tolist() == closed
    truth = [oracle.scores(past, t, simplices.n_nodes) for t in triples]
    for name, score, precision in zip(found.names, found.score, found.average_precision, strict=True):
        if name in truth[0]:
            np.testing.assert_allclose(score, [t[name] for t in truth], rtol=1e-9)
        assert precision == pytest.approx(oracle.average_precision(closed, score.tolist()))
    assert found.relative == pytest.approx(found.average_precision / np.mean(closed))


def test_walk_scores_equal_matrix_inverses():
    simplices = meetings(3)
    found = forecast_triangles(simplices, share=0.6, scores=["katz", "page-rank"])
    graph = simplices.split(0.6)[0].graph()
    a = np.zeros((graph.n_nodes, graph.n_nodes))
    a[graph.src, graph.target] = 1
    eye = np.eye(len(a))
    beta = 0.25 / np.linalg.eigvalsh(a).max()
    for score, matrix in zip(
        found.score,
        (np.linalg.inv(eye - beta * a), 0.15 * np.linalg.inv(eye - 0.85 * a / np.maximum(a.sum(axis=0), 1))),
        strict=True,
    ):
        both = matrix + matrix.T
        i, j, k = found.triangles.T
        np.testing.assert_allclose(score, both[i, j] + both[i, k] + both[j, k], rtol=1e-6)


def test_equal_means_are_equal_floats():
    """Ties 1, 2, 4 and 2, 2, 2 have one geometric mean; 2, 3, 6 and 3, 3, 3 one harmonic mean."""
    pairs = [(0, 1)] + [(0, 2)] * 2 + [(1, 2)] * 4 + [(3, 4), (3, 5), (4, 5)] * 2
    pairs += [(6, 7)] * 2 + [(6, 8)] * 3 + [(7, 8)] * 6 + [(9, 10), (9, 11), (10, 11)] * 3
    met = Simplices.from_lists([*pairs, (0, 12)], [*([0.0] * len(pairs)), 1.0], n_nodes=13, span=(0, 2))
    geometric, harmonic = forecast_triangles(met, share=0.9, scores=["geometric", "harmonic"]).score
    assert geometric[0] == geometric[1] == 2
    assert harmonic[2] == harmonic[3] == 3


def test_nothing_to_foretell():
    lonely = Simplices.from_lists([[0], [1]], [0, 1], n_nodes=2, span=(0, 2))
    found = forecast_triangles(lonely, share=0.5)
    assert found.triangles.shape == (0, 3)
    assert np.isnan(found.chance)
    assert np.isnan(found.relative).all()
    assert simplicial_closure(lonely).open.sum() == 0
    assert np.isnan(simplicial_closure(lonely).probability).all()
    late = Simplices.from_lists([[0, 1], [0, 2], [1, 2]], [1, 1, 1], n_nodes=3, span=(0, 2))
    still = simplicial_closure(late)
    assert still.closed.sum() == 0
    assert still.notes == ("nothing came after the cut: no triple could close",)
    assert forecast_triangles(late).relative.tolist() == pytest.approx([np.nan] * len(TRIANGLE_SCORES), nan_ok=True)


def test_triples_with_newcomers_are_no_closures():
    met = Simplices.from_lists([[0, 1], [0, 2], [1, 2], [0, 1, 3], [0, 1, 2]], range(5), n_nodes=4, span=(0, 5))
    found = simplicial_closure(met, share=0.5)
    assert found.open.tolist() == [0] * 6 + [1, 0, 0, 0]
    assert found.closed.tolist() == [0] * 6 + [1, 0, 0, 0]


def test_intervals_hold_the_share():
    found = simplicial_closure(meetings(1), share=0.6)
    known = found.open > 0
    low, high = found.interval[known].T
    assert (low <= found.probability[known]).all()
    assert (found.probability[known] <= high).all()
    assert (low >= 0).all()
    assert (high <= 1).all()
    assert found.edges.tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 3, 3]


def test_wrong_settings():
    simplices = meetings(0)
    with pytest.raises(ConfigError, match="Unknown triangle score 'harmony'; did you mean 'harmonic'"):
        forecast_triangles(simplices, scores=["harmony"])
    with pytest.raises(ConfigError, match="at least one score"):
        forecast_triangles(simplices, scores=[])
    with pytest.raises(ConfigError, match="`share`"):
        simplicial_closure(simplices, share=0)
    with pytest.raises(DataError, match="at most 2097152 nodes"):
        simplicial_closure(Simplices.from_lists([[0]], [0], n_nodes=1 << 22, span=(0, 1)))
