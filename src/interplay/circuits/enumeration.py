"""All equilibria of a circuit: piece by piece where activations are straight lines, by many starts elsewhere."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.errors import DataError, InterplayWarning
from interplay._core.rng import stream
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_drive
from interplay.circuits.equilibria import describe_equilibria, unique_by_slopes
from interplay.circuits.linear_pieces import feasible_point
from interplay.circuits.newton import newton, settled
from interplay.circuits.results import EquilibriumResult

Floats = NDArray[np.float64]

_CHUNK = 4096
#: A matrix is singular here if its condition number is larger; only those with a small determinant are looked at.
_SINGULAR, _SUSPECT = 1e12, 1e-10
#: Singular pieces beyond this many are counted, not examined.
_MOST_SINGULAR = 256
#: Equilibria nearer than this, relative to their size, are one.
_SAME = 1e-7
_CORNERS = 8


def all_equilibria(
    circuit: RateCircuit,
    drive: ArrayLike,
    *,
    tolerance: float = 1e-10,
    most_pieces: int = 2**16,
    starts: int = 256,
    seed: int = 0,
) -> EquilibriumResult:
    """Find every equilibrium x = phi(W x + u).

    Parameters
    ----------
    circuit : RateCircuit
    drive : (N,) float array
        The input u, constant.
    tolerance : float, > 0
        A state counts if every unit's residual is within this times (1 + |x| + |W| |x| + |u|), its own, and so is the
        distance of its input from the piece it was solved for. Equilibria about to appear or to vanish within it are
        counted.
    most_pieces : int, >= 1
        Refuse circuits of more combinations of straight pieces: 2^N for ReLU, 3^N for clip.
    starts : int, >= 1
        Newton runs, where an activation is smooth.
    seed : int, >= 0
        Of the starts.

    Returns
    -------
    EquilibriumResult
        K >= 0 equilibria in the order of their first rate, then their second, and so on. `complete` says whether there
        are provably no others, up to rounding: True after an enumeration that met no singular piece with equilibria
        in it; False after many starts, unless diag(1/L) - W is a P-matrix. Method "enumeration" or "starts".

    Raises
    ------
    DataError
        If there are more than `most_pieces` combinations, or the drive has a wrong shape.

    Notes
    -----
    On one combination of pieces the circuit is linear, (I - D W) x = D u + c, and its solution counts if it lies there.
    A combination with a singular matrix can hold a whole line of equilibria: one of them is given, a note says so, and
    an InterplayWarning. If all rates are bounded and no equilibrium is degenerate, the signs of det(I - D W) over all
    equilibria add up to 1 (degree theory): where those found by starts do not, four times as many starts are made,
    also between those found, and a note and an InterplayWarning remain if that does not help. Time O(2^N N^3) for ReLU.

    Examples
    --------
    >>> pair = RateCircuit([[1.2, -1.0], [-1.0, 1.2]], "clip")
    >>> found = all_equilibria(pair, [0.3, 0.3])
    >>> found.rates.round(3).tolist(), found.stable.tolist(), found.complete
    ([[0.0, 1.0], [0.375, 0.375], [1.0, 0.0]], [True, False, True], True)
    """
    u = require_drive(circuit, drive)
    require_setting("tolerance", tolerance, above=0, below=1)
    require_setting("most_pieces", most_pieces, least=1, whole=True)
    require_setting("starts", starts, least=1, whole=True)
    pieces = [phi.pieces for phi in circuit.activations]
    if all(pieces):
        total = math.prod(map(len, pieces))
        if total > most_pieces:
            raise DataError(
                f"`circuit` must have at most `most_pieces`={most_pieces} combinations of straight pieces to be "
                f"enumerated, got {total} ({circuit.n_units} units). Raise `most_pieces` (time grows with it), or ask "
                "`steady_state` for one equilibrium."
            )
        rates, notes = _by_pieces(circuit, u, tolerance)
        return describe_equilibria(circuit, u, rates, "enumeration", not notes, notes=notes, tolerance=tolerance)
    unique = unique_by_slopes(circuit)
    rates, notes = _by_starts(circuit, u, tolerance, starts, seed, unique)
    complete = unique and len(rates) == 1
    return describe_equilibria(circuit, u, rates, "starts", complete, notes=notes, tolerance=tolerance, seed=seed)


def _combinations(sizes: list[int]) -> Iterator[NDArray[np.int64]]:
    """Give all combinations of pieces, some thousand rows at a time."""
    total = math.prod(sizes)
    for first in range(0, total, _CHUNK):
        number = np.arange(first, min(total, first + _CHUNK))
        yield np.stack(np.unravel_index(number, sizes), axis=1).astype(np.int64)


def _by_pieces(circuit: RateCircuit, u: Floats, tolerance: float) -> tuple[Floats, tuple[str, ...]]:
    n = circuit.n_units
    pieces = [np.array(phi.pieces) for phi in circuit.activations]
    found: list[Floats] = []
    notes: list[str] = []
    singular = 0
    ends = np.array([phi.domain for phi in circuit.activations])
    for choice in _combinations([len(p) for p in pieces]):
        table = np.stack([p[choice[:, i]] for i, p in enumerate(pieces)], axis=1)  # (M, N, 4)
        slope, offset = table[..., 2], table[..., 3]
        matrix = np.eye(n) - slope[..., None] * circuit.weights
        right = slope * u + offset
        flat = _singular(matrix)
        for m in np.flatnonzero(flat):
            singular += 1
            if singular > _MOST_SINGULAR:
                continue
            point = feasible_point(matrix[m], right[m], circuit.weights, u, table[m, :, :2])
            if point is not None:
                found.append(np.clip(point, ends[:, 0], ends[:, 1])[None])
                held = ", ".join(map(str, np.round(point, 6).tolist()))
                text = f"a singular piece holds a set of equilibria, not only the one given: ({held})"
                notes.append(text)
                warnings.warn(InterplayWarning(text), stacklevel=4)
        x = np.linalg.solve(matrix[~flat], right[~flat, :, None])[..., 0]
        found.append(_on_their_pieces(circuit, u, x, table[~flat], tolerance))
    if singular > _MOST_SINGULAR:
        text = f"{singular - _MOST_SINGULAR} singular pieces were not examined; they may hold further equilibria"
        notes.append(text)
        warnings.warn(InterplayWarning(text), stacklevel=4)
    return _distinct(np.vstack(found)), tuple(notes)


def _on_their_pieces(circuit: RateCircuit, u: Floats, x: Floats, table: Floats, tolerance: float) -> Floats:
    """Keep solutions (M, N) whose inputs lie on the pieces (M, N, 4) that they were solved for, moved into the domains.

    Every unit is judged by the size of its own input: beside a rate of 1e11 a wrong one of 1 would pass otherwise. And
    once more after the move: others see it times their weight.
    """
    constant = table[..., 2] == 0
    x = np.where(constant, table[..., 3], x)
    z = circuit.input(x, u)
    slack = tolerance * (1.0 + np.abs(x) @ np.abs(circuit.weights).T + np.abs(u))
    inside = ((z >= table[..., 0] - slack) & (z <= table[..., 1] + slack)).all(axis=1)
    ends = np.array([phi.domain for phi in circuit.activations])
    x = np.clip(x[inside], ends[:, 0], ends[:, 1])
    return x[settled(circuit, x, np.broadcast_to(u, x.shape), tolerance)]


def _singular(matrix: Floats) -> NDArray[np.bool_]:
    """Find matrices (M, N, N) that cannot be told from singular ones."""
    bound = np.prod(np.linalg.norm(matrix, axis=2), axis=1)
    flat = np.abs(np.linalg.det(matrix)) <= _SUSPECT * bound
    for m in np.flatnonzero(flat):
        flat[m] = np.linalg.cond(matrix[m]) > _SINGULAR
    return np.asarray(flat)


def _by_starts(
    circuit: RateCircuit, u: Floats, tolerance: float, starts: int, seed: int, unique: bool
) -> tuple[Floats, tuple[str, ...]]:
    n = circuit.n_units
    ends = np.array([phi.domain for phi in circuit.activations])
    bounded = bool(np.isfinite(ends).all())
    size = 1.0 + np.abs(u).max()
    rates = np.zeros((0, n))
    for batch in range(2):
        rng = stream(seed, "equilibria", batch)
        count = starts * 4**batch
        # Uniform between finite ends; without an end normal around 0, at sizes from a tenth to a hundred times u.
        wide = size * 10.0 ** rng.uniform(-1.0, 2.0, (count, 1)) * rng.standard_normal((count, n))
        with np.errstate(invalid="ignore"):
            inside = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * rng.random((count, n))
        first = np.where(np.isfinite(ends).all(axis=1), inside, np.clip(wide, ends[:, 0], ends[:, 1]))
        if bounded and n <= _CORNERS and batch == 0:
            corners = np.stack(np.unravel_index(np.arange(2**n), (2,) * n), axis=1)
            first = np.vstack([first, ends[np.arange(n), corners]])
        # Saddles lie between attractors: a second batch also starts between all equilibria found by the first.
        i, j = np.triu_indices(len(rates), 1)
        between = [a * rates[i] + (1.0 - a) * rates[j] for a in (0.25, 0.5, 0.75)]
        first = np.vstack([circuit.rates(u)[None], *between, first])
        x, ok = newton(circuit, np.broadcast_to(u, first.shape), first, tolerance)
        rates = _distinct(np.vstack([rates, x[ok]]))
        if unique or not bounded or _index_sum(circuit, u, rates) in (1, None):
            break
    index = _index_sum(circuit, u, rates) if bounded else None
    if index in (1, None):
        return rates, ()
    text = (
        f"the indices of the {len(rates)} equilibria found add up to {index}, not to 1: at least one more exists that "
        "no start led to; raise `starts`"
    )
    warnings.warn(InterplayWarning(text), stacklevel=4)
    return rates, (text,)


def _index_sum(circuit: RateCircuit, u: Floats, rates: Floats) -> int | None:
    """Add up the signs of det(I - D W); None if one cannot be told from 0."""
    slopes = circuit.slopes(circuit.input(rates, u))
    matrix = np.eye(circuit.n_units) - slopes[:, :, None] * circuit.weights
    det = np.linalg.det(matrix)
    if (np.abs(det) <= _SUSPECT * np.prod(np.linalg.norm(matrix, axis=2), axis=1)).any():
        return None
    return int(np.sign(det).sum())


def _distinct(rates: Floats) -> Floats:
    """Keep one of equilibria that are the same, in lexicographic order."""
    if len(rates):
        # Rounded, so that two that share a rate are ordered by the next one and not by rounding.
        grid = np.round(rates / (1.0 + np.abs(rates).max()) / _SAME)
        rates = rates[np.lexsort(grid.T[::-1])]
    kept: list[Floats] = []
    for x in rates:
        near = _SAME * (1.0 + np.abs(x).max())
        if not any(np.abs(x - y).max() <= near for y in kept):
            kept.append(x)
    return np.array(kept).reshape(-1, rates.shape[1])
