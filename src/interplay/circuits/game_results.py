"""What playing a circuit's game, and taking it apart, give back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class ZeroSumSplit:
    """A circuit's game as common interest plus conflict.

    Attributes
    ----------
    pairs : (P, 2) int64 array
        Pairs i < j whose reciprocal weights have opposite signs.
    pair_weights : (P, 2) float64 array, > 0
        Player weights |W_ji|, |W_ij| under which what one gains through the other is what the other loses.
    weights : (N,) float64 array or None
        q > 0 with q_i |W_ij| = q_j |W_ji| for all pairs at once; None if there is none.
    common, conflict : (N, N) float64 arrays
        Symmetric and skew part of diag(q) W, or of W where there is no q.
    """

    pairs: NDArray[np.int64]
    pair_weights: Floats
    weights: Floats | None
    common: Floats
    conflict: Floats


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class PlayResult(Result):
    """A circuit's game, played round by round.

    Attributes
    ----------
    names : (N,) text array
    sign : (N,) int64 array
    rates : (T + 1, N) float64 array
        The start, and the state after each of T rounds.
    drive : (N,) float64 array
    energy : (T + 1, N) float64 array
        Every unit's cost.
    nash_gap : (T + 1, N) float64 array, >= 0
    converged : bool
        Whether the last round moved no rate by more than `tolerance`.
    period : int
        Rounds after which play repeats itself, within `tolerance`; 1 where it converged, 0 where neither was seen.
    nash : bool
        Whether the last state is a Nash equilibrium.
    rule, order : str
    verdict : str
        One sentence for a reader.
    """

    names: NDArray[np.str_]
    sign: NDArray[np.int64]
    rates: Floats
    drive: Floats
    energy: Floats
    nash_gap: Floats
    converged: bool
    period: int
    nash: bool
    rule: str
    order: str
    verdict: str
