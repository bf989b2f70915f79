"""Samples and their filtered history, laid end to end, as switching models read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.infer.sequences import SampleRuns

#: Smallest range of a trace, as a share of its largest value.
_ROUNDING = 1e-13


def decaying_basis(lags: int) -> NDArray[np.float64]:
    """Give the weights of the last `lags` samples: proportional to ``exp(-k)``, summing to 1.

    Parameters
    ----------
    lags : int, >= 1

    Returns
    -------
    (lags,) float64 array
        The most recent sample first.
    """
    falling = np.exp(-np.arange(1.0, lags + 1))
    return np.asarray(falling / falling.sum())


def filtered_history(values: NDArray[np.float64], basis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Filter the samples before each one; the first `lags` rows, whose past is cut off, are NaN.

    Parameters
    ----------
    values : (T, N) float64 array
    basis : (L,) float64 array

    Returns
    -------
    (T, N) float64 array
    """
    out = np.full(values.shape, np.nan)
    lags = len(basis)
    if len(values) > lags:
        out[lags:] = 0.0
        for k, part in enumerate(basis, 1):
            out[lags:] += part * values[lags - k : len(values) - k]
    return out


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """What the model is fitted to.

    Attributes
    ----------
    x, h : (T, n) float64 arrays
        Samples, and filtered history; 0 where not `known`.
    known : (T,) bool array
        Samples that are complete, with a complete past. The others say nothing about the state.
    pointer : (K + 1,) int64 array
        Where pieces start and end.
    units : (n,) int64 array
        Which units of the recording, in an order that hangs on their activity alone.
    centre, scale : (n,) float64 arrays
        Taken off, and divided by: of traces; 0 and 1 for counts.
    """

    x: NDArray[np.float64]
    h: NDArray[np.float64]
    known: NDArray[np.bool_]
    pointer: NDArray[np.int64]
    units: NDArray[np.int64]
    centre: NDArray[np.float64]
    scale: NDArray[np.float64]

    def take(self, pieces: Sequence[tuple[int, int]]) -> Design:
        """Keep some stretches of samples, each a piece of its own; their past stays what it was."""
        rows = np.concatenate([np.arange(a, b) for a, b in pieces])
        pointer = np.cumsum([0, *(b - a for a, b in pieces)])
        return replace(self, x=self.x[rows], h=self.h[rows], known=self.known[rows], pointer=pointer)

    @property
    def n_known(self) -> int:
        """Number of samples that say something."""
        return int(self.known.sum())


def varying(runs: SampleRuns) -> NDArray[np.int64]:
    """Name the units whose activity varies, in an order that relabelling cannot change.

    Sums and products then come out the same to the last bit, whatever the units are called.

    Parameters
    ----------
    runs : SampleRuns

    Returns
    -------
    (n,) int64 array

    Raises
    ------
    DataError
        If there is none.
    """
    whole = np.concatenate(runs.values)
    seen = np.isfinite(whole)
    first = np.array([column[good][0] if good.any() else np.nan for column, good in zip(whole.T, seen.T, strict=True)])
    size = np.where(seen, np.abs(whole), 0.0).max(axis=0, initial=0.0)
    # What differs by rounding alone does not vary.
    varies = (seen & (np.abs(whole - first) > _ROUNDING * size)).any(axis=0)
    if not varies.any():
        raise DataError(
            f"`data` must hold a unit whose activity varies, got {runs.n_units} that are silent, constant or missing "
            "throughout. Nothing can be inferred from them."
        )
    found = np.flatnonzero(varies).tolist()
    return np.array(sorted(found, key=lambda j: (np.nansum(whole[:, j]), whole[:, j].tobytes())), dtype=np.int64)


def design(
    runs: SampleRuns,
    basis: NDArray[np.float64],
    *,
    units: NDArray[np.int64],
    centre: NDArray[np.float64],
    scale: NDArray[np.float64],
) -> Design:
    """Lay runs end to end.

    Parameters
    ----------
    runs : SampleRuns
    basis : (L,) float64 array
    units : (n,) int64 array
        Which to take, in which order.
    centre, scale : (n,) float64 arrays
        Taken off, and divided by.

    Returns
    -------
    Design

    Raises
    ------
    DataError
        If no sample has a complete past.
    """
    parts = [(values[:, units] - centre) / scale for values in runs.values]
    past = np.concatenate([filtered_history(part, basis) for part in parts])
    x = np.concatenate(parts)
    known = np.isfinite(x).all(axis=1) & np.isfinite(past).all(axis=1)
    if not known.any():
        raise DataError(
            f"`data` must hold samples that are complete together with the {len(basis)} before them, got none among "
            f"{len(x)}. Lower `lags`, or leave out the units with missing samples."
        )
    return Design(
        x=np.where(known[:, None], x, 0.0),
        h=np.where(known[:, None], past, 0.0),
        known=known,
        pointer=np.cumsum([0, *map(len, parts)]),
        units=units,
        centre=centre,
        scale=scale,
    )


def trace_scale(runs: SampleRuns, units: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give mean and standard deviation of traces over all runs, (n,) each."""
    whole = np.concatenate(runs.values)[:, units]
    return np.nanmean(whole, axis=0), np.nanstd(whole, axis=0)
