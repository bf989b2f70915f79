"""The trivial explanations: what each window looks like without any network in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Recording, Snapshots

#: Bin of the raw correlation, s; a window always holds at least `_LEAST_BINS` bins.
_BIN_S = 0.1
_LEAST_BINS = 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Features:
    """Vectors to read out from.

    Attributes
    ----------
    name : str
    values : (S, D) float64 array
    about : str
        What the columns are.
    """

    name: str
    values: NDArray[np.float64]
    about: str


def baseline_features(recording: Recording, snapshots: Snapshots) -> tuple[Features, ...]:
    """Compute every mandatory baseline for the windows of some snapshots.

    Parameters
    ----------
    recording : Recording
        Its spikes where it has them, else its traces.
    snapshots : Snapshots
        Their windows, and their degrees and strengths.

    Returns
    -------
    tuple of Features
        "firing rate" (N columns), "population rate" (1), "raw correlation" (N (N - 1) / 2), "degree and strength" (2 N,
        or 4 N if directed) and "time alone" (3).

    Notes
    -----
    O(S B N^2) for the raw correlation with B bins per window; memory S N (N - 1) / 2 numbers.
    """
    activity, about = _activity(recording, snapshots.bounds)
    pairs = "correlation of spike counts" if recording.events is not None else "correlation of traces"
    return (
        Features(name="firing rate", values=activity, about=about),
        Features(
            name="population rate", values=activity.mean(axis=1, keepdims=True), about=f"{about}, mean over units"
        ),
        Features(
            name="raw correlation",
            values=raw_correlation(recording, snapshots.bounds),
            about=f"{pairs}, every pair, no threshold; 0 where a unit is constant in the window",
        ),
        Features(
            name="degree and strength",
            values=node_strength(snapshots),
            about="number and summed weight of each node's edges" + (", out and in" if snapshots.directed else ""),
        ),
        Features(
            name="time alone", values=slow_clock(snapshots.bounds), about="cubic polynomial of the window's centre"
        ),
    )


def edge_vectors(snapshots: Snapshots) -> Features:
    """Lay the edges of every snapshot out as one vector.

    Parameters
    ----------
    snapshots : Snapshots

    Returns
    -------
    Features
        (S, N (N - 1) / 2) values if undirected, (S, N (N - 1)) if directed, without self-edges; pairs without an edge,
        or with an absent node, are 0.

    Notes
    -----
    Memory S x D numbers: 4 MB per window for 1000 undirected nodes.
    """
    n, pair_of = snapshots.n_nodes, snapshots.src != snapshots.dst
    src, dst, owner = snapshots.src[pair_of], snapshots.dst[pair_of], snapshots.snapshot[pair_of]
    if snapshots.directed:
        column = src * (n - 1) + dst - (dst > src)
        width = n * (n - 1)
    else:
        column = src * (2 * n - src - 1) // 2 + dst - src - 1
        width = n * (n - 1) // 2
    values = np.zeros((len(snapshots), width))
    values[owner, column] = snapshots.weight[pair_of]
    kind = "every ordered pair" if snapshots.directed else "every pair"
    return Features(name="network edges", values=values, about=f"edge weights, {kind}; 0 where no edge is stored")


def node_strength(snapshots: Snapshots) -> NDArray[np.float64]:
    """Count and sum the edges of every node in every snapshot.

    Parameters
    ----------
    snapshots : Snapshots

    Returns
    -------
    (S, 2 N) or (S, 4 N) float64 array
        Degree and strength; if directed, both out, then both in. Self-edges are left out.
    """
    n, pair_of = snapshots.n_nodes, snapshots.src != snapshots.dst
    owner, weight = snapshots.snapshot[pair_of], snapshots.weight[pair_of]
    size = len(snapshots) * n

    def both(node: NDArray[np.int64]) -> NDArray[np.float64]:
        slot = owner * n + node[pair_of]
        count = np.bincount(slot, minlength=size).reshape(-1, n)
        total = np.bincount(slot, weights=weight, minlength=size).reshape(-1, n)
        return np.concatenate([count, total], axis=1).astype(np.float64)

    out, into = both(snapshots.src), both(snapshots.dst)
    return np.concatenate([out, into], axis=1) if snapshots.directed else out + into


def raw_correlation(recording: Recording, bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate binned spike counts, or samples of traces, of every pair of units in every window.

    Parameters
    ----------
    recording : Recording
    bounds : (S, 2) float array, s

    Returns
    -------
    (S, N (N - 1) / 2) float64 array, in [-1, 1]
        Pearson's coefficient, pairs in the order of the upper triangle; 0 where a unit is constant in the window or
        has a missing sample there.

    Notes
    -----
    Bins of 0.1 s, or a tenth of the window where that is shorter; the bins divide the window evenly.
    """
    upper = np.triu_indices(recording.n_units, 1)
    out = np.zeros((len(bounds), len(upper[0])))
    for s, (start, stop) in enumerate(bounds):
        values = _binned(recording, float(start), float(stop))
        # Not from the deviations: the mean of equal numbers is rounded, and the unit of the traces may be tiny.
        varies = (values != values[0]).any(axis=0)
        values = values - values.mean(axis=0)
        scale = np.sqrt((values**2).sum(axis=0))
        good = np.isfinite(scale) & (scale > 0) & varies
        unit = np.where(good, values / np.where(good, scale, 1.0), 0.0)
        out[s] = np.clip(unit.T @ unit, -1, 1)[upper]
    return out


def slow_clock(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the first three Legendre polynomials of the window's centre, scaled to [-1, 1] over all windows, (S, 3)."""
    centre = bounds.mean(axis=1)
    reach = centre.max() - centre.min()
    t = 2 * (centre - centre.min()) / reach - 1 if reach > 0 else np.zeros(len(centre))
    return np.column_stack([t, 1.5 * t**2 - 0.5, 2.5 * t**3 - 1.5 * t])


def _activity(recording: Recording, bounds: NDArray[np.float64]) -> tuple[NDArray[np.float64], str]:
    if recording.events is not None:
        seconds = np.array([recording.observed.window(a, b).total for a, b in bounds], dtype=np.float64)
        if (seconds <= 0).any():
            k = int(np.argmax(seconds <= 0))
            raise DataError(
                f"every window must touch observed time, but window {k}, [{bounds[k, 0]:g}, {bounds[k, 1]:g}) s, holds "
                "none. Leave it out."
            )
        return recording.events.counts(bounds) / seconds[:, None], "spikes per observed second of each unit"
    rows = []
    for start, stop in bounds:
        rows.append(_samples(recording, float(start), float(stop)).mean(axis=0))
    values = np.stack(rows)
    missing = np.isnan(values)
    if missing.any():
        s, i = (int(k) for k in np.argwhere(missing)[0])
        raise DataError(
            f"`recording.traces` must be complete inside the windows, but unit {i} has missing samples in window {s} "
            f"[{bounds[s, 0]:g}, {bounds[s, 1]:g}) s. Leave that window or unit out."
        )
    return values, "mean trace of each unit"


def _samples(recording: Recording, start: float, stop: float) -> NDArray[np.float64]:
    assert recording.traces is not None
    a, b = np.searchsorted(recording.traces.time, (start, stop))
    if a == b:
        raise DataError(f"every window must hold a sample of the traces, but [{start:g}, {stop:g}) s holds none.")
    return np.asarray(recording.traces.values[a:b], dtype=np.float64)


def _binned(recording: Recording, start: float, stop: float) -> NDArray[np.float64]:
    if recording.events is None:
        return _samples(recording, start, stop)
    events, n = recording.events, recording.n_units
    bins = max(_LEAST_BINS, round((stop - start) / _BIN_S))
    a, b = np.searchsorted(events.time, (start, stop))
    place = np.minimum(((events.time[a:b] - start) * (bins / (stop - start))).astype(np.int64), bins - 1)
    return np.bincount(place * n + events.unit[a:b], minlength=bins * n).reshape(bins, n).astype(np.float64)
