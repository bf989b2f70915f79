"""The same definitions in networkx and scikit-learn. Where they give 0 for the undefined and we NaN, 0 is put in."""

import numpy as np
import pytest

from interplay import measures as m

nx = pytest.importorskip("networkx", reason="networkx is not installed")
pytestmark = pytest.mark.peer


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("directed", [False, True])
def test_networkx_agrees(seed, directed):
    rng = np.random.default_rng(seed)
    a = rng.random((14, 14)) * (rng.random((14, 14)) < 0.35)
    if not directed:
        a = np.triu(a, 1)
        a = a + a.T
    np.fill_diagonal(a, 0)
    graph = nx.from_numpy_array(a, create_using=nx.DiGraph if directed else nx.Graph)
    for weight in (None, "weight"):
        theirs = list(nx.clustering(graph, weight=weight).values())
        ours = np.nan_to_num(m.clustering(a, directed=directed, weighted=weight is not None))
        assert ours == pytest.approx(theirs, abs=1e-12)
    labels = rng.integers(0, 3, 14)
    groups = [set(np.flatnonzero(labels == k).tolist()) for k in range(3)]
    assert m.modularity(a, labels, directed=directed) == pytest.approx(
        nx.community.modularity(graph, groups), abs=1e-12
    )
    if directed:
        assert m.reciprocity(a) == pytest.approx(nx.overall_reciprocity(graph))
    else:
        assert m.global_efficiency(a, directed=False, weighted=False) == pytest.approx(nx.global_efficiency(graph))
        local = np.nan_to_num(m.local_efficiency(a, directed=False)).mean()
        assert local == pytest.approx(nx.local_efficiency(graph))
        found = m.modularity(a, m.find_communities(a, directed=False), directed=False)
        theirs = nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=0))
        assert found >= theirs - 1e-12


@pytest.mark.parametrize("seed", range(5))
def test_scikit_learn_agrees(seed):
    metrics = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 4, 60), rng.integers(0, 5, 60)
    b[:30] = a[:30]
    assert m.adjusted_rand(a, b) == pytest.approx(metrics.adjusted_rand_score(a, b), abs=1e-12)
    assert m.adjusted_mutual_information(a, b) == pytest.approx(metrics.adjusted_mutual_info_score(a, b), abs=1e-10)
    truth, score = rng.random(80) < 0.3, rng.integers(0, 12, 80) / 4
    assert m.roc_auc(truth, score) == pytest.approx(metrics.roc_auc_score(truth, score), abs=1e-12)
    assert m.average_precision(truth, score) == pytest.approx(metrics.average_precision_score(truth, score), abs=1e-12)


def test_scipy_agrees_on_rank_correlation():
    stats = pytest.importorskip("scipy.stats", reason="scipy is not installed")
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 6, 40).astype(float), rng.normal(size=40)
    assert m.rank_correlation(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    assert m.average_ranks(x) == pytest.approx(stats.rankdata(x))
