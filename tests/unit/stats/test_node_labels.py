import numpy as np
import pytest
from tests.oracles import graph_tasks

from interplay._core.errors import ConfigError, DataError, InterplayWarning
from interplay.data import Groups
from interplay.stats import group_leakage, split_nodes, tell_labels
from interplay.stats.node_labels import logistic_fit


def clouds(n=60, apart=3.0, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    return rng.normal(size=(n, 4)) + apart * np.eye(3, 4)[labels], labels


def test_a_split_takes_every_node_once_and_is_the_same_again():
    labels = np.zeros(21, int)
    train, test = split_nodes(labels, 0.4, 3, 1)
    assert len(train) == 8
    assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(21))
    again = split_nodes(labels, 0.4, 3, 1)
    assert np.array_equal(train, again[0])
    assert not np.array_equal(train, split_nodes(labels, 0.4, 3, 2)[0])
    assert [len(part) for part in split_nodes(labels, 0.001, 0, 0)] == [1, 20]
    assert [len(part) for part in split_nodes(labels, 0.999, 0, 0)] == [20, 1]
    with pytest.raises(DataError, match="at least 2 nodes"):
        split_nodes(labels[:1], 0.5, 0, 0)


@pytest.mark.parametrize("classifier", ["logistic", "propagation"])
def test_clouds_far_apart_are_told_and_noise_is_not(classifier):
    vectors, labels = clouds()
    train, test = split_nodes(labels, 0.5, 0, 0)
    assert (tell_labels(vectors, labels, train, test, classifier) == labels[test]).mean() > 0.9
    noise = np.random.default_rng(1).normal(size=(60, 4))
    assert (tell_labels(noise, labels, train, test, classifier) == labels[test]).mean() < 0.7


@pytest.mark.parametrize("seed", range(3))
def test_the_propagation_is_the_end_of_its_iteration(seed):
    vectors, labels = clouds(n=30, apart=1.0, seed=seed)
    train, test = split_nodes(labels, 0.5, seed, 0)
    asked = labels.copy()
    asked[test] = -7  # what is asked is not looked at
    ours = tell_labels(vectors, asked, train, test, "propagation")
    assert np.array_equal(ours, graph_tasks.propagated(vectors, labels, train, test))


def test_nodes_at_one_point_have_an_answer():
    vectors, labels = clouds(n=30)
    train, test = split_nodes(labels, 0.5, 0, 0)
    vectors[test[:5]] = 0.0
    vectors[test[5:8]] = 50.0  # as good as out of reach, from each other not at all
    found = tell_labels(vectors, labels, train, test, "propagation")
    assert set(found) <= {0, 1, 2}


def test_one_label_is_all_there_is_to_tell():
    vectors, _ = clouds(n=10)
    same = np.full(10, 4)
    assert (tell_labels(vectors, same, np.arange(5), np.arange(5, 10)) == 4).all()
    with pytest.raises(ConfigError, match="logistic"):
        tell_labels(vectors, same, np.arange(5), np.arange(5, 10), "logistics")


def groups_of(code):
    return Groups(code=code, names=np.array([str(k) for k in range(code.max() + 1)]))


def test_leakage_is_high_where_groups_are_apart_and_at_chance_in_noise():
    rng = np.random.default_rng(0)
    code = np.repeat([0, 1], [60, 20])
    apart = rng.normal(size=(80, 3)) + 4 * code[:, None]
    found = group_leakage(apart, groups_of(code))
    assert found.worst > 0.95
    assert found.chance == 0.5
    noise = group_leakage(rng.normal(size=(80, 3)), groups_of(code), repeats=10)
    # 10 halves of one draw of 80 nodes; one fixed seed, and a bound that only a classifier that sees groups misses.
    assert abs(noise.linear.mean() - 0.5) < 0.25
    assert len(set(noise.linear)) > 1


def test_only_the_curved_classifier_sees_a_ring():
    rng = np.random.default_rng(0)
    angle, code = rng.random(200) * 2 * np.pi, np.arange(200) % 2
    ring = np.stack([np.cos(angle), np.sin(angle)], 1) * (1 + 2 * code[:, None])
    found = group_leakage(ring, groups_of(code))
    assert found.kernel.mean() > 0.95
    assert found.linear.mean() < 0.7


def test_leakage_counts_groups_with_two_members_and_the_nodes_it_is_given():
    rng = np.random.default_rng(0)
    who = Groups(code=np.array([0] * 10 + [1] * 10 + [2]), names=np.array(["a", "b", "c", "empty"]))
    found = group_leakage(rng.normal(size=(21, 2)), who)
    assert (found.chance, found.n_nodes) == (0.5, 21)
    assert group_leakage(rng.normal(size=(21, 2)), who, nodes=np.arange(5, 15)).n_nodes == 10
    with pytest.raises(DataError, match="two members"):
        group_leakage(rng.normal(size=(21, 2)), who, nodes=np.arange(10))


def test_a_regression_that_has_not_settled_says_so(monkeypatch):
    monkeypatch.setattr("interplay.stats.node_labels._MOST_STEPS", 1)
    vectors = np.arange(24.0).reshape(12, 2) % 7
    with pytest.warns(InterplayWarning, match="had not settled after 1 steps"):
        logistic_fit(vectors, np.arange(12) % 2, 1.0)
