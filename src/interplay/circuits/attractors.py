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
#: A trajectory escapes once a rate is this many times larger than anything it started from.
_ESCAPE = 1e6
#: What neither settles nor escapes is looked at in rounds of so many time constants, at most so many rounds.
_ROUND, _ROUNDS = 60.0, 12
#: A swing whose size changes by less than this from one half of a round to the next repeats itself ...
_STEADY = 0.01
#: ... and by less than this where it could be fading towards a stable equilibrium.
_FADING = 1e-4


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
        Whether it goes on without settling: a cycle, or something richer.
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


def follow_runs(circuits: Sequence[RateCircuit], drives: Floats, starts: Floats, equilibria: Sequence[Floats]) -> Fates:
    """Simulate R runs until each has settled, escaped, or gone on for long.

    Parameters
    ----------
    circuits : sequence of R RateCircuit
        Of N units each, without delays.
    drives, starts : (R, N) float64 arrays
    equilibria : sequence of R (K, N) float64 arrays
        Those that the run can settle at.

    Returns
    -------
    Fates
        A run that still fades after all rounds is neither settled, escaped nor persisting.
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
    bound = _ESCAPE * (1.0 + np.abs(starts).max(axis=1))
    for turn in range(_ROUNDS if n_runs else 0):
        time, rates = _one_round([circuits[r] for r in open_.tolist()], drives[open_], state[open_])
        still = []
        for r, course in zip(open_.tolist(), rates, strict=True):
            state[r] = course[-1]
            if not _ended(fates, r, time, course, equilibria[r], bound[r], last=turn == _ROUNDS - 1):
                still.append(r)
        open_ = np.array(still, dtype=np.int64)
        if not len(open_):
            break
    return fates


def _one_round(circuits: Sequence[RateCircuit], drives: Floats, starts: Floats) -> tuple[Floats, Floats]:
    from interplay.circuits.batch import CircuitBatch
    from interplay.circuits.simulation import simulate

    different = {id(c): c for c in circuits}.values()
    longest = max(float(c.tau.max()) for c in different)
    dt_s = min(safe_step(c) for c in different)
    every = max(1, int(0.02 * longest / dt_s))
    steps = every * 8 * max(1, round(_ROUND * longest / dt_s / every / 8))
    batch = CircuitBatch.of(circuits)
    with warnings.catch_warnings():
        # Runs that leave the finite numbers are an answer here, not an accident.
        warnings.simplefilter("ignore", InterplayWarning)
        course = simulate(batch, drives, duration_s=steps * dt_s, dt_s=dt_s, start=starts, record_every=every)
    return course.time, course.rates


def safe_step(circuit: RateCircuit) -> float:
    """Give a step, in seconds, that resolves the fastest motion that weights and time constants allow."""
    slopes = np.where(np.isfinite(circuit.max_slopes), circuit.max_slopes, 1.0)
    fastest = float(np.linalg.norm(slopes[:, None] * circuit.weights / circuit.tau[:, None], 2))
    return 0.1 / (fastest + float((1.0 / circuit.tau).max()))


def _ended(fates: Fates, r: int, time: Floats, course: Floats, points: Floats, bound: float, *, last: bool) -> bool:
    """Judge one run after a round, and write down what was found."""
    half, tail = len(course) // 2, course[-(len(course) // 8) :]
    with np.errstate(invalid="ignore", over="ignore"):
        if not np.isfinite(course).all() or np.abs(course).max() > bound:
            fates.escaped[r] = True
            return True
        for k, point in enumerate(points):
            if np.abs(tail - point).max() <= _NEAR * max(1.0, float(np.abs(point).max())):
                fates.settled[r] = k
                fates.lowest[r], fates.highest[r] = point, point
                return True
    swing = [float(np.ptp(part, axis=0).max()) for part in (course[:half], course[half:])]
    change = swing[1] / swing[0] - 1.0 if swing[0] > 0 else 0.0
    # Where an equilibrium is stable, a swing that shrinks at all may be on its way there.
    steady = -(_FADING if len(points) else _STEADY) <= change <= _STEADY
    if not (steady or last):
        return False
    if last and change > 1.0 and np.abs(course[-1]).max() > 10.0 * np.abs(course[0]).max():
        fates.escaped[r] = True
    elif swing[1] > _NEAR and (steady or (change > -0.5 and not len(points))):
        fates.persists[r] = True
        fates.lowest[r], fates.highest[r], fates.period[r] = cycle_of(time, course)
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
    unit = int(np.argmax(highest - lowest))
    x = half[:, unit] - 0.5 * (lowest[unit] + highest[unit])
    up = np.flatnonzero((x[:-1] < 0) & (x[1:] >= 0))
    if len(up) < 2:
        return lowest, highest, float("nan")
    crossing = when[up] - x[up] * (when[up + 1] - when[up]) / (x[up + 1] - x[up])
    return lowest, highest, float((crossing[-1] - crossing[0]) / (len(up) - 1))
