"""Following a circuit's dynamics until they rest."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.circuit import RateCircuit
from interplay.circuits.linear_stability import linear_stability
from interplay.circuits.newton import newton, settled

Floats = NDArray[np.float64]

#: The flow is followed for 10, 20, 40 ... time constants, and has escaped at so many times its start and its input.
_FIRST_CHUNK, _CHUNKS, _ESCAPED = 10.0, 8, 1e9
#: Swings that change by less than this share from one stretch to the next, twice as long, will not die.
_LASTING = 1e-3
#: Real parts within this of 0, in units of the fastest unit's 1 / tau, are called marginal.
MARGINAL = 1e-9


def follow(circuit: RateCircuit, u: Floats, start: Floats, tolerance: float = 1e-12) -> Floats | None:
    """Follow the dynamics from `start` until they rest, and refine by Newton; None if they swing on or escape.

    Newton's point counts only if the trajectory is already within a thousandth of it and moving by as little: a
    trajectory that merely passes an equilibrium by is followed on.

    Parameters
    ----------
    circuit : RateCircuit
        Its delays are left out.
    u : (N,) float64 array
        The input.
    start : (N,) float64 array
    tolerance : float
        As `settled` takes it.

    Returns
    -------
    (N,) float64 array or None
    """
    from scipy.integrate import solve_ivp

    x, swing = np.array(start, dtype=np.float64), np.inf
    span = _FIRST_CHUNK * float(circuit.tau.max())
    bound = _ESCAPED * (1.0 + float(max(np.abs(u).max(), np.abs(x).max())))

    def escape(_: float, y: Floats) -> float:
        return bound - float(np.abs(y).max())

    escape.terminal = True  # type: ignore[attr-defined]
    for _ in range(_CHUNKS):
        with np.errstate(over="ignore", invalid="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            course = solve_ivp(
                lambda _, y: circuit.field(y, u),
                (0.0, span),
                x,
                method="LSODA",
                rtol=1e-6,
                atol=1e-9,
                events=escape,
            )
        x = course.y[:, -1]
        if not course.success or not np.isfinite(x).all() or course.t_events[0].size:
            return None
        near = 1e-3 * (1.0 + np.abs(x).max())
        if np.abs(circuit.residual(x, u)).max() <= near:
            end, found = newton(circuit, u[None], x[None], tolerance)
            if found[0] and np.abs(end[0] - x).max() <= near and _attracts(circuit, end[0], u):
                return np.asarray(end[0])
            if settled(circuit, x[None], u[None], tolerance)[0]:
                return np.asarray(x)
        before, swing = swing, float(np.ptp(course.y[:, course.t > 0.5 * span], axis=1).max())
        if swing > near and abs(swing - before) <= _LASTING * swing:
            return None
        span *= 2.0
    return None


def _attracts(circuit: RateCircuit, x: Floats, u: Floats) -> bool:
    return bool(linear_stability(circuit, x[None], u).abscissa[0] < MARGINAL / circuit.tau.min())
