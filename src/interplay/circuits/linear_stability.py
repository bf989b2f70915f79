"""Linearisations at states: their stability, also where units rest on a kink, and the response to small inputs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_drive, require_state

Floats = NDArray[np.float64]

#: An input this near a kink, relative to 1 + |W| |x| + |u|, is on it.
_ON = 1e-9
#: Combinations of one-sided slopes that are looked at: ten units on a kink.
_MOST_SIDES = 2**10
#: Numbers in one batch of matrices.
_BATCH = 2**20
_NAMED = 4


class LinearStability(NamedTuple):
    """What linearisations say of K states.

    Attributes
    ----------
    eigenvalues : (K, N) complex128 array, 1/s
        With the smaller slope at every kink, by falling real part.
    abscissa : (K,) float64 array, 1/s
        Largest real part over all combinations of one-sided slopes. Where there are too many to look at, a negative
        bound on it, or inf if none is known.
    stable : (K,) bool array
        Whether `abscissa` is negative.
    on_kink : (K, N) bool array
        Units whose activation bends at their input.
    notes : tuple of str
        One note for all kinks: who rests on one where, and what that means. Empty without kinks.
    """

    eigenvalues: NDArray[np.complex128]
    abscissa: Floats
    stable: NDArray[np.bool_]
    on_kink: NDArray[np.bool_]
    notes: tuple[str, ...]


def linear_stability(circuit: RateCircuit, rates: Floats, drive: Floats) -> LinearStability:
    """Linearise at states, on every side of the kinks that they rest on.

    Parameters
    ----------
    circuit : RateCircuit
        Its delays are left out.
    rates : (K, N) float64 array
        States; equilibria, for the answer to mean anything.
    drive : (N,) or (K, N) float64 array

    Returns
    -------
    LinearStability

    Notes
    -----
    Off kinks, `stable` says that the equilibrium attracts what starts near it. On a kink the circuit is linear with
    different matrices in different cones around the state. If all are Hurwitz, switching between them can still
    carry rates away; if one is not, its growing direction may lie outside its cone. So at a kink neither word is a
    proof, and `stable` needs all sides: to call a state stable from which rates run away is the worse mistake.
    Beyond 1024 combinations (ten units on a kink) the bound is the largest real part of T^-1 (D |W| - I), D the
    largest slopes: none is larger, since that matrix dominates all others, entry by entry. Time O(2^k N^3) a state
    with k units on a kink.

    Examples
    --------
    >>> circuit = RateCircuit([[3.0, -1.0], [1.0, -1.0]], "relu", tau=0.01)
    >>> found = linear_stability(circuit, np.zeros((1, 2)), np.zeros(2))
    >>> found.eigenvalues.real.tolist(), found.stable.tolist()
    ([[-100.0, -100.0]], [False])
    """
    values = np.zeros(rates.shape, dtype=np.complex128)
    if len(rates):
        values = np.linalg.eigvals(circuit.jacobian(rates, drive)).astype(np.complex128)
    values = np.take_along_axis(values, np.argsort(-values.real, axis=1, kind="stable"), axis=1)
    abscissa = values.real.max(axis=1, initial=-np.inf)
    drives = np.broadcast_to(drive, rates.shape)
    sides = _sides(circuit, rates, drives)
    on_kink = np.zeros(rates.shape, dtype=bool)
    on_kink[tuple(np.array(list(sides), dtype=np.int64).reshape(-1, 2).T)] = True
    for k in np.flatnonzero(on_kink.any(axis=1)):
        mine = {i: slopes for (state, i), slopes in sides.items() if state == k}
        abscissa[k] = _largest_real_part(circuit, rates[k], drives[k], mine)
    return LinearStability(values, abscissa, abscissa < 0, on_kink, _notes(circuit, values, abscissa, on_kink))


def abscissa_of(matrices: Floats) -> float:
    """Give the largest real part of any eigenvalue of any of some matrices.

    Parameters
    ----------
    matrices : (..., N, N) float64 array

    Returns
    -------
    float
        NaN for matrices without rows.
    """
    return float(np.linalg.eigvals(matrices).real.max()) if matrices.size else math.nan


def response(circuit: RateCircuit, rates: ArrayLike, drive: ArrayLike) -> Floats:
    """Compute how much every unit's equilibrium rate moves per unit of input to each: (I - D W)^-1 D.

    Parameters
    ----------
    circuit : RateCircuit
    rates, drive : (N,) float arrays
        An equilibrium x, for example of `steady_state`, and its input u.

    Returns
    -------
    (N, N) float64 array
        Entry [i, j]: d x_i / d u_j, of unit i for more input to unit j; NaN where the linearisation is singular. An
        inhibitory unit with a negative entry [i, i] is slowed down by more input to itself: the paradoxical response.

    Raises
    ------
    DataError, ConfigError
        If `circuit` is no circuit, or an array does not fit it.

    Notes
    -----
    D holds the slopes of the activations at W x + u; at a kink the smaller one-sided slope, so there it holds on one
    side at most. That x is an equilibrium is not checked. Time constants and delays move no equilibrium; whether rates
    go to the moved one is a question of stability. Time O(N^3).

    References
    ----------
    Tsodyks, Skaggs, Sejnowski, McNaughton (1997), J Neurosci 17:4382, for the paradoxical response.

    Examples
    --------
    >>> pair = RateCircuit.of_blocks(1.5, 2.0, 2.0, 0.5)
    >>> response(pair, [0.2769, 0.3692], [0.6, 0.0]).round(3).tolist()
    [[0.462, -0.615], [0.615, -0.154]]
    """
    u = require_drive(circuit, drive)
    slopes = circuit.slopes(circuit.input(require_state(circuit, rates, "rates"), u))
    try:
        return np.asarray(np.linalg.solve(np.eye(len(slopes)) - slopes[:, None] * circuit.weights, np.diag(slopes)))
    except np.linalg.LinAlgError:
        return np.full((len(slopes), len(slopes)), np.nan)


def _sides(circuit: RateCircuit, rates: Floats, drive: Floats) -> dict[tuple[int, int], list[float]]:
    """Give the one-sided slopes of every (state, unit) that lies where its activation bends."""
    inputs = circuit.input(rates, drive)
    size = 1.0 + np.abs(rates) @ np.abs(circuit.weights).T + np.abs(drive)
    found: dict[tuple[int, int], set[float]] = {}
    for i, phi in enumerate(circuit.activations):
        for (*_, before, _), (kink, _, after, _) in zip(phi.pieces, phi.pieces[1:], strict=False):
            near = np.abs(inputs[:, i] - kink) <= _ON * (size[:, i] + abs(kink))
            for k in np.flatnonzero(near):
                found.setdefault((int(k), i), set()).update((before, after))
    return {at: sorted(slopes) for at, slopes in found.items() if len(slopes) > 1}


def _largest_real_part(circuit: RateCircuit, x: Floats, u: Floats, sides: dict[int, list[float]]) -> float:
    """Find the largest real part over all choices of one-sided slopes."""
    sizes = [len(slopes) for slopes in sides.values()]
    total, n = math.prod(sizes), circuit.n_units
    middle = circuit.slopes(circuit.input(x, u))
    if total > _MOST_SIDES:
        steepest = middle.copy()
        steepest[list(sides)] = [max(slopes) for slopes in sides.values()]
        bound = abscissa_of((steepest[:, None] * np.abs(circuit.weights) - np.eye(n)) / circuit.tau[:, None])
        return bound if bound < 0 else math.inf
    top, chunk = -math.inf, max(1, _BATCH // n**2)
    for first in range(0, total, chunk):
        choice = np.unravel_index(np.arange(first, min(total, first + chunk)), sizes)
        table = np.broadcast_to(middle, (len(choice[0]), n)).copy()
        for (i, slopes), picked in zip(sides.items(), choice, strict=True):
            table[:, i] = np.array(slopes)[picked]
        top = max(top, abscissa_of(circuit.linearised(table)))
    return top


def _notes(
    circuit: RateCircuit, values: NDArray[np.complex128], abscissa: Floats, on_kink: NDArray[np.bool_]
) -> tuple[str, ...]:
    """Say once who rests on a kink where, and what it means; states count from 1."""
    states = np.flatnonzero(on_kink.any(axis=1))
    if not states.size:
        return ()
    alike: dict[bytes, list[int]] = {}
    for k in states:
        alike.setdefault(on_kink[k].tobytes(), []).append(int(k))

    def at(those: NDArray[np.int64] | list[int]) -> str:
        one = "equilibrium" if len(those) == 1 else "equilibria"
        return f" at {one} {', '.join(str(k + 1) for k in those)}" if len(on_kink) > 1 else ""

    where = [_named(circuit, np.flatnonzero(on_kink[those[0]])) + at(those) for those in alike.values()]
    said = [
        f"on a kink: {'; '.join(where)}",
        "eigenvalues are those with the smaller slope; `stable` asks that no side have a growing direction",
    ]
    inside, top = values[states].real.max(axis=1), abscissa[states]
    if (turned := states[np.isfinite(top) & (top >= 0) & (inside < 0)]).size:
        said.append(f"not called stable{at(turned)}: one side has a growing direction, the smaller slopes have none")
    if (unseen := states[np.isinf(top)]).size:
        said.append(f"not called stable{at(unseen)}: the {_MOST_SIDES} combinations that are looked at are too few")
    said.append("no linearisation proves what the dynamics do at a kink")
    return ("; ".join(said),)


def _named(circuit: RateCircuit, units: NDArray[np.int64]) -> str:
    names = ", ".join(f"{str(circuit.names[i])!r} ({circuit.activations[i]})" for i in units[:_NAMED])
    more = f" and {len(units) - _NAMED} more" if len(units) > _NAMED else ""
    return f"unit{'s' if len(units) > 1 else ''} {names}{more}"
