import numpy as np
import pytest
from tests.oracles import graph_tasks

from interplay._core.errors import ConfigError, DataError
from interplay.data import Graph, Groups
from interplay.ops import csr
from interplay.represent import link_prediction, pool_tasks, split_links


def blocks(seed=0, n=40, directed=False, inside=0.4, between=0.05):
    rng = np.random.default_rng(seed)
    code = (np.arange(n) >= 3 * n // 4).astype(int)
    there = rng.random((n, n)) < np.where(code[:, None] == code, inside, between)
    there = there & ~np.eye(n, dtype=bool)
    if not directed:
        there = np.triu(there) | np.triu(there).T
    return Graph.from_dense(there.astype(float), directed=directed), Groups(code=code, names=np.array(["a", "b"]))


def dense(graph):
    out = np.zeros((graph.n_nodes, graph.n_nodes), bool)
    out[graph.src, graph.target] = True
    return out


@pytest.mark.parametrize("directed", [False, True])
def test_a_split_parts_edges_and_draws_as_many_others(directed):
    graph, _ = blocks(directed=directed)
    split = split_links(graph, 0.2, keep_connected=False, seed=3)
    before, after = dense(graph), dense(split.graph)
    held = split.test[split.test_edge]
    assert len(held) == round(0.2 * graph.n_edges)
    assert before[held[:, 0], held[:, 1]].all()
    assert not after[held[:, 0], held[:, 1]].any()
    assert split.graph.n_edges + len(held) == graph.n_edges
    assert (before | after == before).all()
    every = np.concatenate([split.train, split.test])
    if not directed:
        assert (every[:, 0] < every[:, 1]).all()
        assert not after[held[:, 1], held[:, 0]].any()
    assert len(np.unique(every, axis=0)) == len(every)
    none = np.concatenate([split.train[~split.train_edge], split.test[~split.test_edge]])
    assert not before[none[:, 0], none[:, 1]].any()
    assert (none[:, 0] != none[:, 1]).all()
    assert split.test_edge.mean() == split.train_edge.mean() == 0.5


@pytest.mark.parametrize("seed", range(3))
def test_the_training_graph_keeps_its_components(seed):
    graph, _ = blocks(seed, n=30, inside=0.12, between=0.01)
    split = split_links(graph, 0.9, seed=seed)
    parts = [csr.components(g.offsets, g.target) for g in (graph, split.graph)]
    assert np.array_equal(*parts)
    n_parts = parts[0].max() + 1
    assert split.test_edge.sum() == graph.n_edges - (30 - n_parts)
    assert "asked for" in split.notes[0]


def test_equal_seeds_give_equal_splits_and_others_do_not():
    graph, _ = blocks()
    one, two, other = split_links(graph, seed=1), split_links(graph, seed=1), split_links(graph, seed=2)
    assert np.array_equal(one.test, two.test)
    assert one.digest == two.digest != other.digest
    assert not np.array_equal(one.test, other.test)


def test_pairs_that_are_no_edges_are_drawn_alike():
    graph = Graph.from_edges([0, 0, 1, 3], [1, 2, 2, 4], n_nodes=6, directed=False)
    seen = np.zeros((6, 6))
    for seed in range(600):
        split = split_links(graph, 0.25, keep_connected=False, seed=seed)
        for a, b in split.test[~split.test_edge]:
            seen[a, b] += 1
    there = np.triu(~dense(graph), 1)
    counts = seen[there]
    assert len(counts) == 11
    expected = counts.sum() / 11
    # Chi-square with 10 degrees of freedom: above 29.6 once in 1000 draws; the seeds are fixed.
    assert ((counts - expected) ** 2 / expected).sum() < 29.6


@pytest.mark.parametrize("directed", [False, True])
def test_matched_pairs_lie_between_the_groups_of_their_edges(directed):
    graph, who = blocks(directed=directed)
    split = split_links(graph, 0.2, groups=who, seed=1)
    before = dense(graph)
    for pairs, edge in ((split.train, split.train_edge), (split.test, split.test_edge)):
        kinds = who.code[pairs] if directed else np.sort(who.code[pairs], axis=1)
        assert np.array_equal(kinds[edge], kinds[~edge])
        assert not before[pairs[~edge, 0], pairs[~edge, 1]].any()
        assert (pairs[:, 0] != pairs[:, 1]).all()
    every = np.concatenate([split.train, split.test])
    assert len(np.unique(every, axis=0)) == len(every)
    found = link_prediction(np.random.default_rng(0).normal(size=(40, 2)), split, who)
    counted = found.group_counts[0] > 0
    assert (found.group_chance["accuracy"][0, counted] == 0.5).all()
    with pytest.raises(DataError, match="groups"):
        split_links(graph, 0.2, groups=Groups(code=np.zeros(3, int), names=np.array(["a"])))
    with pytest.raises(DataError, match="between two of its groups"):
        split_links(blocks(inside=0.7)[0], 0.2, groups=who)


def test_every_open_pair_between_two_groups_may_be_drawn():
    graph = Graph.from_edges([0, 1, 2], [3, 4, 3], n_nodes=5, directed=False)
    who = Groups(code=np.array([0, 0, 0, 1, 1]), names=np.array(["a", "b"]))
    split = split_links(graph, 0.4, groups=who, keep_connected=False)
    none = np.concatenate([split.train[~split.train_edge], split.test[~split.test_edge]])
    assert {tuple(pair) for pair in none.tolist()} == {(0, 4), (1, 3), (2, 4)}


def test_answers_are_those_of_a_logistic_regression():
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    graph, who = blocks()
    split = split_links(graph, 0.3, keep_connected=False, seed=0)
    vectors = np.random.default_rng(0).normal(size=(40, 4)) + 2 * who.code[:, None]
    known, asked = ((vectors[p[:, 0]] - vectors[p[:, 1]]) ** 2 for p in (split.train, split.test))
    scale = StandardScaler().fit(known)
    model = LogisticRegression(C=0.25, max_iter=1000).fit(scale.transform(known), split.train_edge)
    right = model.predict(scale.transform(asked)) == split.test_edge
    found = link_prediction(vectors, split, who, penalty=4.0)
    assert found.scores["accuracy"][0] == pytest.approx(right.mean())


def test_self_loops_stay_and_are_no_pairs():
    graph = Graph.from_edges([0, 0, 1, 2, 3], [0, 1, 2, 3, 0], n_nodes=6, directed=False)
    split = split_links(graph, 0.5, seed=0)
    assert split.graph.n_loops == 1
    assert (split.train[:, 0] != split.train[:, 1]).all()
    assert split.test_edge.sum() == 1  # a ring of four: one edge may go


def test_training_pairs_have_a_bound():
    graph, _ = blocks()
    split = split_links(graph, 0.1, most_train_pairs=20)
    assert len(split.train) == 20
    assert split.train_edge.sum() == 10
    after = dense(split.graph)
    kept = split.train[split.train_edge]
    assert after[kept[:, 0], kept[:, 1]].all()


def test_true_vectors_tell_links_and_noise_does_not():
    graph, who = blocks()
    split = split_links(graph, 0.2, seed=0)
    values, vectors = np.linalg.eigh(dense(graph).astype(float))
    full = vectors * np.sqrt(np.abs(values))  # has seen what it is asked about, on purpose
    known = link_prediction(full, split, who, feature="product")
    noise = link_prediction(np.random.default_rng(0).normal(size=(40, 4)), split, who)
    assert known.scores["auc"][0] > 0.95 > 0.7 > noise.scores["auc"][0]
    assert known.chance["accuracy"][0] == 0.5


def test_scores_of_group_pairs_are_of_their_pairs():
    graph, who = blocks()
    split = split_links(graph, 0.3, keep_connected=False, seed=0)
    vectors = np.random.default_rng(0).normal(size=(40, 4))
    found = link_prediction(vectors, split, who)
    assert found.groups.tolist() == ["a - a", "a - b", "b - b"]
    a, b = np.sort(who.code[split.test], axis=1).T
    for k, (i, j) in enumerate([(0, 0), (0, 1), (1, 1)]):
        mine = (a == i) & (b == j)
        assert found.group_counts[0, k] == mine.sum()
        share = split.test_edge[mine].mean()
        assert found.group_chance["accuracy"][0, k] == pytest.approx(max(share, 1 - share))
    weighted = (found.group_scores["accuracy"][0] * found.group_counts[0]).sum() / found.group_counts.sum()
    assert weighted == pytest.approx(found.scores["accuracy"][0])
    assert len(pool_tasks([found, found]).scores["auc"]) == 2


def test_the_area_is_the_share_of_pairs_in_order():
    graph, who = blocks()
    split = split_links(graph, 0.3, keep_connected=False, seed=0)
    # One feature with a falling weight: the score falls with the distance, so distances alone give the area.
    place = np.random.default_rng(0).normal(size=(40, 1)) + 3 * who.code[:, None]
    found = link_prediction(place, split, who)
    gap = (place[split.test[:, 0], 0] - place[split.test[:, 1], 0]) ** 2
    assert found.scores["auc"][0] == pytest.approx(graph_tasks.auc(-gap, split.test_edge))


def test_directed_pairs_of_groups_have_a_direction():
    graph, who = blocks(directed=True)
    split = split_links(graph, 0.2, seed=0)
    found = link_prediction(np.random.default_rng(0).normal(size=(40, 2)), split, who)
    assert found.groups.tolist() == ["a -> a", "a -> b", "b -> a", "b -> b"]


def test_odd_graphs_and_settings_are_refused_by_name():
    path = Graph.from_edges([0, 1], [1, 2], n_nodes=3, directed=False)
    with pytest.raises(DataError, match="keep_connected=False"):
        split_links(path, 0.5)
    with pytest.raises(DataError, match="held out"):
        split_links(Graph.from_edges([], [], n_nodes=3, directed=False))
    with pytest.raises(DataError, match="held out"):
        split_links(Graph.from_edges([], [], n_nodes=0, directed=False))
    full = Graph.from_dense(1.0 - np.eye(5), directed=False)
    with pytest.raises(DataError, match="without an edge"):
        split_links(full)
    with pytest.raises(DataError, match="leaves no edge"):
        split_links(path, 0.99, keep_connected=False)
    with pytest.raises(ConfigError, match="share"):
        split_links(full, 1.0)
    graph, who = blocks()
    split = split_links(graph)
    with pytest.raises(DataError, match="embedding"):
        link_prediction(np.zeros((3, 2)), split, who)
    with pytest.raises(ConfigError, match="product"):
        link_prediction(np.zeros((40, 2)), split, who, feature="products")
    one = Groups(code=np.zeros(40, int), names=np.array(["all", "empty"]))
    found = link_prediction(np.random.default_rng(0).normal(size=(40, 2)), split, one)
    assert np.isnan(found.group_scores["accuracy"][0, 1:]).all()
    assert found.disparity().tolist() == [0.0]
