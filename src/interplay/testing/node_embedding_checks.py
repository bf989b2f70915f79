"""What every method that gives each node of one graph a vector promises, as one assertion."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np

from interplay._core.protocols import ResultLike
from interplay.data import Graph, Groups
from interplay.testing.global_state import global_word


def check_node_embedding(
    method: Any, graph: Graph, *, groups: Groups | None = None, features: Any = None, isolated: bool = True
) -> None:
    """Assert that a method keeps its promises on a graph.

    It is frozen, as is its result, which carries what `NodeEmbedding` demands. Fitting twice gives the same bits, with
    any number of `jobs`; another `seed` gives other ones. Inputs and global random state are left alone. Vectors are
    finite, and zero where there is none. Progress rises to its total. A graph without nodes, one without edges and one
    node are fitted.

    Parameters
    ----------
    method : object with ``fit(graph, groups=..., features=...)``
    graph : Graph
        With at least one edge and one isolated node.
    groups : Groups or None
    features : (N, F) array or None
    isolated : bool
        Whether an isolated node has no vector.

    Raises
    ------
    AssertionError
        Naming the promise that is broken.
    """
    lone = (graph.degree_out() == 0) & (graph.degree_in() == 0)
    assert 0 < lone.sum() < len(lone), "the graph of the check must have an isolated node and an edge"
    before, told = graph.digest, list[tuple[int, int]]()
    result = method.fit(
        graph, groups=groups, features=features, progress=lambda done, total: told.append((done, total))
    )
    state = global_word()
    _check_result(method, result, graph)
    assert bool(told), "progress must end at its total, and so be told"
    assert told[-1][0] == told[-1][1], "progress must end at its total"
    assert told == sorted(told), "progress must rise"
    assert len({total for _, total in told}) == 1, "progress must have one total"
    assert not isolated or not result.embedded[lone].any(), "an isolated node has no vector"
    again = method.fit(graph, groups=groups, features=features)
    assert np.array_equal(again.embedding, result.embedding), "fitting twice must give the same bits"
    assert graph.digest == before, "fit must leave its input as it is"
    names = {field.name for field in dataclasses.fields(method)}
    if "jobs" in names:
        other = dataclasses.replace(method, jobs=method.jobs + 1).fit(graph, groups=groups, features=features)
        assert np.array_equal(other.embedding, result.embedding), "the number of threads must change nothing"
    if "seed" in names:
        other = dataclasses.replace(method, seed=method.seed + 1).fit(graph, groups=groups, features=features)
        assert not np.array_equal(other.embedding, result.embedding), "another seed must give other vectors"
    _check_little(method, groups, features)
    assert state == global_word(), "fit must leave global random state alone"


def _check_result(method: Any, result: Any, graph: Graph) -> None:
    for thing in (method, result):
        name = dataclasses.fields(thing)[0].name if dataclasses.fields(thing) else "method"
        try:
            setattr(thing, name, None)
        except dataclasses.FrozenInstanceError:
            continue
        raise AssertionError(f"{type(thing).__name__} must be frozen")
    carries = isinstance(result, ResultLike)
    assert carries, "a result must carry config, made_from, seed, notes and versions"
    assert result.config == method, "a result must carry the settings that made it"
    assert result.method == method.method, "a result must carry the name of its method"
    assert result.seed == getattr(method, "seed", None), "a result must carry its seed"
    assert all(isinstance(text, str) for text in result.notes), "notes must be texts"
    assert result.embedding.shape[0] == graph.n_nodes, "every node must have a row"
    assert result.embedding.dtype == np.float64, "vectors must be float64"
    assert np.isfinite(result.embedding).all(), "vectors must be finite"
    assert result.embedded.dtype == np.bool_, "`embedded` must be bool"
    assert (result.embedding[~result.embedded] == 0).all(), "a node that is not embedded must have a row of zeros"
    assert result.embedded.any(), "a graph with edges must have nodes that are embedded"
    dimensions = getattr(method, "dimensions", result.embedding.shape[1])
    assert result.embedding.shape[1] == dimensions, "vectors must be as long as asked for"
    for trace in result.loss.values():
        assert trace.shape == (method.epochs,), "the trace must have one number per epoch"
        assert np.isfinite(trace).all(), "the trace must be finite"
    copied = pickle.loads(pickle.dumps(result))
    assert np.array_equal(copied.embedding, result.embedding), "a result must survive pickling"


def _check_little(method: Any, groups: Groups | None, features: Any) -> None:
    for n in (0, 1, 3):
        empty = Graph.from_edges([], [], n_nodes=n, directed=False)
        some = None if groups is None else Groups(code=np.zeros(n, dtype=np.int64), names=groups.names[:1])
        table = None if features is None else np.ones((n, 2))
        found = method.fit(empty, groups=some, features=table)
        assert found.embedding.shape[0] == n, f"a graph of {n} nodes without edges must have {n} rows"
        assert (found.embedding[~found.embedded] == 0).all(), "without edges, rows without a vector must be zeros"
