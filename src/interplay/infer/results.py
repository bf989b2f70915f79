"""What the methods of this room give back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from interplay._core.provenance import Result
from interplay.data import Snapshots, TemporalGraph


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NetworkResult(Result):
    """Networks over time, inferred from a recording.

    Attributes
    ----------
    snapshots : Snapshots
        One network per window.
    method : str
        Registered name of the method.
    quantity : str
        What an edge weight is, with its range, for example "spike time tiling coefficient, in [-1, 1]".
    pooled : bool
        Whether parameters were fitted to the whole recording: then the network of a window knows what comes after it,
        and must not be used to predict.
    """

    snapshots: Snapshots
    method: str
    quantity: str
    pooled: bool = False

    def with_edges(self, kept: Snapshots) -> Self:
        """Give the same result with some of its edges, as a threshold leaves them.

        Parameters
        ----------
        kept : Snapshots
            Its edges are among those of `snapshots`, window by window.

        Returns
        -------
        NetworkResult
            Of the same class; what belongs to edges goes with them.
        """
        return replace(self, snapshots=kept)

    def to_graph(self) -> TemporalGraph:
        """Turn the snapshots into timed edges."""
        return TemporalGraph.from_snapshots(self.snapshots)
