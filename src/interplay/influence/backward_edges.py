"""The edges of a network seen from where they end, with the chance that each is live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError
from interplay.data import Graph, TemporalGraph
from interplay.influence.models import IndependentCascade, LinearThreshold

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Backward:
    """The edges into every node, as `interplay.ops.reverse_reachable.draw_sets` reads them.

    Attributes
    ----------
    offsets, source, top, ratio, kind
        See there.
    """

    offsets: NDArray[np.int64]
    source: NDArray[np.int32]
    top: Floats
    ratio: Floats
    kind: int

    @property
    def n_nodes(self) -> int:
        """N."""
        return len(self.offsets) - 1


@dataclass(frozen=True, eq=False)
class BackwardEvents:
    """The timed events into every node, as `interplay.ops.reverse_temporal.draw_timed_sets` reads them.

    Attributes
    ----------
    offsets, source, chance, time
        See there.
    """

    offsets: NDArray[np.int64]
    source: NDArray[np.int32]
    chance: Floats
    time: Floats

    @property
    def n_nodes(self) -> int:
        """N."""
        return len(self.offsets) - 1


def backward_edges(graph: Any, model: Any) -> Backward | BackwardEvents:
    """Turn a network round for one model.

    Parameters
    ----------
    graph : Graph or TemporalGraph
    model : IndependentCascade or LinearThreshold
        Timed events: IndependentCascade.

    Returns
    -------
    Backward or BackwardEvents

    Raises
    ------
    ConfigError
        If no reverse-reachable sets of the model can be drawn on this kind of graph.
    """
    from interplay.ops import csr
    from interplay.ops.reverse_reachable import EACH, ONE

    if isinstance(graph, TemporalGraph) and isinstance(model, IndependentCascade):
        order = np.argsort(graph.dst, kind="stable")  # events of one node stay in order of time
        offsets = np.concatenate([[0], np.cumsum(np.bincount(graph.dst, minlength=graph.n_nodes))])
        source, chance = graph.src[order].astype(np.int32), model.edge_probability(graph)[order]
        return BackwardEvents(offsets, source, chance, graph.time[order])
    if not isinstance(graph, Graph) or not isinstance(model, IndependentCascade | LinearThreshold):
        raise ConfigError(
            "reverse-reachable sets need the model `IndependentCascade`, or `LinearThreshold` on a Graph, got "
            f"{type(model).__name__} on {type(graph).__name__}. Use `GreedySeeds`, which runs every model, or forget "
            "the times of events with `Graph.from_temporal`."
        )
    offsets, source, entry = csr.transpose(graph.offsets, graph.target, graph.n_nodes)
    if isinstance(model, LinearThreshold):
        chance = model.edge_weight(graph)[entry]
        total = np.minimum(_per_row(np.add, chance, offsets), 1.0)
        if _alike(chance, offsets):
            return Backward(offsets, source, total, np.empty(0), ONE)
        before = np.concatenate([[0.0], np.cumsum(chance)])
        return Backward(offsets, source, total, before[1:] - np.repeat(before[offsets[:-1]], np.diff(offsets)), ONE)
    chance = model.edge_probability(graph)[entry]
    top = _per_row(np.maximum, chance, offsets)
    if _alike(chance, offsets):
        return Backward(offsets, source, top, np.empty(0), EACH)
    most = np.repeat(top, np.diff(offsets))
    return Backward(offsets, source, top, np.divide(chance, most, out=np.zeros_like(chance), where=most > 0), EACH)


def _per_row(combine: Any, values: Floats, offsets: NDArray[np.int64]) -> Floats:
    out = np.zeros(len(offsets) - 1)
    full = np.flatnonzero(np.diff(offsets) > 0)
    if len(full):
        out[full] = combine.reduceat(values, offsets[full])
    return out


def _alike(values: Floats, offsets: NDArray[np.int64]) -> bool:
    """Whether all edges of a row have one chance, in every row."""
    return bool((_per_row(np.maximum, values, offsets) == _per_row(np.minimum, values, offsets)).all())
