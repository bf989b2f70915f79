"""How well a planted truth was found: edges, signs, and times of change. Also the two curves' areas on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_increasing, require_setting
from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Snapshots
from interplay.measures.layers import Floats
from interplay.ops.areas import curve_areas

Straddling = Literal["majority", "skip"]


def roc_auc(truth: ArrayLike, score: ArrayLike) -> float:
    """Area under the ROC curve: how often a true item scores above a false one, ties counting half. Higher is better.

    Parameters
    ----------
    truth : (n,) bool array
    score : (n,) float array, finite

    Returns
    -------
    float, in [0, 1]
        0.5 by chance; NaN if all items are true or all false.

    Raises
    ------
    DataError
        If shapes differ or a score is not finite.

    References
    ----------
    Hanley, McNeil (1982), Radiology 143: the area is the Mann-Whitney statistic.
    """
    shapes = Shapes()
    label, value = shapes.array("truth", truth, "n", "bool"), shapes.array("score", score, "n")
    return curve_areas(value[label], value[~label])[0]


def average_precision(truth: ArrayLike, score: ArrayLike) -> float:
    """Mean precision over the true items, items of equal score entering together. Higher is better.

    Parameters
    ----------
    truth : (n,) bool array
    score : (n,) float array, finite

    Returns
    -------
    float, in [0, 1]
        The share of true items by chance; NaN if none is true.

    Raises
    ------
    DataError
        If shapes differ or a score is not finite.

    Notes
    -----
    Sum over distinct scores of (rise of recall) times precision, not interpolated, as in scikit-learn.
    """
    shapes = Shapes()
    label, value = shapes.array("truth", truth, "n", "bool"), shapes.array("score", score, "n")
    return curve_areas(value[label], value[~label])[1]


@dataclass(frozen=True, eq=False, kw_only=True)
class EdgeScores:
    """How well the edges of each window were found.

    Attributes
    ----------
    truth_index : (S,) int array
        Truth snapshot each window is held against; -1 where it is left out.
    auc, average_precision : (S,) float arrays, in [0, 1]
        Higher is better; NaN where left out or undefined.
    sign_accuracy : (S,) float array, in [0, 1]
        Share of true edges whose inferred weight has their sign; higher is better.
    n_pairs, n_true : (S,) int arrays
        Pairs scored, and true edges among them.
    notes : tuple of str
    """

    truth_index: NDArray[np.int64]
    auc: Floats
    average_precision: Floats
    sign_accuracy: Floats
    n_pairs: NDArray[np.int64]
    n_true: NDArray[np.int64]
    notes: tuple[str, ...] = ()


def edge_scores(
    snapshots: Snapshots, truth: Snapshots, *, signed: bool = False, straddling: Straddling = "majority"
) -> EdgeScores:
    """Hold every window's inferred weights against the planted edges of its time.

    Parameters
    ----------
    snapshots : Snapshots
        Inferred. A pair without a stored edge scores zero, and so ties with its like.
    truth : Snapshots
        One snapshot per regime. Weights other than zero are edges.
    signed : bool
        False: the size of the weight is the score of being an edge. True: areas are means of two, the weight as the
        score of an excitatory edge against all other pairs, and minus the weight for an inhibitory one; one that does
        not occur is left out.
    straddling : {"majority", "skip"}
        A window that overlaps two or more truth snapshots is held against the one it overlaps longest (the earliest of
        equals), or left out.

    Returns
    -------
    EdgeScores
        Windows that overlap no truth are left out.

    Raises
    ------
    DataError, ConfigError
        If node counts differ; on an unknown `straddling`.

    Notes
    -----
    Only pairs of nodes present on both sides are scored; self-loops never are. If the estimate is undirected and the
    truth directed, a pair is true if either direction is, with the sign of the summed weight (0 if they cancel: an edge
    without a sign). If the estimate is directed and the truth undirected, a true pair counts in both directions.
    """
    if snapshots.n_nodes != truth.n_nodes:
        raise DataError(
            f"`truth` must have as many nodes as `snapshots` ({snapshots.n_nodes}), got {truth.n_nodes}. Select first."
        )
    index, straddle = _matching_truth(snapshots.bounds, truth.bounds, straddling)
    size = len(snapshots)
    table = np.full((3, size), np.nan)
    counts = np.zeros((2, size), dtype=np.int64)
    known = {int(k): _true_weights(truth, int(k), snapshots.directed) for k in np.unique(index[index >= 0])}
    for s in np.flatnonzero(index >= 0):
        edge, weight = known[int(index[s])]
        present = snapshots.present[s] & truth.present[index[s]]
        use = present[:, None] & present[None, :]
        np.fill_diagonal(use, False)
        if not snapshots.directed:
            use = np.triu(use)
        label, sign, score = edge[use], np.sign(weight[use]), snapshots.matrix(int(s))[use]
        counts[:, s] = len(label), label.sum()
        table[0, s], table[1, s] = _areas(label, sign, score, signed)
        signs = sign[sign != 0]
        if len(signs):
            table[2, s] = (np.sign(score[sign != 0]) == signs).mean()
    notes = []
    if straddle.any():
        what = "held against the regime they overlap longest" if straddling == "majority" else "left out"
        notes.append(f"{int(straddle.sum())} of {size} windows span a change of the truth and are {what}.")
    return EdgeScores(
        truth_index=index,
        auc=table[0],
        average_precision=table[1],
        sign_accuracy=table[2],
        n_pairs=counts[0],
        n_true=counts[1],
        notes=tuple(notes),
    )


def edge_auc(
    snapshots: Snapshots, truth: Snapshots, *, signed: bool = False, straddling: Straddling = "majority"
) -> float:
    """Mean over windows of the area under the ROC curve of inferred against planted edges. Higher is better.

    Parameters
    ----------
    snapshots, truth : Snapshots
    signed : bool
    straddling : {"majority", "skip"}
        As in `edge_scores`.

    Returns
    -------
    float, in [0, 1]
        0.5 by chance; NaN if no window has a defined area.

    Raises
    ------
    DataError, ConfigError
        As in `edge_scores`.
    """
    auc = edge_scores(snapshots, truth, signed=signed, straddling=straddling).auc
    defined = auc[~np.isnan(auc)]
    return float(defined.mean()) if len(defined) else float("nan")


@dataclass(frozen=True, eq=False, kw_only=True)
class ChangeError:
    """How far estimated times of change are from the true ones.

    Attributes
    ----------
    error_s : (M,) float array, s, >= 0
        Absolute errors of the matched pairs, by rising true time; lower is better.
    matched : (M, 2) int array
        Indices (estimated, true) of each matched pair.
    misses : int
        True changes without a partner.
    false_alarms : int
        Estimated changes without a partner.
    """

    error_s: Floats
    matched: NDArray[np.int64]
    misses: int
    false_alarms: int


def change_error(estimated: ArrayLike, true: ArrayLike, *, tolerance_s: float = np.inf) -> ChangeError:
    """Match estimated with true times of change, one to one.

    Parameters
    ----------
    estimated, true : (K,), (M,) float arrays, s, rising
    tolerance_s : float, s, > 0
        Pairs further apart are not matched.

    Returns
    -------
    ChangeError
        Of the matchings with the most pairs, the one with the least total error.

    Raises
    ------
    DataError, ConfigError
        If times do not rise; if the tolerance is not above zero.
    """
    from scipy.optimize import linear_sum_assignment

    require_setting("tolerance_s", tolerance_s, above=0)
    times = []
    for name, value in (("estimated", estimated), ("true", true)):
        times.append(Shapes().array(name, np.asarray(value, dtype=np.float64), "K"))
        require_increasing(name, times[-1], strictly=True, remedy="Sort the times and drop repeats.")
    apart = np.abs(times[0][:, None] - times[1][None, :])
    near = apart <= tolerance_s
    # A forbidden pair costs more than all allowed ones together, so it is taken only where nothing else is left.
    rows, columns = linear_sum_assignment(np.where(near, apart, 1.0 + apart[near].sum()))
    allowed = near[rows, columns]
    pairs = np.column_stack([rows[allowed], columns[allowed]]).astype(np.int64)
    pairs = pairs[np.argsort(pairs[:, 1])]
    return ChangeError(
        error_s=apart[pairs[:, 0], pairs[:, 1]],
        matched=pairs,
        misses=len(times[1]) - len(pairs),
        false_alarms=len(times[0]) - len(pairs),
    )


def _matching_truth(
    bounds: Floats, regimes: Floats, straddling: Straddling
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    if straddling not in ("majority", "skip"):
        raise ConfigError(unknown_name("straddling", str(straddling), ("majority", "skip")))
    index = np.full(len(bounds), -1, dtype=np.int64)
    if len(regimes) == 0:
        return index, np.zeros(len(bounds), dtype=bool)
    shared = np.minimum(bounds[:, 1:], regimes[:, 1]) - np.maximum(bounds[:, :1], regimes[:, 0])
    # Floating-point sums of steps may reach a hair past a change; that is no straddling.
    hair = np.maximum(1e-9 * (bounds[:, 1:] - bounds[:, :1]), 4 * np.spacing(np.abs(bounds).max(initial=0.0)))
    shared = np.where(shared > hair, shared, 0.0)
    straddle = (shared > 0).sum(axis=1) > 1
    use = shared.any(axis=1) & ~(straddle & (straddling == "skip"))
    index[use] = shared[use].argmax(axis=1)
    return index, straddle


def _true_weights(truth: Snapshots, k: int, directed: bool) -> tuple[NDArray[np.bool_], Floats]:
    weight = truth.matrix(k)
    edge = weight != 0
    if truth.directed and not directed:
        return edge | edge.T, weight + weight.T
    return edge, weight


def _areas(label: NDArray[np.bool_], sign: Floats, score: Floats, signed: bool) -> tuple[float, float]:
    if not signed:
        return roc_auc(label, np.abs(score)), average_precision(label, np.abs(score))
    found = [(sign > 0, score), (sign < 0, -score)]
    pairs = [(roc_auc(a, b), average_precision(a, b)) for a, b in found if a.any()]
    if not pairs:
        return float("nan"), float("nan")
    return float(np.mean([p[0] for p in pairs])), float(np.mean([p[1] for p in pairs]))
