"""What an explanation is: how much each edge, node and window counts for one thing a model says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Explanation(Result):
    """Scores of edges, nodes and windows for one target, and the test of whether they tell the truth.

    Attributes
    ----------
    target : str
        What is explained, in words.
    value : float
        What the model says: the target's value with everything in place.
    edge : (E,) float64 array
        One score per stored edge of the snapshots, in their order; larger counts more. Where scores have a sign, a
        positive edge raises the target and a negative one lowers it. Exactly 0 for what cannot count, later windows
        among it. NaN throughout where the method scores windows only.
    node : (T, N) float64 array
        Scores of the nodes of each window: half the sum of the absolute scores of their edges. NaN like `edge`.
    time : (T,) float64 array
        Scores of the windows: sums of the absolute scores of their edges, or the windows' own.
    fidelity : tuple of (share, change, change_at_random) rows
        How far the target moves when that share of the edges is taken away, the highest scores first, and on average
        when as many edges at random from the same windows are: scores that explain nothing do no better than chance.
        The change is before minus after; for scores without sign its size. Where windows are scored, they are what is
        taken away. Empty where there is nothing to take.
    pvalues : tuple of float, in (0, 1]
        One per row of `fidelity`: share of the random removals, the real one counted in, that move the target as far.
    """

    target: str
    value: float
    edge: NDArray[np.float64]
    node: NDArray[np.float64]
    time: NDArray[np.float64]
    fidelity: tuple[tuple[float, float, float], ...]
    pvalues: tuple[float, ...] = ()
