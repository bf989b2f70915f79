"""Scores of what was foretold of subjects, with intervals from subjects drawn anew, the same draws for every way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import stream
from interplay.report.cohort_findings import OF_KIND, CohortScore, Role

Floats = NDArray[np.float64]
#: Draws of subjects.
DRAWS = 2000


@dataclass(frozen=True, eq=False)
class Judge:
    """The tested scans of one covariate, and subjects drawn from them again and again.

    Attributes
    ----------
    kind : {"number", "class"}
    truth : (n,) float64 array
        Numbers, or codes of classes.
    classes : tuple of str
    scale : float
        Variance of the covariate over the labelled scans, for the squared error.
    weights : (1 + B, n) float64 array
        How often each scan counts: once in the first row, as often as its subject was drawn in the others.
    """

    kind: str
    truth: Floats
    classes: tuple[str, ...]
    scale: float
    weights: Floats

    @classmethod
    def of(
        cls,
        kind: str,
        truth: Floats,
        subject: NDArray[np.str_],
        *,
        classes: tuple[str, ...],
        scale: float,
        seed: int,
    ) -> Judge:
        """Draw the subjects."""
        return cls(kind, truth, classes, scale, subject_weights(subject, seed))

    def scores(self, predicted: Floats) -> dict[str, Floats]:
        """Give every score of the kind, (1 + B,) each; the first is that of the data."""
        return {name: _SCORES[name](self.truth, predicted, self.weights, self) for name in OF_KIND[self.kind]}

    def row(self, name: str, role: Role, about: str, predicted: Floats) -> CohortScore:
        """Score one way.

        Parameters
        ----------
        name, role, about : str
        predicted : (n,) float64 array
            Numbers, or codes of classes.

        Returns
        -------
        CohortScore
        """
        found = self.scores(predicted)
        shown = np.array(self.classes)[predicted.astype(np.int64)] if self.classes else predicted
        return CohortScore(
            name=name,
            role=role,
            about=about,
            value={k: float(v[0]) for k, v in found.items()},
            low={k: interval(v)[1] for k, v in found.items()},
            high={k: interval(v)[2] for k, v in found.items()},
            predicted=shown,
        )

    def difference(self, one: Floats, other: Floats) -> tuple[float, float, float]:
        """Give how much better `one` foretells than `other` by the main score, with its interval."""
        main = OF_KIND[self.kind][0]
        return interval(self.scores(one)[main] - self.scores(other)[main])


def subject_weights(subject: NDArray[np.str_], seed: int) -> Floats:
    """Draw subjects with replacement.

    Parameters
    ----------
    subject : (n,) text array
    seed : int

    Returns
    -------
    (1 + B, n) float64 array
        How often each row counts: once in the first draw.
    """
    names, who = np.unique(subject, return_inverse=True)
    k = len(names)
    drawn = stream(seed, "cohort", "bootstrap").multinomial(k, np.full(k, 1 / max(k, 1)), size=DRAWS)
    return np.concatenate([np.ones((1, len(subject))), drawn[:, who].astype(np.float64)])


def interval(values: Floats) -> tuple[float, float, float]:
    """Give the first value and the middle 95 % of the others; NaN bounds where most of them are undefined."""
    rest = values[1:][np.isfinite(values[1:])]
    if len(rest) < 0.9 * (len(values) - 1) or not np.isfinite(values[0]):
        return float(values[0]), float("nan"), float("nan")
    low, high = np.quantile(rest, (0.025, 0.975))
    return float(values[0]), float(low), float(high)


def weighted_means(values: Floats, subject: NDArray[np.str_], seed: int) -> Floats:
    """Average over scans for every draw of subjects, leaving NaN out.

    Parameters
    ----------
    values : (n,) float64 array
    subject : (n,) text array
    seed : int

    Returns
    -------
    (1 + B,) float64 array
    """
    known = np.isfinite(values)
    weights = subject_weights(subject, seed)[:, known]
    count = weights.sum(axis=1)
    return np.where(count > 0, weights @ values[known] / np.where(count > 0, count, 1.0), np.nan)


def _r2(truth: Floats, predicted: Floats, weights: Floats, judge: Judge) -> Floats:
    mean = weights @ truth / weights.sum(axis=1)
    rest = weights @ (truth - predicted) ** 2
    whole = weights @ truth**2 - weights.sum(axis=1) * mean**2
    return np.where(whole > 1e-12 * (weights @ truth**2), 1 - rest / np.where(whole > 0, whole, 1.0), np.nan)


def _mse(truth: Floats, predicted: Floats, weights: Floats, judge: Judge) -> Floats:
    return np.asarray(weights @ (truth - predicted) ** 2 / weights.sum(axis=1) / judge.scale)


def _rho(truth: Floats, predicted: Floats, weights: Floats, judge: Judge) -> Floats:
    """Pearson's correlation of ranks, ties sharing their mean rank."""
    a, b = (_ranks(v, weights) for v in (truth, predicted))
    size = weights.sum(axis=1, keepdims=True)
    a, b = (v - (weights * v).sum(axis=1, keepdims=True) / size for v in (a, b))
    scale = np.sqrt((weights * a**2).sum(axis=1) * (weights * b**2).sum(axis=1))
    return np.where(scale > 1e-9, (weights * a * b).sum(axis=1) / np.where(scale > 0, scale, 1.0), np.nan)


def _ranks(values: Floats, weights: Floats) -> Floats:
    levels, place = np.unique(values, return_inverse=True)
    count = np.zeros((len(weights), len(levels)))
    for k in range(len(levels)):
        count[:, k] = weights[:, place == k].sum(axis=1)
    rank = np.cumsum(count, axis=1) - count + (count + 1) / 2
    return np.asarray(rank[:, place])


def _table(truth: Floats, predicted: Floats, weights: Floats, n: int) -> Floats:
    """Count true against predicted classes, (1 + B, K, K)."""
    cell = (truth * n + predicted).astype(np.int64)
    out = np.stack([weights[:, cell == k].sum(axis=1) for k in range(n * n)], axis=1)
    return out.reshape(len(weights), n, n)


def _accuracy(truth: Floats, predicted: Floats, weights: Floats, judge: Judge) -> Floats:
    return np.asarray(weights @ (truth == predicted) / weights.sum(axis=1))


def _balanced(truth: Floats, predicted: Floats, weights: Floats, judge: Judge) -> Floats:
    table = _table(truth, predicted, weights, len(judge.classes))
    size = table.sum(axis=2)
    recall = np.diagonal(table, axis1=1, axis2=2) / np.where(size > 0, size, 1.0)
    return np.asarray(recall.sum(axis=1) / (size > 0).sum(axis=1))


def _f1(truth: Floats, predicted: Floats, weights: Floats, judge: Judge) -> Floats:
    table = _table(truth, predicted, weights, len(judge.classes))
    hit = np.diagonal(table, axis1=1, axis2=2)
    size = table.sum(axis=2) + table.sum(axis=1)
    there = size > 0
    return np.asarray((2 * hit / np.where(there, size, 1.0)).sum(axis=1) / there.sum(axis=1))


_SCORES: dict[str, Callable[[Floats, Floats, Floats, Judge], Floats]] = {
    "r2": _r2,
    "mse": _mse,
    "rho": _rho,
    "accuracy": _accuracy,
    "balanced": _balanced,
    "f1": _f1,
}
