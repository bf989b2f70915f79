"""Semismooth Newton for the equilibria of many circuits' states at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.circuit import RateCircuit

Floats = NDArray[np.float64]

#: Full steps first: on straight-lined activations they end after finitely many, and damping would stop them at kinks.
_FULL, _DAMPED, _HALVINGS = 30, 60, 12


def newton(circuit: RateCircuit, drive: Floats, start: Floats, tolerance: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Iterate x <- x - (I - D W)^{-1} (x - phi(W x + u)), D the slopes at W x + u.

    Parameters
    ----------
    circuit : RateCircuit
    drive, start : (M, N) float64 arrays
        Drives and first guesses, one problem a row.
    tolerance : float
        As `settled` takes it.

    Returns
    -------
    rates : (M, N) float64 array
        Inside the domains of the activations; of no meaning where not found.
    found : (M,) bool array

    Notes
    -----
    30 full steps, which may cycle, then 60 steps halved until the residual falls. Time O(M N^3) a step.
    """
    x = np.array(start, dtype=np.float64)
    found = np.zeros(len(x), dtype=np.bool_)
    alive = np.ones(len(x), dtype=np.bool_)
    with np.errstate(all="ignore"):
        for k in range(_FULL + _DAMPED + 1):
            rows = np.flatnonzero(alive & ~found)
            if not rows.size:
                break
            found[rows] = settled(circuit, x[rows], drive[rows], tolerance)
            rows = rows[~found[rows]]
            if k == _FULL + _DAMPED or not rows.size:
                break
            x[rows] = _step(circuit, x[rows], drive[rows], damped=k >= _FULL)
            alive[rows] = np.isfinite(x[rows]).all(axis=1)
        return _inside(circuit, x, drive, found, tolerance)


def settled(circuit: RateCircuit, x: Floats, drive: Floats, tolerance: float) -> NDArray[np.bool_]:
    """Whether |x - phi(W x + u)| <= tolerance (1 + |x| + |W| |x| + |u|) for all units of a row: only rounding."""
    scale = 1.0 + np.abs(x) + np.abs(x) @ np.abs(circuit.weights).T + np.abs(drive)
    return np.asarray((np.abs(circuit.residual(x, drive)) <= tolerance * scale).all(axis=-1))


def _inside(
    circuit: RateCircuit, x: Floats, drive: Floats, found: NDArray[np.bool_], tolerance: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Move rates that rounding carried past an end of their domain onto that end."""
    ends = np.array([phi.domain for phi in circuit.activations])
    x = np.clip(x, ends[:, 0], ends[:, 1])
    # Others see a rate that was moved times their weight of it, which can be too much: a step from there, once more.
    rows = np.flatnonzero(found)
    rows = rows[~settled(circuit, x[rows], drive[rows], tolerance)]
    if rows.size:
        x[rows] = np.clip(_step(circuit, x[rows], drive[rows], damped=False), ends[:, 0], ends[:, 1])
        found[rows] = settled(circuit, x[rows], drive[rows], tolerance)
    return x, found


def _step(circuit: RateCircuit, x: Floats, drive: Floats, *, damped: bool) -> Floats:
    z = circuit.input(x, drive)
    residual = x - circuit.rates(z)
    matrix = np.eye(circuit.n_units) - circuit.slopes(z)[:, :, None] * circuit.weights
    step = solve_rows(matrix, residual)
    if not damped:
        return x - step
    before = np.linalg.norm(residual, axis=1)
    after, open_ = x - step, np.ones(len(x), dtype=np.bool_)
    for k in range(_HALVINGS):
        trial = x[open_] - step[open_] * 0.5**k
        better = np.linalg.norm(circuit.residual(trial, drive[open_]), axis=1) < (1 - 1e-4 * 0.5**k) * before[open_]
        rows = np.flatnonzero(open_)
        after[rows] = trial
        open_[rows[better]] = False
        if not open_.any():
            break
    return after


def solve_rows(matrix: Floats, right: Floats) -> Floats:
    """Solve M systems (M, N, N) x = (M, N); a singular one in the sense of least squares."""
    try:
        return np.asarray(np.linalg.solve(matrix, right[..., None])[..., 0], dtype=np.float64)
    except np.linalg.LinAlgError:
        out = np.empty_like(right)
        for m, (a, b) in enumerate(zip(matrix, right, strict=True)):
            good = np.isfinite(a).all() and np.isfinite(b).all()
            out[m] = np.linalg.lstsq(a, b, rcond=None)[0] if good else np.nan
        return out
