"""What measuring a stream of events gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class TemporalEdges:
    """Which pairs met in which bin, and which of them were new: what TEA and TET plots show.

    Attributes
    ----------
    bounds : (S, 2) float array, s
    pair : (P, 2) int array
        Ordered pairs that met, by the bin of their first meeting, then of their last, then by their nodes.
    cell_pair, cell_bin : (C,) int arrays
        Every pair once for every bin in which it met; by bin, then pair.
    first, last : (P,) int arrays
        Bins of the first and the last meeting.
    new, repeated : (S,) int arrays
        Pairs of each bin that met for the first time, and that had met in a bin before.
    split_s : float, s
        Where training ends.
    in_train, in_test : (P,) bool arrays
        Whether a pair met before the split, and at or after it.
    inductive : (P,) bool array
        Pairs of the test of which a node does not occur before the split.
    """

    bounds: Floats
    pair: Ids
    cell_pair: Ids
    cell_bin: Ids
    first: Ids
    last: Ids
    new: Ids
    repeated: Ids
    split_s: float
    in_train: NDArray[np.bool_]
    in_test: NDArray[np.bool_]
    inductive: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class SignedBalance:
    """Whether signs are balanced: the friend of a friend a friend, the enemy of an enemy a friend.

    Attributes
    ----------
    triangles : (4,) int array
        Triangles with 0, 1, 2 and 3 negative sides.
    balanced : float, in [0, 1]
        Share of triangles with an even number of negative sides; NaN without a triangle.
    null_mean, null_sd : float
        Of that share when the signs are dealt anew to the same edges.
    pvalue : float
        How often chance is as far from its mean on either side, (1 + hits) / (1 + draws).
    frustration_lower, frustration_upper : int
        Bounds of the frustration index, the least number of edges whose removal leaves the network balanced: edge-
        disjoint negative cycles, and edges that the best division found leaves frustrated.
    side : (N,) int array, 0 or 1
        That division.
    n_positive, n_negative, n_cancelled : int
        Undirected edges by the sign of their summed weight; those whose weights cancel are left out.
    """

    triangles: Ids
    balanced: float
    null_mean: float
    null_sd: float
    pvalue: float
    frustration_lower: int
    frustration_upper: int
    side: Ids
    n_positive: int
    n_negative: int
    n_cancelled: int


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class EventMeasures(Result):
    """Everything that `measure_events` says of a stream.

    Attributes
    ----------
    scalars : mapping of name to float
        NaN where undefined; `EVENT_MEASURES` says what each is.
    course : mapping of name to (S,) float arrays
        The same for every bin.
    edges : TemporalEdges
    degrees : (S, B) int array
        How many nodes have so many partners in each bin; column b counts degrees in [2^b, 2^(b + 1)).
    between_events : mapping of name to float arrays, s
        "node": times between consecutive events of a node; "pair": of an ordered pair. Zeros of tied events included.
    motifs : mapping of name to int
        Temporal motifs of three events within `motif_window_s`, by their edges in order; empty if not asked for.
    motif_window_s : float or None
    balance : SignedBalance or None
        Where weights of both signs occur.
    """

    scalars: Mapping[str, float]
    course: Mapping[str, Floats]
    edges: TemporalEdges
    degrees: Ids
    between_events: Mapping[str, Floats]
    motifs: Mapping[str, int]
    motif_window_s: float | None
    balance: SignedBalance | None

    def to_columns(self) -> dict[str, NDArray[np.float64]]:
        """Give a table with one row per bin: start and stop in seconds, then the course."""
        bounds = self.edges.bounds
        return {"start_s": bounds[:, 0], "stop_s": bounds[:, 1], **self.course}
