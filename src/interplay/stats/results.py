"""What the read-out gives back: one row per set of vectors, the baselines always among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadoutRow:
    """How well one set of vectors tells the target.

    Attributes
    ----------
    name : str
    role : {"network", "baseline", "chance"}
    score : float
        Of the held-out windows of all folds together.
    low, high : float
        95 % bootstrap interval over blocks.
    fold_scores : (F,) float array
        NaN where a fold's test block has no variation.
    pvalue : float
        Permutation of the target in blocks, same folds; NaN for the chance row.
    n_features : int
    predicted : (S,) array
        Held-out prediction per window; empty for the chance row.
    """

    name: str
    role: Literal["network", "baseline", "chance"]
    score: float
    low: float
    high: float
    fold_scores: NDArray[np.float64]
    pvalue: float
    n_features: int
    predicted: NDArray[Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadoutResult(Result):
    """A read-out of one target, from the network and from everything trivial, by the same code.

    Attributes
    ----------
    target : str
        What is read out, in words.
    kind : {"classes", "number"}
    metric : str
        Name of the score, with its range, direction and chance level.
    classes : tuple of str
        Empty for numbers.
    truth : (S,) array
        The target per used window.
    bounds : (S, 2) float array, s
        The used windows.
    n_folds : int
    rows : tuple of ReadoutRow
        Network rows first, then the baselines, then chance.
    verdict : str
        One honest sentence: does the network say more than the best baseline?
    """

    target: str
    kind: Literal["classes", "number"]
    metric: str
    classes: tuple[str, ...]
    truth: NDArray[Any]
    bounds: NDArray[np.float64]
    n_folds: int
    rows: tuple[ReadoutRow, ...]
    verdict: str
