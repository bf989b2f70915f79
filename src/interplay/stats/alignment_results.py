"""What a test of alignment gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Alternative = Literal["two-sided", "less", "greater"]


@dataclass(frozen=True, eq=False, kw_only=True)
class AlignmentRow:
    """How one course over time goes with the performance.

    Attributes
    ----------
    name : str
    role : {"network", "baseline"}
    course : (T,) float64 array
        The values that were correlated; with several seeds, the mean of their standardised courses.
    correlation : float, in [-1, 1]
        Pearson's, over the windows used; with several seeds, the mean over them. NaN where the course is constant.
    low, high : float
        95 % bootstrap interval over blocks of windows, and over seeds where there are several.
    pvalue : float, in (0, 1]
        Against courses of performance that are as slow; NaN where the correlation is.
    null_low, null_high : float
        Middle 95 % of the correlations under the null, of the family that gave the larger p-value.
    about : str
        What the course is.
    seed_correlations : (R,) float64 array
        The correlation of each seed, where there are several; else empty.
    """

    name: str
    role: Literal["network", "baseline"]
    course: NDArray[np.float64]
    correlation: float
    low: float
    high: float
    pvalue: float
    null_low: float = float("nan")
    null_high: float = float("nan")
    about: str = ""
    seed_correlations: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class AlignmentResult(Result):
    """Whether a distance between regions goes with performance, beside what trivial courses do.

    Attributes
    ----------
    performance : (T,) float64 array
        Per window; NaN where it is not defined.
    performance_name : str
        What it counts, in words.
    regions : (first, second) tuple of str
        Between whose centroids the distance was taken; empty texts where the distance was given.
    alternative : {"two-sided", "less", "greater"}
        "less": nearer regions go with better performance.
    bounds : (T, 2) float64 array, s
    used : (T,) bool array
        Windows in which distance and performance are both defined.
    rows : tuple of AlignmentRow
        Network rows first, then the baselines.
    verdict : str
        One honest sentence.
    difference : (3,) tuple of float
        Size of the best network correlation minus that of the best baseline, with its 95 % interval; NaN without a
        baseline.
    block : int, windows
        Length of the bootstrap blocks.
    """

    performance: NDArray[np.float64]
    performance_name: str
    regions: tuple[str, str]
    alternative: Alternative
    bounds: NDArray[np.float64]
    used: NDArray[np.bool_]
    rows: tuple[AlignmentRow, ...]
    verdict: str
    difference: tuple[float, float, float] = (float("nan"), float("nan"), float("nan"))
    block: int = 1

    @property
    def distance(self) -> NDArray[np.float64]:
        """Course of the first network row, (T,)."""
        return self.rows[0].course
