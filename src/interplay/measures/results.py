"""What measuring networks over time gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True)
class ChangePoints:
    """When the network changed.

    Attributes
    ----------
    time_s : (K,) float array, s
        Estimated times, rising.
    index : (K,) int array
        First snapshot of each new regime.
    regime : (S,) int array
        Regime of each snapshot, from 0.
    gain : (K,) float array, in [0, 1]
        Share of the total scatter that comes back if this change alone is taken away.
    pvalues : (K,) float array or None
        From the stated null, where one was drawn: of the j-th largest change, the p-value of the test that fewer than
        j changes suffice.
    notes : tuple of str
        How the number of changes was chosen, and what stood in the way.
    """

    time_s: NDArray[np.float64]
    index: NDArray[np.int64]
    regime: NDArray[np.int64]
    gain: NDArray[np.float64]
    pvalues: NDArray[np.float64] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class NetworkMeasures(Result):
    """Every measure of every snapshot, and how the network moves between them.

    Attributes
    ----------
    bounds : (S, 2) float array, s
    graph : mapping of name to (S,) float array
        NaN where a measure is undefined.
    node : mapping of name to (S, N) float array
        NaN where a node was absent or the measure is undefined.
    communities : (S, N) int array
        Labels matched from one snapshot to the next; -1 where a node was absent or had no edge.
    edge_stability, community_stability : (S - 1,) float arrays
        Between neighbouring snapshots; higher is more stable. Correlation of edge weights, and adjusted mutual
        information of communities among the nodes that have edges in both.
    recurrence : (S, S) float array
        Similarity of every two snapshots.
    changes : ChangePoints
    rate_hz : (S,) float array or None
        Mean firing rate per unit and window: the trivial explanation of many a change.
    rate_correlation : mapping of name to float
        Spearman correlation of each graph measure with `rate_hz`; NaN where undefined.
    about : mapping of name to str
        Definition, range and direction of each measure, one line.
    edge_jaccard : (S - 1,) float array or None
        Share of edges kept between neighbouring snapshots, signs respected; trivially 1 where all pairs are edges.
    rate_changes : ChangePoints or None
        The same procedure on firing rates alone: what a change of the network must be told apart from.
    """

    bounds: NDArray[np.float64]
    graph: Mapping[str, NDArray[np.float64]]
    node: Mapping[str, NDArray[np.float64]]
    communities: NDArray[np.int64]
    edge_stability: NDArray[np.float64]
    community_stability: NDArray[np.float64]
    recurrence: NDArray[np.float64]
    changes: ChangePoints
    rate_hz: NDArray[np.float64] | None
    rate_correlation: Mapping[str, float]
    about: Mapping[str, str]
    edge_jaccard: NDArray[np.float64] | None = None
    rate_changes: ChangePoints | None = None

    def to_columns(self) -> dict[str, NDArray[Any]]:
        """Give one column per graph measure, with the windows in front: a tidy table."""
        return {"start_s": self.bounds[:, 0], "stop_s": self.bounds[:, 1], **self.graph}
