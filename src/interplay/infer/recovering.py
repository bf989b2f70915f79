"""One method's networks against the truth, with the same questions asked of directed and undirected methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError, InterplayError
from interplay.data import Snapshots
from interplay.measures import average_precision, change_error, network_changes, roc_auc

Floats = NDArray[np.float64]
#: Fewer windows than this say nothing about when a network changes.
_LEAST_WINDOWS = 4


@dataclass(frozen=True, eq=False, kw_only=True)
class Recovered:
    """What one set of networks recovers; each field as of `MethodComparison`, for one method and one recording."""

    auc: float
    average_precision: float
    auc_directed: float
    average_precision_directed: float
    share_true: float
    share_true_directed: float
    sign_accuracy: float
    recall: float
    precision: float
    changes_found: float
    changes_false: float
    n_changes: int
    tolerance_s: float


class _Window(NamedTuple):
    """Scores of one window, in the order of the first fields of `Recovered`."""

    auc: float
    average_precision: float
    auc_directed: float
    average_precision_directed: float
    share_true: float
    share_true_directed: float
    sign_accuracy: float
    recall: float
    precision: float


def recovered(snapshots: Snapshots, truth: Snapshots, *, alpha: float = 0.05, seed: int = 0) -> Recovered:
    """Score networks against the truth.

    Parameters
    ----------
    snapshots : Snapshots
        A pair of present units without a stored edge scores zero.
    truth : Snapshots
        One snapshot per regime; weights other than zero are edges.
    alpha : float, in (0, 1)
        False-discovery rate at which p-values make an edge.
    seed : int
        Of the search for changes.

    Returns
    -------
    Recovered

    Raises
    ------
    DataError
        If node counts differ.
    """
    if snapshots.n_nodes != truth.n_nodes:
        raise DataError(
            f"`truth` must have as many nodes as `snapshots` ({snapshots.n_nodes}), got {truth.n_nodes}. Select first."
        )
    kept = _kept(snapshots, alpha)
    scores = []
    for s, (start, stop) in enumerate(snapshots.bounds):
        known = _truth_between(truth, float(start), float(stop))
        if known is not None:
            weights, present = known
            there = snapshots.present[s] & present
            found = None if kept is None else kept.matrix(s) != 0
            scores.append(_window(snapshots.matrix(s), weights, there, found, snapshots.directed, truth.directed))
    table = np.array(scores, dtype=np.float64).reshape(-1, len(_Window._fields))
    means = [float(c[np.isfinite(c)].mean()) if np.isfinite(c).any() else float("nan") for c in table.T]
    times = true_changes(truth)
    window = float(np.median(np.diff(snapshots.bounds, axis=1))) if len(snapshots) else float("nan")
    hits, alarms = _changes(snapshots, times, window, seed)
    return Recovered(
        **dict(zip(_Window._fields, means, strict=True)),
        changes_found=hits,
        changes_false=alarms,
        n_changes=len(times),
        tolerance_s=window,
    )


def true_changes(truth: Snapshots) -> Floats:
    """Name the times at which one regime follows another without a gap, s.

    Parameters
    ----------
    truth : Snapshots

    Returns
    -------
    (K,) float64 array
    """
    if len(truth) < 2:
        return np.empty(0)
    joined = np.isclose(truth.bounds[:-1, 1], truth.bounds[1:, 0], rtol=0, atol=1e-9)
    return np.asarray(truth.bounds[1:, 0][joined])


def mean_weights(snapshots: Snapshots) -> Floats:
    """Give the mean weight of every pair over the windows in which both units are present.

    Parameters
    ----------
    snapshots : Snapshots

    Returns
    -------
    (N, N) float64 array
        ``[src, dst]``; symmetric if undirected, NaN on the diagonal and for pairs that are never present.
    """
    n = snapshots.n_nodes
    total, count = np.zeros((n, n)), np.zeros((n, n))
    for s in range(len(snapshots)):
        there = np.outer(snapshots.present[s], snapshots.present[s])
        total += np.where(there, snapshots.matrix(s), 0.0)
        count += there
    np.fill_diagonal(count, 0)
    return np.asarray(np.divide(total, count, out=np.full((n, n), np.nan), where=count > 0))


def rank_correlation(one: Floats, other: Floats) -> float:
    """Give Spearman's rank correlation over the entries that both have; NaN below three of them, or if one is constant.

    Parameters
    ----------
    one, other : (P,) float arrays
    """
    from scipy.stats import rankdata

    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < 3:
        return float("nan")
    a, b = rankdata(one[both]), rankdata(other[both])
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / scale) if scale > 0 else float("nan")


def _truth_between(truth: Snapshots, start: float, stop: float) -> tuple[Floats, NDArray[np.bool_]] | None:
    """Average the truths that a window overlaps, by time; None where it overlaps none."""
    shared = np.minimum(truth.bounds[:, 1], stop) - np.maximum(truth.bounds[:, 0], start)
    which = np.flatnonzero(shared > 1e-9 * (stop - start))
    if not len(which):
        return None
    # Inhibition in one regime must not cancel excitation in another: an edge is whatever is one in some regime.
    weights = np.sum([shared[k] * truth.matrix(int(k)) for k in which], axis=0) / shared[which].sum()
    edge = np.any([truth.matrix(int(k)) != 0 for k in which], axis=0)
    tiny = np.finfo(np.float64).tiny
    return np.where(edge & (weights == 0), tiny, weights), np.any(truth.present[which], axis=0)


def _window(
    score: Floats,
    truth: Floats,
    present: NDArray[np.bool_],
    found: NDArray[np.bool_] | None,
    directed: bool,
    truth_directed: bool,
) -> _Window:
    use = np.outer(present, present)
    np.fill_diagonal(use, False)
    upper = np.triu(use)
    size, edge = np.abs(score), truth != 0
    strongest, either = np.maximum(size, size.T), edge | edge.T
    nan = float("nan")
    both = (nan, nan)
    if truth_directed:
        both = _areas(edge[use], size[use])
    hits = (nan, nan)
    if found is not None:
        asked, said = (use, found) if directed else (upper, found | found.T)
        true = edge if directed and truth_directed else either
        hits = _hits(true[asked], said[asked])
    return _Window(
        *_areas(either[upper], strongest[upper]),
        *both,
        _share(either[upper]),
        _share(edge[use]) if truth_directed else nan,
        _signs(score, truth, use if directed and truth_directed else upper, fold=not (directed and truth_directed)),
        *hits,
    )


def _areas(label: NDArray[np.bool_], score: Floats) -> tuple[float, float]:
    return roc_auc(label, score), average_precision(label, score)


def _share(label: NDArray[np.bool_]) -> float:
    return float(label.mean()) if len(label) else float("nan")


def _signs(score: Floats, truth: Floats, use: NDArray[np.bool_], *, fold: bool) -> float:
    """Average the share of right signs among excitatory and among inhibitory edges; no sign is half right."""
    if fold:
        truth = truth + truth.T
        score = np.where(np.abs(score.T) > np.abs(score), score.T, score)
    tiny = np.finfo(np.float64).tiny
    true, said = truth[use], np.sign(score[use])
    shares = [(0.5 + 0.5 * sign * said[side]).mean() for sign in (1.0, -1.0) if (side := sign * true > tiny).any()]
    return float(np.mean(shares)) if shares else float("nan")


def _hits(true: NDArray[np.bool_], said: NDArray[np.bool_]) -> tuple[float, float]:
    """Give recall and precision."""
    right = float((true & said).sum())
    return right / true.sum() if true.any() else float("nan"), right / said.sum() if said.any() else float("nan")


def _kept(snapshots: Snapshots, alpha: float) -> Snapshots | None:
    from interplay.infer.thresholds import significant

    return None if snapshots.pvalues is None else significant(snapshots, alpha)


def _changes(snapshots: Snapshots, times: Floats, window_s: float, seed: int) -> tuple[float, float]:
    if not len(times) or len(snapshots) < _LEAST_WINDOWS:
        return float("nan"), float("nan")
    try:
        found = network_changes(snapshots, seed=seed).time_s
    except InterplayError:
        return float("nan"), float("nan")
    errors = change_error(found, times, tolerance_s=window_s)
    return float(len(times) - errors.misses), float(errors.false_alarms)
