"""A temporal graph as tensors."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import torch

from interplay.data import TemporalGraph


class GraphTensors(NamedTuple):
    """Columns of a temporal graph on one device.

    Attributes
    ----------
    src, dst : (E,) int64 tensors
    time : (E,) float tensor, s since `start`
    weight : (E,) float tensor
    n_nodes : int
    start : float, s
        What `time` is relative to; subtracted in float64, before casting, so that late times lose nothing.
    """

    src: torch.Tensor
    dst: torch.Tensor
    time: torch.Tensor
    weight: torch.Tensor
    n_nodes: int
    start: float

    @property
    def edge_index(self) -> torch.Tensor:
        """(2, E) int64 tensor: row 0 the sources, row 1 the targets."""
        return torch.stack([self.src, self.dst])


def to_tensors(
    graph: TemporalGraph, *, device: str = "cpu", dtype: Literal["float32", "float64"] = "float32"
) -> GraphTensors:
    """Copy a graph to tensors.

    Parameters
    ----------
    graph : TemporalGraph
    device : str
        Torch device; given, never guessed.
    dtype : {"float32", "float64"}
        Of `time` and `weight`.

    Returns
    -------
    GraphTensors
    """
    start = graph.span[0]
    real = getattr(torch, dtype)

    def put(column: np.ndarray, kind: torch.dtype) -> torch.Tensor:
        return torch.tensor(column, dtype=kind, device=device)

    return GraphTensors(
        src=put(graph.src, torch.int64),
        dst=put(graph.dst, torch.int64),
        time=put(graph.time - start, real),
        weight=put(graph.weight, real),
        n_nodes=graph.n_nodes,
        start=start,
    )
