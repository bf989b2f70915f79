"""Which network a model is given: undirected, with something to learn in its windows, and every change said."""

import numpy as np
import pytest

from interplay._core.errors import DataError
from interplay.data import Snapshots
from interplay.infer.results import NetworkResult
from interplay.job.embeddable import best_connected, embeddable, has_both


def network(dense, *, directed=False, present=None):
    w = np.asarray(dense, dtype=float)
    bounds = np.column_stack([np.arange(len(w)), np.arange(len(w)) + 1.0])
    return Snapshots.from_dense(w, bounds, directed=directed, present=present)


def random_network(n_windows=4, n=6, seed=0):
    w = np.random.default_rng(seed).uniform(0.1, 1, size=(n_windows, n, n))
    return np.triu(w, 1) + np.triu(w, 1).transpose(0, 2, 1)


def every_pair(w):
    return NetworkResult(config=None, made_from="x", snapshots=network(w), method="toy", quantity="weight")


def chain(n_windows=4, n=4):
    w = np.zeros((n_windows, n, n))
    w[:, 0, 1] = w[:, 1, 0] = w[:, 1, 2] = w[:, 2, 1] = 1
    return w


def test_a_network_that_can_be_learnt_from_stays_as_it_is():
    given = network(chain())
    found = embeddable(given, edges="edges")
    assert found.snapshots is given
    assert found.learnable.all()
    assert found.notes == ()
    assert found.nodes.tolist() == [0, 1, 2, 3]


def test_empty_and_full_windows_teach_nothing():
    w = chain(5)
    w[1], w[3] = 0, 1 - np.eye(4)
    assert has_both(network(w)).tolist() == [True, False, True, False, True]
    found = embeddable(network(w), edges="edges")
    assert found.learnable.tolist() == [True, False, True, False, True]
    assert "a pair that has none: 2 of 5. They" in found.notes[0]


def test_a_window_is_full_by_its_present_nodes():
    w = np.zeros((1, 4, 4))
    w[0, 0, 1] = w[0, 1, 0] = 1
    assert not has_both(network(w, present=[[True, True, False, False]]))[0]
    assert has_both(network(w, present=[[True, True, True, False]]))[0]


def test_the_strongest_pairs_take_the_place_of_a_threshold_that_leaves_windows_empty():
    every = random_network()
    w = np.zeros_like(every)
    w[0] = chain(1, 6)[0]
    found = embeddable(network(w), edges="significant edges", every=every_pair(every), density=0.4)
    assert found.learnable.all()
    assert np.diff(found.snapshots.pointer).tolist() == [6, 6, 6, 6]
    assert found.edges == "the strongest 40% of the pairs of each window"
    assert "significant edges leave 3 of 4 windows" in found.notes[0]


def test_they_do_not_where_they_help_nothing():
    w = chain(4)
    w[3] = 0
    same = every_pair(w)
    found = embeddable(network(w), edges="edges", every=same, density=0.01)
    assert found.edges == "edges"
    assert found.learnable.sum() == 3


def test_directions_and_loops_are_given_up_with_a_note():
    w = np.zeros((3, 4, 4))
    w[:, 2, 0], w[:, 0, 1], w[:, 3, 3] = 1.0, 2.0, 5.0
    given = Snapshots.from_dense(w, np.column_stack([np.arange(3), np.arange(3) + 1.0]), directed=True, keep=w != 0)
    found = embeddable(given, edges="events")
    assert not found.snapshots.directed
    assert list(zip(found.snapshots.src[:2].tolist(), found.snapshots.dst[:2].tolist(), strict=True)) == [
        (0, 1),
        (0, 2),
    ]
    assert "no directions" in found.notes[0]


def test_only_the_best_connected_nodes_stay_where_fewer_are_asked_for():
    given = network(chain(4, 6))
    assert best_connected(given, 3).tolist() == [0, 1, 2]
    found = embeddable(given, edges="edges", most_nodes=4)
    assert found.snapshots.n_nodes == 4
    assert found.nodes.tolist() == [0, 1, 2, 3]
    assert "the 4 of 6 nodes with the most edges" in found.notes[0]


@pytest.mark.parametrize("case", ["two nodes", "two windows", "nothing"])
def test_what_is_too_small_is_refused(case):
    w = {"two nodes": np.zeros((5, 2, 2)), "two windows": chain(2), "nothing": np.zeros((5, 4, 4))}[case]
    with pytest.raises(DataError, match="at least 3 nodes, and 3 windows"):
        embeddable(network(w), edges="edges")


def test_what_comes_after_the_training_has_no_say_in_the_nodes():
    w = np.zeros((6, 6, 6))
    w[:4, 0, 1] = w[:4, 1, 2] = 1
    w[3, 2, 3] = 1
    later = w.copy()
    later[4:, :, 4:] = 9
    given = [network(x + x.transpose(0, 2, 1)) for x in (w, later)]
    found = [embeddable(g, edges="edges", most_nodes=4, until_s=4.0) for g in given]
    assert [f.nodes.tolist() for f in found] == [[0, 1, 2, 3]] * 2
    assert "in the 4 windows that end by 4 s" in found[1].notes[0]
    assert "over all windows" in embeddable(given[1], edges="edges", most_nodes=4, until_s=1.0).notes[0]  # no past


def test_what_comes_after_the_training_has_no_say_in_the_edges():
    every = random_network(5)
    w = chain(5, 6)
    w[4] = 0
    found = embeddable(network(w), edges="significant edges", every=every_pair(every), density=0.4, until_s=4.0)
    assert found.edges == "significant edges"
    assert found.learnable.tolist() == [True] * 4 + [False]
    w[1] = 0
    found = embeddable(network(w), edges="significant edges", every=every_pair(every), density=0.4, until_s=4.0)
    assert found.learnable.all()
    assert "leave 1 of the 4 windows that end by 4 s (the later ones have no say)" in found.notes[0]
    w[:4] = 0
    found = embeddable(network(w), edges="significant edges", every=every_pair(every), density=0.4, until_s=1.0)
    assert "leave 5 of 5 windows" in found.notes[0]
