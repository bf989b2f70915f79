"""Stability, recurrence and labels over time."""

import numpy as np
import pytest

from interplay import Snapshots
from interplay import measures as m
from interplay._core.errors import ConfigError
from interplay.measures import edge_vectors


def stack(weights, present=None, directed=False):
    weights = np.asarray(weights, dtype=float)
    bounds = np.arange(len(weights))[:, None] * 10.0 + np.array([0.0, 10.0])
    return Snapshots.from_dense(weights, bounds, directed=directed, present=present)


def random_stack(seed, size, n, directed, gaps=True):
    rng = np.random.default_rng(seed)
    w = rng.normal(0.2, 1, (size, n, n)) * (rng.random((size, n, n)) < 0.6)
    if not directed:
        w = np.triu(w, 1)
        w = w + w.transpose(0, 2, 1)
    present = rng.random((size, n)) < 0.8 if gaps else None
    return stack(w, present, directed)


def vectors(snapshots, s, t):
    """Edge weights of two windows over the pairs measured in both, by loops."""
    n = snapshots.n_nodes
    a, b = snapshots.matrix(s), snapshots.matrix(t)
    seen = snapshots.present[s] & snapshots.present[t]
    pairs = [(i, j) for i in range(n) for j in range(n) if (i != j if snapshots.directed else i < j)]
    pairs = [p for p in pairs if seen[p[0]] and seen[p[1]]]
    return np.array([a[p] for p in pairs]), np.array([b[p] for p in pairs])


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("gaps", [False, True])
def test_recurrence_and_stability_equal_their_definitions(directed, gaps, monkeypatch):
    snapshots = random_stack(1, 6, 14, directed, gaps)
    table = m.recurrence(snapshots)
    cosine = m.recurrence(snapshots, similarity="cosine")
    for s in range(6):
        for t in range(6):
            x, y = vectors(snapshots, s, t)
            assert table[s, t] == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-12)
            assert cosine[s, t] == pytest.approx(x @ y / np.sqrt((x @ x) * (y @ y)), abs=1e-12)
    assert m.edge_correlation(snapshots) == pytest.approx(np.diag(table, 1), abs=1e-12)
    monkeypatch.setattr(edge_vectors, "_BLOCK", 100)
    assert m.recurrence(snapshots) == pytest.approx(table, abs=1e-13)


def test_jaccard_equals_sets_and_sees_signs():
    snapshots = random_stack(2, 5, 8, True)
    for signed in (True, False):
        ours = m.edge_jaccard(snapshots, signed=signed)
        for s in range(4):
            sets = []
            for t in (s, s + 1):
                a = snapshots.matrix(t)
                seen = snapshots.present[s] & snapshots.present[s + 1]
                edges = [(i, j) for i in range(8) for j in range(8) if i != j and a[i, j] != 0 and seen[i] and seen[j]]
                sets.append({(*e, np.sign(a[e]) if signed else 0) for e in edges})
            assert ours[s] == pytest.approx(len(sets[0] & sets[1]) / len(sets[0] | sets[1]))
    flip = np.array([[[0, 1.0], [1.0, 0]], [[0, -1.0], [-1.0, 0]]])
    assert m.edge_jaccard(stack(flip)).tolist() == [0.0]
    assert m.edge_jaccard(stack(flip), signed=False).tolist() == [1.0]
    assert np.isnan(m.edge_jaccard(stack(np.zeros((2, 3, 3))))).all()


def test_recurrence_keeps_its_digits_on_shifted_weights():
    base = random_stack(3, 4, 7, False, gaps=False)
    full = base.dense() + 1e6 * (1 - np.eye(7))
    assert m.recurrence(stack(full)) == pytest.approx(m.recurrence(base), abs=1e-8)


def test_few_edges_keep_their_digits_where_two_windows_share_few_nodes(monkeypatch):
    # Sparse as a whole, but the four nodes present in both windows hold all pairs, on a high level.
    rng = np.random.default_rng(6)
    w = np.zeros((2, 12, 12))
    w[:, :4, :4] = 1e6 + rng.normal(size=(2, 4, 4))
    w[:, np.arange(12), np.arange(12)] = 0
    present = np.ones((2, 12), bool)
    present[1, 4:] = False
    snapshots = stack(w, present, directed=True)
    monkeypatch.setattr(edge_vectors, "_BLOCK", 0)
    assert len(snapshots.src) <= 0.25 * (12 * 11 + 4 * 3)
    x, y = vectors(snapshots, 0, 1)
    assert m.recurrence(snapshots)[0, 1] == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-8)
    assert m.edge_correlation(snapshots)[0] == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-8)


def test_recurrence_is_undefined_where_nothing_varies():
    w = np.zeros((3, 4, 4))
    w[0, 0, 1] = w[0, 1, 0] = 1
    w[2] = 0.3 - 0.3 * np.eye(4)
    table = m.recurrence(stack(w))
    assert table[0, 0] == 1
    assert np.isnan(table[1]).all()
    assert np.isnan(table[2]).all()
    assert m.recurrence(stack(w), similarity="cosine")[2, 2] == 1
    with pytest.raises(ConfigError, match="Unknown similarity 'cosin'; did you mean 'cosine'"):
        m.recurrence(stack(w), similarity="cosin")


def test_recurrence_is_undefined_where_the_edges_of_a_window_touch_nobody_shared():
    w = np.zeros((2, 7, 7))
    w[0, 1, 5] = w[0, 5, 1] = -1.76315332
    w[1, 3, 4] = w[1, 4, 3] = 2.14718744
    present = np.ones((2, 7), bool)
    present[1, :3] = False
    assert np.isnan(m.recurrence(stack(w, present))[0, 1])
    assert np.isnan(m.edge_correlation(stack(w, present))).all()


@pytest.mark.parametrize("size", [0, 1])
def test_one_window_has_no_neighbour(size):
    snapshots = Snapshots.from_dense(np.zeros((size, 3, 3)), np.tile([0.0, 1.0], (size, 1)), directed=False)
    assert m.edge_correlation(snapshots).shape == m.edge_jaccard(snapshots).shape == (0,)
    assert m.recurrence(snapshots).shape == (size, size)
    labels = np.zeros((size, 3), dtype=int)
    assert m.match_communities(labels).shape == (size, 3)
    assert m.community_stability(labels).shape == (0,)


def test_communities_keep_their_labels():
    labels = [[0, 0, 0, 1, 1, 1], [1, 1, 1, 0, 0, 0], [5, 5, 2, 9, 9, 2], [0, -1, 0, -1, 1, -1], [0, 0, 0, 1, 1, 1]]
    found = m.match_communities(labels)
    assert found[0].tolist() == [0, 0, 0, 1, 1, 1]
    assert found[1].tolist() == [0, 0, 0, 1, 1, 1]
    assert found[2].tolist() == [0, 0, 2, 1, 1, 2]
    assert found[3].tolist()[1] == -1
    assert found[4, 0] == 0
    assert found[4, 3] == 1
    assert m.community_stability(labels)[0] == pytest.approx(1.0)


def test_matching_maximises_shared_members_by_enumeration():
    import itertools

    rng = np.random.default_rng(0)
    for _ in range(8):
        labels = rng.integers(0, 4, (2, 12))
        found = m.match_communities(labels)
        for row, given in zip(found, labels, strict=True):
            assert m.adjusted_rand(row, given) == 1.0
        kept = (found[0] == found[1]).sum()
        old, new = np.unique(found[0]), np.unique(labels[1])
        names = [*old.tolist(), *range(100, 100 + len(new))]
        best = max(
            sum((found[0] == name)[labels[1] == group].sum() for group, name in zip(new, chosen, strict=True))
            for chosen in itertools.permutations(names, len(new))
        )
        assert kept == best


def test_later_windows_never_change_earlier_labels():
    labels = np.random.default_rng(5).integers(-1, 4, (8, 10))
    whole = m.match_communities(labels)
    for s in range(1, 8):
        assert np.array_equal(m.match_communities(labels[:s]), whole[:s])


def test_a_community_of_strangers_gets_a_new_label_and_absence_is_bridged():
    # Nodes 0-3 are gone when 4-7 come: nothing is shared, so nothing is taken over.
    assert m.match_communities([[0, 0, 1, 1, -1, -1], [-1, -1, -1, -1, 0, 0]])[1].tolist() == [-1] * 4 + [2, 2]
    # All members of label 1 are away for one window and come back to their old label.
    away = m.match_communities([[0, 0, 1, 1], [0, 0, -1, -1], [5, 5, 4, 4]])
    assert away.tolist() == [[0, 0, 1, 1], [0, 0, -1, -1], [0, 0, 1, 1]]
