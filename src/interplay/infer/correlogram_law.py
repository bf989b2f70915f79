"""What a correlogram leads to expect at a short lag, and how unlikely the count found there is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_EDGE = 1e-6


@dataclass(frozen=True, eq=False, slots=True)
class LagWeights:
    """Weights that turn a correlogram into counts and expectations of B tests, for G kinds of pairs.

    Attributes
    ----------
    inside : (G, B, L) float64 array
        1 for the lags ``0, 1, ..`` bins that a test counts.
    ahead, behind : (G, B, L) float64 arrays
        Weights of the baseline at ``0, 1, ..`` and at ``0, -1, ..`` bins; they sum to the number of bins counted.
        The last of the B is all tested bins taken together.
    per_count : (B,) float64 array
        ``sum a^2 / sum a`` of ordinary pairs: for how many tested coincidences one of the baseline stands.
    """

    inside: NDArray[np.float64]
    ahead: NDArray[np.float64]
    behind: NDArray[np.float64]
    per_count: NDArray[np.float64]


def tested_bins(bin_s: float, low_s: float, high_s: float) -> NDArray[np.int64]:
    """Name the bins whose centres lie in [low_s, high_s]."""
    return np.arange(int(np.ceil(low_s / bin_s - _EDGE)), int(np.floor(high_s / bin_s + _EDGE)) + 1)


def dead_bins(bin_s: float, dead_s: float) -> int:
    """Count the bins to either side of zero that reach below `dead_s`."""
    return int(np.ceil(dead_s / bin_s - _EDGE))


def lag_weights(
    n_lags: int, bin_s: float, bins: NDArray[np.int64], dead_bins: int, sigma_s: float, length_s: float
) -> LagWeights:
    """Lay down a fully hollowed Gaussian baseline for every tested bin.

    Parameters
    ----------
    n_lags : int, L
        Bins on one side, the zero bin included.
    bin_s : float, s
    bins : (B,) int64 array
        Tested.
    dead_bins : int, >= 0
        For pairs on one electrode the bins up to this lag, to both sides, are not looked at.
    sigma_s : float, s
        Width of the Gaussian.
    length_s : float, s
        Of the window, for the triangle of fewer pairs at longer lags.

    Returns
    -------
    LagWeights
        With G = 2: ordinary pairs, and pairs on one electrode.
    """
    lag = np.arange(-n_lags + 1, n_lags)
    room = np.maximum(length_s - np.abs(lag) * bin_s, 0.0)
    inside = np.zeros((2, len(bins), n_lags))
    full = np.zeros((2, len(bins), len(lag)))
    for g, dead in enumerate((0, dead_bins)):
        usable = (np.abs(lag) > dead) & ~np.isin(np.abs(lag), bins) & (room > 0)
        for b, k in enumerate(bins):
            if k <= dead:
                continue
            inside[g, b, k] = 1.0
            near = np.where(usable, np.exp(-0.5 * ((lag - k) * bin_s / sigma_s) ** 2), 0.0)
            if near.sum() > 0:
                # Rates per pair of moments: counts at other lags are scaled to the room there is at this one.
                share = near / near.sum()
                full[g, b] = np.divide(share * room[n_lags - 1 + k], room, out=np.zeros_like(share), where=room > 0)
    inside = np.concatenate([inside, inside.sum(axis=1, keepdims=True)], axis=1)
    full = np.concatenate([full, full.sum(axis=1, keepdims=True)], axis=1)
    per_count = np.divide(
        (full[0] ** 2).sum(axis=1), full[0].sum(axis=1), out=np.ones(len(bins) + 1), where=full[0].any(axis=1)
    )
    return LagWeights(inside, full[:, :, n_lags - 1 :].copy(), full[:, :, n_lags - 1 :: -1].copy(), per_count)


def count_pvalues(
    counted: NDArray[np.float64],
    expected: NDArray[np.float64],
    spread: NDArray[np.float64],
    per_count: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Say how unlikely a count is, given a baseline that is itself estimated from counts.

    Parameters
    ----------
    counted : (P, B) float array
    expected : (P, B) float array
        ``sum_l a_l c_l`` over the baseline's lags.
    spread : (P, B) float array
        ``sum_l a_l^2 c_l``, the variance of `expected`.
    per_count : (B,) float array
        ``sum a^2 / sum a``: the least that ``spread / expected`` is taken for. A few counts at far lags, where weights
        are small, would otherwise claim to know that nothing is to be expected.

    Returns
    -------
    upper, lower : (P, B) float arrays, in [0, 1]
        Probability of more, of fewer, half of equally many taken to either.

    Notes
    -----
    The baseline is worth K = expected^2 / spread counts, each standing for r = spread / expected of the count tested.
    With Jeffreys' prior for their Poisson mean, the tested count is negative binomial with shape K + 1/2 and mean
    (K + 1/2) r; for a baseline without error it is Poisson, the published test.
    """
    from scipy.special import betainc

    some = expected > 0
    own = np.divide(spread, expected, out=np.zeros_like(expected), where=some)
    ratio = np.maximum(own, per_count)
    shape = expected / ratio + 0.5
    more = ratio / (1.0 + ratio)
    at_least = np.where(counted > 0, betainc(np.maximum(counted, 1), shape, more), 1.0)
    above = betainc(counted + 1, shape, more)
    at_most = betainc(shape, counted + 1, 1 / (1 + ratio))
    below = np.where(counted > 0, betainc(shape, np.maximum(counted, 1), 1 / (1 + ratio)), 0.0)
    return (at_least + above) / 2, (at_most + below) / 2


def smooth_baseline(
    n_lags: int, bin_s: float, bins: NDArray[np.int64], dead: int, sigma_s: float
) -> NDArray[np.float64]:
    """Lay down what the other lags lead to expect at every lag, for a picture of the whole correlogram.

    Parameters
    ----------
    n_lags, bin_s, bins, sigma_s
        As in `lag_weights`.
    dead : int, >= 0
        Bins up to this lag, to both sides, are not looked at.

    Returns
    -------
    (2 L - 1, 2 L - 1) float64 array
        Rows sum to 1, or are NaN where no lag is left.
    """
    lag = np.arange(-n_lags + 1, n_lags)
    usable = (np.abs(lag) > dead) & ~np.isin(np.abs(lag), bins)
    near = np.exp(-0.5 * ((lag[:, None] - lag) * bin_s / sigma_s) ** 2) * usable
    near[np.arange(len(lag)), np.arange(len(lag))] = 0.0
    total = near.sum(axis=1, keepdims=True)
    share: NDArray[np.float64] = np.divide(near, total, out=np.full_like(near, np.nan), where=total > 0)
    return share
