"""The numbers of `StreamScores`, from ranks and scores of events."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from interplay.ops.areas import curve_areas

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]

_NAN = float("nan")
HITS = (1, 3, 10)


def ranks(score: Floats, others: Floats) -> Floats:
    """Rank each event among its negatives, ties averaged.

    Parameters
    ----------
    score : (B,) float array
    others : (B, K) float array
        Of the negatives; NaN where there is none.

    Returns
    -------
    (B,) float64 array, >= 1
        1 + (number above + number no lower) / 2; NaN where an event has no negative.
    """
    with np.errstate(invalid="ignore"):
        above = (others > score[:, None]).sum(1)
        no_lower = (others >= score[:, None]).sum(1)
    known = (~np.isnan(others)).any(1)
    return np.where(known, 1.0 + (above + no_lower) / 2.0, _NAN)


@dataclass(frozen=True, eq=False, kw_only=True)
class LinkTable:
    """Links that were scored.

    Attributes
    ----------
    rank, score, negative : (E,) float64 arrays
    batch : (E,) int64 array
        Number of each event's batch, rising.
    """

    rank: Floats
    score: Floats
    negative: Floats
    batch: Ids

    def take(self, which: Ids | Flags) -> LinkTable:
        """Keep some events, or some several times."""
        return LinkTable(
            rank=self.rank[which], score=self.score[which], negative=self.negative[which], batch=self.batch[which]
        )

    def values(self, *, batches: bool = True) -> dict[str, float]:
        """Give every number; NaN where undefined."""
        rank = self.rank[~np.isnan(self.rank)]
        told = ~np.isnan(self.negative)
        out = {"mrr": _mean(1.0 / rank)}
        out |= {f"hits@{k}": _mean((rank <= k).astype(np.float64)) for k in HITS}
        out["auc"], out["ap"] = curve_areas(self.score[told], self.negative[told])
        if batches:
            parts = _bounds(self.batch[told])
            found = [curve_areas(self.score[told][a:b], self.negative[told][a:b]) for a, b in pairwise(parts.tolist())]
            out["batch_auc"], out["batch_ap"] = _defined_means(found)
        return out


@dataclass(frozen=True, eq=False, kw_only=True)
class SignTable:
    """Signs that were scored.

    Attributes
    ----------
    score, probability : (E,) float64 arrays
        The probability is NaN where there was no validation.
    positive : (E,) bool array
    batch : (E,) int64 array
    threshold : float
        NaN where there was no validation.
    """

    score: Floats
    probability: Floats
    positive: Flags
    batch: Ids
    threshold: float

    def take(self, which: Ids | Flags) -> SignTable:
        """Keep some events, or some several times."""
        return SignTable(
            score=self.score[which],
            probability=self.probability[which],
            positive=self.positive[which],
            batch=self.batch[which],
            threshold=self.threshold,
        )

    def values(self, *, batches: bool = True) -> dict[str, float]:
        """Give every number; NaN where undefined."""
        score, positive = self.score, self.positive
        auc, ap = curve_areas(score[positive], score[~positive])
        out = {"auc": auc, "ap": ap, "negative_ap": curve_areas(-score[~positive], -score[positive])[1]}
        if batches:
            parts = _bounds(self.batch)
            found = [
                curve_areas(score[a:b][positive[a:b]], score[a:b][~positive[a:b]]) for a, b in pairwise(parts.tolist())
            ]
            out["batch_auc"], out["batch_ap"] = _defined_means(found)
        if np.isnan(self.threshold) or len(score) == 0:
            return out | dict.fromkeys(("f1", "f1_macro", "f1_weighted", "brier"), _NAN)
        called = score > self.threshold
        both = [f1_score(positive, called), f1_score(~positive, ~called)]
        share = float(positive.mean())
        out |= {"f1": both[0], "f1_macro": sum(both) / 2.0, "f1_weighted": share * both[0] + (1 - share) * both[1]}
        out["brier"] = float(((self.probability - positive) ** 2).mean())
        return out


def f1_score(truth: Flags, called: Flags) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is true or called so."""
    both = 2.0 * float((truth & called).sum())
    total = float(truth.sum() + called.sum())
    return both / total if total else 0.0


def best_threshold(score: Floats, positive: Flags) -> float:
    """Choose the threshold of the highest macro F1: half-way between two neighbouring scores.

    Parameters
    ----------
    score : (E,) float array
    positive : (E,) bool array

    Returns
    -------
    float
        NaN without events of both signs. Of equally good ones the lowest.
    """
    if positive.all() or not positive.any():
        return _NAN
    level, place = np.unique(score, return_inverse=True)
    good = np.bincount(place, weights=positive, minlength=len(level))
    bad = np.bincount(place, weights=~positive, minlength=len(level))
    # Below cut k lie the levels 0 to k - 1: called negative.
    missed, caught = np.concatenate([[0.0], np.cumsum(good)]), np.concatenate([[0.0], np.cumsum(bad)])
    n_good, n_bad = missed[-1], caught[-1]
    called = (n_good - missed) + (n_bad - caught)
    f_good = 2.0 * (n_good - missed) / (n_good + called)
    f_bad = 2.0 * caught / (n_bad + (len(score) - called))
    k = int(np.argmax(f_good + f_bad))
    if k == 0:
        return float(np.nextafter(level[0], -np.inf))
    if k == len(level):
        return float(level[-1])
    middle = level[k - 1] + (level[k] - level[k - 1]) / 2.0
    return float(level[k - 1] if middle >= level[k] else middle)


def logistic_scale(score: Floats, positive: Flags) -> tuple[float, float, float]:
    """Fit P(positive) = 1 / (1 + exp(-(intercept + slope (score - centre)))) by Newton's method.

    Parameters
    ----------
    score : (E,) float array
    positive : (E,) bool array, of both signs

    Returns
    -------
    intercept, slope, centre : float
        Of the score less its centre.

    Notes
    -----
    Targets are drawn in to (n + 1) / (n + 2), as Platt (1999) does, so that the fit is finite where scores part the
    signs without error.
    """
    n_good, n_bad = float(positive.sum()), float((~positive).sum())
    target = np.where(positive, (n_good + 1.0) / (n_good + 2.0), 1.0 / (n_bad + 2.0))
    centre, scale = float(score.mean()), float(score.std())
    z = (score - centre) / scale if scale > 0 else np.zeros_like(score)
    a, b = float(np.log((n_good + 1.0) / (n_bad + 1.0))), 0.0
    loss = _logistic_loss(a + b * z, target)
    for _ in range(100):
        p = 0.5 * (1.0 + np.tanh((a + b * z) / 2.0))
        w = np.maximum(p * (1.0 - p), 1e-12)
        g0, g1 = float((p - target).sum()), float(((p - target) * z).sum())
        h00, h01, h11 = float(w.sum()), float((w * z).sum()), float((w * z * z).sum()) + 1e-9
        det = h00 * h11 - h01 * h01
        da, db = (h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det
        step = 1.0
        while step > 1e-10:
            new = _logistic_loss(a - step * da + (b - step * db) * z, target)
            if new <= loss:
                break
            step /= 2.0
        a, b = a - step * da, b - step * db
        done = loss - new <= 1e-12 * (1.0 + abs(loss))
        loss = new
        if done:
            break
    return a, (b / scale if scale > 0 else 0.0), centre


def _logistic_loss(x: Floats, target: Floats) -> float:
    return float((np.logaddexp(0.0, x) - target * x).sum())


def bootstrap(table: LinkTable | SignTable, rng: np.random.Generator, draws: int) -> dict[str, tuple[float, float]]:
    """Draw whole batches with replacement, and give the middle 95 % of each number.

    Parameters
    ----------
    table : LinkTable or SignTable
    rng : Generator
    draws : int, >= 0

    Returns
    -------
    mapping of name to (low, high)
        Means over batches are left out. NaN with fewer than two batches or no draw.
    """
    names = list(table.values(batches=False))
    bounds = _bounds(table.batch)
    if len(bounds) < 3 or draws == 0:
        return dict.fromkeys(names, (_NAN, _NAN))
    size = np.diff(bounds)
    found = np.empty((draws, len(names)))
    for k in range(draws):
        chosen = rng.integers(0, len(size), len(size))
        start = np.repeat(bounds[:-1][chosen], size[chosen])
        within = np.arange(len(start)) - np.repeat(np.cumsum(size[chosen]) - size[chosen], size[chosen])
        found[k] = list(table.take(start + within).values(batches=False).values())
    out = {}
    for j, name in enumerate(names):
        known = found[:, j][~np.isnan(found[:, j])]
        low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (_NAN, _NAN)
        out[name] = (float(low), float(high))
    return out


def _bounds(batch: Ids) -> Ids:
    """Where a new batch begins among rising numbers of batches, and the end."""
    if len(batch) == 0:
        return np.zeros(1, np.int64)
    return np.concatenate([[0], np.flatnonzero(np.diff(batch)) + 1, [len(batch)]])


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else _NAN


def _defined_means(found: list[tuple[float, float]]) -> tuple[float, float]:
    table = np.array(found).reshape(-1, 2)
    known = [column[~np.isnan(column)] for column in table.T]
    return _mean(known[0]), _mean(known[1])
