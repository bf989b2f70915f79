"""What an explanation is: how much each edge, node and window counts for one thing a model says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True)
class Explanation(Result):
    """Scores of edges, nodes and windows for one target, and the test of whether they tell the truth.

    Attributes
    ----------
    target : str
        What is explained, in words.
    edge : (E,) float64 array
        One score per stored edge of the snapshots, in their order; larger counts more. Exactly 0 for what cannot count.
    node : (T, N) float64 array
        Scores of the nodes of each window: half the sum of the absolute scores of their edges.
    time : (T,) float64 array
        Scores of the windows: sums of the absolute scores of their edges.
    fidelity : mapping-like tuple of (share, change, change_at_random) rows
        How far the target moves when that share of the edges is taken away, the highest scores first, and on average
        when as many edges at random from the same windows are: scores that explain nothing do no better than chance.
    """

    target: str
    edge: NDArray[np.float64]
    node: NDArray[np.float64]
    time: NDArray[np.float64]
    fidelity: tuple[tuple[float, float, float], ...]
