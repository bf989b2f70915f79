"""What the methods of this room give back."""

from __future__ import annotations

from dataclasses import dataclass

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
    """

    snapshots: Snapshots
    method: str
    quantity: str

    def to_graph(self) -> TemporalGraph:
        """Turn the snapshots into timed edges."""
        return TemporalGraph.from_snapshots(self.snapshots)
