"""Bootstrap intervals: how far the estimate would move if the data were drawn again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_finite, require_setting
from interplay._core.errors import ConfigError, DataError, NumericalError, unknown_name
from interplay._core.rng import stream
from interplay.stats.results import BootstrapInterval


def bootstrap_interval(
    values: ArrayLike,
    statistic: Callable[[NDArray[Any]], float] = np.mean,
    *,
    method: Literal["percentile", "bca"] = "bca",
    level: float = 0.95,
    block: int = 1,
    resamples: int = 2000,
    seed: int = 0,
) -> BootstrapInterval:
    """Put a bootstrap interval around a statistic of the rows of a table.

    Parameters
    ----------
    values : (n,) or (n, D) float array, finite
        Rows are the sampling units: pairs of values that belong together share a row. For a time series, rows are in
        time order.
    statistic : callable (rows) -> float
        Default: the mean.
    method : {"bca", "percentile"}
        "bca" corrects the percentiles for bias and skew.
    level : float, in (0, 1)
    block : int, 1 <= block <= n / 2
        Rows are resampled in runs of this length, the last row being followed by the first, so that dependence
        shorter than a run is kept. 1 for independent rows.
    resamples : int, >= 100
    seed : int

    Returns
    -------
    BootstrapInterval

    Raises
    ------
    DataError
        On fewer than 2 rows or values that are not finite.
    ConfigError
        On a setting outside its range.
    NumericalError
        If the statistic of the data is not finite, or of more than 1 % of the resamples.

    Notes
    -----
    BCa acceleration comes from leaving out each row, or each of the n / block consecutive runs, in turn. With few rows
    (under about 20) no bootstrap covers its level. Cost: (resamples + n / block) calls of the statistic.

    References
    ----------
    Efron (1987), J Am Stat Assoc 82:171, section 6 (BCa). Politis, Romano (1992), circular blocks.

    Examples
    --------
    >>> bootstrap_interval(np.arange(30.0), seed=1).estimate
    14.5
    """
    rows = np.asarray(values)
    Shapes().array("values", rows.reshape(len(rows), int(np.prod(rows.shape[1:]))) if rows.ndim else rows, "n D")
    require_finite("values", rows)
    if method not in ("bca", "percentile"):
        raise ConfigError(unknown_name("method", method, ("bca", "percentile")))
    if len(rows) < 2:
        raise DataError(f"`values` must hold at least 2 rows, got {len(rows)}. One value has no interval.")
    require_setting("level", level, above=0, below=1)
    require_setting("block", block, least=1, most=max(1, len(rows) // 2))
    require_setting("resamples", resamples, least=100)
    estimate = float(statistic(rows))
    if not np.isfinite(estimate):
        raise NumericalError(f"the statistic of the data must be finite, got {estimate}. Choose another statistic.")
    index = block_resamples(len(rows), block, resamples, stream(seed, "bootstrap_interval"))
    replicates = np.array([statistic(rows[pick]) for pick in index], dtype=np.float64)
    finite = replicates[np.isfinite(replicates)]
    if len(finite) < 0.99 * resamples:
        raise NumericalError(
            f"the statistic must be finite on resamples, but {resamples - len(finite)} of {resamples} are not. Choose "
            "one that is defined when rows repeat."
        )
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "bca":
        tails = _bca_tails(tails, estimate, finite, _leave_out(rows, statistic, block))
    low, high = np.quantile(finite, tails)
    return BootstrapInterval(
        estimate=estimate,
        low=float(low),
        high=float(high),
        level=level,
        method=method,
        block=int(block),
        replicates=replicates,
    )


def block_resamples(n: int, block: int, resamples: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw row numbers in runs that wrap around.

    Parameters
    ----------
    n : int
        Rows.
    block : int, rows
    resamples : int
    rng : numpy.random.Generator

    Returns
    -------
    (resamples, n) int64 array, in [0, n)
    """
    runs = -(-n // block)
    first = rng.integers(0, n, size=(resamples, runs))
    return np.asarray(((first[:, :, None] + np.arange(block)) % n).reshape(resamples, -1)[:, :n], dtype=np.int64)


def _leave_out(rows: NDArray[Any], statistic: Callable[[NDArray[Any]], float], block: int) -> NDArray[np.float64]:
    starts = range(0, len(rows) - len(rows) % block, block)
    return np.array([statistic(np.delete(rows, slice(k, k + block), axis=0)) for k in starts], dtype=np.float64)


def _bca_tails(
    tails: NDArray[np.float64], estimate: float, replicates: NDArray[np.float64], left: NDArray[np.float64]
) -> NDArray[np.float64]:
    from scipy.special import ndtr, ndtri

    below = ((replicates < estimate).sum() + 0.5 * (replicates == estimate).sum()) / len(replicates)
    edge = 0.5 / len(replicates)
    bias = float(ndtri(np.clip(below, edge, 1 - edge)))
    pull = left.mean() - left
    spread = float((pull**2).sum()) ** 1.5
    skew = float((pull**3).sum()) / (6 * spread) if spread > 0 else 0.0
    z = bias + ndtri(tails)
    return np.asarray(ndtr(bias + z / (1 - skew * z)), dtype=np.float64)
