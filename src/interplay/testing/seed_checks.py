"""What every way to choose seeds promises, as one assertion."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import numpy as np

from interplay._core.protocols import ResultLike
from interplay.data import Graph, Groups, NodeEmbedding
from interplay.testing.global_state import global_word


def check_seed_choice(chooser: Any, graph: Graph, *, groups: Groups, embedding: NodeEmbedding) -> None:
    """Assert that a way to choose seeds keeps its promises on a graph.

    It is frozen, as is its result. It gives as many seeds as the budget, or as there are candidates, each once and
    among the candidates. Choosing twice gives the same seeds, with any number of `jobs`.
    Inputs and global random state are left alone. Told progress rises to its total. What is proved lies in
    [0, 1].

    Parameters
    ----------
    chooser : object with ``fit(graph, groups=..., embedding=..., progress=...)``
        Of a budget below N.
    graph : Graph
    groups : Groups
    embedding : NodeEmbedding
        Every node embedded.

    Raises
    ------
    AssertionError
        Naming the promise that is broken.
    """
    before, told, state = graph.digest, list[tuple[int, int]](), global_word()

    def fit(config: Any, **more: Any) -> Any:
        return config.fit(graph, groups=groups, embedding=embedding, **more)

    found = fit(chooser, progress=lambda done, total: told.append((done, total)))
    carried: Any = found
    assert isinstance(carried, ResultLike), "a result must carry config, digest, seed, notes and versions"
    assert found.config == chooser, "the result must carry its configuration"
    assert len(found.seeds) == min(chooser.budget, graph.n_nodes), "there must be as many seeds as the budget"
    assert len(np.unique(found.seeds)) == len(found.seeds), "each seed must be chosen once"
    assert not found.seeds.flags.writeable, "a result must be closed to writing"
    assert len(found.gain) in (0, len(found.seeds)), "there must be one gain per seed, or none"
    assert 0 <= found.guarantee <= 1, "a proved share must lie in [0, 1]"
    assert 0 <= found.confidence <= 1, "a probability must lie in [0, 1]"
    assert np.array_equal(fit(chooser).seeds, found.seeds), "choosing twice must give the same seeds"
    assert np.array_equal(pickle.loads(pickle.dumps(found)).seeds, found.seeds), "a result must survive pickling"
    if "jobs" in {field.name for field in dataclasses.fields(chooser)}:
        other = fit(dataclasses.replace(chooser, jobs=chooser.jobs + 1))
        assert np.array_equal(other.seeds, found.seeds), "the number of threads must change nothing"
    some = tuple(range(0, graph.n_nodes, 2))
    limited = fit(dataclasses.replace(chooser, candidates=some)).seeds
    assert set(limited.tolist()) <= set(some), "seeds must be candidates"
    assert len(limited) == min(chooser.budget, len(some)), "there must be as many seeds as the budget"
    assert not told or told[-1][0] == told[-1][1], "progress must end at its total"
    assert told == sorted(told), "progress must rise"
    assert graph.digest == before, "a choice must leave its input as it is"
    assert global_word() == state, "a choice must leave the global random state alone"
