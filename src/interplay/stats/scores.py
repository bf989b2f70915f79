"""Scores of a read-out, for many sets of predictions at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def balanced_accuracy(truth: NDArray[np.int64], predicted: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    """Average over classes the share of windows that were told right.

    Parameters
    ----------
    truth, predicted : (S, P) int arrays
        One column per set.
    n_classes : int, K

    Returns
    -------
    (P,) float64 array, in [0, 1]
        Higher is better; 1 / K by chance. Classes without a window in `truth` do not count; NaN if none has one.
    """
    right = truth == predicted
    recall = np.full((n_classes, truth.shape[1]), np.nan)
    for k in range(n_classes):
        mine = truth == k
        count = mine.sum(axis=0)
        recall[k] = np.where(count > 0, (right & mine).sum(axis=0) / np.maximum(count, 1), np.nan)
    known = ~np.isnan(recall)
    total = np.where(known, recall, 0.0).sum(axis=0)
    return np.asarray(np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan))


def r_squared(truth: NDArray[np.float64], predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the variance that predictions explain.

    Parameters
    ----------
    truth, predicted : (S, P) float arrays
        One column per set.

    Returns
    -------
    (P,) float64 array, in (-inf, 1]
        Higher is better; 0 for the mean of `truth`, negative for worse than that; NaN where `truth` is constant.
    """
    spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    error = ((truth - predicted) ** 2).sum(axis=0)
    return np.asarray(np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1.0), np.nan))
