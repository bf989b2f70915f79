"""Couplings of spins that a restricted Boltzmann machine amounts to: Walsh coefficients of its log probability.

With spins s = 2 v - 1 in {-1, 1}, log p(v) is a sum over subsets of units of a coefficient times the product of their
spins. The coefficient of a subset is the mean over all 2^N spin states of log p times that product. For each hidden
unit only the units of the subset need be summed over; the sum of all the others is taken as normal, with their
variance, and integrated by the trapezoidal rule, whose error falls geometrically with its step for such a smooth
integrand.

References
----------
Decelle, Furtlehner, Navas Gomez, Seoane (2024), SciPost Physics 16:095. Decelle, Navas Gomez, Seoane (2025), Physical
Review Letters 135:207301.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: The integral over the normal rest: how far out, its widest step, its finest (both in standard deviations).
_REACH, _WIDEST, _FINEST = 6.5, 0.3, 0.02
#: Triples handled at a time.
_BLOCK = 4096
#: Triples are interpolated where they are more than the first, among at most the second number of units.
_SPREAD_OUT, _CUBE = 500, 80


def _softplus(x: Floats) -> Floats:
    return np.asarray(np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))))


def _normal_rule(spread: float) -> tuple[Floats, Floats]:
    """Give nodes and weights of the mean of softplus(level + spread z) over a standard normal z.

    The nearest poles lie pi / spread from the real line, so a step of 1 / spread errs by exp(-2 pi^2) at most.
    """
    step = max(min(_WIDEST, 1.0 / max(spread, 1e-300)), _FINEST)
    node = step * np.arange(-np.ceil(_REACH / step), np.ceil(_REACH / step) + 1)
    weight = np.exp(-0.5 * node**2)
    return node, weight / weight.sum()


def _contrast(base: Floats, parts: Floats, variance: Floats) -> Floats:
    """Average softplus times the product of K spins over these spins and a normal rest.

    `base` (...,) is the level at mean spin 0, `parts` (..., K) the half weights of the K units, `variance` (...,) that
    of the rest.
    """
    deviation = np.sqrt(np.maximum(variance, 0.0))
    node, weight = _normal_rule(float(deviation.max(initial=0.0)))
    spread = deviation[..., None] * node
    total = np.zeros(np.shape(base))
    k = parts.shape[-1]
    for signs in itertools.product((1.0, -1.0), repeat=k):
        level = base + parts @ np.array(signs)
        total += np.prod(signs) * (_softplus(level[..., None] + spread) @ weight)
    return np.asarray(total / 2.0**k)


def walsh_fields(weight: Floats, visible: Floats, hidden: Floats) -> Floats:
    """Give the coefficient of every single spin, (N,).

    Parameters
    ----------
    weight : (N, H) float64 array
    visible : (N,) float64 array
    hidden : (H,) float64 array
        Of ``p(v, h) ~ exp(visible v + hidden h + v weight h)``, units 0 or 1.

    Returns
    -------
    (N,) float64 array
    """
    half = 0.5 * weight
    base = np.broadcast_to(hidden + half.sum(axis=0), half.shape)
    variance = (half**2).sum(axis=0) - half**2
    return np.asarray(0.5 * visible + _contrast(base, half[..., None], variance).sum(axis=1))


def walsh_pairs(weight: Floats, hidden: Floats, *, tolerance: float = 1e-9) -> Floats:
    """Give the coefficient of every pair of spins.

    Parameters
    ----------
    weight : (N, H) float64 array
    hidden : (H,) float64 array
    tolerance : float, > 0
        Relative to the greatest coefficient of a hidden unit, how small the last terms of the interpolation must be.

    Returns
    -------
    (N, N) float64 array, symmetric, zero diagonal

    Notes
    -----
    For one hidden unit the coefficient of a pair is a smooth function of the two weights alone. It is interpolated at
    Chebyshev nodes, so that all pairs cost one product of matrices, O(N^2 P H) with P of 8 to 64, in place of
    quadrature for each pair. A unit that holds more than half of a hidden unit's squared weights (there is at most one)
    would leave the others a negative variance on the grid: its pairs are integrated one by one.
    """
    n = len(weight)
    total = np.zeros((n, n))
    for a in range(weight.shape[1]):
        half = 0.5 * weight[:, a]
        square = float((half**2).sum())
        if square == 0.0:
            continue
        base = float(hidden[a] + half.sum())
        heavy = half**2 > 0.5 * square
        rest = np.where(heavy, 0.0, half)
        left, core = _interpolant(base, float(np.abs(rest).max()), square, rest, tolerance)
        values = left @ core @ left.T
        for i in np.flatnonzero(heavy):
            row = _contrast(
                np.full(n, base), np.column_stack([np.full(n, half[i]), half]), square - half[i] ** 2 - half**2
            )
            values[i], values[:, i] = row, row
        total += values
    np.fill_diagonal(total, 0.0)
    return 0.5 * (total + total.T)


def _interpolant(base: float, reach: float, square: float, half: Floats, tolerance: float) -> tuple[Floats, Floats]:
    """Give (N, P) polynomials of the units and the (P, P) core between them."""
    if reach == 0.0:
        return np.zeros((len(half), 1)), np.zeros((1, 1))
    size = 8
    while True:
        angle = np.pi * (np.arange(size) + 0.5) / size
        grid = reach * np.cos(angle)
        x, y = np.meshgrid(grid, grid, indexing="ij")
        values = _contrast(np.full(x.shape, base), np.stack([x, y], axis=-1), square - x**2 - y**2)
        transform = np.cos(np.arange(size)[:, None] * angle) * (2.0 / size)
        transform[0] *= 0.5
        core = transform @ values @ transform.T
        edge = max(np.abs(core[-2:]).max(), np.abs(core[:, -2:]).max())
        if edge <= tolerance * np.abs(core).max() or size >= 64:
            break
        size *= 2
    place = np.arccos(np.clip(half / reach, -1.0, 1.0))
    return np.cos(place[:, None] * np.arange(size)), core


def walsh_triples(weight: Floats, hidden: Floats, triples: NDArray[np.int64]) -> Floats:
    """Give the coefficient of some triples of spins.

    Parameters
    ----------
    weight : (N, H) float64 array
    hidden : (H,) float64 array
    triples : (M, 3) int array
        Three different units each.

    Returns
    -------
    (M,) float64 array

    Notes
    -----
    One by one O(M H), with 8 times the nodes of the integral as its constant. Where the triples lie within at most 80
    units, a hidden unit's coefficients are interpolated in three weights, as those of pairs are in two; triples with a
    unit that holds more than a third of the squared weights, and hidden units whose interpolation needs more than 16
    nodes, are integrated one by one. The interpolation errs by about 1e-7 of the greatest coefficient.
    """
    half = 0.5 * weight
    base, square = hidden + half.sum(axis=0), (half**2).sum(axis=0)
    units, place = np.unique(triples, return_inverse=True)
    place = place.reshape(np.shape(triples))
    found = np.zeros(len(triples))
    for a in range(weight.shape[1]):
        direct = np.ones(len(triples), dtype=bool)
        if len(triples) > _SPREAD_OUT and len(units) <= _CUBE:
            heavy = half[units, a] ** 2 > square[a] / 3.0
            cube = _cube(float(base[a]), float(square[a]), np.where(heavy, 0.0, half[units, a]))
            if cube is not None:
                found += cube[place[:, 0], place[:, 1], place[:, 2]]
                direct = heavy[place].any(axis=1)
        rows = np.flatnonzero(direct)
        for low in range(0, len(rows), _BLOCK):
            some = rows[low : low + _BLOCK]
            parts = half[:, a][triples[some]]
            found[some] += _contrast(np.full(len(some), base[a]), parts, square[a] - (parts**2).sum(axis=1))
    return found


def _cube(base: float, square: float, half: Floats) -> Floats | None:
    """Interpolate the coefficients of all triples of some units, (n, n, n); None where that takes too many nodes.

    A unit with weight 0 has the coefficient 0 in every triple.
    """
    reach = float(np.abs(half).max(initial=0.0))
    if reach == 0.0:
        return np.zeros((len(half),) * 3)
    for size in (6, 10, 16):
        angle = np.pi * (np.arange(size) + 0.5) / size
        x, y, z = np.meshgrid(*(reach * np.cos(angle),) * 3, indexing="ij")
        values = _contrast(np.full(x.shape, base), np.stack([x, y, z], axis=-1), square - x**2 - y**2 - z**2)
        transform = np.cos(np.arange(size)[:, None] * angle) * (2.0 / size)
        transform[0] *= 0.5
        core = np.einsum("pi,qj,rk,ijk->pqr", transform, transform, transform, values, optimize=True)
        if max(np.abs(core[-2:]).max(), np.abs(core[:, -2:]).max()) <= 1e-7 * np.abs(core).max():
            left = np.cos(np.arccos(np.clip(half / reach, -1.0, 1.0))[:, None] * np.arange(size))
            return np.asarray(np.einsum("ip,jq,kr,pqr->ijk", left, left, left, core, optimize=True))
    return None
