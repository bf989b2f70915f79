"""NodeEmbedding: one vector per node of one graph, whatever method made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from interplay._core.checks import require_finite
from interplay._core.errors import DataError
from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NodeEmbedding(Result):
    """Where every node of a graph stands.

    Attributes
    ----------
    method : str
        Registered name of the method.
    embedding : (N, D) float64 array
        Finite. Zeros for nodes that are not `embedded`.
    embedded : (N,) bool array
        Nodes the method could place; an isolated node has no walk and no vector.
    names : (N,) text array or None
        Node names, as of the graph.
    loss : mapping of str to (K,) float64 arrays
        Per epoch (or other unit of work that the method names in its notes): "loss" and its parts.
    """

    method: str
    embedding: NDArray[np.float64]
    embedded: NDArray[np.bool_]
    names: NDArray[np.str_] | None = None
    loss: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.embedding.ndim != 2 or self.embedded.shape != (len(self.embedding),):
            raise DataError(
                f"`embedding` must be (N, D) with `embedded` (N,), got {self.embedding.shape} and "
                f"{self.embedded.shape}. Give both one row per node."
            )
        if self.embedding.dtype != np.float64 or self.embedded.dtype != np.bool_:
            raise DataError(
                f"`embedding` must be float64 and `embedded` bool, got {self.embedding.dtype} and "
                f"{self.embedded.dtype}. Convert them; nothing is cast silently."
            )
        require_finite("embedding", self.embedding)
        astray = (self.embedding != 0).any(axis=1) & ~self.embedded
        if astray.any():
            raise DataError(
                f"`embedding` must be 0 where a node is not `embedded`: row {int(np.argmax(astray))} is not, nor are "
                f"{int(astray.sum())} in all. Set these rows to 0, or mark the nodes."
            )

    @property
    def n_nodes(self) -> int:
        """N."""
        return len(self.embedding)
