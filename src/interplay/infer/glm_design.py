"""The design of a coupled Poisson regression, applied and never stored: history of all units, stimulus, constant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from interplay.ops import spike_history as kernel

Floats = NDArray[np.float64]

#: Numbers of the design that are laid out at once, where it must be.
_CHUNK = 2_000_000
#: What a design shares with one that explains other bins.
_SHARED = ("_entries", "_all_bins", "covariance", "axes")


@dataclass(frozen=True, eq=False)
class Design:
    """Rows of bins, run after run, each followed by L empty bins that no run reaches across.

    Parameters of a target are ordered: constant, S stimulus columns, then K for each of N sources.

    Attributes
    ----------
    counts : (T, N) float64 array
    weight : (T,) float64 array
        1 for bins that are explained, 0 for those that serve as history only, and for padding.
    basis : (L, K) float64 array
    stimulus : (T, S) float64 array
        Finite; what it holds where `weight` is 0 does not matter.
    """

    counts: Floats
    weight: Floats
    basis: Floats
    stimulus: Floats

    @classmethod
    def of_runs(cls, counts: Sequence[Floats], weights: Sequence[Floats], basis: Floats, stimulus: Sequence[Floats]):  # type: ignore[no-untyped-def]
        """Join runs of (T_k, N) counts, (T_k,) weights and (T_k, S) stimulus columns."""
        lags = len(basis)

        def padded(parts: Sequence[Floats]) -> Floats:
            widths = [(0, lags)] + [(0, 0)] * (parts[0].ndim - 1)
            return np.concatenate([np.pad(part, widths) for part in parts])

        return cls(padded(counts), padded(weights), basis, padded(stimulus))

    @property
    def n_units(self) -> int:
        """Number of units N."""
        return int(self.counts.shape[1])

    @property
    def n_rows(self) -> float:
        """Number of bins that are explained."""
        return float(self.weight.sum())

    @property
    def n_other(self) -> int:
        """Number of columns before the sources': the constant, and the stimulus."""
        return 1 + int(self.stimulus.shape[1])

    @property
    def n_columns(self) -> int:
        """Number of parameters P of a target."""
        return self.n_other + self.n_units * int(self.basis.shape[1])

    def reweighted(self, weight: Floats) -> Design:
        """Explain other bins of the same runs; what hangs on the columns alone is not computed anew."""
        other = Design(self.counts, weight, self.basis, self.stimulus)
        other.__dict__.update({name: self.__dict__[name] for name in _SHARED if name in self.__dict__})
        return other

    @cached_property
    def _entries(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        place, unit = np.nonzero(self.counts)
        return place, unit, self.counts[place, unit]

    def drive(self, theta: Floats) -> Floats:
        """Give the drive of M targets at every bin, (T, M), from their parameters, (P, M)."""
        place, unit, count = self._entries
        m, (lags, k) = theta.shape[1], self.basis.shape
        filters = np.matmul(self.basis, theta[self.n_other :].reshape(self.n_units, k, m))
        out = np.empty((len(self.counts), m))
        out[:] = theta[0]
        if self.n_other > 1:
            out += self.stimulus @ theta[1 : self.n_other]
        kernel.add_drive((place + 1) * m, unit, count, filters.reshape(self.n_units, lags * m), out.reshape(-1))
        return out

    def products(self, rows: Floats) -> Floats:
        """Give the design's transpose times (T, M) numbers, (P, M): of slopes, the gradient."""
        place, unit, count = self._entries
        m, (lags, k) = rows.shape[1], self.basis.shape
        out = np.empty((self.n_columns, m))
        out[0] = rows.sum(axis=0)
        if self.n_other > 1:
            out[1 : self.n_other] = self.stimulus.T @ rows
        after = np.zeros((self.n_units, lags * m))
        kernel.add_products((place + 1) * m, unit, count, rows.reshape(-1), after)
        block = np.matmul(self.basis.T, after.reshape(self.n_units, lags, m))
        out[self.n_other :] = block.reshape(self.n_units * k, m)
        return out

    @property
    def means(self) -> Floats:
        """Mean of every column but the constant, (P - 1,), over all bins with padding."""
        return np.asarray(self._all_bins[0])

    @cached_property
    def covariance(self) -> Floats:
        """Covariance of the columns, (P - 1, P - 1), over all bins with padding: positive semi-definite.

        From the products of counts at every lag alone. It serves as a start and a metric, and need not be exact.
        """
        mean, gram = self._all_bins
        return np.asarray(gram / len(self.counts) - np.outer(mean, mean))

    @cached_property
    def axes(self) -> tuple[Floats, Floats]:
        """Eigenvalues (P - 1,) and eigenvectors (P - 1, P - 1) of `covariance`."""
        value, vector = np.linalg.eigh(self.covariance)
        return np.maximum(value, 0.0), vector

    @cached_property
    def _all_bins(self) -> tuple[Floats, Floats]:
        place, unit, count = self._entries
        n, (lags, k) = self.n_units, self.basis.shape
        lagged = np.zeros((lags, n, n))
        kernel.add_lag_products(place, unit, count, lagged)
        # A source's column at t sees its count at t - l through basis[l]: columns i, l and j, m meet in count_i(t - l)
        # count_j(t - m), at distance l - m.
        reach = np.arange(lags)
        at = reach[:, None] - reach[None, :]
        overlap = np.zeros((2 * lags - 1, k, k))
        np.add.at(overlap, at + lags - 1, self.basis[:, None, :, None] * self.basis[None, :, None, :])
        both = np.concatenate([lagged[:0:-1].transpose(0, 2, 1), lagged])
        history = np.einsum("dij,dab->iajb", both, overlap, optimize=True).reshape(n * k, n * k)
        s = self.n_other - 1
        gram = np.empty((s + n * k, s + n * k))
        gram[s:, s:] = 0.5 * (history + history.T)
        mean = np.empty(s + n * k)
        mean[s:] = (self.counts.sum(axis=0)[:, None] * self.basis.sum(axis=0)).ravel() / len(self.counts)
        if s:
            gram[:s, :s] = self.stimulus.T @ self.stimulus
            gram[:s, s:] = self.products(self.stimulus)[self.n_other :].T
            gram[s:, :s] = gram[:s, s:].T
            mean[:s] = self.stimulus.mean(axis=0)
        return mean, gram

    def information(self, curvature: Floats) -> Floats:
        """Sum curvature times outer products of the design's rows.

        Parameters
        ----------
        curvature : (T, M) float64 array
            Of M targets; a bin where all are 0 costs nothing.

        Returns
        -------
        (M, P, P) float64 array
        """
        place, unit, count = self._entries
        m, p, total = curvature.shape[1], self.n_columns, len(self.counts)
        out = np.zeros((m, p, p))
        size = max(_CHUNK // p, 1)
        for first in range(0, total, size):
            last = min(first + size, total)
            if not curvature[first:last].any():
                continue
            rows = np.zeros((last - first, p))
            rows[:, 0] = 1.0
            rows[:, 1 : self.n_other] = self.stimulus[first:last]
            a, b = np.searchsorted(place, (first - len(self.basis), last - 1))
            history = np.zeros((last - first, p - self.n_other))
            kernel.add_features(place[a:b], unit[a:b], count[a:b], self.basis, first, history)
            rows[:, self.n_other :] = history
            for j in range(m):
                scaled = rows * np.sqrt(curvature[first:last, j])[:, None]
                out[j] += scaled.T @ scaled
        return out
