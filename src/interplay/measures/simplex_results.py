"""What measuring timed simplices gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

_NORMAL_95 = 1.959963984540054


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ClosureResult(Result):
    """How often three nodes that had not met in one simplex did so later, by how they were tied before.

    Attributes
    ----------
    ties : (10, 3) int64 array, in {0, 1, 2}
        The three ties of each kind of triple, rising: 0 never met, 1 weak (met once), 2 strong (met more than once).
    open : (10,) int64 array
        Triples of that kind at the cut that no simplex had held together.
    closed : (10,) int64 array
        Those among them that one simplex held together after the cut.
    cut_s : float, s
        Last moment of the past.
    n_past, n_future : int
        Simplices before and after the cut.
    """

    ties: NDArray[np.int64]
    open: NDArray[np.int64]
    closed: NDArray[np.int64]
    cut_s: float
    n_past: int
    n_future: int

    @property
    def edges(self) -> NDArray[np.int64]:
        """(10,) int64 array: pairs that had met, 0 to 3."""
        return np.asarray((self.ties > 0).sum(axis=1))

    @property
    def probability(self) -> NDArray[np.float64]:
        """(10,) float64 array, in [0, 1]: closed over open; NaN where no triple was open."""
        return self.closed / np.where(self.open > 0, self.open, np.nan)

    @property
    def interval(self) -> NDArray[np.float64]:
        """(10, 2) float64 array: Wilson's 95 % interval of `probability`, as if triples closed independently."""
        n, p, z = np.where(self.open > 0, self.open, np.nan), self.probability, _NORMAL_95
        centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
        return np.stack([np.maximum(centre - half, 0), np.minimum(centre + half, 1)], axis=1)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class TriangleForecast(Result):
    """Which open triangles close, and how well scores of the past foretell it.

    Attributes
    ----------
    triangles : (T, 3) int64 array
        Triangles of pairs that had met by the cut, no simplex having held all three nodes.
    closed : (T,) bool array
        Whether a later simplex did.
    names : (S,) text array
        Scores, as registered.
    score : (S, T) float64 array
        Higher foretells closure.
    average_precision : (S,) float64 array, in [0, 1]
        Higher is better; NaN if no triangle closed.
    auc : (S,) float64 array, in [0, 1]
        0.5 by chance; NaN if all or none closed.
    chance : float, in [0, 1]
        Share of triangles that closed: what a random order has as average precision, in the mean.
    cut_s : float, s
    """

    triangles: NDArray[np.int64]
    closed: NDArray[np.bool_]
    names: NDArray[np.str_]
    score: NDArray[np.float64]
    average_precision: NDArray[np.float64]
    auc: NDArray[np.float64]
    chance: float
    cut_s: float

    @property
    def relative(self) -> NDArray[np.float64]:
        """(S,) float64 array: average precision over `chance`; 1 is no better than a random order."""
        return self.average_precision / (self.chance if self.chance > 0 else np.nan)
