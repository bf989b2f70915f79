"""Where trajectories of circuits end: at an equilibrium, on a cycle, or nowhere."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import InterplayWarning
from interplay.circuits.circuit import RateCircuit

Floats = NDArray[np.float64]

#: A trajectory has settled if its last eighth stays within this of an equilibrium, relative to its size.
_NEAR = 1e-4
#: A trajectory escapes once a rate is this many times larger than its input and than all starts and equilibria.
_ESCAPE = 1e6
#: ... or, going on as time is up, when it is this many times larger than all starts and equilibria.
_LEFT = 3.0
#: What neither settles nor escapes is looked at in rounds of so many time constants, at most so many rounds ...
_ROUND, _ROUNDS = 60.0, 12
#: ... of which the last ones are longer, for cycles that rest long near an equilibrium.
_LAST, _LONGER = 2, 4
#: Extremes that move by less than this share of the swing, from one half of a round to the next, stay ...
_STEADY = 2e-3
#: ... and a swing that shrinks by no more than this does not fade towards a stable equilibrium.
_FADING = 1e-4
#: When time is up and no equilibrium is stable, extremes that move by less than this are those of something lasting.
_WANDERS = 0.5
#: Growth that is slower than this, per longest time constant, cannot be told from a cycle's constant swing.
SLOWEST = 4.0 * _STEADY / _ROUND

#: How long a run is followed at most, in the longest time constants.
LONGEST = _ROUND * (_ROUNDS - _LAST + _LAST * _LONGER)


@dataclass(frozen=True)
class Fates:
    """What became of R trajectories.

    Attributes
    ----------
    settled : (R,) int64 array
        Index of the equilibrium where each ended; -1 for none.
    escaped : (R,) bool array
        Whether it left every bound.
    persists : (R,) bool array
        Whether it goes on within bounds: its swing comes back, and its extremes stay. A cycle, or something richer.
    lowest, highest : (R, N) float64 arrays
        Extremes over the last half round; NaN where escaped.
    period : (R,) float64 array, s
        Of what persists; NaN for the others.
    """

    settled: NDArray[np.int64]
    escaped: NDArray[np.bool_]
    persists: NDArray[np.bool_]
    lowest: Floats
    highest: Floats
    period: Floats

    @property
    def fading(self) -> NDArray[np.bool_]:
        """(R,) bool array: runs that were still on their way when time was up."""
        return (self.settled < 0) & ~self.escaped & ~self.persists

    def of(self, runs: NDArray[np.bool_]) -> Fates:
        """Give some runs only."""
        return Fates(**{f.name: getattr(self, f.name)[runs] for f in fields(self)})


def follow_runs(
    circuits: Sequence[RateCircuit],
    drives: Floats,
    starts: Floats,
    equilibria: Sequence[Floats],
    reach: Floats | None = None,
) -> Fates:
    """Simulate R runs until each has settled, escaped, or gone on for long.

    Parameters
    ----------
    circuits : sequence of R RateCircuit
        Of N units each, without delays.
    drives, starts : (R, N) float64 arrays
    equilibria : sequence of R (K, N) float64 arrays
        Those that the run can settle at.
    reach : (R,) float64 array or None
        Largest rate among all starts and equilibria of the run's circuit; None: among the run's own.

    Returns
    -------
    Fates
        A run that still fades, drifts or grows after all rounds, not yet far from where everything else is, is neither
        settled, escaped nor persisting.
    """
    n_runs, n_units = starts.shape
    fates = Fates(
        np.full(n_runs, -1, dtype=np.int64),
        np.zeros(n_runs, dtype=bool),
        np.zeros(n_runs, dtype=bool),
        np.full((n_runs, n_units), np.nan),
        np.full((n_runs, n_units), np.nan),
        np.full(n_runs, np.nan),
    )
    state, open_ = starts.copy(), np.arange(n_runs)
    largest = np.abs(starts).max(axis=1)
    if reach is None:
        reach = np.array([max(a, np.abs(p).max(initial=0.0)) for a, p in zip(largest, equilibria, strict=True)])
    bound = _ESCAPE * (1.0 + np.maximum(np.abs(drives).max(axis=1), np.maximum(largest, reach)))
    for turn in range(_ROUNDS if n_runs else 0):
        longer = _LONGER if turn >= _ROUNDS - _LAST else 1
        time, rates = _one_round([circuits[r] for r in open_.tolist()], drives[open_], state[open_], longer)
        still = []
        for r, course in zip(open_.tolist(), rates, strict=True):
            state[r] = course[-1]
            if _ended(fates, r, time, course, equilibria[r], bound[r]):
                continue
            if turn == _ROUNDS - 1:
                _time_is_up(fates, r, time, course, equilibria[r], float(reach[r]))
            still.append(r)
        open_ = np.array(still, dtype=np.int64)
        if not len(open_):
            break
    return fates


def _one_round(circuits: Sequence[RateCircuit], drives: Floats, starts: Floats, longer: int) -> tuple[Floats, Floats]:
    from interplay.circuits.batch import CircuitBatch
    from interplay.circuits.simulation import simulate

    different = {id(c): c for c in circuits}.values()
    longest = max(float(c.tau.max()) for c in different)
    dt_s = min(safe_step(c) for c in different)
    every = max(1, int(0.02 * longest / dt_s)) * longer
    steps = every * 8 * max(1, round(_ROUND * longer * longest / dt_s / every / 8))
    batch = CircuitBatch.of(circuits)
    with warnings.catch_warnings():
        # Runs that leave the finite numbers are an answer here, not an accident.
        warnings.simplefilter("ignore", InterplayWarning)
        course = simulate(batch, drives, duration_s=steps * dt_s, dt_s=dt_s, start=starts, record_every=every)
    return course.time, course.rates


def safe_step(circuit: RateCircuit) -> float:
    """Give a step, in seconds, that resolves the fastest motion that weights and time constants allow.

    Singular values bound the speed of a large circuit more sharply (by half at 24 units) than the sums of weights that
    `simulate` takes for batches of many circuits, and runs are followed for long here.
    """
    slopes = np.where(np.isfinite(circuit.max_slopes), circuit.max_slopes, 1.0)
    fastest = float(np.linalg.norm(slopes[:, None] * circuit.weights / circuit.tau[:, None], 2))
    return 0.1 / (fastest + float((1.0 / circuit.tau).max()))


def _ended(fates: Fates, r: int, time: Floats, course: Floats, points: Floats, bound: float) -> bool:
    """Judge one run after a round, and write down what was found."""
    tail = course[-(len(course) // 8) :]
    with np.errstate(invalid="ignore", over="ignore"):
        if not np.isfinite(course).all() or np.abs(course).max() > bound:
            fates.escaped[r] = True
            return True
        for k, point in enumerate(points):
            if np.abs(tail - point).max() <= _NEAR * max(1.0, float(np.abs(point).max())):
                fates.settled[r] = k
                fates.lowest[r], fates.highest[r] = point, point
                return True
    before, swing, moved = _swings(course)
    # Where an equilibrium is stable, a swing that shrinks at all may be on its way there.
    fades = len(points) and swing < (1.0 - _FADING) * before
    return swing > _NEAR and moved <= _STEADY and not fades and _comes_back(fates, r, time, course)


def _time_is_up(fates: Fates, r: int, time: Floats, course: Floats, points: Floats, reach: float) -> None:
    """Judge a run that neither settled nor repeated itself, and leave it open where nothing can be said."""
    size = np.abs(course).max(axis=1)
    eighths = size[: len(size) // 8 * 8].reshape(8, -1).max(axis=1)
    if size[-1] > _LEFT * (1.0 + reach) and (np.diff(eighths) > 0).all():
        fates.escaped[r] = True
        return
    before, swing, moved = _swings(course)
    grows = swing > (1.0 + _STEADY) * before
    if swing > _NEAR and moved <= _WANDERS and not grows and not len(points):
        _comes_back(fates, r, time, course)


def _swings(course: Floats) -> tuple[float, float, float]:
    """Give the swing in the first and second half of a round, and how far extremes moved, as a share of it."""
    halves = course[: len(course) // 2], course[len(course) // 2 :]
    low, high = (np.array([end(part, axis=0) for part in halves]) for end in (np.min, np.max))
    before, swing = (high - low).max(axis=1)
    moved = max(float(np.abs(np.diff(end, axis=0)).max()) for end in (low, high))
    return float(before), float(swing), moved / float(swing) if swing > 0 else 0.0


def _comes_back(fates: Fates, r: int, time: Floats, course: Floats) -> bool:
    """Whether a run returns to the middle of its swing, and write it down if so: a drift has a swing too."""
    lowest, highest, period = cycle_of(time, course)
    if not np.isfinite(period):
        # Slower than half a round: the whole of it may hold two crossings.
        period = _mean_return(time, course, lowest, highest)
    if not np.isfinite(period):
        return False
    fates.persists[r] = True
    fates.lowest[r], fates.highest[r], fates.period[r] = lowest, highest, period
    return True


def cycle_of(time: Floats, rates: Floats) -> tuple[Floats, Floats, float]:
    """Measure a cycle on the second half of a trajectory.

    Parameters
    ----------
    time : (T,) float64 array, s
    rates : (T, N) float64 array

    Returns
    -------
    lowest, highest : (N,) float64 arrays
    period : float, s
        Mean time between upward crossings of the middle by the unit that swings most; NaN with fewer than two.
    """
    half = rates[len(rates) // 2 :]
    when = time[len(rates) // 2 :]
    lowest, highest = half.min(axis=0), half.max(axis=0)
    return lowest, highest, _mean_return(when, half, lowest, highest)


def _mean_return(time: Floats, rates: Floats, lowest: Floats, highest: Floats) -> float:
    """Give the mean time between upward crossings of the middle between two extremes; NaN with fewer than two."""
    unit = int(np.argmax(highest - lowest))
    x = rates[:, unit] - 0.5 * (lowest[unit] + highest[unit])
    up = np.flatnonzero((x[:-1] < 0) & (x[1:] >= 0))
    if len(up) < 2:
        return float("nan")
    crossing = time[up] - x[up] * (time[up + 1] - time[up]) / (x[up + 1] - x[up])
    return float((crossing[-1] - crossing[0]) / (len(up) - 1))
