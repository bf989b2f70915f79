"""How well a stream was foretold, by models with several random starts beside baselines: filled by who trained them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from interplay.measures.stream_scores import STREAM_METRICS, StreamComparison, StreamScores
from interplay.represent.stream_results import StreamResult

#: The number that models are compared by, and the second one.
MAIN = {"link": ("mrr", "ap"), "sign": ("auc", "negative_ap")}
#: How models are called where a person reads of them.
LABELS = {
    "tgn": "TGN",
    "nat": "NAT",
    "semba": "SEMBA",
    "jodie": "JODIE",
    "pres": "PRES",
    "edgebank": "EdgeBank",
    "edgebank_window": "EdgeBank, window",
    "recency_popularity": "recency or popularity",
    "reputation": "reputation",
    "boosting": "boosted history counts",
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The best model less the best baseline, on the same events.

    Attributes
    ----------
    kind : str
        Of the negatives; "sign" for signs.
    metric, model, baseline : str
    value, low, high : float
        With a 95 % interval from batches drawn anew, the same for both.
    """

    kind: str
    metric: str
    model: str
    baseline: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One line of a table: who, and how well.

    Attributes
    ----------
    name : str
        As a person reads it.
    role : str
        "model" or "baseline".
    value : float
        Mean over random starts.
    low, high : float
        95 % bootstrap interval over batches; means of those of the random starts.
    starts : tuple of float
        The value of each random start.
    """

    name: str
    role: str
    value: float
    low: float
    high: float
    starts: tuple[float, ...]

    @property
    def spread(self) -> float:
        """Standard deviation over random starts; NaN for fewer than two."""
        return float(np.std(self.starts, ddof=1)) if len(self.starts) > 1 else float("nan")


@dataclass(frozen=True, eq=False, kw_only=True)
class StreamFindings:
    """How well one thing was foretold of a stream.

    Attributes
    ----------
    comparison : StreamComparison
        Models with their first random start, and every baseline.
    repeats : mapping of model to tuple of mappings of kind to StreamScores
        The further random starts.
    trained : mapping of model to tuple of StreamResult
        How training went, one entry per random start.
    differences : tuple of Difference
        One per kind of negatives; none without a model.
    notes : tuple of str
    """

    comparison: StreamComparison
    repeats: Mapping[str, tuple[Mapping[str, StreamScores], ...]] = field(default_factory=dict)
    trained: Mapping[str, tuple[StreamResult, ...]] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def aim(self) -> str:
        """Either "link" or "sign"."""
        return self.comparison.aim

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of negatives, as they were asked for."""
        return tuple(next(iter(self.comparison.scores.values()), {}))

    @property
    def models(self) -> tuple[str, ...]:
        """Names of what was trained."""
        return tuple(name for name in self.comparison.scores if name not in self.comparison.baselines)

    def all_starts(self, name: str, kind: str) -> tuple[StreamScores, ...]:
        """Give the scores of every random start."""
        return (self.comparison.scores[name][kind], *(more[kind] for more in self.repeats.get(name, ())))

    def standing(self, name: str, kind: str, metric: str, *, part: str = "values") -> Standing:
        """Give one number of one model or baseline.

        Parameters
        ----------
        name, kind, metric : str
        part : {"values", "transductive", "inductive"}
            Of all events, or of some; only all have an interval.

        Returns
        -------
        Standing
        """
        starts = self.all_starts(name, kind)
        values = tuple(float(getattr(s, part).get(metric, np.nan)) for s in starts)
        undefined = (np.nan, np.nan)
        ends = np.array([s.intervals.get(metric, undefined) if part == "values" else undefined for s in starts])
        low, high = _mean(ends[:, 0]), _mean(ends[:, 1])
        role = "baseline" if name in self.comparison.baselines else "model"
        return Standing(name=label(name), role=role, value=_mean(values), low=low, high=high, starts=values)

    def standings(self, kind: str, metric: str) -> list[Standing]:
        """Give one number of all, the best first, models and baselines mixed."""
        found = [self.standing(name, kind, metric) for name in self.comparison.scores]
        sign = -1.0 if STREAM_METRICS[metric].higher == "worse" else 1.0
        return sorted(found, key=lambda s: -sign * s.value if np.isfinite(s.value) else np.inf)


def label(name: str) -> str:
    """Say how a model or a baseline is called where a person reads of it.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    return LABELS.get(name, name.replace("_", " "))


def _mean(values: NDArray[np.float64] | tuple[float, ...]) -> float:
    known = np.asarray(values, dtype=np.float64)
    return float(known[np.isfinite(known)].mean()) if np.isfinite(known).any() else float("nan")
