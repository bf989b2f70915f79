"""How surprising a number of coincidences between two sparse trains is, when surrogates have hardly seen any.

Two trains with a few spikes each coincide rarely. Then no surrogate may hold a single coincidence, its values hardly
vary, and any law fitted to them calls one chance coincidence impossible. The number of coincidences itself follows a
simple law.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Above this many expected coincidences the surrogates vary enough to speak for themselves.
_FEW = 10.0


def binned_coincidences(
    active: NDArray[np.bool_], a: NDArray[np.int64], b: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count what coincidences of binned trains hang on.

    Parameters
    ----------
    active : (T, n) bool array
        Which bins hold a spike of a unit; every unit has one.
    a, b : (P,) int arrays
        The units of each pair.

    Returns
    -------
    bursts : (2, P) float64 array
        Runs of neighbouring active bins of a, and of b.
    chance : (2, P) float64 array
        Probability that such a run, put anywhere, shares a bin with the other unit; may exceed 1 where spikes are many.
    """
    bins = active.sum(axis=0).astype(np.float64)
    bursts = (active & ~np.vstack([np.zeros_like(active[:1]), active[:-1]])).sum(axis=0).astype(np.float64)
    extent = bins / bursts - 1.0
    chance = np.stack([bins[b] + bursts[b] * extent[a], bins[a] + bursts[a] * extent[b]]) / len(active)
    return bursts[np.stack([a, b])], chance


def few_coincidences(
    active: NDArray[np.bool_], a: NDArray[np.int64], b: NDArray[np.int64], lags: float = 1.0
) -> NDArray[np.bool_]:
    """Tell of which pairs of binned trains fewer than 10 coincidences are expected by chance, (P,) bool.

    Parameters
    ----------
    active : (T, n) bool array
        Which bins hold a spike of a unit; every unit has one.
    a, b : (P,) int arrays
        The units of each pair.
    lags : float, >= 1
        At how many lags a coincidence counts.

    Notes
    -----
    Coincidences are counted in runs of active bins, from the side where they are fewer. Of such a pair surrogates take
    few values and have rare large ones, so that no law can be fitted, whatever is measured.
    """
    bursts, chance = binned_coincidences(active, a, b)
    return np.asarray(lags * (bursts * chance).min(axis=0) < _FEW)


def coincidence_floor(
    hits: NDArray[np.float64],
    spikes: NDArray[np.float64],
    bursts: NDArray[np.float64],
    chance: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give the smallest p-value that rare coincidences can support.

    Parameters
    ----------
    hits : (2, P) float array
        Spikes of one unit of the pair that lie near a spike of the other, seen from either side.
    spikes : (2, P) float array, > 0
        Spikes of that unit.
    bursts : (2, P) float array, >= 1
        Its bursts: runs of spikes whose tiles touch. The spikes of a burst coincide together or not at all, so bursts,
        not spikes, are independent trials.
    chance : (2, P) float array, in [0, 1]
        Probability that one burst, put anywhere in the window, lies near a spike of the other unit.

    Returns
    -------
    (P,) float64 array, in [0, 1]
        The larger of the two binomial tails P(at least as many bursts that coincide); 0 where more than 10 coincidences
        are expected from either side, and the surrogates need no help.

    Notes
    -----
    The share of hits is taken for the share of bursts, rounded up to a whole burst. O(P).
    """
    from scipy.special import bdtrc

    seen = np.ceil(hits / spikes * bursts - 1e-9)
    tail = np.where(seen > 0, bdtrc(np.maximum(seen - 1.0, 0.0), bursts.astype(np.int64), np.minimum(chance, 1.0)), 1.0)
    few = (bursts * chance).min(axis=0) < _FEW
    return np.asarray(np.where(few, tail.max(axis=0), 0.0))
