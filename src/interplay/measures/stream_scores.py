"""How well a model of a stream foretold it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class StreamMetric:
    """One number that tells how well events were foretold.

    Attributes
    ----------
    aim : str
        "link", "sign" or "any".
    range : str
    higher : str
        What a higher value means.
    definition : str
        One line.
    """

    aim: str
    range: str = "[0, 1]"
    higher: str = "better"
    definition: str


#: Every number of `StreamScores`, in the order it is shown.
STREAM_METRICS: Mapping[str, StreamMetric] = MappingProxyType(
    {
        "mrr": StreamMetric(aim="link", definition="Mean of one over the rank among the ranked negatives"),
        "hits@1": StreamMetric(aim="link", definition="Share of events of rank 1"),
        "hits@3": StreamMetric(aim="link", definition="Share of events of rank at most 3"),
        "hits@10": StreamMetric(aim="link", definition="Share of events of rank at most 10"),
        "ap": StreamMetric(aim="any", definition="Average precision of all events together; signs: of the positive"),
        "auc": StreamMetric(aim="any", definition="Area under the ROC curve of all events together; 0.5 by chance"),
        "batch_ap": StreamMetric(aim="any", definition="Mean over batches of their average precisions"),
        "batch_auc": StreamMetric(aim="any", definition="Mean over batches of their areas under the ROC curve"),
        "negative_ap": StreamMetric(aim="sign", definition="Average precision of finding the negative events"),
        "f1": StreamMetric(aim="sign", definition="F1 of the positive class, at the threshold of the validation"),
        "f1_macro": StreamMetric(aim="sign", definition="Mean F1 of both classes, at that threshold"),
        "f1_weighted": StreamMetric(aim="sign", definition="Mean F1 weighted by class size, at that threshold"),
        "brier": StreamMetric(
            aim="sign",
            higher="worse",
            definition="Mean squared error of the probability a logistic fit to the validation gives",
        ),
    }
)


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class StreamScores(Result):
    """How well the events of one part of a stream were foretold from what came before them.

    Attributes
    ----------
    aim : str
        "link" or "sign".
    negatives : str or None
        Kind of the negatives; None for signs.
    values : mapping of name to float
        Over all events; names as in `STREAM_METRICS`. NaN where undefined.
    transductive, inductive : mapping of name to float
        Over the events between two nodes that occur in training, and over the others.
    intervals : mapping of name to (low, high)
        Bootstrap over whole batches, 95 %: the spread of the test, not that of the training.
    rank : (E,) float64 array
        Of each event among its ranked negatives, 1 + (number that score above + number that score no lower) / 2; NaN
        where there is none. Empty for signs.
    score : (E,) float64 array
        Of the events themselves.
    negative_score : (E,) float64 array
        Of the one negative pair set against each; NaN where there is none. Empty for signs.
    positive : (E,) bool array
        For signs: which events are; all True for links.
    known : (E,) bool array
        Which events are transductive.
    event : (E,) int64 array
        Numbers of the events in the stream.
    batch_start : (B,) int64 array
        First event of each batch, as a place in these arrays.
    threshold : float
        For signs: scores above it are called positive; NaN where there was no validation.
    seconds : float, CPU s
        Of scoring and writing the part, without the replay before it.
    """

    aim: str
    negatives: str | None
    values: Mapping[str, float]
    transductive: Mapping[str, float]
    inductive: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    rank: Floats
    score: Floats
    negative_score: Floats
    positive: NDArray[np.bool_]
    known: NDArray[np.bool_]
    event: NDArray[np.int64]
    batch_start: NDArray[np.int64]
    threshold: float
    seconds: float

    @property
    def mrr(self) -> float:
        """Mean reciprocal rank."""
        return self.values["mrr"]

    @property
    def ap(self) -> float:
        """Average precision."""
        return self.values["ap"]

    @property
    def auc(self) -> float:
        """Area under the ROC curve."""
        return self.values["auc"]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class StreamComparison(Result):
    """Models and baselines on the same events of one stream, against the same negatives.

    Attributes
    ----------
    aim : str
        "link" or "sign".
    scores : mapping of model to mapping of kind of negatives to StreamScores
        Models first, then every baseline; for signs the one kind is called "sign".
    baselines : tuple of str
        Which of them are baselines.
    train_stop, start, stop : int, events
        Learnt from the events before `train_stop`, told the events start to stop - 1.
    tie_share : float, in [0, 1]
        Share of events that share their time with another.
    """

    aim: str
    scores: Mapping[str, Mapping[str, StreamScores]]
    baselines: tuple[str, ...]
    train_stop: int
    start: int
    stop: int
    tie_share: float

    def to_columns(self) -> dict[str, NDArray[Any]]:
        """Give one row per model, kind of negatives and part: a tidy table."""
        rows = [
            (model, kind, part, getattr(found, "values" if part == "all" else part))
            for model, kinds in self.scores.items()
            for kind, found in kinds.items()
            for part in ("all", "transductive", "inductive")
        ]
        names = [name for name, metric in STREAM_METRICS.items() if metric.aim in (self.aim, "any")]
        out: dict[str, NDArray[Any]] = {
            "model": np.array([r[0] for r in rows], dtype=str),
            "baseline": np.array([r[0] in self.baselines for r in rows], dtype=bool),
            "negatives": np.array([r[1] for r in rows], dtype=str),
            "part": np.array([r[2] for r in rows], dtype=str),
        }
        for name in names:
            out[name] = np.array([r[3].get(name, np.nan) for r in rows], dtype=np.float64)
        return out

    def best_baseline(self, metric: str, kind: str) -> tuple[str, float]:
        """Name the baseline that does best, and its number; ("", NaN) if none has it."""
        sign = -1.0 if STREAM_METRICS[metric].higher == "worse" else 1.0
        known = {b: self.scores[b][kind].values.get(metric, np.nan) for b in self.baselines}
        known = {b: v for b, v in known.items() if v == v}
        if not known:
            return "", float("nan")
        best = max(known, key=lambda b: sign * known[b])
        return best, known[best]
