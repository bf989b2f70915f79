"""What correlograms give back: counts of all pairs, bands of a null, and networks of synapses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from interplay.data import Snapshots
from interplay.infer.results import NetworkResult


@dataclass(frozen=True, eq=False, kw_only=True)
class Correlograms:
    """Cross-correlograms of all pairs.

    Attributes
    ----------
    following : (N, N, M + 1) int32 array
        Entry [i, j, k]: how often a spike of j came k bins after one of i. Both sides of a pair's correlogram are here,
        under [i, j] and [j, i]; nothing is stored twice.
    bin_s : float, s
        Bin k holds lags d with ``|d|`` in ``[(k - 1/2) bin_s, (k + 1/2) bin_s)``.
    size : (N,) int64 array
        Spikes per unit.
    observed : (R, 2) float64 array, s
        The stretches that were looked through; no pair of spikes spans two of them.
    """

    following: NDArray[np.int32]
    bin_s: float
    size: NDArray[np.int64]
    observed: NDArray[np.float64]

    @property
    def lag_s(self) -> NDArray[np.float64]:
        """Centres of the bins of `pair`, (2 M + 1,), s."""
        m = self.following.shape[2] - 1
        return np.arange(-m, m + 1) * self.bin_s

    def pair(self, i: int, j: int) -> NDArray[np.int64]:
        """Give one correlogram.

        Parameters
        ----------
        i, j : int
            Units. Equal ones give the autocorrelogram, in which no spike is counted with itself.

        Returns
        -------
        (2 M + 1,) int64 array
            Counts of ``t_j - t_i`` by the bins of `lag_s`.
        """
        ahead, behind = self.following[i, j].astype(np.int64), self.following[j, i].astype(np.int64)
        return np.concatenate([behind[:0:-1], [ahead[0] + behind[0]], ahead[1:]])

    def expected(self, i: int, j: int) -> NDArray[np.float64]:
        """Give the counts that independent trains of constant rates would show on average.

        Parameters
        ----------
        i, j : int
            Different units.

        Returns
        -------
        (2 M + 1,) float64 array
            ``n_i n_j b sum_r (T_r - |lag|) / T^2`` with stretches of length T_r, T in all: the triangle by which fewer
            pairs of moments are far apart than near.
        """
        length = self.observed[:, 1] - self.observed[:, 0]
        room = np.maximum(length[:, None] - np.abs(self.lag_s), 0.0).sum(axis=0)
        return np.asarray(self.size[i] * float(self.size[j]) * self.bin_s * room / length.sum() ** 2)


@dataclass(frozen=True, eq=False, kw_only=True)
class JitterBands:
    """What the correlograms of some pairs look like when timing finer than an interval is taken away.

    Attributes
    ----------
    pairs : (K, 2) int64 array
    counts : (K, 2 M + 1) int64 array
        Observed.
    mean : (K, 2 M + 1) float64 array
        Over the surrogates.
    pointwise, simultaneous : (K, 2, 2 M + 1) float64 arrays
        Lower and upper limits: each lag by itself; all lags together (the greatest standardised departure of a
        surrogate from the mean).
    pvalue : (K,) float64 array
        Of the greatest standardised departure over all lags.
    lag_s : (2 M + 1,) float64 array, s
    """

    pairs: NDArray[np.int64]
    counts: NDArray[np.int64]
    mean: NDArray[np.float64]
    pointwise: NDArray[np.float64]
    simultaneous: NDArray[np.float64]
    pvalue: NDArray[np.float64]
    lag_s: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class CorrelogramGallery:
    """The correlograms behind the most significant edges, in order of their p-values.

    Attributes
    ----------
    window : (K,) int64 array
    src, dst : (K,) int64 arrays
    counts : (K, 2 M + 1) int64 array
        Target minus source, so that a synapse shows at positive lags.
    baseline : (K, 2 M + 1) float64 array
        What the neighbouring lags lead to expect; NaN where no lag is left to compare with.
    lag_s : (2 M + 1,) float64 array, s
    """

    window: NDArray[np.int64]
    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    counts: NDArray[np.int64]
    baseline: NDArray[np.float64]
    lag_s: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class CorrelogramResult(NetworkResult):
    """Networks of short-latency peaks and troughs. Arrays of E entries go with the edges of `snapshots`.

    Attributes
    ----------
    kind : (E,) int8 array
        1 excitatory, -1 inhibitory, 0 not significant at `alpha` after the correction, or of a sign that the lags
        before zero, or those after, do not confirm by themselves.
    latency_s : (E,) float64 array, s
        Centre of the bin that departs most in the direction of the weight.
    observed, expected : (E,) float64 arrays
        Coincidences in the lag window and what the baseline expects there: the power of the test. Below about three
        expected coincidences not even their absence is significant, and no inhibition can be seen.
    gallery : CorrelogramGallery
    """

    kind: NDArray[np.int8]
    latency_s: NDArray[np.float64]
    observed: NDArray[np.float64]
    expected: NDArray[np.float64]
    gallery: CorrelogramGallery

    def with_edges(self, kept: Snapshots) -> Self:
        """Give the same result with some of its edges; see `NetworkResult.with_edges`.

        Parameters
        ----------
        kept : Snapshots

        Returns
        -------
        CorrelogramResult
        """
        row = np.searchsorted(_edge_keys(self.snapshots), _edge_keys(kept))
        edges = {name: getattr(self, name)[row] for name in ("kind", "latency_s", "observed", "expected")}
        return replace(self, snapshots=kept, **edges)


def _edge_keys(snapshots: Snapshots) -> NDArray[np.int64]:
    """Give every edge a number by window, source and target: rising, as edges are stored."""
    n = snapshots.n_nodes
    return np.asarray((snapshots.snapshot * n + snapshots.src) * n + snapshots.dst)
