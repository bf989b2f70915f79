"""What a read-out of a cohort found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, kw_only=True)
class SubjectReadout:
    """How well features of scans tell a covariate of subjects that were not learnt from.

    Attributes
    ----------
    kind : {"number", "class"}
    classes : tuple of str
        Empty for numbers.
    scores : tuple of str
        For numbers "r2", "rho", "mse"; for classes "balanced", "accuracy", "f1". The first is the main one. "mse" is
        better when lower, all others when higher; it is in units of the covariate's own variance.
    value : mapping of name to (n scores,) float64 array
        By kind of features; the mean over divisions. "rho" of predictions that do not vary is 0.
    interval : mapping of name to (n scores, 2) float64 array
        Middle 95 % over subjects drawn anew.
    spread : mapping of name to (n scores,) float64 array
        Standard deviation over divisions; NaN for one.
    chance : mapping of name to (n scores,) float64 array
        Mean over covariates that were permuted among subjects.
    p_value : mapping of name to float
        Of the main score, one-sided: (1 + permutations that did as well) / (1 + permutations).
    usual : (n scores,) float64 array
        Always the mean, or the most frequent class, of the subjects learnt from.
    prediction : mapping of name to (divisions, S) array
        Numbers or classes; NaN or "" for scans whose covariate is unknown.
    n_subjects : int
        With a known covariate.
    """

    kind: Literal["number", "class"]
    classes: tuple[str, ...]
    scores: tuple[str, ...]
    value: Mapping[str, NDArray[np.float64]]
    interval: Mapping[str, NDArray[np.float64]]
    spread: Mapping[str, NDArray[np.float64]]
    chance: Mapping[str, NDArray[np.float64]]
    p_value: Mapping[str, float]
    usual: NDArray[np.float64]
    prediction: Mapping[str, NDArray[np.generic]]
    n_subjects: int
