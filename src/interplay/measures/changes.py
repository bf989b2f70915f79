"""When the network changed: exact kernel segmentation, a permutation of disjoint windows, and mixing windows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_increasing, require_setting
from interplay._core.errors import DataError
from interplay._core.rng import stream
from interplay.data import Recording, Snapshots
from interplay.measures.layers import Floats
from interplay.measures.over_time import Similarity, recurrence
from interplay.measures.results import ChangePoints

#: Candidate times per change and pass of the refinement.
_GRID = 21


def change_points(
    gram: ArrayLike,
    bounds: ArrayLike,
    *,
    n_changes: int | None = None,
    most: int = 10,
    least_windows: int = 2,
    alpha: float = 0.05,
    n_permutations: int = 199,
    seed: int = 0,
) -> ChangePoints:
    """Segment windows so that each stretch is alike inside, from their similarity matrix.

    Parameters
    ----------
    gram : (S, S) float array
        Inner products of the windows in any feature space (for a recurrence matrix: cosines). Symmetric.
    bounds : (S, 2) float array, s
        Half-open windows by rising start; they may overlap.
    n_changes : int or None
        Take this many and test nothing. None: as many as the permutation test supports.
    most : int, >= 0
        Largest number of changes looked for.
    least_windows : int, >= 1
        Shortest regime, in disjoint windows.
    alpha : float, in (0, 1)
        A further change is accepted while the p-value is at most this.
    n_permutations : int, >= 1
    seed : int

    Returns
    -------
    ChangePoints
        None at all (with a note) where there are too few windows to test.

    Raises
    ------
    DataError, ConfigError
        On shapes, order or asymmetry; on settings out of range; if `n_changes` do not fit.

    Notes
    -----
    *Cost.* The scatter of each stretch around its mean in feature space; the best cut for every number of stretches is
    found exactly by dynamic programming.

    *How many.* Neighbouring windows that overlap are alike under any hypothesis, so the test looks only at disjoint
    ones: windows 0, L, 2 L ..., with L the smallest lag at which windows share no moment. Starting with D = 0: they are
    permuted inside the D + 1 stretches found; the statistic is the largest, over all larger numbers of stretches, of
    the standardised fall of the total scatter; if it beats the permuted ones, D rises by one. Exact for D = 0 if
    disjoint windows are exchangeable without a change; slow drifts break that and are reported as changes. (Permuting
    blocks of overlapping windows instead is not exact: it cuts the likeness between neighbouring blocks too.)

    *When.* Windows that contain a change are mixtures. The times minimise the squared error of the model in which each
    window's features are the regimes' features weighted by the part of the window spent in each, by coordinate descent
    on a grid (finest step: 1/100 of a window or of the distance between centres, whichever is longer).

    *Gain.* The scatter that comes back if one change is taken away, over the total; where an old state returns, the
    gains of several changes may add up to more than one.

    Time O(most B^2) per permutation for B disjoint windows, O(most S^2) for the cut.

    References
    ----------
    Harchaoui, Cappe (2007), IEEE SSP, 768-772. Arlot, Celisse, Harchaoui (2019), J. Machine Learning Research 20(162).
    Deviation: their penalty assumes independent items, so the number of changes comes from permutation instead.
    """
    kernel, edges = _checked(gram, bounds)
    for name, value, least in (
        ("most", most, 0),
        ("least_windows", least_windows, 1),
        ("n_permutations", n_permutations, 1),
    ):
        require_setting(name, value, least=least)
    require_setting("alpha", alpha, above=0, below=1)
    lag = disjoint_lag(edges)
    shortest = lag * least_windows
    fits = len(edges) // shortest - 1
    if n_changes is None:
        pvalues, note = _count_changes(kernel, lag, least_windows, min(most, fits), alpha, n_permutations, seed)
        if fits < 1:
            note = (
                f"no change could be looked for: {len(edges)} windows, and the shortest regime takes {shortest} "
                f"({least_windows} disjoint ones, one every {lag})."
            )
        found = int((pvalues <= alpha).sum()) if len(pvalues) else 0
    else:
        require_setting("n_changes", n_changes, least=0, most=max(fits, 0))
        pvalues, found, note = None, n_changes, f"{n_changes} changes were asked for, not tested."
    return _located(kernel, edges, found, shortest, None if pvalues is None else pvalues[:found], note)


def network_changes(snapshots: Snapshots, *, similarity: Similarity = "correlation", **search: Any) -> ChangePoints:
    """When the network changed, from the similarity of its windows.

    Parameters
    ----------
    snapshots : Snapshots
    similarity : {"correlation", "cosine"}
        Of signed edge weights over the pairs present in both windows; blind to a common factor of all weights.
    **search
        Settings of `change_points`.

    Returns
    -------
    ChangePoints
        Where a similarity is undefined (a window without variation), zero is used and a note says so.

    Raises
    ------
    DataError, ConfigError
        As in `change_points`.
    """
    return changes_from_recurrence(recurrence(snapshots, similarity=similarity), snapshots.bounds, **search)


def changes_from_recurrence(table: ArrayLike, bounds: ArrayLike, **search: Any) -> ChangePoints:
    """When the states of a recurrence matrix changed.

    Parameters
    ----------
    table : (S, S) float array, in [-1, 1]
        NaN where undefined: zero is used there (one on the diagonal), and a note says so.
    bounds : (S, 2) float array, s
    **search
        Settings of `change_points`.

    Returns
    -------
    ChangePoints
    """
    kernel = np.array(Shapes().array("table", table, "S S", finite=False))
    unknown = np.isnan(kernel)
    kernel[unknown] = 0.0
    kernel[np.diag_indices(len(kernel))] = 1.0
    found = change_points(kernel, bounds, **search)
    if not unknown.any():
        return found
    note = f"{int(unknown.sum())} of {unknown.size} similarities of windows were undefined and taken as zero."
    return ChangePoints(
        time_s=found.time_s,
        index=found.index,
        regime=found.regime,
        gain=found.gain,
        pvalues=found.pvalues,
        notes=(*found.notes, note),
    )


def rate_changes(recording: Recording, bounds: ArrayLike, **search: Any) -> ChangePoints:
    """When firing rates changed, by the same procedure: the baseline of `network_changes`.

    Parameters
    ----------
    recording : Recording
        With spikes.
    bounds : (S, 2) float array, s
    **search
        Settings of `change_points`.

    Returns
    -------
    ChangePoints
        From the inner products of the square roots of the rates of all units, which evens out Poisson noise, after
        each unit's mean over windows is subtracted.

    Raises
    ------
    DataError, ConfigError
        As in `firing_rates` and `change_points`.
    """
    root = np.sqrt(firing_rates(recording, bounds))
    root = root - root.mean(axis=0) if len(root) else root
    return change_points(root @ root.T, bounds, **search)


def firing_rates(recording: Recording, bounds: ArrayLike) -> Floats:
    """Spikes per observed second, for every window and unit.

    Parameters
    ----------
    recording : Recording
        With spikes.
    bounds : (S, 2) float array, s

    Returns
    -------
    (S, N) float64 array, Hz

    Raises
    ------
    DataError
        If the recording has no spikes, or a window holds no observed time.
    """
    if recording.events is None:
        raise DataError("`recording` must have `events` (spikes) to have firing rates, got traces only.")
    edges = Shapes().array("bounds", bounds, "S 2")
    seconds = np.array([recording.observed.window(a, b).total for a, b in edges], dtype=np.float64)
    if (seconds <= 0).any():
        k = int(np.argmax(seconds <= 0))
        raise DataError(f"`bounds` must touch observed time: window {k}, [{edges[k, 0]}, {edges[k, 1]}), holds none.")
    return np.asarray(recording.events.counts(edges) / seconds[:, None], dtype=np.float64)


def disjoint_lag(bounds: ArrayLike) -> int:
    """Smallest L such that windows s and s + L never share a moment.

    Parameters
    ----------
    bounds : (S, 2) float array, s
        By rising start.

    Returns
    -------
    int, >= 1
    """
    edges = Shapes().array("bounds", bounds, "S 2")
    # Sums of steps in floating point may overshoot a window's end by a hair; also where the clock counts from 1970 and
    # double precision is coarse, that is far less than a window.
    slack = np.maximum(1e-9 * (edges[:, 1] - edges[:, 0]), 4 * np.spacing(np.abs(edges).max(initial=0.0)))
    first_free = np.searchsorted(edges[:, 0], edges[:, 1] - slack, side="left")
    return int(max(1, (first_free - np.arange(len(edges))).max(initial=1)))


def _checked(gram: ArrayLike, bounds: ArrayLike) -> tuple[Floats, Floats]:
    shapes = Shapes()
    kernel = shapes.array("gram", gram, "S S").astype(np.float64)
    edges = shapes.array("bounds", bounds, "S 2")
    require_increasing("bounds[:, 0]", edges[:, 0], strictly=False, remedy="Sort the windows by their start.")
    if not np.allclose(kernel, kernel.T, rtol=1e-9, atol=1e-12 * np.abs(kernel).max(initial=0.0)):
        raise DataError("`gram` must be symmetric; it holds inner products. Symmetrise it first.")
    return np.ascontiguousarray((kernel + kernel.T) / 2.0), edges


def _count_changes(
    kernel: Floats, lag: int, least: int, most: int, alpha: float, n_permutations: int, seed: int
) -> tuple[Floats, str]:
    """P-values of the tests "D changes suffice", D = 0, 1, ..., up to the first above `alpha`."""
    from interplay.ops.segmentation import best_segmentations, segment_costs, shuffled_totals

    note = (
        f"number of changes from {n_permutations} permutations, inside regimes, of disjoint windows (every {lag} "
        f"windows), alpha {alpha:g}, at most {max(most, 0)}."
    )
    if most < 1:
        return np.empty(0), note
    apart = np.ascontiguousarray(kernel[::lag, ::lag])
    own = np.arange(len(apart))
    total, back = best_segmentations(segment_costs(apart, own), most + 1, least)
    pvalues: list[float] = []
    for d in range(most):
        cuts = [0, *_cuts(back, d, len(apart)), len(apart)]
        rng = stream(seed, "change points", d)
        orders = np.stack(
            [np.concatenate([rng.permutation(own[a:b]) for a, b in pairwise(cuts)]) for _ in range(n_permutations)]
        )
        null = shuffled_totals(apart, orders, most + 1, least)
        falls = -np.vstack([total, null])[:, d + 1 :]
        spread = falls.std(axis=0)
        spread[spread <= 1e-12 * np.abs(falls).max(initial=1e-300)] = np.inf
        best = ((falls - falls.mean(axis=0)) / spread).max(axis=1)
        pvalues.append(float((1 + (best[1:] >= best[0] - 1e-9).sum()) / (1 + n_permutations)))
        if pvalues[-1] > alpha:
            break
    return np.array(pvalues), note


def _cuts(back: NDArray[np.int64], n_changes: int, stop: int) -> list[int]:
    cuts: list[int] = []
    for k in range(n_changes, 0, -1):
        stop = int(back[k, stop])
        cuts.append(stop)
    return cuts[::-1]


def _located(
    kernel: Floats, edges: Floats, n_changes: int, shortest: int, pvalues: Floats | None, note: str
) -> ChangePoints:
    from interplay.ops.segmentation import best_segmentations, segment_costs

    n = len(edges)
    centre = edges.mean(axis=1)
    if n_changes == 0:
        none = np.empty(0)
        whole = np.zeros(n, dtype=np.int64)
        return ChangePoints(
            time_s=none,
            index=whole[:0],
            regime=whole,
            gain=none,
            pvalues=None if pvalues is None else none,
            notes=(note,),
        )
    cost = segment_costs(kernel, np.arange(n))
    _, back = best_segmentations(cost, n_changes + 1, shortest)
    cuts = _cuts(back, n_changes, n)
    time = _refined(kernel, edges, np.array([(centre[c - 1] + centre[c]) / 2.0 for c in cuts]))
    index = np.searchsorted(centre, time).astype(np.int64)
    fence = [0, *index.tolist(), n]
    gain = np.array(
        [cost[a, c] - cost[a, b] - cost[b, c] for a, b, c in zip(fence[:-2], fence[1:-1], fence[2:], strict=True)]
    )
    gain = np.maximum(gain, 0.0) / max(cost[0, n], np.finfo(float).tiny)
    ranked = None
    if pvalues is not None:
        ranked = np.empty(n_changes)
        ranked[np.argsort(-gain, kind="stable")] = pvalues
    regime = np.searchsorted(index, np.arange(n), side="right").astype(np.int64)
    return ChangePoints(time_s=time, index=index, regime=regime, gain=gain, pvalues=ranked, notes=(note,))


def _refined(kernel: Floats, edges: Floats, time: Floats) -> Floats:
    """Move each time to where the mixture model fits best, its neighbours held still; two rounds, coarse then fine."""
    centre = edges.mean(axis=1)
    reach = max(float(np.median(edges[:, 1] - edges[:, 0])) / 2.0, float(np.median(np.diff(centre))))
    time = time.copy()
    for width in (reach, reach, reach / (_GRID // 2), reach / (_GRID // 2)):
        for k in range(len(time)):
            trials = time[k] + width * np.linspace(-1.0, 1.0, _GRID)
            errors = np.array([_misfit(kernel, edges, centre, _moved(time, k, t)) for t in trials])
            best = int(np.argmin(errors))
            if errors[best] < errors[_GRID // 2]:
                time[k] = trials[best]
    return time


def _moved(time: Floats, k: int, value: float) -> Floats:
    out = time.copy()
    out[k] = value
    return out


def _misfit(kernel: Floats, edges: Floats, centre: Floats, time: Floats) -> float:
    """Squared error of windows as mixtures of regimes; infinite if a regime holds no window's centre."""
    index = np.searchsorted(centre, time)
    if (np.diff(np.concatenate([[0], index, [len(centre)]])) < 1).any():
        return float("inf")
    low = np.concatenate([[-np.inf], time])
    high = np.concatenate([time, [np.inf]])
    inside = np.minimum(edges[:, 1:], high) - np.maximum(edges[:, :1], low)
    share = np.maximum(inside, 0.0) / (edges[:, 1:] - edges[:, :1])
    fitted = np.linalg.lstsq(share.T @ share, share.T @ kernel @ share, rcond=None)[0]
    return float(np.trace(kernel) - np.trace(fitted))
