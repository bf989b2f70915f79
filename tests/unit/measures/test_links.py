"""Link prediction against loops over pairs; what may and may not change the figures."""

import numpy as np
import pytest
from tests.oracles import links as oracle

from interplay import Snapshots, measures
from interplay._core.errors import ConfigError, DataError
from interplay.measures import links


def networks(seed=0, *, size=5, n=7, directed=False, gaps=True, density=0.4):
    rng = np.random.default_rng(seed)
    w = np.round(rng.normal(size=(size, n, n)), 1) * (rng.random((size, n, n)) < density)
    if not directed:
        w = np.triu(w) + np.triu(w, 1).transpose(0, 2, 1)
    present = np.ones((size, n), bool)
    if gaps:
        present[1, 2] = present[3, 0] = False
    start = np.arange(size, dtype=float)
    keep = w != 0  # self-loops stay: they must not count
    bounds = np.column_stack([start, start + 1])
    return Snapshots.from_dense(w, bounds, directed=directed, present=present, keep=keep)


def table(found):
    columns = (
        found.auc,
        found.average_precision,
        found.new_auc,
        found.new_average_precision,
        found.n_pairs,
        found.n_edges,
        found.n_new_pairs,
        found.n_new_edges,
        found.n_unseen_pairs,
    )
    return np.column_stack(columns)


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("horizon", [1, 2])
def test_baselines_and_figures_equal_loops(directed, horizon):
    snapshots = networks(3, directed=directed)
    for name in links.LINK_BASELINES:
        expected = oracle.evaluate(
            snapshots, lambda k, i, j, name=name: oracle.score(name, snapshots, k, i, j), horizon
        )
        assert table(links.evaluate_links(snapshots, name, horizon=horizon)) == pytest.approx(
            np.array(expected), nan_ok=True
        )


def test_areas_equal_loops_with_ties():
    rng = np.random.default_rng(1)
    for _ in range(10):
        truth, score = rng.random(14) < 0.4, rng.integers(0, 5, 14)
        assert links.auc(truth, score) == pytest.approx(oracle.area(truth, score), nan_ok=True)
        assert links.average_precision(truth, score) == pytest.approx(oracle.precision(truth, score), nan_ok=True)


def test_inner_product_scores_by_the_last_known_window(monkeypatch):
    monkeypatch.setattr(links, "_CHUNK", 5)
    snapshots, z = networks(4), np.random.default_rng(0).normal(size=(5, 7, 3))
    expected = oracle.evaluate(snapshots, lambda k, i, j: float(z[k - 1, i] @ z[k - 1, j]), 1)
    found = links.evaluate_links(snapshots, links.inner_product(z))
    assert table(found) == pytest.approx(np.array(expected), nan_ok=True)
    assert found.means()["auc"] == pytest.approx(np.nanmean(np.array(expected)[:, 0]))


def test_a_true_past_is_found():
    w = networks(5, gaps=False).dense()
    still = Snapshots.from_dense(w[[0, 0, 0, 0]], networks(5).bounds[:4], directed=False)
    found = links.evaluate_links(still, "persistence")
    assert found.auc[1:] == pytest.approx(1)
    assert found.average_precision[1:] == pytest.approx(1)
    assert np.isnan(found.new_auc).all()
    assert (found.n_new_edges == 0).all()
    assert measures.evaluate_links(networks(5), "persistence").new_auc[1:] == pytest.approx(0.5)


def test_a_pair_that_could_not_be_measured_is_not_new():
    """The edge 2-3 is always there; node 2 is absent in window 1, where a missing edge therefore says nothing."""
    w = np.zeros((3, 5, 5))
    w[:, 2, 3] = w[:, 3, 2] = 1.0
    w[2, 0, 1] = w[2, 1, 0] = 1.0
    w[1, 2], w[1, :, 2] = 0.0, 0.0
    present = np.ones((3, 5), bool)
    present[1, 2] = False
    snapshots = Snapshots.from_dense(w, [[0, 1], [1, 2], [2, 3]], directed=False, present=present)
    found = links.evaluate_links(snapshots, "frequency")
    assert (found.n_pairs[2], found.n_edges[2]) == (10, 2)
    assert (found.n_new_pairs[2], found.n_new_edges[2]) == (6, 1)
    assert found.n_unseen_pairs.tolist() == [0, 0, 4]
    assert found.new_auc[2] == pytest.approx(0.5)  # frequency knows nothing of the one link that is new
    assert found.notes == (
        "4 pairs in 1 windows had an absent node in the last known window, so they are not counted as new.",
    )


def test_the_future_is_never_read():
    snapshots = networks(6)
    changed = Snapshots.from_dense(
        np.concatenate([snapshots.dense()[:3], networks(7, gaps=False).dense()[3:]]),
        snapshots.bounds,
        directed=False,
        present=np.concatenate([snapshots.present[:3], np.ones((2, 7), bool)]),
    )
    src, dst = np.triu_indices(7, 1)
    for score in links.LINK_BASELINES.values():
        assert np.array_equal(score(snapshots, 3, src, dst), score(changed, 3, src, dst))


@pytest.mark.parametrize("directed", [False, True])
def test_numbering_of_nodes_and_units_of_the_score_do_not_matter(directed):
    snapshots = networks(8, directed=directed)
    order = np.random.default_rng(0).permutation(7)
    moved = snapshots.select(order)
    for name, score in links.LINK_BASELINES.items():
        here = links.evaluate_links(snapshots, name)
        assert table(links.evaluate_links(moved, name)) == pytest.approx(table(here), nan_ok=True)
        stretched = links.evaluate_links(snapshots, lambda k, a, b, f=score: np.exp(f(snapshots, k, a, b)) - 7)
        assert table(stretched) == pytest.approx(table(here), nan_ok=True)
    z = np.random.default_rng(1).normal(size=(5, 7, 2))
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(2, 2)))[0]
    one = links.evaluate_links(snapshots, links.inner_product(z))
    assert table(links.evaluate_links(snapshots, links.inner_product(z @ turn))) == pytest.approx(
        table(one), nan_ok=True
    )


def test_pairs_have_no_order_unless_directed():
    snapshots = networks(9)
    src, dst = np.triu_indices(7, 1)
    for score in links.LINK_BASELINES.values():
        assert np.array_equal(score(snapshots, 4, src, dst), score(snapshots, 4, dst, src))


def test_undefined_cases():
    empty = Snapshots.from_dense(np.zeros((3, 4, 4)), [[0, 1], [1, 2], [2, 3]], directed=False)
    found = links.evaluate_links(empty, "frequency")
    assert np.isnan(found.auc).all()
    assert np.isnan(found.average_precision).all()
    assert found.n_pairs.tolist() == [0, 6, 6]
    full = Snapshots.from_dense(np.ones((2, 3, 3)), [[0, 1], [1, 2]], directed=True)
    found = links.evaluate_links(full, "common neighbours")
    assert np.isnan(found.auc[1])
    assert found.average_precision[1] == 1
    assert np.isnan(found.means()["new_auc"])
    for n in (0, 1):
        for directed in (False, True):
            tiny = Snapshots.from_dense(np.zeros((2, n, n)), [[0, 1], [1, 2]], directed=directed)
            assert links.evaluate_links(tiny, "preferential attachment").n_pairs.tolist() == [0, 0]
    single = links.evaluate_links(full.take([0]), "persistence")
    assert np.isnan(single.auc).all()
    assert "nothing could be told" in single.notes[0]
    absent = networks(0, size=2, gaps=False)
    absent = Snapshots.from_dense(
        absent.dense(), absent.bounds, directed=False, present=np.array([[False] * 7, [True] * 7])
    )
    assert (links.frequency(absent, 1, [0], [1]) == 0).all()


def test_overlapping_windows_are_said():
    snapshots = networks(0, gaps=False)
    assert links.evaluate_links(snapshots, "persistence").notes == ()
    wide = Snapshots.from_dense(snapshots.dense(), snapshots.bounds + np.array([0, 0.5]), directed=False)
    assert links.evaluate_links(wide, "persistence").notes == ("4 of 4 windows overlap windows they are told from.",)
    assert links.evaluate_links(wide, "persistence", horizon=2).notes == ()


def test_errors():
    snapshots = networks(0)
    with pytest.raises(ConfigError, match="did you mean"):
        links.evaluate_links(snapshots, "persistences")
    with pytest.raises(ConfigError, match="`horizon` must be >= 1"):
        links.evaluate_links(snapshots, "persistence", horizon=0)
    with pytest.raises(DataError, match="`score` must have shape"):
        links.evaluate_links(snapshots, lambda k, a, b: np.zeros(3))
    with pytest.raises(DataError, match="`score` must be finite"):
        links.evaluate_links(snapshots, lambda k, a, b: np.full(len(a), np.nan))
    with pytest.raises(DataError, match="must reach to window 3"):
        links.evaluate_links(snapshots, links.inner_product(np.zeros((3, 7, 2))))
    with pytest.raises(ConfigError, match="`known` must be >= 1"):
        links.persistence(snapshots, 0, [0], [1])
    with pytest.raises(DataError, match="`dst` must lie in"):
        links.frequency(snapshots, 1, [0], [7])
