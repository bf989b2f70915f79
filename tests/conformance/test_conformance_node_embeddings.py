"""Every registered node embedding keeps the promises of its kind; the suite itself sees some of them broken."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from interplay import DataError
from interplay.data import Graph, Groups
from interplay.represent import NODE_METHODS, ConstantWeights, CrossWeights, FairWeights
from interplay.represent.node_baselines import RandomVectors
from interplay.testing import check_node_embedding

SMALL = {"dimensions": 5, "walks": 2, "length": 6, "window": 3, "epochs": 2}
OPTIONS = {"degree": {}, "spectral": {"dimensions": 5}, "random": {"dimensions": 5}}
N = 14


def graph(directed=False):
    rng = np.random.Generator(np.random.Philox(3))
    pairs = np.argwhere(np.triu(rng.random((N, N)) < 0.3, 1))
    pairs = pairs[(pairs != N - 1).all(axis=1)]
    src, dst = np.concatenate([pairs, [[2, 2]]]).T
    return Graph.from_edges(src, dst, rng.uniform(0.2, 2, len(src)), n_nodes=N, directed=directed)


GROUPS = Groups.of(np.arange(N) % 3)
FEATURES = np.random.Generator(np.random.Philox(4)).random((N, 6)) < 0.4


@pytest.mark.parametrize("name", NODE_METHODS)
@pytest.mark.parametrize("directed", [False, True])
def test_methods_keep_their_promises(name, directed):
    method = NODE_METHODS[name](**OPTIONS.get(name, SMALL))
    check_node_embedding(method, graph(directed), groups=GROUPS, features=FEATURES, isolated=name != "random")


@pytest.mark.parametrize("reweight", [CrossWeights(), ConstantWeights(), FairWeights()])
@pytest.mark.parametrize("name", ["node2vec", "musae"])
def test_any_walk_method_can_be_made_fair(name, reweight):
    method = NODE_METHODS[name](**SMALL, reweight=reweight)
    check_node_embedding(method, graph(), groups=GROUPS, features=FEATURES)


@dataclass(frozen=True, kw_only=True)
class Broken(RandomVectors):
    """Random vectors that break one promise."""

    how: str = ""

    def fit(self, graph, *, groups=None, features=None, progress=None):
        said = {"silent": None, "no total": lambda done, total: progress(done, total + 1)}
        told = said.get(self.how, progress) if progress is not None else None
        result = super().fit(graph, progress=told)
        vectors = np.array(result.embedding)
        if self.how == "drawn anew":
            vectors += np.random.Generator(np.random.PCG64()).random(vectors.shape)
        if self.how == "infinite":
            vectors[0] = np.inf
        if self.how == "cut":
            vectors = vectors[:, :-1]
        if self.how == "one seed":
            vectors[:] = 1
        known = np.zeros(graph.n_nodes, bool) if self.how == "nobody" else result.embedded
        if self.how == "filled":
            known = known & (np.arange(graph.n_nodes) > 0)
        return replace(result, embedding=vectors, embedded=known, config=None if self.how == "no config" else self)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("silent", "progress must end"),
        ("no total", "progress must end"),
        ("drawn anew", "the same bits"),
        ("infinite", "must be finite"),
        ("cut", "as long as asked for"),
        ("one seed", "another seed"),
        ("nobody", "must be 0 where a node is not"),
        ("filled", "must be 0 where a node is not"),
        ("no config", "the settings that made it"),
    ],
)
def test_the_suite_sees_a_broken_promise(how, message):
    with pytest.raises((AssertionError, DataError), match=message):
        check_node_embedding(Broken(dimensions=5, how=how), graph(), isolated=False)
