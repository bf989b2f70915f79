"""Networks made ready for many runs: who knows how to run, and nothing about averages."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError
from interplay.data import Graph, TemporalGraph
from interplay.influence.tally import Tally
from interplay.ops import cascade_clock, cascade_events, cascade_rows, cascades

#: Where all chances are alike, 64 runs are drawn at a time from this chance on (measured).
DENSE_FROM = 0.08
#: Where they are not, edges are drawn so from this chance on (measured); below 1.
LARGE_FROM = 0.25
#: Rounds for which room is made at first.
_ROUNDS = 64
#: Moments at which the course of a model with a clock is kept.
TIMES = 101


class Rounds(NamedTuple):
    """Cascades that go round by round over a graph's rows: kind 0 independent, 1 linear threshold."""

    kind: int
    rows: tuple[NDArray[Any], ...]

    def run(
        self,
        seeds: NDArray[np.int64],
        code: NDArray[np.int64],
        n_groups: int,
        seed: int,
        first: int,
        runs: int,
        course: bool,
    ) -> Tally:
        """Run cascades `first` to `first + runs`; `first` must be a multiple of 64."""
        count, gain = np.zeros(len(code), np.int64), np.zeros(n_groups, np.int64)
        samples = np.zeros((runs, n_groups), np.int32)
        steps = np.zeros((_ROUNDS if course else 0, n_groups), np.int64)
        nobody = np.empty((0, len(code)), np.uint64)
        steps = cascades.run_cascades(
            self.kind,
            self.rows,
            _closed(seeds),
            _closed(code),
            np.uint64(seed),
            first,
            runs,
            nobody,
            True,
            count,
            samples,
            gain,
            steps,
        )
        return Tally(count, samples, _without_silence(steps))

    def times(self, steps: int) -> NDArray[np.float64]:
        """Name the steps of a course: rounds from 0."""
        return np.arange(steps, dtype=np.float64)

    def grow(
        self,
        state: NDArray[np.uint64],
        seeds: NDArray[np.int64],
        code: NDArray[np.int64],
        n_groups: int,
        seed: int,
        runs: int,
        *,
        keep: bool,
    ) -> NDArray[np.int64]:
        """Add seeds to cascades that have already run; see `interplay.ops.cascades.run_cascades`.

        Parameters
        ----------
        state : (ceil(runs / 64), N) uint64 array
            Who has been reached in which run so far; changed in place if `keep`.
        seeds : (K,) int64 array
        code : (N,) int64 array
            Group of each node.
        n_groups : int
        seed, runs : int
        keep : bool
            Whether `state` goes on from here.

        Returns
        -------
        (G,) int64 array
            (Node, run) pairs newly reached.
        """
        count, gain = np.zeros(len(code), np.int64), np.zeros(n_groups, np.int64)
        samples, steps = np.zeros((0, n_groups), np.int32), np.zeros((0, n_groups), np.int64)
        cascades.run_cascades(
            self.kind,
            self.rows,
            _closed(seeds),
            _closed(code),
            np.uint64(seed),
            0,
            runs,
            state,
            keep,
            count,
            samples,
            gain,
            steps,
        )
        return gain


class Contacts(NamedTuple):
    """Independent cascades along timed events."""

    src: NDArray[np.int64]
    dst: NDArray[np.int64]
    time: NDArray[np.float64]
    chance: NDArray[np.float64]
    span: tuple[float, float]

    def run(
        self,
        seeds: NDArray[np.int64],
        code: NDArray[np.int64],
        n_groups: int,
        seed: int,
        first: int,
        runs: int,
        course: bool,
    ) -> Tally:
        """Run cascades `first` to `first + runs`; `first` must be a multiple of 64."""
        count = np.zeros(len(code), np.int64)
        samples = np.zeros((runs, n_groups), np.int32)
        steps = np.zeros((TIMES if course else 0, n_groups), np.int64)
        cascade_events.spread_events(
            (self.src, self.dst, self.time, self.chance),
            self.times(TIMES),
            seeds,
            code,
            np.uint64(seed),
            first,
            runs,
            count,
            samples,
            steps,
        )
        return Tally(count, samples, steps)

    def times(self, steps: int) -> NDArray[np.float64]:
        """Name the steps of a course: moments, evenly over the span."""
        return np.linspace(*self.span, steps)


class Clock(NamedTuple):
    """Epidemics in continuous time over a graph's rows."""

    rows: tuple[NDArray[Any], ...]
    rates: tuple[float, float, float]

    def run(
        self,
        seeds: NDArray[np.int64],
        code: NDArray[np.int64],
        n_groups: int,
        seed: int,
        first: int,
        runs: int,
        course: bool,
    ) -> Tally:
        """Run cascades `first` to `first + runs`; `first` must be a multiple of 64."""
        if course and self.rates[2] == np.inf:
            raise ConfigError("`course` needs an end of time, got `duration_s` None. Give the model a duration.")
        count = np.zeros(len(code), np.int64)
        samples = np.zeros((runs, n_groups), np.int32)
        steps = np.zeros((TIMES if course else 0, n_groups), np.int64)
        moments = self.times(len(steps))
        cascade_clock.spread_in_time(
            self.rows, self.rates, moments, seeds, code, np.uint64(seed), first, runs, count, samples, steps
        )
        return Tally(count, samples, steps)

    def times(self, steps: int) -> NDArray[np.float64]:
        """Name the steps of a course: moments, evenly over the duration."""
        return np.linspace(0.0, self.rates[2], steps) if steps else np.empty(0)


def independent(graph: Graph, chance: float | NDArray[np.float64]) -> Rounds:
    """Make a graph ready for independent cascades.

    Parameters
    ----------
    graph : Graph
    chance : float or (E,) float64 array, in [0, 1]
        Of each edge to pass on.

    Returns
    -------
    Rounds
    """
    target = graph.target.view(np.uint32)
    heads, table = np.zeros((graph.n_nodes, 4)), np.empty((0, 2), np.uint64)
    none = np.empty(0, np.uint32)
    if not isinstance(chance, float):
        large = int(np.count_nonzero(chance >= LARGE_FROM))
        table = np.empty((int(np.count_nonzero(chance > 0)) - large, 2), np.uint64)
        begins, own = np.empty(graph.n_nodes + 1, np.int64), np.empty(large)
        kept = np.empty(large, np.uint32)
        cascade_rows.rows_apart(graph.offsets, target, chance, LARGE_FROM, heads, table, begins, kept, own)
        return Rounds(0, _shut(heads, table, kept, begins, own, none))
    if chance >= DENSE_FROM:
        return Rounds(0, _shut(heads[:0], table, target, graph.offsets, np.array([chance]), none))
    cascade_rows.rows_alike(graph.offsets, chance, heads)
    return Rounds(0, _shut(heads, table, target, graph.offsets, np.empty(0), none))


def threshold(graph: Graph, weight: NDArray[np.float64]) -> Rounds:
    """Make a graph ready for linear thresholds.

    Parameters
    ----------
    graph : Graph
    weight : (E,) float64 array
        Of each edge in the sum of the node where it ends.

    Returns
    -------
    Rounds
    """
    target = graph.target.view(np.uint32)
    some = weight > 0
    degree = np.bincount(graph.target[some], minlength=graph.n_nodes)
    alike = bool(np.all(weight[some] * degree[graph.target[some]] == 1.0))
    size = int(np.count_nonzero(some))
    heads, table = np.empty((graph.n_nodes, 4)), np.empty((0 if alike else size, 2), np.uint64)
    source = np.empty(size if alike else 0, np.uint32)
    cascade_rows.threshold_rows(graph.offsets, target, weight, heads, table, source)
    return Rounds(1, _shut(heads, table, source, graph.offsets, np.empty(0), target))


def _shut(*rows: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Give views that are closed to writing."""
    return tuple(_closed(array) for array in rows)


def events(graph: TemporalGraph, chance: NDArray[np.float64]) -> Contacts:
    """Make timed events ready for independent cascades.

    Parameters
    ----------
    graph : TemporalGraph
    chance : (E,) float64 array
        Of each event to pass on.

    Returns
    -------
    Contacts
    """
    return Contacts(graph.src, graph.dst, graph.time, chance, graph.span)


def epidemic(graph: Graph, weight: NDArray[np.float64] | None, rates: tuple[float, float, float]) -> Clock:
    """Make a graph ready for epidemics in continuous time.

    Parameters
    ----------
    graph : Graph
    weight : (E,) float64 array or None
        Factor of each edge's rate; None: 1.
    rates : (infection, recovery, duration)
        In 1/s, 1/s, s.

    Returns
    -------
    Clock
    """
    sums = np.empty(0 if weight is None else len(weight))
    if weight is not None:
        cascade_clock.row_sums(graph.offsets, weight, sums)
    return Clock((graph.offsets, graph.target, sums), rates)


def _closed(array: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give a view that is closed to writing: kernels are compiled for one kind of array."""
    view = array.view()
    view.flags.writeable = False
    return view


def _without_silence(steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Cut the rounds after the last in which any run reached a node; at least round 0 stays."""
    if len(steps) == 0:
        return steps
    spoken = np.flatnonzero(steps.any(axis=1))
    return steps[: int(spoken[-1]) + 1 if len(spoken) else 1]
