"""The eigenvalue filter: keep of a correlation matrix what shuffled data do not show.

References
----------
Khajehnejad et al. (2024), arXiv 2410.00665, data preparation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay._core.rng import stream
from interplay.infer.edges import require_choice

#: Beside the largest eigenvalue kept, anything smaller on the diagonal is rounding.
_NOTHING = 1e-12


@dataclass(frozen=True, kw_only=True)
class EigenvalueFilter:
    """Rebuild a correlation matrix from the eigenvectors whose eigenvalues leave the range of shuffled data.

    Every unit's samples are shuffled in time, independently, many times; the eigenvalues of all shuffles are pooled.
    Eigenpairs of the data's correlation matrix inside the central range of that pool are dropped, and the rest is
    summed up, scaled to a unit diagonal and held to [-1, 1].

    Parameters
    ----------
    shuffles : int, >= 1
        How many shuffles make the pool.
    lower, upper : float, per cent, 0 <= lower < upper <= 100
        Percentiles that bound the dropped range.
    null : {"correlation", "covariance"}
        Of which matrix of the shuffled data the eigenvalues are pooled. "correlation" compares like with like;
        "covariance" is what the source describes, and depends on the units of measure.
    seed : int

    Notes
    -----
    Deviations from the source: the null is the correlation by default, not the covariance; 200 shuffles by default,
    not 1,000 (with N units the pool holds 200 N eigenvalues); a unit with no part in what is kept has no edge, where
    the source puts zeros; constant units are refused here and left out by `Correlation`.

    Time O(shuffles (T N^2 + N^3)) per window.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> common = rng.normal(size=(500, 1))
    >>> data = np.hstack([common + rng.normal(size=(500, 3)), rng.normal(size=(500, 5))])
    >>> kept = EigenvalueFilter().apply(data)
    >>> bool(kept[0, 1] > np.corrcoef(data.T)[0, 1])
    True
    """

    shuffles: int = 200
    lower: float = 2.5
    upper: float = 97.5
    null: Literal["correlation", "covariance"] = "correlation"
    seed: int = 0

    def __post_init__(self) -> None:
        require_setting("shuffles", self.shuffles, least=1)
        require_setting("lower", self.lower, least=0)
        require_setting("upper", self.upper, most=100)
        if not self.lower < self.upper:
            raise ConfigError(f"`lower` must be below `upper`, got {self.lower} and {self.upper}. Swap them.")
        require_choice("null", self.null, ("correlation", "covariance"))

    def apply(self, samples: ArrayLike, *, window: int = 0) -> NDArray[np.float64]:
        """Filter the correlation of some samples.

        Parameters
        ----------
        samples : (T, N) float array
            No unit constant.
        window : int, >= 0
            Ordinal of the window, so that every window has shuffles of its own.

        Returns
        -------
        (N, N) float64 array, in [-1, 1]
            Symmetric; NaN, diagonal included, for a unit with no part in any kept eigenvector. All NaN if nothing
            leaves the range.

        Raises
        ------
        DataError
            If a unit is constant or there are fewer than 2 samples.
        """
        x = Shapes().array("samples", samples, "T N").astype(np.float64, copy=False)
        if len(x) < 2 or (x == x[:1]).all(axis=0).any():
            bad = int(np.argmax((x == x[:1]).all(axis=0))) if x.shape[1] else 0
            raise DataError(
                f"`samples` must vary in every unit over at least 2 samples: unit {bad} is constant over {len(x)}. "
                "Leave it out."
            )
        low, high = self.bounds(x, window=window)
        value, vector = np.linalg.eigh(np.atleast_2d(np.corrcoef(x, rowvar=False)))
        keep = (value < low) | (value > high)
        rebuilt = (vector[:, keep] * value[keep]) @ vector[:, keep].T
        power = rebuilt.diagonal().copy()
        part = power > _NOTHING * max(float(np.abs(value).max(initial=0.0)), 1.0)
        scale = np.full(len(power), np.nan)
        scale[part] = 1.0 / np.sqrt(power[part])
        filtered: NDArray[np.float64] = np.clip(rebuilt * np.outer(scale, scale), -1.0, 1.0)
        filtered = (filtered + filtered.T) / 2
        filtered[part, part] = 1.0
        return filtered

    def bounds(self, samples: NDArray[np.float64], *, window: int = 0) -> tuple[float, float]:
        """Give the range of eigenvalues that shuffled data show.

        Parameters
        ----------
        samples : (T, N) float64 array
        window : int, >= 0

        Returns
        -------
        low, high : float
        """
        rng = stream(self.seed, "eigenvalue_filter", window)
        x = samples - samples.mean(axis=0)
        if self.null == "correlation":
            x = x / np.sqrt((x * x).mean(axis=0))
        pool = np.empty((self.shuffles, x.shape[1]))
        for row in pool:
            mixed = rng.permuted(x, axis=0)
            row[:] = np.linalg.eigvalsh(mixed.T @ mixed / (len(x) - (self.null == "covariance")))
        low, high = np.percentile(pool, (self.lower, self.upper))
        return float(low), float(high)
