"""How something spreads from node to node: the cascades and what each demands of a network.

Every model is a frozen configuration. Its live-edge form decides before anything spreads which edges will pass on; who
is reached is then a matter of paths, so more seeds never reach fewer nodes in the same run.

References
----------
Kempe, Kleinberg, Tardos (2003), KDD, 137: independent cascade, linear threshold, and their live-edge forms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Graph, TemporalGraph

if TYPE_CHECKING:
    from interplay.influence.tally import LiveEdges

#: Where the chance of an edge comes from, if it is not one number.
Chance = Literal["weight", "in-degree"]
#: Where the weight of a threshold's edge comes from.
Share = Literal["in-degree", "share", "weight"]

_SLACK = 1e-9


@runtime_checkable
class CascadeModel(Protocol):
    """What every model of spreading gives."""

    @property
    def name(self) -> str:
        """Registered name."""
        ...

    @property
    def citations(self) -> tuple[str, ...]:
        """Papers behind it."""
        ...

    def prepare(self, graph: Any) -> LiveEdges:
        """Check a network and make it ready for many runs."""
        ...


@dataclass(frozen=True, kw_only=True)
class IndependentCascade:
    """Every newly reached node gets one chance to pass on along each of its edges.

    Parameters
    ----------
    probability : float in [0, 1], "weight" or "in-degree"
        Of an edge u -> v to pass on: one number for all; the weight of the edge, which must lie in [0, 1]; or one over
        the number of edges that end at v (the "weighted cascade").

    Notes
    -----
    An edge of weight 0 never passes on, whatever the probability; negative weights are refused. Both directions of an
    undirected edge draw on their own.

    On a `TemporalGraph` every event u -> v passes on with the probability if u has been reached *before* the event:
    events at the same time do not build on each other. Seeds are reached before the first event. "in-degree" counts
    events. An undirected contact is two events.

    References
    ----------
    Kempe, Kleinberg, Tardos (2003), KDD, 137, section 2; "in-degree" is the "weighted cascade" of their
    experiments.

    Examples
    --------
    >>> from interplay import Graph
    >>> chain = Graph.from_edges([0, 1], [1, 2], n_nodes=3, directed=True)
    >>> IndependentCascade(probability="in-degree").edge_probability(chain).tolist()
    [1.0, 1.0]
    """

    probability: float | Chance = 0.1

    def __post_init__(self) -> None:
        if isinstance(self.probability, str):
            if self.probability not in get_args(Chance):
                raise ConfigError(unknown_name("`probability`", self.probability, get_args(Chance)))
        else:
            require_setting("probability", self.probability, least=0, most=1)

    @property
    def name(self) -> str:
        """Registered name."""
        return "ic"

    @property
    def citations(self) -> tuple[str, ...]:
        """Papers behind it."""
        return ("kempe2003spread",)

    def edge_probability(self, graph: Graph | TemporalGraph) -> NDArray[np.float64]:
        """Give the chance of every edge, or event, to pass on.

        Parameters
        ----------
        graph : Graph or TemporalGraph

        Returns
        -------
        (E,) float64 array, in [0, 1]
            In the order of ``graph.target``, or of the events.

        Raises
        ------
        DataError
            If a weight is negative, or exceeds 1 where weights are probabilities.
        """
        if isinstance(graph, TemporalGraph):
            return self._of(graph.weight, graph.dst, graph.n_nodes, signed=bool((graph.weight < 0).any()))
        return self._of(graph.weight, graph.target, graph.n_nodes, signed=graph.signed)

    def _of(self, weight: NDArray[Any] | None, end: NDArray[Any], n: int, *, signed: bool) -> NDArray[np.float64]:
        refuse_negative(signed)
        if self.probability == "weight":
            chance = np.ones(len(end)) if weight is None else np.asarray(weight)
            if len(chance) and chance.max() > 1:
                raise DataError(
                    f"`weight` must lie in [0, 1] to be a probability, got {chance.max():g}. Scale the weights with "
                    "`with_weight`, or give one `probability`."
                )
            return chance
        alive = np.ones(len(end), dtype=bool) if weight is None else np.asarray(weight) > 0
        if self.probability == "in-degree":
            degree = np.bincount(end[alive], minlength=n)
            return np.where(alive, 1.0 / np.maximum(degree[end], 1), 0.0)
        return np.where(alive, float(self.probability), 0.0)

    def prepare(self, graph: Graph | TemporalGraph) -> LiveEdges:
        """Check a network and make it ready for many runs.

        Parameters
        ----------
        graph : Graph or TemporalGraph

        Returns
        -------
        LiveEdges
        """
        from interplay.influence import live_edges

        if isinstance(graph, TemporalGraph):
            return live_edges.events(graph, self.edge_probability(graph))
        require_graph(graph, self.name)
        whole = graph.weight is None or (len(graph.weight) > 0 and graph.weight.min() > 0)
        if whole and not isinstance(self.probability, str):
            return live_edges.independent(graph, float(self.probability))
        return live_edges.independent(graph, self.edge_probability(graph))


@dataclass(frozen=True, kw_only=True)
class LinearThreshold:
    """A node is reached once the weights of its reached in-neighbours add up to its random threshold.

    Parameters
    ----------
    weights : {"in-degree", "share", "weight"}
        Weight of an edge u -> v in v's sum: one over the number of edges that end at v; its share of all weight that
        ends at v; or the edge's own weight, where those that end at one node must not exceed 1 together.

    Notes
    -----
    Thresholds are uniform in (0, 1]. The live-edge form is run: each node picks at most one in-edge, u with the
    probability of its weight. Who is reached until any round has the same law as with thresholds (Kempe et al. 2003,
    claim 2.6); a single run is not a run of thresholds. Edges of weight 0 never count; negative weights are refused.

    References
    ----------
    Kempe, Kleinberg, Tardos (2003), KDD, 137, section 2.
    """

    weights: Share = "in-degree"

    def __post_init__(self) -> None:
        if self.weights not in get_args(Share):
            raise ConfigError(unknown_name("`weights`", self.weights, get_args(Share)))

    @property
    def name(self) -> str:
        """Registered name."""
        return "lt"

    @property
    def citations(self) -> tuple[str, ...]:
        """Papers behind it."""
        return ("kempe2003spread",)

    def edge_weight(self, graph: Graph) -> NDArray[np.float64]:
        """Give the weight of every edge in the sum of the node where it ends.

        Parameters
        ----------
        graph : Graph

        Returns
        -------
        (E,) float64 array, in [0, 1]
            Weights that end at one node add up to 1 at most (up to rounding).

        Raises
        ------
        DataError
            If a weight is negative, or those that end at a node exceed 1 where they are used as they are.
        """
        require_graph(graph, self.name)
        refuse_negative(graph.signed)
        weight = graph.weights()
        if self.weights == "in-degree":
            weight = (weight > 0).astype(np.float64)
        total = np.bincount(graph.target, weights=weight, minlength=graph.n_nodes)
        if self.weights != "weight":
            return np.asarray(weight / np.where(total > 0, total, 1.0)[graph.target])
        if len(total) and total.max() > 1 + _SLACK:
            worst = int(np.argmax(total))
            raise DataError(
                f"`weight` must add up to at most 1 over the edges that end at one node: at node {worst} they add up "
                f"to {total[worst]:g}. Scale them, or use weights='share'."
            )
        return weight

    def prepare(self, graph: Graph) -> LiveEdges:
        """Check a network and make it ready for many runs.

        Parameters
        ----------
        graph : Graph

        Returns
        -------
        LiveEdges
        """
        from interplay.influence import live_edges

        return live_edges.threshold(graph, self.edge_weight(graph))


def require_graph(graph: Any, model: str) -> None:
    """Refuse what is no Graph, for a model that knows nothing else.

    Parameters
    ----------
    graph : object
    model : str
        Its name, for the message.

    Raises
    ------
    DataError
    """
    if not isinstance(graph, Graph):
        raise DataError(
            f"`graph` must be a Graph for the model {model!r}, got {type(graph).__name__}. "
            "Timed events spread by IndependentCascade, or forget their times with `Graph.from_temporal`."
        )


def refuse_negative(signed: bool) -> None:
    """Refuse negative weights.

    Parameters
    ----------
    signed : bool
        Whether there are any.

    Raises
    ------
    DataError
    """
    if signed:
        raise DataError(
            "`weight` must be >= 0, got negative weights. Choose what spreads: `graph.layer('positive')`, "
            "'negative' or 'absolute'."
        )
