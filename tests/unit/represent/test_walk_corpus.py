"""The corpus as a stream, from mapped files, and in shards."""

import numpy as np
import pytest

from interplay._core.errors import ConfigError, DataError, InterplayError
from interplay.data import Graph
from interplay.io import open_graph, save_graph
from interplay.represent import Node2VecWalk, ShardedWalks, UniformWalk, WalkCorpus, WeightedWalk, walk_in_shards


@pytest.fixture(scope="module")
def graph():
    rng = np.random.default_rng(0)
    pairs = np.unique(np.sort(rng.integers(0, 40, (90, 2)), axis=1), axis=0)
    return Graph.from_edges(*pairs.T, rng.random(len(pairs)) + 0.1, n_nodes=42, directed=False)


@pytest.fixture(scope="module")
def folder(graph, tmp_path_factory):
    return save_graph(graph, tmp_path_factory.mktemp("walks") / "graph")


def sorted_rows(blocks):
    rows = np.concatenate(list(blocks))
    return rows[np.lexsort(rows.T[::-1])]


def test_every_start_walks_as_often_as_asked(graph):
    corpus = WalkCorpus(graph, walks=3, length=6, block=25)
    blocks = list(corpus)
    assert [len(block) for block in blocks] == [25] * 5 + [1]
    assert corpus.n_walks == 126
    first = np.concatenate(blocks)[:, 0]
    assert np.array_equal(np.bincount(first), np.full(42, 3))
    assert all(len(set(first[42 * r : 42 * r + 42])) == 42 for r in range(3))
    assert not np.array_equal(first[:42], first[42:84])
    assert all(np.array_equal(a, b) for a, b in zip(blocks, corpus, strict=True))


def test_walks_depend_on_neither_block_nor_order_nor_threads(graph):
    settings = {"rule": Node2VecWalk(p=0.5, q=2), "walks": 2, "length": 9, "seed": 4}
    wanted = sorted_rows(WalkCorpus(graph, **settings))
    for extra in ({"block": 5}, {"shuffle": False}, {"jobs": 2}):
        assert np.array_equal(wanted, sorted_rows(WalkCorpus(graph, **settings, **extra)))
    prepared = Node2VecWalk(p=0.5, q=2).prepare(graph)
    assert np.array_equal(wanted, sorted_rows(WalkCorpus(graph, **settings | {"rule": prepared})))


def test_some_starts_no_walks_and_no_nodes(graph):
    corpus = WalkCorpus(graph, walks=2, length=3, starts=[5, 5, 7], shuffle=False)
    rows = np.concatenate(list(corpus))
    assert rows[:, 0].tolist() == [5, 5, 7, 5, 5, 7]
    assert np.array_equal(rows[0], rows[1])
    assert list(WalkCorpus(graph, walks=0)) == []
    assert list(WalkCorpus(graph, starts=[])) == []
    assert list(WalkCorpus(Graph.from_edges([], [], n_nodes=0, directed=True))) == []
    with pytest.raises(DataError, match="`starts` must lie in"):
        WalkCorpus(graph, starts=[42])
    with pytest.raises(DataError, match=r"`rule` must be prepared for this graph, of N=42 nodes, got one for 1"):
        WalkCorpus(graph, UniformWalk().prepare(Graph.from_edges([], [], n_nodes=1, directed=True)))
    with pytest.raises(ConfigError, match="`block`"):
        WalkCorpus(graph, block=0)


def test_a_mapped_graph_gives_the_same_bits(graph, folder):
    mapped = open_graph(folder, mapped=True)
    for rule in (UniformWalk(), WeightedWalk(), Node2VecWalk(p=2, q=0.5)):
        mine, theirs = (next(iter(WalkCorpus(g, rule, seed=3))) for g in (graph, mapped))
        assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("shards", [1, 3, 100])
def test_shards_hold_the_bits_of_one_process(graph, folder, tmp_path, shards):
    rule = Node2VecWalk(p=0.5, q=2)
    found = walk_in_shards(folder, rule, tmp_path, walks=3, length=7, shards=shards, seed=9, engine="serial")
    assert isinstance(found, ShardedWalks)
    assert len(found) == 126
    assert len(found.paths) == min(shards, 42)
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in found.paths]
    settings = {"walks": 3, "length": 7, "seed": 9}
    assert np.array_equal(sorted_rows(found.blocks(10)), sorted_rows(WalkCorpus(graph, rule, **settings)))
    for start, repetition in ((0, 0), (41, 2), (13, 1)):
        alone = rule.prepare(graph).walk([start], repetition, 7, 9)[0]
        assert np.array_equal(found.walk(start, repetition), alone)
    with pytest.raises(DataError, match="`start` and `repetition`"):
        found.walk(42, 0)
    with pytest.raises(DataError, match="whole numbers"):
        found.walk(1.5, 0)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["processes", "ray"])
def test_two_processes_hold_the_bits_of_one(graph, folder, tmp_path, engine):
    if engine == "ray":
        pytest.importorskip("ray", reason="needs ray")
    found = walk_in_shards(folder, WeightedWalk(), tmp_path, walks=2, length=9, shards=4, jobs=2, engine=engine)
    wanted = sorted_rows(WalkCorpus(graph, WeightedWalk(), walks=2, length=9))
    assert np.array_equal(sorted_rows(found.blocks()), wanted)


def test_a_shard_that_fails_says_why(graph, tmp_path):
    place = save_graph(graph.with_weight(-graph.weights()), tmp_path / "signed")
    with pytest.raises(InterplayError, match=r"walks from nodes 0 to 20 were not computed.*layer"):
        walk_in_shards(place, UniformWalk(), tmp_path / "out", engine="serial")
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(DataError):
        walk_in_shards(tmp_path / "nowhere", UniformWalk(), tmp_path / "out", engine="serial")
    with pytest.raises(ConfigError, match="`shards`"):
        walk_in_shards(place, UniformWalk(), tmp_path / "out", shards=0)
