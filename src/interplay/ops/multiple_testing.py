"""Corrections of p-values for testing many edges at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def benjamini_hochberg(pvalues: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that keeping those <= q bounds the expected share of false discoveries by q.

    Parameters
    ----------
    pvalues : (E,) float64 array, in [0, 1]
        One family of tests; empty is allowed.

    Returns
    -------
    (E,) float64 array, in [0, 1]
        Never below the p-value itself.

    References
    ----------
    Benjamini, Hochberg (1995), J R Stat Soc B 57:289, the step-up procedure.
    """
    order = np.argsort(pvalues, kind="stable")
    scaled = pvalues[order] * len(pvalues) / np.arange(1, len(pvalues) + 1)
    adjusted = np.empty(len(pvalues))
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
