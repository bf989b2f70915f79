import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError
from interplay.data import Groups, NodeEmbedding
from interplay.represent import node_classification, pool_tasks
from interplay.stats import split_nodes, tell_labels


def example(n=80, seed=0):
    """Labels that are plain in group a and hidden in group b."""
    rng = np.random.default_rng(seed)
    code = (np.arange(n) >= n // 2).astype(int)
    labels = rng.integers(0, 2, n)
    vectors = rng.normal(size=(n, 3))
    vectors[:, 0] += 8 * np.where(code == 0, labels, 0.5)
    return vectors, labels, Groups(code=code, names=np.array(["a", "b", "empty"]))


def test_scores_are_shares_of_right_answers_of_all_and_of_each_group():
    vectors, labels, who = example()
    found = node_classification(vectors, labels, who, repeats=3, seed=5)
    for r in range(3):
        train, test = split_nodes(labels, 0.5, 5, r)
        right = tell_labels(vectors, labels, train, test) == labels[test]
        assert found.scores["accuracy"][r] == pytest.approx(right.mean())
        for g in range(2):
            assert found.group_scores["accuracy"][r, g] == pytest.approx(right[who.code[test] == g].mean())
        assert found.group_counts[r].tolist() == [(who.code[test] == g).sum() for g in range(3)]
        commonest = np.bincount(labels[train]).argmax()
        assert found.chance["accuracy"][r] == pytest.approx((labels[test] == commonest).mean())
    assert np.isnan(found.group_scores["accuracy"][:, 2]).all()


def test_the_group_whose_labels_are_plain_fares_better():
    found = node_classification(*example(), repeats=5)
    a, b, _ = found.group_scores["accuracy"].T
    assert (a > b).all()
    assert found.disparity() == pytest.approx(a - b)
    assert found.disparity("accuracy", "variance") == pytest.approx(((a - b) / 2) ** 2)
    assert found.disparity_of_means() == pytest.approx(a.mean() - b.mean())


def test_two_embeddings_are_asked_about_the_same_nodes_and_repeats_pool():
    vectors, labels, who = example()
    one = node_classification(vectors, labels, who, repeats=2)
    two = node_classification(-3 * vectors, labels, who, repeats=2)
    assert np.array_equal(one.group_counts, two.group_counts)
    assert one.scores["accuracy"] == pytest.approx(two.scores["accuracy"])
    assert pool_tasks([one, two]).scores["accuracy"].tolist() == [*one.scores["accuracy"], *two.scores["accuracy"]]


def test_nodes_without_a_place_are_asked_too_and_said():
    vectors, labels, who = example()
    placed = np.ones(80, bool)
    placed[:4] = False
    vectors[~placed] = 0
    embedding = NodeEmbedding(method="some", embedding=vectors, embedded=placed, config=None, made_from="")
    found = node_classification(embedding, labels, who, repeats=2)
    assert found.method == "some"
    assert "4 nodes" in found.notes[0]
    assert found.group_counts.sum() == 80


def test_labels_may_be_texts_or_groups_and_groups_may_be_left_out():
    vectors, labels, _ = example()
    words = np.array(["no", "yes"])[labels]
    plain = node_classification(vectors, words, repeats=2)
    assert plain.groups.tolist() == ["all"]
    assert plain.disparity().tolist() == [0.0, 0.0]
    grouped = node_classification(vectors, Groups.of(labels), repeats=2)
    assert np.array_equal(plain.scores["accuracy"], grouped.scores["accuracy"])


def test_odd_inputs_are_refused_by_name():
    vectors, labels, who = example()
    with pytest.raises(DataError, match="labels"):
        node_classification(vectors[:5], labels, who)
    with pytest.raises(DataError, match="groups"):
        node_classification(vectors[:5], labels[:5], who)
    with pytest.raises(DataError, match="at least 2 values"):
        node_classification(vectors, np.zeros(80, int), who)
    with pytest.raises(DataError, match="finite"):
        node_classification(vectors * np.nan, labels, who)
    with pytest.raises(ConfigError, match="train_share"):
        node_classification(vectors, labels, who, train_share=1.0)
    with pytest.raises(DataError, match="method"):
        pool_tasks(
            [
                node_classification(vectors, labels, who, repeats=1),
                node_classification(
                    NodeEmbedding(method="x", embedding=vectors, embedded=np.ones(80, bool), config=None, made_from=""),
                    labels,
                    who,
                    repeats=1,
                ),
            ]
        )
    with pytest.raises(DataError, match="at least one"):
        pool_tasks([])
