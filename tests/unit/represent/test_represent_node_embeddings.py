"""Node embeddings: what they find on networks whose answer is known, and what they refuse."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import coo_array

import interplay.represent.walk_training as walk_training
from interplay import ConfigError, DataError
from interplay._core.citations import cite
from interplay._core.rng import stream
from interplay.data import Graph, Groups
from interplay.represent import (
    AE,
    MUSAE,
    NODE_METHODS,
    ConstantWeights,
    CrossWalk,
    CrossWeights,
    DeepWalk,
    DegreeVectors,
    FairWalk,
    FairWeights,
    Node2Vec,
    SpectralVectors,
)

SMALL = {"dimensions": 8, "walks": 3, "length": 10, "window": 3, "learning_rate": 0.1, "epochs": 2}
CODE = np.repeat([0, 1], 12)


def two_parts(across=1):
    """Two cliques of 12 with `across` edges between them, and a lone node."""
    src, dst = np.array([(i, j) for i in range(24) for j in range(i) if CODE[i] == CODE[j]]).T
    bridge = np.arange(across)
    return Graph.from_edges(
        np.concatenate([src, bridge]), np.concatenate([dst, 12 + bridge]), n_nodes=25, directed=False
    )


GROUPS = Groups.of(np.append(CODE, 0))


def contrast(embedding):
    """Mean cosine within the two parts less that between them."""
    x = embedding[:24] / np.linalg.norm(embedding[:24], axis=1, keepdims=True)
    cosine = x @ x.T
    same = CODE[:, None] == CODE
    return cosine[same & ~np.eye(24, dtype=bool)].mean() - cosine[~same].mean()


@pytest.mark.parametrize("method", [DeepWalk(**SMALL), Node2Vec(p=0.5, q=2.0, **SMALL)])
def test_walks_tell_two_parts_apart(method):
    result = method.fit(two_parts())
    assert contrast(result.embedding) > 0.3
    assert result.loss["loss"][1] < result.loss["loss"][0]
    assert result.embedded.tolist() == [True] * 24 + [False]
    assert "1 of 25 nodes are in no walk" in result.notes[0]


def test_node2vec_with_one_and_one_is_deepwalk():
    first, second = DeepWalk(**SMALL).fit(two_parts()), Node2Vec(p=1.0, q=1.0, **SMALL).fit(two_parts())
    assert np.array_equal(first.embedding, second.embedding)


@pytest.mark.parametrize("method", [CrossWalk(alpha=0.7, **SMALL), FairWalk(**SMALL)])
def test_fair_walks_bring_groups_nearer(method):
    graph = two_parts(across=6)
    plain, fair = DeepWalk(**SMALL).fit(graph), method.fit(graph, groups=GROUPS)
    assert contrast(fair.embedding) < contrast(plain.embedding) - 0.1
    assert fair.made_from != plain.made_from
    assert "DeepWalk" in cite(fair)


def test_a_reweighting_is_a_setting_of_any_walk_method():
    graph = two_parts(across=6)
    for method, reweight in [
        (CrossWalk(alpha=0.7, exponent=1.0, **SMALL), CrossWeights(alpha=0.7, exponent=1.0)),
        (FairWalk(**SMALL), FairWeights()),
    ]:
        set_so = DeepWalk(reweight=reweight, **SMALL).fit(graph, groups=GROUPS)
        assert np.array_equal(set_so.embedding, method.fit(graph, groups=GROUPS).embedding)
    by_hand = DeepWalk(**SMALL).fit(ConstantWeights(factor=3.0).apply(graph, GROUPS))
    set_so = DeepWalk(reweight=ConstantWeights(factor=3.0), **SMALL).fit(graph, groups=GROUPS)
    assert np.array_equal(by_hand.embedding, set_so.embedding)


def test_a_corpus_that_is_walked_again_gives_the_same_bits(monkeypatch):
    kept = DeepWalk(**SMALL).fit(two_parts())
    monkeypatch.setattr(walk_training, "KEPT_BYTES", 0)
    monkeypatch.setattr(walk_training, "BLOCK", 7)
    assert np.array_equal(DeepWalk(**SMALL).fit(two_parts()).embedding, kept.embedding)


def test_threads_without_locks_are_owned_up_to():
    result = DeepWalk(hogwild=2, **SMALL).fit(two_parts())
    assert "another fit gives other vectors" in result.notes[-1]
    assert contrast(result.embedding) > 0.3


def test_subsampling_keeps_rare_visits():
    visits = np.array([90, 9, 1, 0])
    assert walk_training.kept_share(visits, 0.0).tolist() == [1, 1, 1, 1]
    share = walk_training.kept_share(visits, 0.01)
    assert share[0] == pytest.approx(np.sqrt(0.01 / 0.9) + 0.01 / 0.9)
    assert share[2] == 1
    assert walk_training.kept_share(np.array([1]), 0.01)[0] < 1
    graph = two_parts()
    assert not np.array_equal(
        DeepWalk(subsample=0.01, **SMALL).fit(graph).embedding, DeepWalk(**SMALL).fit(graph).embedding
    )


def test_what_subsampling_leaves_out_has_no_vector_and_is_told():
    star = Graph.from_edges(np.zeros(50, int), np.arange(1, 51), n_nodes=51, directed=False)
    settings = {"dimensions": 8, "walks": 2, "length": 10}
    nothing = DeepWalk(subsample=1e-9, **settings).fit(star)
    assert not nothing.embedded.any()
    assert not nothing.embedding.any()
    assert np.isnan(nothing.loss["loss"]).all(), "nothing was asked: no loss, rather than none"
    assert "51 nodes walk, but `subsample`" in nothing.notes[0]
    part = DeepWalk(subsample=3e-4, **settings).fit(star)
    assert 0 < part.embedded.sum() < 51
    assert np.array_equal((part.embedding != 0).any(axis=1), part.embedded)


def test_the_noise_is_the_visits_to_the_power_of_three_quarters():
    accept, other = walk_training.noise(np.array([1, 16, 81]))
    share = accept / 3
    np.add.at(share, other, (1 - accept) / 3)
    assert np.allclose(share, np.array([1, 8, 27]) / 36, atol=1e-15)


@pytest.mark.parametrize("method", [DeepWalk, AE])
def test_seeds_beyond_64_bits_are_taken(method):
    result = method(seed=2**64 + 3, **SMALL).fit(two_parts(), features=np.ones((25, 1)))
    assert result.embedded.sum() == 24


def test_only_nodes_that_walk_with_others_have_vectors():
    """0 -> 1 -> 2, and 3 with a loop: 2 is met though it leads nowhere; 4 is not."""
    graph = Graph.from_edges([0, 1, 3], [1, 2, 3], n_nodes=5, directed=True)
    result = DeepWalk(**SMALL).fit(graph)
    assert result.embedded.tolist() == [True, True, True, True, False]


@pytest.mark.parametrize("method", [MUSAE(**SMALL), AE(**SMALL), MUSAE(nearest=0, ego=True, **SMALL)])
def test_attributes_place_nodes_of_parts_that_never_meet(method):
    """Two rings apart from each other: halves with the same attributes come together, whichever ring they are of."""
    n = 24
    ring = np.arange(12)
    graph = Graph.from_edges(
        np.concatenate([ring, 12 + ring]),
        np.concatenate([(ring + 1) % 12, 12 + (ring + 1) % 12]),
        n_nodes=n + 1,
        directed=False,
    )
    kind = np.append((np.arange(n) // 6) % 2, 0)
    features = np.eye(2)[kind]
    result = replace(method, ego=False, walks=20).fit(graph, features=features)
    inner = (np.arange(n) % 6 > 1) & (np.arange(n) % 6 < 4)
    x = result.embedding[:n][inner] / np.linalg.norm(result.embedding[:n][inner], axis=1, keepdims=True)
    same, apart = (
        kind[:n][inner][:, None] == kind[:n][inner],
        (np.arange(n)[inner] // 12)[:, None] != np.arange(n)[inner] // 12,
    )
    assert (x @ x.T)[same & apart].mean() > (x @ x.T)[~same].mean() + 0.5
    if method.ego:
        assert not np.array_equal(method.fit(graph, features=features).embedding, result.embedding)


def test_features_may_be_sparse_and_sizes_are_told():
    graph, features = two_parts(), stream(2, "features").integers(0, 2, (25, 4))
    plain = AE(**SMALL).fit(graph, features=features)
    for other in (features.astype(bool), features.astype(float), coo_array(features)):
        assert np.array_equal(AE(**SMALL).fit(graph, features=other).embedding, plain.embedding)
    sized = AE(**SMALL).fit(graph, features=3 * features)
    assert np.array_equal(sized.embedding, plain.embedding)
    assert "Sizes of features are not used" in " ".join(sized.notes)


def test_nodes_that_never_walk_near_an_attribute_have_no_vector():
    graph = Graph.from_edges([0, 2], [1, 3], n_nodes=4, directed=False)
    result = MUSAE(**SMALL).fit(graph, features=np.array([[1], [0], [0], [0]]))
    assert result.embedded.tolist() == [True, True, False, False], "node 0 meets itself again two steps on"
    assert not result.embedding[~result.embedded].any()
    assert "2 nodes walk, but never near an attribute" in result.notes[0]
    nothing = MUSAE(**SMALL).fit(graph, features=np.zeros((4, 1)))
    assert not nothing.embedded.any()
    assert "no node has a vector" in nothing.notes[0]


def test_scales_divide_the_dimensions():
    assert MUSAE(dimensions=8, window=3)._scales() == [(1, 1, 3), (2, 2, 3), (3, 3, 2)]
    assert MUSAE(dimensions=8, window=3, nearest=0)._scales() == [(0, 0, 2), (1, 1, 2), (2, 2, 2), (3, 3, 2)]
    assert AE(dimensions=8, window=3)._scales() == [(1, 3, 8)]


def test_spectral_vectors_are_eigenvectors():
    graph = two_parts(across=2)
    for weighted in (graph, graph.with_weight(1.0 + (graph.src + graph.target) % 3)):
        result = SpectralVectors(dimensions=4).fit(weighted)
        w = weighted.to_dense()[:24, :24]
        scale = 1 / np.sqrt(w.sum(axis=1))
        laplacian = np.eye(24) - scale[:, None] * w * scale
        values = np.linalg.eigvalsh(laplacian)[1:5]
        x = result.embedding[:24]
        assert np.allclose(laplacian @ x, x * values, atol=1e-10)
        assert np.allclose(x.T @ x, np.eye(4), atol=1e-10)
        assert (x[np.argmax(np.round(np.abs(x), 9), axis=0), np.arange(4)] > 0).all()
    assert len(set(np.sign(result.embedding[:12, 0]))) == 1, "the first one tells the parts"


def test_spectral_vectors_of_large_graphs_are_those_of_small_ones(monkeypatch):
    import interplay.represent.node_baselines as node_baselines

    rng = stream(5, "weights")
    pairs = np.argwhere(np.triu(rng.random((40, 40)) < 0.3, 1))
    graph = Graph.from_edges(*pairs.T, rng.uniform(0.5, 2, len(pairs)), n_nodes=40, directed=False)
    whole = SpectralVectors(dimensions=3).fit(graph).embedding
    monkeypatch.setattr(node_baselines, "DENSE_NODES", 0)
    assert np.allclose(SpectralVectors(dimensions=3).fit(graph).embedding, whole, atol=1e-7)


def test_baselines_say_what_they_cannot_give():
    path = Graph.from_edges([0, 1], [1, 2], [1.0, 2.0], n_nodes=4, directed=True)
    result = SpectralVectors(dimensions=5).fit(path)
    assert (result.embedding[:, 2:] == 0).all()
    assert "Directions were ignored" in result.notes[0]
    assert "3 nodes with edges have 2 such vectors" in result.notes[1]
    found = DegreeVectors().fit(path)
    raw = np.log1p([[1, 1, 0, 0], [1, 2, 1, 1], [0, 0, 1, 2], [0, 0, 0, 0]])
    assert np.allclose(found.embedding, raw / np.sqrt((raw**2).sum(axis=0)))
    assert found.embedded.tolist() == [True, True, True, False]


@pytest.mark.parametrize("name", [n for n in NODE_METHODS if n not in ("degree", "random")])
def test_negative_weights_name_the_way_out(name):
    signed = Graph.from_edges([0, 1], [1, 2], [1.0, -2.0], n_nodes=3, directed=False)
    with pytest.raises(DataError, match="layer"):
        NODE_METHODS[name]().fit(signed, groups=Groups.of([0, 1, 1]), features=np.ones((3, 2)))


def test_settings_and_inputs_are_checked():
    graph = two_parts()
    for options in (
        {"dimensions": 0},
        {"length": 1},
        {"walks": 0},
        {"window": 0},
        {"negatives": 0},
        {"epochs": 0},
        {"learning_rate": 1e-5},
        {"learning_rate": 2.0},
        {"subsample": -1.0},
        {"hogwild": 0},
        {"seed": -1},
        {"reweight": 0.5},
    ):
        with pytest.raises(ConfigError, match=f"`{next(iter(options))}`"):
            DeepWalk(**options)
    for config, options in [
        (Node2Vec, {"p": 0.0}),
        (Node2Vec, {"q": -1.0}),
        (Node2Vec, {"p": np.inf}),
        (CrossWalk, {"alpha": 1.0}),
        (CrossWalk, {"reweight": FairWeights()}),
        (FairWalk, {"reweight": FairWeights()}),
        (MUSAE, {"subsample": 0.1}),
        (MUSAE, {"nearest": 2}),
        (MUSAE, {"dimensions": 2}),
        (SpectralVectors, {"dimensions": 0}),
    ]:
        with pytest.raises(ConfigError, match=f"`{next(iter(options))}`"):
            config(**options)
    with pytest.raises(DataError, match=r"`groups` must be given to CrossWalk"):
        CrossWalk().fit(graph)
    with pytest.raises(DataError, match=r"`features` must be given to MUSAE"):
        MUSAE().fit(graph)
    for bad, message in [
        (np.ones((3, 2)), r"\(N=25, F\)"),
        (np.full((25, 2), -1), r"must be >= 0"),
        (np.full((25, 2), np.nan), r"finite"),
        (np.full((25, 2), "x"), r"numbers or bools"),
        ([[1, 2], [3]], r"rows of several lengths"),
    ]:
        with pytest.raises(DataError, match=message):
            AE().fit(graph, features=bad)


def test_ego_gives_every_node_an_attribute_of_its_own():
    graph, features = two_parts(), stream(3, "features").integers(0, 2, (25, 4))
    with_own = np.concatenate([features, np.eye(25, dtype=int)], axis=1)
    by_hand = MUSAE(**SMALL).fit(graph, features=with_own)
    assert np.array_equal(MUSAE(ego=True, **SMALL).fit(graph, features=features).embedding, by_hand.embedding)


def test_node2vec_hands_its_settings_to_the_walk():
    rule = Node2Vec(p=0.5, q=3.0)._rule(two_parts())
    assert (rule.p, rule.q) == (0.5, 3.0)


def test_a_mapped_graph_gives_the_same_bits(tmp_path):
    graph = two_parts().with_weight(np.ones(len(two_parts().target)))
    parts = {}
    for name in ("offsets", "target", "weight"):
        np.save(tmp_path / f"{name}.npy", getattr(graph, name))
        parts[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
    mapped = Graph(**parts, directed=False)
    for method in (DeepWalk(**SMALL), CrossWalk(**SMALL)):
        found = method.fit(mapped, groups=GROUPS)
        assert np.array_equal(found.embedding, method.fit(graph, groups=GROUPS).embedding)
