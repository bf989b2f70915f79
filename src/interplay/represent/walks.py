"""Rules of random walks on graphs: plain settings, prepared once for a graph, then walked from any start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from interplay._core.checks import require_setting
from interplay._core.registry import Registry
from interplay.data.graph import Graph
from interplay.data.groups import Groups
from interplay.represent.prepared_walk import PreparedWalk
from interplay.represent.reweighting import fair_weights
from interplay.represent.walk_rows import first_order, frozen, leaping, second_order, walkable

_HERE = "interplay.represent.walks"
#: Rules by name.
WALKS = Registry(
    "walk",
    {
        "uniform": f"{_HERE}:UniformWalk",
        "weighted": f"{_HERE}:WeightedWalk",
        "node2vec": f"{_HERE}:Node2VecWalk",
        "restart": f"{_HERE}:RestartWalk",
        "jump": f"{_HERE}:JumpWalk",
        "group": f"{_HERE}:GroupWalk",
        "levy": "interplay.represent.levy_walk:LevyWalk",
        "temporal": "interplay.represent.temporal_walk:TemporalWalk",
    },
)


@dataclass(frozen=True, kw_only=True)
class UniformWalk:
    """Every edge of a node is as likely as the next, whatever it weighs (DeepWalk's walk)."""

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph; needs no table.

        Parameters
        ----------
        graph : Graph
            No negative weight. Edges of weight zero are never taken.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return first_order(walkable(graph)._replace(weight=None))


@dataclass(frozen=True, kw_only=True)
class WeightedWalk:
    """An edge is as likely as it weighs among those of its node."""

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph and build one alias table per node, 12 bytes per edge entry.

        Parameters
        ----------
        graph : Graph
            No negative weight. Edges of weight zero are never taken.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return first_order(walkable(graph))


@dataclass(frozen=True, kw_only=True)
class Node2VecWalk:
    """Second-order walk: the weight of an edge is divided by p if it leads back, by q if it leads away.

    Parameters
    ----------
    p : float, > 0
        Return: small goes back often.
    q : float, > 0
        In-out: small leaves the neighbourhood of the previous node.
    """

    p: float = 1.0
    q: float = 1.0

    def __post_init__(self) -> None:
        require_setting("p", self.p, above=0, below=np.inf)
        require_setting("q", self.q, above=0, below=np.inf)

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph; a weighted one gets an alias table per node, none is needed per edge.

        Parameters
        ----------
        graph : Graph
            No negative weight. Edges of weight zero are never taken. In a directed graph "away" is a node to which the
            previous one has no edge.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return second_order(walkable(graph), self.p, self.q)


@dataclass(frozen=True, kw_only=True)
class RestartWalk:
    """Weighted walk that goes back to its start now and then, and from every dead end.

    Parameters
    ----------
    restart : float, in [0, 1]
        Probability, before every step, of going back instead; it counts as a step.
    """

    restart: float = 0.15

    def __post_init__(self) -> None:
        require_setting("restart", self.restart, least=0, most=1)

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph and build what the weighted walk needs.

        Parameters
        ----------
        graph : Graph
            No negative weight. A walk whose start is itself a dead end has length 1.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return leaping(walkable(graph), self.restart, anywhere=False)


@dataclass(frozen=True, kw_only=True)
class JumpWalk:
    """Weighted walk that jumps to a node drawn uniformly now and then, and from every dead end (PageRank's walk).

    Parameters
    ----------
    jump : float, in [0, 1]
        Probability, before every step, of jumping instead: one minus the damping factor.
    """

    jump: float = 0.15

    def __post_init__(self) -> None:
        require_setting("jump", self.jump, least=0, most=1)

    def prepare(self, graph: Graph) -> PreparedWalk:
        """Check the graph and build what the weighted walk needs.

        Parameters
        ----------
        graph : Graph
            No negative weight. A jump may hit any node, the present one and isolated ones too.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative.
        """
        return leaping(walkable(graph), self.jump, anywhere=True)


@dataclass(frozen=True, kw_only=True)
class GroupWalk:
    """Pick a group among those of the neighbours, all alike, then a neighbour in it as its edge weighs (FairWalk).

    Parameters
    ----------
    column : str
        Column of the node table that holds the groups, unless `prepare` is given groups.
    p, q : float, > 0
        As of `Node2VecWalk`, on the re-weighted edges.
    """

    column: str = "group"
    p: float = 1.0
    q: float = 1.0

    def __post_init__(self) -> None:
        require_setting("p", self.p, above=0, below=np.inf)
        require_setting("q", self.q, above=0, below=np.inf)

    def prepare(self, graph: Graph, groups: Groups | None = None) -> PreparedWalk:
        """Re-weight the edges as `fair_weights` does, and build alias tables.

        Parameters
        ----------
        graph : Graph
            No negative weight.
        groups : Groups or None
            None: those of the column.

        Returns
        -------
        PreparedWalk

        Raises
        ------
        DataError
            If a weight is negative, the column is unknown, or `groups` is of another number of nodes.
        """
        shared = fair_weights(graph, graph.groups(self.column) if groups is None else groups).weights()
        kept = shared if graph.weight is None else shared[graph.weight > 0]
        return second_order(walkable(graph)._replace(weight=frozen(kept)), self.p, self.q)
