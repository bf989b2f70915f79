"""How much the best model is ahead of the best baseline, on the same events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import stream
from interplay.measures.recovery import roc_auc
from interplay.measures.stream_scores import StreamScores
from interplay.report.stream_findings import MAIN, Difference, StreamFindings

#: Draws of batches.
_DRAWS = 500


def differences(findings: StreamFindings, *, seed: int) -> tuple[Difference, ...]:
    """Set the best model against the best baseline, for every kind of negatives.

    Parameters
    ----------
    findings : StreamFindings
    seed : int, >= 0

    Returns
    -------
    tuple of Difference
        Of the first random start; empty without a model.
    """
    metric = MAIN[findings.aim][0]
    out = []
    for kind in findings.kinds:
        scores = {name: kinds[kind] for name, kinds in findings.comparison.scores.items()}
        known = {name: s.values[metric] for name, s in scores.items() if np.isfinite(s.values.get(metric, np.nan))}
        model = max((n for n in known if n in findings.models), key=known.__getitem__, default=None)
        baseline = max((n for n in known if n not in findings.models), key=known.__getitem__, default=None)
        if model is None or baseline is None:
            continue
        low, high = paired_interval(scores[model], scores[baseline], seed=seed)
        out.append(
            Difference(
                kind=kind,
                metric=metric,
                model=model,
                baseline=baseline,
                value=known[model] - known[baseline],
                low=low,
                high=high,
            )
        )
    return tuple(out)


def paired_interval(
    first: StreamScores, second: StreamScores, *, seed: int, draws: int = _DRAWS
) -> tuple[float, float]:
    """Draw batches anew, the same for both, and give the 95 % interval of what the first is ahead.

    Parameters
    ----------
    first, second : StreamScores
        Of the same events.
    seed : int, >= 0
    draws : int, >= 1

    Returns
    -------
    low, high : float
        Of the mean reciprocal rank for links, of the area under the ROC curve for signs; NaN for fewer than two
        batches.
    """
    starts = np.append(first.batch_start, len(first.event))
    count = len(starts) - 1
    if count < 2:
        return float("nan"), float("nan")
    picks = stream(seed, "paired batches").integers(0, count, (draws, count))
    if first.aim == "link":
        found = _of_ranks(first, second, starts, picks)
    else:
        found = np.array([_of_areas(first, second, starts, pick) for pick in picks])
    known = found[np.isfinite(found)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)


def _of_ranks(
    first: StreamScores, second: StreamScores, starts: NDArray[np.int64], picks: NDArray[np.int64]
) -> NDArray[np.float64]:
    ahead = 1.0 / first.rank - 1.0 / second.rank
    known = np.isfinite(ahead)
    total = np.add.reduceat(np.where(known, ahead, 0.0), starts[:-1])
    number = np.add.reduceat(known.astype(np.float64), starts[:-1])
    with np.errstate(invalid="ignore"):
        return np.asarray(total[picks].sum(axis=1) / number[picks].sum(axis=1))


def _of_areas(first: StreamScores, second: StreamScores, starts: NDArray[np.int64], pick: NDArray[np.int64]) -> float:
    events = np.concatenate([np.arange(starts[b], starts[b + 1]) for b in pick.tolist()])
    truth = first.positive[events]
    if truth.all() or not truth.any():
        return float("nan")
    return roc_auc(truth, first.score[events]) - roc_auc(truth, second.score[events])
