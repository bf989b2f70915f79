"""From samples to few discrete states, as plug-in information needs them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def counted_states(x: NDArray[np.float64], levels: int) -> NDArray[np.uint8]:
    """Take whole numbers as states, those from ``levels - 1`` on as one, (T, n) to (n, T)."""
    return np.ascontiguousarray(np.minimum(x, levels - 1).astype(np.uint8).T)


def ranked_states(x: NDArray[np.float64], levels: int) -> NDArray[np.uint8]:
    """Cut every column at its own quantiles into states of about equally many samples, (T, n) to (n, T).

    Equal samples get equal states: a sample's state follows from the share of samples below it and half of its equals,
    so that the lowest and the highest value of a trace never fall into one state, however rare either is.
    """
    out = np.empty(x.shape[::-1], dtype=np.uint8)
    for i, column in enumerate(x.T):
        ordered = np.sort(column)
        twice = np.searchsorted(ordered, column, "left") + np.searchsorted(ordered, column, "right")
        out[i] = twice * levels // (2 * len(column))
    return out
