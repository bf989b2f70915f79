"""How well a model foretells a stream: every event is scored from strictly earlier times, and only then written.

The order is kept here and nowhere else: a model is asked for scores and told of events, and never sees what it is asked
of before it has answered.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from interplay._core.checks import require_setting
from interplay._core.errors import ConfigError, DataError, NumericalError, unknown_name
from interplay._core.protocols import StreamModel
from interplay._core.rng import stream
from interplay.data import EventSplit, TemporalGraph, event_batches
from interplay.measures.negatives import NONE, NegativeKind, NegativeSampler
from interplay.measures.stream_metrics import (
    Flags,
    Floats,
    Ids,
    LinkTable,
    SignTable,
    best_threshold,
    bootstrap,
    logistic_scale,
    ranks,
)
from interplay.measures.stream_scores import StreamScores

Progress = Callable[[int, int], None]
StreamAim = Literal["link", "sign"]

#: Pairs asked for at once: memory stays bounded however many negatives there are.
_ASKED = 1 << 19

_NAN = float("nan")


@dataclass(frozen=True, kw_only=True)
class StreamEvaluation:
    """How events are to be foretold.

    Parameters
    ----------
    aim : {"link", "sign"}
        Who meets whom, or with which sign.
    negatives : tuple of {"random", "historical", "inductive", "all"}
        What true links are told from, see `NegativeSampler`; all kinds in one pass. Signs need none.
    n_negatives : int, >= 1
        Destinations each event is ranked against; "all" takes every one.
    batch : int, events, >= 1
        Scored together before any of them is written; more where they tie. 1 lets a model see every earlier time.
    replay_batch : int or None, events, >= 1
        Of the events before, which are written and not scored; None: as `batch`.
    n_bootstrap : int, >= 0
        Draws of batches for the intervals.
    seed : int, >= 0
        Of negatives and bootstrap.

    Raises
    ------
    ConfigError
        On a setting out of range.
    """

    aim: StreamAim = "link"
    negatives: tuple[NegativeKind, ...] = ("random",)
    n_negatives: int = 20
    batch: int = 200
    replay_batch: int | None = None
    n_bootstrap: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        if self.aim not in ("link", "sign"):
            raise ConfigError(unknown_name("aim", self.aim, ("link", "sign")))
        require_setting("n_negatives", self.n_negatives, least=1, whole=True)
        require_setting("batch", self.batch, least=1, whole=True)
        if self.replay_batch is not None:
            require_setting("replay_batch", self.replay_batch, least=1, whole=True)
        require_setting("n_bootstrap", self.n_bootstrap, least=0, whole=True)
        require_setting("seed", self.seed, least=0, whole=True)

    def run(
        self,
        model: StreamModel,
        graph: TemporalGraph,
        start: int,
        stop: int,
        *,
        split: EventSplit | None = None,
        progress: Progress | None = None,
    ) -> dict[str, StreamScores]:
        """Tell the model the events before `start`, and have it foretell those up to `stop`.

        Parameters
        ----------
        model : StreamModel
        graph : TemporalGraph
        start, stop : int, events, 0 <= start < stop <= E
        split : EventSplit or None
            Which events are training; None: those before `start`. Training events of its hidden nodes are not written,
            so that these are new to the model when it is asked.
        progress : callable or None
            Called as progress(done, total), in events.

        Returns
        -------
        mapping of kind of negatives to StreamScores
            The one key "sign" for signs.

        Raises
        ------
        DataError
            If the events are not in the stream, the start cuts through events of one time, or there is nothing to tell.
        NumericalError
            If a model gives scores that are no numbers.
        """
        _check_range(graph, start, stop, split)
        train_stop = start if split is None else min(split.train_stop, start)
        passage = _Passage(self, model, graph, train_stop, start, stop, split, progress)
        passage.replay()
        began = clock.process_time()
        passage.tell()
        seconds = clock.process_time() - began
        return {kind: passage.scores(kind, seconds) for kind in passage.kinds}


def evaluate_stream(
    model: StreamModel,
    graph: TemporalGraph,
    start: int,
    stop: int,
    *,
    negatives: NegativeKind = "random",
    n_negatives: int = 20,
    aim: StreamAim = "link",
    batch: int = 200,
    split: EventSplit | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> StreamScores:
    """Tell a model the events before `start`, have it foretell those up to `stop`, and say how well it did.

    Parameters
    ----------
    model : StreamModel
        Forgets what was written to it before.
    graph : TemporalGraph
    start, stop : int, events, 0 <= start < stop <= E
    negatives : {"random", "historical", "inductive", "all"}
        What true links are told from, see `NegativeSampler`; not read for signs.
    n_negatives : int, >= 1
        Destinations each event is ranked against; "all" takes every one.
    aim : {"link", "sign"}
        Who meets whom, or with which sign.
    batch : int, events, >= 1
        Scored together before any of them is written; more where they tie.
    split : EventSplit or None
        Which events are training, for "historical" and "inductive" negatives, for telling transductive events from
        inductive ones, and for the threshold of signs, which the events between training and `start` decide; None: the
        events before `start` are training, and their last fifth decides. Training events of its hidden nodes are not
        written to the model.
    seed : int, >= 0
        Of negatives and intervals: the same for every model, so that all are told from the same negatives.
    progress : callable or None
        Called as progress(done, total), in events.

    Returns
    -------
    StreamScores

    Raises
    ------
    ConfigError, DataError, NumericalError
        As `StreamEvaluation` and its `run`.

    Notes
    -----
    Average precision and area set every event against one negative pair; ranks against `n_negatives` destinations of
    the same source ("all": every destination of the stream, and the one negative is random). Cost: one pass, plus
    (2 + n_negatives) scores per event told.
    """
    plan = StreamEvaluation(aim=aim, negatives=(negatives,), n_negatives=n_negatives, batch=batch, seed=seed)
    return next(iter(plan.run(model, graph, start, stop, split=split, progress=progress).values()))


def _check_range(graph: TemporalGraph, start: int, stop: int, split: EventSplit | None) -> None:
    require_setting("start", start, least=0, whole=True)
    if not start < stop <= len(graph):
        raise DataError(
            f"`start` and `stop` must be events of the stream, start < stop <= {len(graph)}, got {start} and {stop}. "
            "Give another part."
        )
    if start and graph.time[start] == graph.time[start - 1]:
        raise DataError(
            f"`start` must not cut through events of one time, got {start}, which ties with the event before it. Use "
            "the cuts of `split_events`."
        )
    if stop < len(graph) and graph.time[stop] == graph.time[stop - 1]:
        raise DataError(
            f"`stop` must not cut through events of one time, got {stop}, which ties with the event before it. Use "
            "the cuts of `split_events`."
        )
    if split is not None and split.graph is not graph and split.graph.digest != graph.digest:
        raise DataError("`split` must be a split of `graph`, got one of another stream. Split this one.")


@dataclass
class _Drawn:
    """What one kind of negatives gave so far."""

    sampler: NegativeSampler
    rank: list[Floats] = field(default_factory=list)
    negative: list[Floats] = field(default_factory=list)
    filled: int = 0
    asked: int = 0


class _Passage:
    """One pass of a model over a stream."""

    def __init__(
        self,
        plan: StreamEvaluation,
        model: StreamModel,
        graph: TemporalGraph,
        train_stop: int,
        start: int,
        stop: int,
        split: EventSplit | None,
        progress: Progress | None,
    ) -> None:
        self.plan, self.model, self.graph, self.split = plan, model, graph, split
        self.train_stop, self.start, self.stop, self.progress = train_stop, start, stop, progress
        self.signs = plan.aim == "sign"
        self.kinds: tuple[str, ...] = ("sign",) if self.signs else tuple(dict.fromkeys(plan.negatives))
        self.drawn: dict[str, _Drawn] = {
            kind: _Drawn(NegativeSampler(graph=graph, kind=kind, train_stop=train_stop, seed=plan.seed))
            for kind in (() if self.signs else plan.negatives)
        }
        for found in self.drawn.values():
            found.sampler.require()
        self.bounds = event_batches(graph.time, plan.batch, start=start, stop=stop)
        self.score: list[Floats] = []
        self.watched: tuple[Floats, Flags] = (np.empty(0), np.empty(0, bool))

    def replay(self) -> None:
        """Write everything before the part; for signs, score the validation on the way."""
        self.model.reset()
        size = self.plan.batch if self.plan.replay_batch is None else self.plan.replay_batch
        watch = self._watch_from() if self.signs else self.start
        self._go(size, 0, watch, None)
        found: list[Floats] = []
        self._go(self.plan.batch, watch, self.start, found)
        if found:
            weight = self.graph.weight[watch : self.start]
            self.watched = np.concatenate(found)[weight != 0], weight[weight != 0] > 0

    def _watch_from(self) -> int:
        """First event of the validation, not within events of one time."""
        wanted = self.train_stop if self.train_stop < self.start else (4 * self.start) // 5
        time = self.graph.time
        return int(np.searchsorted(time, time[wanted], side="left")) if 0 < wanted < self.start else wanted

    def _go(self, size: int, start: int, stop: int, found: list[Floats] | None) -> None:
        bounds = event_batches(self.graph.time, size, start=start, stop=stop)
        for a, b in pairwise(bounds.tolist()):
            if found is not None:
                found.append(self._ask(self.graph.src[a:b], self.graph.dst[a:b], self.graph.time[a:b]))
            self._write(a, b)

    def tell(self) -> None:
        """Score every batch of the part, then write it."""
        for a, b in pairwise(self.bounds.tolist()):
            src, dst, time = self.graph.src[a:b], self.graph.dst[a:b], self.graph.time[a:b]
            score = self._ask(src, dst, time)
            self.score.append(score)
            for found in self.drawn.values():
                self._tell_from(found, score, np.arange(a, b))
            self._write(a, b)

    def _tell_from(self, found: _Drawn, score: Floats, event: Ids) -> None:
        """Set the events of a batch against their negatives."""
        time = self.graph.time[event]
        a, b = found.sampler.pairs(event)
        fine = b != NONE
        negative = np.full(len(event), _NAN)
        negative[fine] = self._ask(a[fine], b[fine], time[fine])
        found.negative.append(negative)
        width = len(found.sampler.pool) if found.sampler.kind == "all" else self.plan.n_negatives
        rows = max(1, _ASKED // width)
        for k in range(0, len(event), rows):
            part = slice(k, k + rows)
            others, filled = found.sampler.ranked(event[part], self.plan.n_negatives)
            found.filled += filled
            found.asked += others.size
            known = others.ravel() != NONE
            src = np.repeat(self.graph.src[event[part]], width)[known]
            value = np.full(others.size, _NAN)
            value[known] = self._ask(src, others.ravel()[known], np.repeat(time[part], width)[known])
            found.rank.append(ranks(score[part], value.reshape(others.shape)))

    def _ask(self, src: Ids, dst: Ids, time: Floats) -> Floats:
        if len(src) == 0:
            return np.empty(0)
        score = np.asarray(self.model.score(src, dst, time))
        if score.shape != src.shape or score.dtype.kind != "f" or not np.isfinite(score).all():
            raise NumericalError(
                f"`model` must score {len(src)} pairs by as many finite numbers, got shape {score.shape} with "
                f"{int((~np.isfinite(score)).sum()) if score.dtype.kind == 'f' else 'no'} that are not finite. "
                "Train it again, or with a smaller learning rate."
            )
        return score.astype(np.float64, copy=False)

    def _write(self, a: int, b: int) -> None:
        part = self.graph.take(slice(a, b))
        if self.split is not None and a < self.train_stop and self.split.hidden.any():
            gone = self.split.hidden[part.src] | self.split.hidden[part.dst]
            part = part.take(~gone | (np.arange(a, b) >= self.train_stop))
        self.model.write(part)
        if self.progress is not None:
            self.progress(b, self.stop)

    def scores(self, kind: str, seconds: float) -> StreamScores:
        """Sum up what was told from one kind of negatives."""
        event = np.arange(self.start, self.stop)
        score = np.concatenate(self.score)
        batch = np.searchsorted(self.bounds, event, side="right") - 1
        known = self._known()
        table: LinkTable | SignTable
        if self.signs:
            signed = self.graph.weight[event] != 0
            event, score, batch, known = event[signed], score[signed], batch[signed], known[signed]
            table, notes = self._signs(score, batch, event)
        else:
            table, notes = self._links(self.drawn[kind], score, batch)
        parts = {name: table.take(which).values() for name, which in (("in", known), ("out", ~known))}
        rng = stream(self.plan.seed, "bootstrap over batches")
        return StreamScores(
            config=self.plan,
            made_from=self.graph.digest,
            seed=self.plan.seed,
            notes=(*notes, *self._unscored(event)),
            aim=self.plan.aim,
            negatives=None if self.signs else kind,
            values=table.values(),
            transductive=parts["in"],
            inductive=parts["out"],
            intervals=bootstrap(table, rng, self.plan.n_bootstrap),
            rank=np.empty(0) if isinstance(table, SignTable) else table.rank,
            score=score,
            negative_score=np.empty(0) if isinstance(table, SignTable) else table.negative,
            positive=self.graph.weight[event] > 0 if self.signs else np.ones(len(event), bool),
            known=known,
            event=event,
            batch_start=np.flatnonzero(np.diff(batch, prepend=-1)),
            threshold=table.threshold if isinstance(table, SignTable) else _NAN,
            seconds=seconds,
        )

    def _known(self) -> Flags:
        """Tell which events join two nodes of the training."""
        if self.split is not None:
            return self.split.transductive(self.start, self.stop)
        seen = np.zeros(self.graph.n_nodes, bool)
        seen[self.graph.src[: self.train_stop]] = True
        seen[self.graph.dst[: self.train_stop]] = True
        part = slice(self.start, self.stop)
        return np.asarray(seen[self.graph.src[part]] & seen[self.graph.dst[part]])

    def _links(self, found: _Drawn, score: Floats, batch: Ids) -> tuple[LinkTable, tuple[str, ...]]:
        rank, negative = np.concatenate(found.rank), np.concatenate(found.negative)
        notes = []
        if found.filled:
            notes.append(
                f"{found.filled / found.asked:.0%} of the {found.sampler.kind} negatives that links are ranked against "
                "are random: their sources had no more partners of that kind."
            )
        lost = int((np.isnan(rank) | np.isnan(negative)).sum())
        if lost:
            notes.append(f"{lost} events have no negative to be told from, and count in no number that needs one.")
        return LinkTable(rank=rank, score=score, negative=negative, batch=batch), tuple(notes)

    def _signs(self, score: Floats, batch: Ids, event: Ids) -> tuple[SignTable, tuple[str, ...]]:
        positive = self.graph.weight[event] > 0
        threshold = best_threshold(*self.watched)
        notes, probability = [], np.full(len(score), _NAN)
        if np.isnan(threshold):
            notes.append("There was no validation with events of both signs: no threshold, hence no F1 and no Brier.")
        else:
            intercept, slope, centre = logistic_scale(*self.watched)
            probability = 0.5 * (1.0 + np.tanh((intercept + slope * (score - centre)) / 2.0))
        if positive.all() or not positive.any():
            notes.append("All events that were told have one sign: areas and precisions need both.")
        table = SignTable(score=score, probability=probability, positive=positive, batch=batch, threshold=threshold)
        return table, tuple(notes)

    def _unscored(self, event: Ids) -> Sequence[str]:
        left = self.stop - self.start - len(event)
        return [f"{left} events of weight 0 have no sign: they were written, not told."] if left else []
