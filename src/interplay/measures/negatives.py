"""Pairs that did not meet, to be told from those that did."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import uniform
from interplay.data import TemporalGraph

Ids = NDArray[np.int64]


def random_negatives(pool: Ids, graph: TemporalGraph, event: Ids, *, seed: int, draw: int) -> Ids:
    """Draw one other destination per event.

    Parameters
    ----------
    pool : (K,) int array
        Destinations to draw from: nodes of the destinations' role.
    graph : TemporalGraph
    event : (B,) int array
        Numbers of the events.
    seed : int
    draw : int
        Other draws give other negatives.

    Returns
    -------
    (B,) int64 array
    """
    place = uniform(seed, "negatives", draw + 1, event)
    return np.asarray(pool[np.minimum((place * len(pool)).astype(np.int64), len(pool) - 1)])
