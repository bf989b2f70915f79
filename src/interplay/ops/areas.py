"""Areas under the two curves of a ranking, from sorted scores."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def curve_areas(true: NDArray[np.float64], false: NDArray[np.float64]) -> tuple[float, float]:
    """Give the area under the ROC curve and the average precision.

    Parameters
    ----------
    true, false : (P,), (M,) float arrays, finite
        Scores of the true and of the false items, in any order.

    Returns
    -------
    auc, average_precision : float, in [0, 1]
        The area is NaN without a true or without a false item, the precision without a true one.

    Notes
    -----
    Exact with ties: an equal pair counts half in the area, and items of equal score enter together in the precision.
    Two sorts of bare numbers, O((P + M) log(P + M)); nothing of size P M.
    """
    hits, misses = len(true), len(false)
    if hits == 0:
        return float("nan"), float("nan")
    high, low = np.sort(true), np.sort(false)
    below = np.searchsorted(low, high, side="left")
    upto = np.searchsorted(low, high, side="right")
    found = hits - np.searchsorted(high, high, side="left")
    precision = float((found / (found + misses - below)).mean())
    if misses == 0:
        return float("nan"), precision
    return float(below.sum() + upto.sum()) / (2.0 * hits * misses), precision
