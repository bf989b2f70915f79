"""The plane of two populations: flow, costs, nullclines, best responses, equilibria, trajectories."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, InterplayWarning
from interplay._core.provenance import digest
from interplay.circuits.attractors import safe_step
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_drive
from interplay.circuits.linear_stability import linear_stability
from interplay.circuits.motif_results import PhasePlane
from interplay.circuits.nash import best_response, energies, nash_gap
from interplay.circuits.planar import planar_equilibria
from interplay.circuits.regimes import regime

Floats = NDArray[np.float64]
Window = tuple[float, float]

#: A state is a Nash equilibrium if no unit gains more than this by deviating.
_GAP = 1e-9


@dataclass(frozen=True, kw_only=True)
class PhasePlaneConfig:
    """Settings of `phase_plane`.

    Attributes
    ----------
    e, i : (low, high) or None
    points : int, >= 2
    duration_s : float, > 0, s, or None
    """

    e: Window | None = None
    i: Window | None = None
    points: int = 61
    duration_s: float | None = None

    def __post_init__(self) -> None:
        """Check."""
        require_setting("points", self.points, least=2, whole=True)
        if self.duration_s is not None:
            require_setting("duration_s", self.duration_s, above=0)


def phase_plane(
    circuit: RateCircuit,
    drive: ArrayLike,
    *,
    e: Window | None = None,
    i: Window | None = None,
    points: int = 61,
    starts: ArrayLike | None = None,
    duration_s: float | None = None,
) -> PhasePlane:
    """Lay out the plane of one excitatory and one inhibitory unit.

    Parameters
    ----------
    circuit : RateCircuit
        Of two units, excitatory first.
    drive : (2,) float array
    e, i : (low, high) or None
        Window of each rate; None: the whole domain where bounded, else from its low end (or as far below 0 as above)
        to somewhat beyond the equilibria.
    points : int, >= 2
        Grid points per axis.
    starts : (R, 2) float array or None
        Where trajectories start; None: the corners and middles of the window's sides.
    duration_s : float, > 0, s, or None
        Of the trajectories; None: 40 times the longer time constant.

    Returns
    -------
    PhasePlane

    Raises
    ------
    DataError
        If the circuit has not one excitatory and one inhibitory unit in this order.
    ConfigError
        If a window is empty.

    Notes
    -----
    A unit's nullcline is drawn by its input z: its rate is phi(z), and the other unit's rate follows from
    z = (W x + u) of that unit, so vertical parts (a ReLU at rest under any inhibition) come out exactly. Where the
    unit's own cost is convex (W_ii <= 1/L_i) the best response is the nullcline; elsewhere it jumps, and it is NaN
    where the cost has no lower bound.
    """
    u = require_drive(circuit, drive)
    _require_pair(circuit)
    config = PhasePlaneConfig(e=e, i=i, points=points, duration_s=duration_s)
    found = planar_equilibria(circuit, u)
    here = linear_stability(circuit, found, u)
    windows = [_window(circuit, u, found, unit, given) for unit, given in ((0, e), (1, i))]
    grids = [np.linspace(low, high, points) for low, high in windows]
    plane = np.stack(np.meshgrid(*grids), axis=-1)
    pull = -circuit.residual(plane, u)
    energy = energies(circuit, plane, u).total
    beginning = _starts(windows) if starts is None else Shapes().array("starts", starts, "R 2")
    return PhasePlane(
        config=config,
        made_from=digest(circuit.digest, u),
        notes=here.notes,
        citations=("wilson1972excitatory", "betteti2025competition"),
        e=grids[0],
        i=grids[1],
        flow=pull / circuit.tau,
        energy=np.where(np.isfinite(energy), energy, np.nan),
        gradient=pull,
        nullclines=(_nullcline(circuit, u, 0, windows), _nullcline(circuit, u, 1, windows)),
        best_responses=(_responses(circuit, u, 0, windows), _responses(circuit, u, 1, windows)),
        equilibria=found,
        stable=here.stable,
        nash=np.array([float(nash_gap(circuit, x, u).max()) <= _GAP for x in found], dtype=bool),
        trajectories=_trajectories(circuit, u, beginning, duration_s),
        regime=regime(circuit, u, certificate=False).regime,
    )


def _require_pair(circuit: RateCircuit) -> None:
    if circuit.n_units != 2 or list(circuit.sign) != [1, -1]:
        raise DataError(
            "`circuit` must have one excitatory and one inhibitory unit, in this order, got signs "
            f"{[int(s) for s in circuit.sign]}. Give `sign=[1, -1]`, or reorder with `permuted`."
        )


def _window(circuit: RateCircuit, u: Floats, found: Floats, unit: int, given: Window | None) -> Window:
    if given is not None:
        if not (np.isfinite(given).all() and given[0] < given[1]):
            raise ConfigError(f"`{'ei'[unit]}` must be finite with low < high, got {given}. Give the axis' two ends.")
        return float(given[0]), float(given[1])
    low, high = circuit.activations[unit].domain
    top = 1.6 * float(np.abs(found[:, unit]).max(initial=0.0))
    size = max(top, 0.5 * float(np.abs(u).max()), 0.2)
    return (low if np.isfinite(low) else -size), (high if np.isfinite(high) else size)


def _starts(windows: list[Window]) -> Floats:
    (a, b), (c, d) = windows
    x, y = (a + b) / 2, (c + d) / 2
    return np.array([(a, c), (b, c), (b, d), (a, d), (x, c), (b, y), (x, d), (a, y)])


def _trajectories(circuit: RateCircuit, u: Floats, starts: Floats, duration_s: float | None) -> tuple[Floats, ...]:
    from interplay.circuits.simulation import simulate

    length = 40.0 * float(circuit.tau.max()) if duration_s is None else duration_s
    steps = max(1, round(length / safe_step(circuit)))
    every = max(1, steps // 1500)
    steps = every * -(-steps // every)
    with warnings.catch_warnings():
        # A trajectory that runs away is drawn as far as it is finite.
        warnings.simplefilter("ignore", InterplayWarning)
        course = simulate(circuit, u, duration_s=length, dt_s=length / steps, start=starts, record_every=every)
    return tuple(rates[np.isfinite(rates).all(axis=1)] for rates in course.rates)


def _inputs(circuit: RateCircuit, unit: int, reach: float) -> Floats:
    """Give inputs from -reach to reach, dense around 0, kinks included."""
    z = np.sinh(np.linspace(-np.arcsinh(50 * reach), np.arcsinh(50 * reach), 1201)) / 50
    kinks = [edge for piece in circuit.activations[unit].pieces for edge in piece[:2] if np.isfinite(edge)]
    return np.unique(np.concatenate([z, kinks]))


def _nullcline(circuit: RateCircuit, u: Floats, unit: int, windows: list[Window]) -> Floats:
    other, w = 1 - unit, circuit.weights
    reach = float(np.abs(w[unit]) @ [max(abs(a), abs(b)) for a, b in windows] + abs(u[unit]) + 1.0)
    z = _inputs(circuit, unit, reach)
    if w[unit, other] == 0:
        return _straight(circuit, u, unit, windows)
    curve = np.empty((len(z), 2))
    curve[:, unit] = circuit.activations[unit](z)
    curve[:, other] = (z - w[unit, unit] * curve[:, unit] - u[unit]) / w[unit, other]
    return _inside(curve, windows)


def _straight(circuit: RateCircuit, u: Floats, unit: int, windows: list[Window]) -> Floats:
    """Nullcline of a unit that the other does not reach: straight lines at its own equilibria."""
    alone = RateCircuit(
        np.diag([circuit.weights[unit, unit], 0.0]), (circuit.activations[unit], "relu"), sign=np.array([0, 0])
    )
    rows: list[Any] = []
    for x, _ in planar_equilibria(alone, np.array([u[unit], 0.0])):
        ends = np.empty((2, 2))
        ends[:, unit], ends[:, 1 - unit] = x, windows[1 - unit]
        rows += [*ends, (np.nan, np.nan)]
    return np.array(rows[:-1]).reshape(-1, 2)


def _inside(curve: Floats, windows: list[Window]) -> Floats:
    """Keep what lies in the window, cut where the curve crosses its sides; NaN rows between pieces."""
    pieces: list[Floats] = []
    for a, b in pairwise(curve):
        cut = _clipped(a, b, windows)
        if cut is None:
            continue
        if pieces and np.array_equal(pieces[-1], cut[0]):
            pieces.append(cut[1])
        else:
            pieces += [np.full(2, np.nan), *cut] if pieces else list(cut)
    return np.array(pieces).reshape(-1, 2)


def _clipped(a: Floats, b: Floats, windows: list[Window]) -> tuple[Floats, Floats] | None:
    """Part of the segment from a to b inside the window (Liang-Barsky)."""
    enter, leave = 0.0, 1.0
    for axis, (low, high) in enumerate(windows):
        step = b[axis] - a[axis]
        if step == 0:
            if not low <= a[axis] <= high:
                return None
            continue
        with np.errstate(over="ignore"):
            # Hardly any step at all: the ends are infinitely many steps away.
            near, far = sorted(((low - a[axis]) / step, (high - a[axis]) / step))
        enter, leave = max(enter, near), min(leave, far)
    if enter >= leave:
        return None
    start = a if enter == 0.0 else a + enter * (b - a)
    return start, (b if leave == 1.0 else a + leave * (b - a))


def _responses(circuit: RateCircuit, u: Floats, unit: int, windows: list[Window]) -> Floats:
    """Best response over the other unit's rate; NaN rows where the cost has no lower bound and at jumps."""
    other = 1 - unit
    states = np.zeros((801, 2))
    states[:, other] = np.linspace(*windows[other], 801)
    best = best_response(circuit, states, u)[:, unit]
    best = np.where(np.isfinite(best), best, np.nan)
    states[:, unit] = best
    low, high = windows[unit]
    jump = np.flatnonzero(np.abs(np.diff(best)) > 0.25 * (high - low))
    outside = (states[:, unit] < low) | (states[:, unit] > high)
    states[outside] = np.nan
    return np.insert(states, jump + 1, np.nan, axis=0)
