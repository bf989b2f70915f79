"""What a permutation test of many outcomes at once gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class JointTest:
    """Two samples compared in M outcomes under the same rearrangements of their rows.

    Attributes
    ----------
    difference, low, high : (M,) float64 arrays
        Mean of second minus first, and its t interval at `level`, outcome by outcome.
    statistic : (M,) float64 array
        Student's t of the differences where paired, Welch's t where independent; positive where the second is larger.
    effect : (M,) float64 array
        Paired: mean difference over the standard deviation of the differences (d_z). Independent: over the root of the
        mean of both variances (Cohen's d).
    pvalue, corrected, fdr : (M,) float64 arrays, in (0, 1]
        Two-sided: of the outcome alone; the chance that the largest t of all outcomes is of this size where none of
        them differs (family-wise); the smallest false discovery rate at which it is reported. NaN where not tested.
    known : (M,) int64 array
        Pairs, or rows of both samples, in which an outcome is known.
    null : (A,) float64 array
        Largest size of t in every arrangement.
    threshold : float
        Size of t from which on an outcome stands out at `level` among all; infinite where so few rows cannot reach it.
    level : float, in (0, 1)
    exact : bool
        Whether all arrangements were enumerated (of signs, the half that differs).
    kind : {"paired", "independent"}
    """

    difference: Floats
    low: Floats
    high: Floats
    statistic: Floats
    effect: Floats
    pvalue: Floats
    corrected: Floats
    fdr: Floats
    known: NDArray[np.int64]
    null: Floats
    threshold: float
    level: float
    exact: bool
    kind: Literal["paired", "independent"]
