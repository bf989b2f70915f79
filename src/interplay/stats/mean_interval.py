"""The bootstrap interval of a mean, all resamples at once: what a table of many means needs."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.stats.bootstrap import _bca_tails, block_resamples
from interplay.stats.results import BootstrapInterval


def mean_interval(
    values: ArrayLike,
    *,
    method: Literal["percentile", "bca"] = "bca",
    level: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> BootstrapInterval:
    """Give what `bootstrap_interval` gives for the mean of independent values, without a loop over resamples.

    Parameters
    ----------
    values : (n,) float array, finite, n >= 2
    method : {"bca", "percentile"}
    level : float, in (0, 1)
    resamples : int, >= 100
    seed : int

    Returns
    -------
    BootstrapInterval

    Raises
    ------
    DataError
        On fewer than 2 values or values that are not finite.
    ConfigError
        On a setting outside its range.

    Examples
    --------
    >>> mean_interval(range(30), seed=1).estimate
    14.5
    """
    rows = Shapes().array("values", np.asarray(values), "n").astype(np.float64)
    n = len(rows)
    if n < 2:
        raise DataError(f"`values` must hold at least 2 values, got {n}. One value has no interval.")
    require_setting("level", level, above=0, below=1)
    require_setting("resamples", resamples, least=100)
    replicates = rows[block_resamples(n, 1, resamples, stream(seed, "bootstrap_interval"))].mean(axis=1)
    estimate = float(rows.mean())
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "bca":
        tails = _bca_tails(tails, estimate, replicates, (rows.sum() - rows) / (n - 1))
    low, high = np.quantile(replicates, tails)
    return BootstrapInterval(
        estimate=estimate,
        low=float(low),
        high=float(high),
        level=level,
        method=method,
        block=1,
        replicates=replicates,
    )
