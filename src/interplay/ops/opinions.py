"""Opinions that move when people meet."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def meet(opinion, first, second, mutual, moves, confidence, mu):  # type: ignore[no-untyped-def]
    """Let pairs meet in order; those who differ by less than `confidence` come closer. Works in place.

    Parameters
    ----------
    opinion : (N,) float64 array
    first, second : (M,) int64 arrays
    mutual : bool
        Whether both move; else only `second` does.
    moves : (N,) bool array
        False: this opinion never changes.
    confidence, mu : float
        Who moves goes the share `mu` of the way, as both stood before.
    """
    for k in range(len(first)):
        i, j = first[k], second[k]
        gap = opinion[j] - opinion[i]
        if np.abs(gap) < confidence:
            if mutual and moves[i]:
                opinion[i] += mu * gap
            if moves[j]:
                opinion[j] -= mu * gap
