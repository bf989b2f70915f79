"""The edges of a network seen from where they end, with the chance that each is live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError
from interplay.data import Graph
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


def backward_edges(graph: Any, model: Any) -> Backward:
    """Turn a network round for one model.

    Parameters
    ----------
    graph : Graph
    model : IndependentCascade or LinearThreshold

    Returns
    -------
    Backward

    Raises
    ------
    ConfigError
        If no reverse-reachable sets of the model, or of timed events, can be drawn.
    """
    from interplay.ops import csr
    from interplay.ops.reverse_reachable import EACH, ONE

    if not isinstance(graph, Graph) or not isinstance(model, IndependentCascade | LinearThreshold):
        raise ConfigError(
            f"reverse-reachable sets need a Graph and the model `IndependentCascade` or `LinearThreshold`, got "
            f"{type(graph).__name__} and {type(model).__name__}. Use `GreedySeeds`, which runs every model, or forget "
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
