"""One method's networks against the truth, with the same questions asked of directed and undirected methods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError, InterplayError
from interplay._core.rng import stream
from interplay.data import Snapshots
from interplay.measures import average_precision, change_error, network_changes, roc_auc

Floats = NDArray[np.float64]
#: Fewer windows than this say nothing about when a network changes.
_LEAST_WINDOWS = 4
#: Draws of random times of change.
_DRAWS = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class Recovered:
    """What one set of networks recovers; each field as of `MethodComparison`, for one method and one recording."""

    auc: float
    average_precision: float
    auc_directed: float
    average_precision_directed: float
    auc_evidence: float
    average_precision_evidence: float
    auc_directed_evidence: float
    average_precision_directed_evidence: float
    share_true: float
    share_true_directed: float
    sign_accuracy: float
    recall: float
    precision: float
    changes_found: float
    changes_false: float
    changes_chance: float
    n_changes: int
    tolerance_s: float


class _Window(NamedTuple):
    """Scores of one window, in the order of the first fields of `Recovered`."""

    auc: float
    average_precision: float
    auc_directed: float
    average_precision_directed: float
    auc_evidence: float
    average_precision_evidence: float
    auc_directed_evidence: float
    average_precision_directed_evidence: float
    share_true: float
    share_true_directed: float
    sign_accuracy: float
    recall: float
    precision: float


def recovered(
    snapshots: Snapshots,
    truth: Snapshots,
    *,
    alpha: float = 0.05,
    by_pvalue: bool = False,
    changed_s: Floats | None = None,
    seed: int = 0,
) -> Recovered:
    """Score networks against the truth.

    Parameters
    ----------
    snapshots : Snapshots
        A pair of present units without a stored edge scores zero.
    truth : Snapshots
        One snapshot per regime; weights other than zero are edges.
    alpha : float, in (0, 1)
        False-discovery rate at which p-values make an edge.
    by_pvalue : bool
        Whether evidence is the p-value; else the size of the weight.
    changed_s : (K,) float64 array, s, or None
        Times of change that the method names itself; None searches them in the similarity of the windows.
    seed : int
        Of the search for changes, and of random ones.

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
    evident = evidence(snapshots) if by_pvalue else snapshots
    scores = []
    for s, (start, stop) in enumerate(snapshots.bounds):
        known = _truth_between(truth, float(start), float(stop))
        if known is not None:
            weights, present = known
            there = snapshots.present[s] & present
            found = None if kept is None else kept.matrix(s) != 0
            shown = (snapshots.matrix(s), evident.matrix(s))
            scores.append(_window(*shown, weights, there, found, snapshots.directed, truth.directed))
    table = np.array(scores, dtype=np.float64).reshape(-1, len(_Window._fields))
    means = [float(c[np.isfinite(c)].mean()) if np.isfinite(c).any() else float("nan") for c in table.T]
    times = true_changes(truth)
    tolerance = _tolerance(snapshots, truth)
    hits, alarms, chance = _changes(snapshots, truth, times, tolerance, changed_s, seed)
    return Recovered(
        **dict(zip(_Window._fields, means, strict=True)),
        changes_found=hits,
        changes_false=alarms,
        changes_chance=chance,
        n_changes=len(times),
        tolerance_s=tolerance,
    )


def evidence(snapshots: Snapshots) -> Snapshots:
    """Put in place of weights the ranks of their p-values, the least likely highest.

    Parameters
    ----------
    snapshots : Snapshots
        With p-values.

    Returns
    -------
    Snapshots
        Ranks in each snapshot by falling p-value, from 1 on. Equal p-values, as of 0 where the law is out of reach of
        floats, are ranked by the sizes of their weights; what is equal in both ranks alike.
    """
    assert snapshots.pvalues is not None
    rank = np.zeros(len(snapshots.weight))
    for a, b in zip(snapshots.pointer[:-1], snapshots.pointer[1:], strict=True):
        p, size = np.nan_to_num(snapshots.pvalues[a:b], nan=1.0), np.abs(snapshots.weight[a:b])
        order = np.lexsort((size, -p))
        fresh = np.ones(b - a)
        fresh[1:] = (np.diff(p[order]) != 0) | (np.diff(size[order]) != 0)
        rank[a:b][order] = np.cumsum(fresh)
    return replace(snapshots, weight=rank)


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


def _tolerance(snapshots: Snapshots, truth: Snapshots) -> float:
    """Take one window, but no more than a quarter of a usual stay: nearer than that, any time is near a change."""
    if not len(snapshots):
        return float("nan")
    window = float(np.median(np.diff(snapshots.bounds, axis=1)))
    return min(window, float(np.median(np.diff(truth.bounds, axis=1))) / 4) if len(truth) > 1 else window


def _window(
    score: Floats,
    evident: Floats,
    truth: Floats,
    present: NDArray[np.bool_],
    found: NDArray[np.bool_] | None,
    directed: bool,
    truth_directed: bool,
) -> _Window:
    use = np.outer(present, present)
    np.fill_diagonal(use, False)
    upper = np.triu(use)
    edge = truth != 0
    either = edge | edge.T
    nan = float("nan")
    areas: list[float] = []
    for size in (np.abs(score), np.abs(evident)):
        areas += _areas(either[upper], np.maximum(size, size.T)[upper])
        areas += _areas(edge[use], size[use]) if truth_directed else (nan, nan)
    hits = (nan, nan)
    if found is not None:
        asked, said = (use, found) if directed else (upper, found | found.T)
        true = edge if directed and truth_directed else either
        hits = _hits(true[asked], said[asked])
    known = directed and truth_directed
    return _Window._make(
        (
            *areas,
            _share(either[upper]),
            _share(edge[use]) if truth_directed else nan,
            _signs(score, truth, use if known else upper, fold=not known),
            *hits,
        )
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


def _changes(
    snapshots: Snapshots, truth: Snapshots, times: Floats, tolerance_s: float, named: Floats | None, seed: int
) -> tuple[float, float, float]:
    """Give true times found, false ones, and how many as many random times would have found."""
    nothing = (float("nan"),) * 3
    if not len(times):
        return nothing
    if named is None:
        if len(snapshots) < _LEAST_WINDOWS:
            return nothing
        try:
            named = network_changes(snapshots, seed=seed).time_s
        except InterplayError:
            return nothing
    hits = len(times) - change_error(named, times, tolerance_s=tolerance_s).misses
    rng = stream(seed, "random changes")
    drawn = [_random_times(truth, len(named), rng) for _ in range(_DRAWS)]
    chance = np.mean([len(times) - change_error(d, times, tolerance_s=tolerance_s).misses for d in drawn])
    return float(hits), float(len(named) - hits), float(chance)


def _random_times(truth: Snapshots, count: int, rng: np.random.Generator) -> Floats:
    """Draw times uniformly over the time that the truth covers, rising."""
    length = np.diff(truth.bounds, axis=1)[:, 0]
    ends = np.cumsum(length)
    at = np.sort(rng.random(count)) * ends[-1]
    which = np.minimum(np.searchsorted(ends, at, side="right"), len(ends) - 1)
    return np.unique(truth.bounds[which, 1] - (ends[which] - at))
