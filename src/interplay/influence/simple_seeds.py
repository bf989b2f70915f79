"""Seeds that need no cascade: at random, by degree, by PageRank. What cleverer ways must beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from interplay._core.errors import DataError
from interplay._core.rng import uniform
from interplay.data import Graph, TemporalGraph
from interplay.influence.seed_choice import Ints, SeedChooser


@dataclass(frozen=True, kw_only=True)
class RandomSeeds(SeedChooser):
    """Seeds drawn uniformly without replacement.

    Notes
    -----
    Node v draws a number from (seed, v) and the least numbers win, so a larger budget keeps the seeds of a smaller one.

    Examples
    --------
    >>> from interplay.data import Graph
    >>> path = Graph.from_edges([0, 1, 2], [1, 2, 3], n_nodes=4, directed=False)
    >>> RandomSeeds(budget=2).fit(path).seeds.shape
    (2,)
    """

    method = "random"

    def _choose(
        self, graph: Any, groups: Any, embedding: Any, open_nodes: Ints, count: int, progress: Any
    ) -> dict[str, Any]:
        draws = uniform(self.seed, "random seeds", open_nodes)
        return {"seeds": open_nodes[np.argsort(draws, kind="stable")[:count]]}


@dataclass(frozen=True, kw_only=True)
class DegreeSeeds(SeedChooser):
    """The nodes with most edges going out; ties go to the lower id.

    Parameters
    ----------
    weighted : bool
        Add up weights in place of counting edges, of which those of weight 0, which no cascade uses, do not count. A
        timed graph counts its events.

    Examples
    --------
    >>> from interplay.data import Graph
    >>> star = Graph.from_edges([2, 2, 2], [0, 1, 3], n_nodes=4, directed=False)
    >>> DegreeSeeds(budget=2).fit(star).seeds.tolist()
    [2, 0]
    """

    weighted: bool = False

    method = "degree"

    def _choose(
        self, graph: Any, groups: Any, embedding: Any, open_nodes: Ints, count: int, progress: Any
    ) -> dict[str, Any]:
        if not self.weighted:
            score: Any = degrees(graph)
        elif isinstance(graph, TemporalGraph):
            score = np.bincount(graph.src, weights=graph.weight, minlength=graph.n_nodes)
        else:
            score = graph.strength_out()
        return {"seeds": _best(score, open_nodes, count)}


@dataclass(frozen=True, kw_only=True)
class PageRankSeeds(SeedChooser):
    """The nodes of highest PageRank when every edge is turned round; ties go to the lower id.

    Parameters
    ----------
    damping : float, in [0, 1)
        See `interplay.measures.page_rank`.

    Notes
    -----
    A cascade runs along the edges, and PageRank collects at their ends: who sends to many important nodes ranks high
    once the edges are reversed. Weights count and must be positive. A timed graph forgets its times.

    References
    ----------
    Brin, Page (1998).
    """

    damping: float = 0.85

    method = "page-rank"
    cites = ("brin1998pagerank",)

    def _choose(
        self, graph: Any, groups: Any, embedding: Any, open_nodes: Ints, count: int, progress: Any
    ) -> dict[str, Any]:
        from interplay.measures import page_rank

        static = Graph.from_temporal(graph) if isinstance(graph, TemporalGraph) else graph
        if static.n_nodes == 0:
            return {"seeds": open_nodes}
        if static.signed:
            raise DataError(
                "`graph` must have no negative weight for PageRank. Take a layer of it first: "
                '`graph.layer("positive")` or `graph.layer("absolute")`.'
            )
        return {"seeds": _best(page_rank(static.reversed(), damping=self.damping).score, open_nodes, count)}


def degrees(graph: Graph | TemporalGraph) -> Ints:
    """Count the edges, or events, that go out of each node and have a weight other than 0.

    Parameters
    ----------
    graph : Graph or TemporalGraph

    Returns
    -------
    (N,) int64 array
    """
    if isinstance(graph, Graph) and graph.weight is None:
        return graph.degree_out()
    assert graph.weight is not None
    return np.bincount(graph.src[graph.weight != 0], minlength=graph.n_nodes)


def _best(score: Any, open_nodes: Ints, count: int) -> Ints:
    return open_nodes[np.argsort(-np.asarray(score)[open_nodes], kind="stable")[:count]]
