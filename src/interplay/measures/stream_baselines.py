"""What any model of a stream has to beat: memory of who met whom, of who is met often, of who is trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_ids, require_setting
from interplay._core.errors import DataError
from interplay._core.registry import Registry
from interplay.data import EventSplit, TemporalGraph, event_batches, split_events
from interplay.measures.pair_history import PairHistory
from interplay.measures.pair_numbers import Ids
from interplay.measures.signed_history import SignedHistory

Floats = NDArray[np.float64]

#: Scores of pairs at times, from what is known of the past.
Rule = Callable[[Any, Ids, Ids, Floats], Floats]


class StreamBaseline:
    """A rule applied to counters; a `StreamModel`.

    Parameters
    ----------
    history : PairHistory or SignedHistory
        What is remembered.
    rule : callable
        ``rule(history, src, dst, time)`` gives (B,) scores.
    """

    def __init__(self, history: PairHistory | SignedHistory, rule: Rule) -> None:
        self._history, self._rule = history, rule

    def reset(self) -> None:
        """Forget everything that was written."""
        self._history.reset()

    def score(self, src: ArrayLike, dst: ArrayLike, time: ArrayLike) -> Floats:
        """Score (B,) pairs at (B,) times, (B,) float64.

        Raises
        ------
        DataError
            If a node is out of range.
        """
        a, b = np.asarray(src, np.int64), np.asarray(dst, np.int64)
        require_ids("src", a, self._history.n_nodes, "n_nodes")
        require_ids("dst", b, self._history.n_nodes, "n_nodes")
        return np.asarray(self._rule(self._history, a, b, np.asarray(time, np.float64)), np.float64)

    def write(self, events: TemporalGraph) -> None:
        """Take in later events.

        Raises
        ------
        DataError
            If they are of another number of nodes.
        """
        if events.n_nodes != self._history.n_nodes:
            raise DataError(
                f"`events` must be of {self._history.n_nodes} nodes, got {events.n_nodes}. Number the nodes alike."
            )
        self._history.write(events)

    def save(self) -> dict[str, NDArray[Any]]:
        """Give everything that was written and counts, as arrays of its own."""
        return self._history.save()

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Put back what `save` gave."""
        self._history.load(state)


@dataclass(frozen=True, kw_only=True)
class EdgeBank:
    """Score 1 the pairs that met before, 0 the others.

    Parameters
    ----------
    window : float, in (0, 1], or None
        None: ever met. A share: met within a time as long as the last such share of the training events took, before
        the time that is asked of.

    References
    ----------
    Poursafaei, Huang, Pelrine, Rabbany (2022), section 4: EdgeBank with unlimited memory and with a time window.
    """

    window: float | None = None
    aim: ClassVar[str] = "link"
    citations: ClassVar[tuple[str, ...]] = ("poursafaei2022better",)

    def __post_init__(self) -> None:
        if self.window is not None:
            require_setting("window", self.window, above=0, most=1)

    def fit(self, graph: TemporalGraph, *, split: EventSplit | None = None) -> StreamBaseline:
        """Measure the window on the training part.

        Parameters
        ----------
        graph : TemporalGraph
        split : EventSplit or None
            None: 70, 15 and 15 % by time; read only where there is a window.

        Returns
        -------
        StreamBaseline
        """
        length = np.inf
        if self.window is not None:
            time = _training(graph, split).time
            length = float(time[-1] - np.quantile(time, 1.0 - self.window))

        def rule(history: PairHistory, src: Ids, dst: Ids, time: Floats) -> Floats:
            last = history.last(src, dst)
            return ((last > -np.inf) & (time - last <= length)).astype(np.float64)

        return StreamBaseline(PairHistory(graph.n_nodes), rule)


@dataclass(frozen=True, kw_only=True)
class WindowedEdgeBank(EdgeBank):
    """EdgeBank that forgets: a window of 15 % of the training events.

    Parameters
    ----------
    window : float, in (0, 1], or None
        As of `EdgeBank`.
    """

    window: float | None = 0.15


@dataclass(frozen=True, kw_only=True)
class Recency:
    """Score a pair the higher, the later it met; pairs that never met come last.

    Parameters
    ----------
    popularity : bool
        Whether pairs that never met are ranked among themselves by how often their destination was met; they come
        after all others. False: they tie.

    Notes
    -----
    The score is T / (T + age) with T the length of the training part, so that pooled over events it means the same
    everywhere.
    """

    popularity: bool = False
    aim: ClassVar[str] = "link"
    citations: ClassVar[tuple[str, ...]] = ()

    def fit(self, graph: TemporalGraph, *, split: EventSplit | None = None) -> StreamBaseline:
        """Measure the length of the training part.

        Parameters
        ----------
        graph : TemporalGraph
        split : EventSplit or None
            None: 70, 15 and 15 % by time.

        Returns
        -------
        StreamBaseline
        """
        time = _training(graph, split).time
        length = float(time[-1] - time[0]) or 1.0
        popular = self.popularity

        def rule(history: PairHistory, src: Ids, dst: Ids, time: Floats) -> Floats:
            last = history.last(src, dst)
            met = last > -np.inf
            age = np.maximum(time - np.where(met, last, time), 0.0)
            never = history.popularity(dst) - 1.0 if popular else 0.0
            return np.where(met, length / (length + age), never)

        return StreamBaseline(PairHistory(graph.n_nodes), rule)


@dataclass(frozen=True, kw_only=True)
class RecentOrPopular(Recency):
    """Recency, and popularity where a pair never met.

    Parameters
    ----------
    popularity : bool
        As of `Recency`.
    """

    popularity: bool = True


@dataclass(frozen=True, kw_only=True)
class Popularity:
    """Score a pair by the share of all events so far that went to its destination."""

    aim: ClassVar[str] = "link"
    citations: ClassVar[tuple[str, ...]] = ()

    def fit(self, graph: TemporalGraph, *, split: EventSplit | None = None) -> StreamBaseline:
        """Take the number of nodes; there is nothing to learn.

        Parameters
        ----------
        graph : TemporalGraph
        split : EventSplit or None
            Not read.

        Returns
        -------
        StreamBaseline
        """

        def rule(history: PairHistory, src: Ids, dst: Ids, time: Floats) -> Floats:
            return history.popularity(dst)

        return StreamBaseline(PairHistory(graph.n_nodes), rule)


@dataclass(frozen=True, kw_only=True)
class Reputation:
    """Score the sign of an event by the signs that its destination got before.

    Parameters
    ----------
    share : float, in [0, 1], or None
        Positive share of a node that got none, which counts as one event; None: that of the training part, which does
        clearly better than a half.
    """

    share: float | None = None
    aim: ClassVar[str] = "sign"
    citations: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if self.share is not None:
            require_setting("share", self.share, least=0, most=1)

    def fit(self, graph: TemporalGraph, *, split: EventSplit | None = None) -> StreamBaseline:
        """Count the signs of the training part.

        Parameters
        ----------
        graph : TemporalGraph
        split : EventSplit or None
            None: 70, 15 and 15 % by time.

        Returns
        -------
        StreamBaseline
        """
        share = self.share
        if share is None:
            weight = _training(graph, split).weight
            share = float((weight > 0).sum() / max((weight != 0).sum(), 1))

        def rule(history: SignedHistory, src: Ids, dst: Ids, time: Floats) -> Floats:
            good, bad = history.counts[dst, 2], history.counts[dst, 3]
            return np.asarray((good + share) / (good + bad + 1.0))

        return StreamBaseline(SignedHistory(graph.n_nodes), rule)


@dataclass(frozen=True, kw_only=True)
class HistoryBoosting:
    """Score the sign of an event by boosted trees on the twelve counters of `SignedHistory`.

    Parameters
    ----------
    rounds : int, >= 1
        Trees at most.
    learning_rate : float, > 0
    batch : int, events, >= 1
        Events counted together when the counters of the training part are gathered; choose that of the evaluation, so
        that both see as late a past.
    seed : int, >= 0
        Of the tenth of the training events that decides when to stop.

    Notes
    -----
    Histogram boosting of scikit-learn, with 31 leaves at most; beyond 10,000 training events a random tenth of them
    decides when to stop. That choice moves the figures: spread over seeds belongs beside them.

    References
    ----------
    Ke et al. (2017): histogram-based boosting.
    """

    rounds: int = 200
    learning_rate: float = 0.05
    batch: int = 1
    seed: int = 0
    aim: ClassVar[str] = "sign"
    citations: ClassVar[tuple[str, ...]] = ("ke2017lightgbm",)

    def __post_init__(self) -> None:
        require_setting("rounds", self.rounds, least=1, whole=True)
        require_setting("learning_rate", self.learning_rate, above=0)
        require_setting("batch", self.batch, least=1, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)

    def fit(self, graph: TemporalGraph, *, split: EventSplit | None = None) -> StreamBaseline:
        """Learn from the training part, every event from its past alone.

        Parameters
        ----------
        graph : TemporalGraph
        split : EventSplit or None
            None: 70, 15 and 15 % by time.

        Returns
        -------
        StreamBaseline

        Raises
        ------
        DataError
            If the training part has events of one sign only.
        """
        from sklearn.ensemble import HistGradientBoostingClassifier

        training = _training(graph, split)
        told = training.weight != 0
        sign = training.weight[told] > 0
        if len(np.unique(sign)) < 2:
            raise DataError("`graph` must have events of both signs in its training part, got one. Use `Reputation`.")
        trees = HistGradientBoostingClassifier(
            max_iter=self.rounds, learning_rate=self.learning_rate, random_state=self.seed
        )
        trees.fit(history_counters(training, batch=self.batch)[told], sign)

        def rule(history: SignedHistory, src: Ids, dst: Ids, time: Floats) -> Floats:
            if len(src) == 0:
                return np.empty(0)
            return np.asarray(trees.predict_proba(history.features(src, dst))[:, 1], np.float64)

        return StreamBaseline(SignedHistory(graph.n_nodes), rule)


def history_counters(graph: TemporalGraph, *, batch: int = 1) -> Floats:
    """Give the twelve counters of every event of a stream, each from what came before its batch.

    Parameters
    ----------
    graph : TemporalGraph
    batch : int, events, >= 1
        Written together; more where they tie. 1: every event knows all earlier times.

    Returns
    -------
    (E, 12) float64 array
        Columns as named in `HISTORY_COUNTERS`.
    """
    history = SignedHistory(graph.n_nodes)
    out = np.empty((len(graph), 12))
    for a, b in pairwise(event_batches(graph.time, batch).tolist()):
        out[a:b] = history.features(graph.src[a:b], graph.dst[a:b])
        history.write(graph.take(slice(a, b)))
    return out


def _training(graph: TemporalGraph, split: EventSplit | None) -> TemporalGraph:
    part = (split_events(graph) if split is None else split).training
    if len(part) == 0:
        raise DataError("the training part of `split` must hold events, got none. Hide fewer nodes.")
    return part


#: Baselines by name, each with `fit(graph, split=) -> StreamBaseline` and its `aim`.
STREAM_BASELINES = Registry(
    "baseline of streams",
    {
        "edgebank": f"{__name__}:EdgeBank",
        "edgebank_window": f"{__name__}:WindowedEdgeBank",
        "recency": f"{__name__}:Recency",
        "popularity": f"{__name__}:Popularity",
        "recency_popularity": f"{__name__}:RecentOrPopular",
        "reputation": f"{__name__}:Reputation",
        "boosting": f"{__name__}:HistoryBoosting",
    },
)
