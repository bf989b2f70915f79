"""Equilibria of a pair with activations made of straight pieces, over one parameter: exact, piece by piece.

For one pair of pieces the inputs z solve (I - W D) z = W c + u. One strength or one input of the pair changes one row
of that system, so by Cramer's rule its determinant and both numerators are straight lines in the parameter, and the
values at which an equilibrium enters or leaves the pieces are roots of straight lines.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.family import Family
from interplay.circuits.planar import within_domains

Floats = NDArray[np.float64]

#: Ends of pieces of a curve that are nearer than this, relative to their size, are one point.
_SAME = 1e-8


class Stretch(NamedTuple):
    """One curve of equilibria within one pair of pieces.

    Attributes
    ----------
    value : (K,) float64 array
    rates : (K, 2) float64 array
    slopes : (2,) float64 array
    """

    value: Floats
    rates: Floats
    slopes: Floats


def stretches(family: Family, bounds: tuple[float, float], largest: float, points: int) -> list[Stretch]:
    """Find every stretch of equilibria between two values of the parameter.

    Parameters
    ----------
    family : Family
    bounds : (float, float)
    largest : float
        Stretches end where a rate exceeds it.
    points : int
        Samples on the whole range; each stretch has its share, at least 9.

    Returns
    -------
    list of Stretch
    """
    ends = [(family.circuit(p), family.drive(p)) for p in bounds]
    first, second = ends[0][0].activations
    found: list[Stretch] = []
    base = ends[0][0]
    for a in first.pieces:
        for b in second.pieces:
            lines = _lines([_system(c.weights, u, a, b) for c, u in ends], bounds)
            found += [
                new
                for new in (
                    s._replace(rates=within_domains(base, s.rates))
                    for s in _within(lines, (a, b), bounds, largest, points)
                )
                if not any(_equal(new, old) for old in found)
            ]
    return found


def _equal(a: Stretch, b: Stretch) -> bool:
    """Whether two are one curve: a unit that stays on the edge between its pieces belongs to both."""
    return len(a.value) == len(b.value) and bool(
        np.allclose(a.value, b.value, rtol=0, atol=_SAME) and np.allclose(a.rates, b.rates, rtol=_SAME, atol=_SAME)
    )


class _Lines(NamedTuple):
    """(constant, slope) of determinant and numerators over the parameter."""

    determinant: Floats
    inputs: Floats

    def at(self, p: Floats) -> tuple[Floats, Floats]:
        return self.determinant[0] + self.determinant[1] * p, self.inputs[0] + self.inputs[1] * p[..., None]


def _system(weights: Floats, u: Floats, a: tuple[float, ...], b: tuple[float, ...]) -> Floats:
    """Give the determinant and both numerators of the inputs z."""
    slopes, offsets = np.array([a[2], b[2]]), np.array([a[3], b[3]])
    matrix, right = np.eye(2) - weights * slopes, weights @ offsets + u
    determinant = matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]
    return np.array(
        [
            determinant,
            right[0] * matrix[1, 1] - matrix[0, 1] * right[1],
            matrix[0, 0] * right[1] - right[0] * matrix[1, 0],
        ]
    )


def _lines(values: list[Floats], bounds: tuple[float, float]) -> _Lines:
    slope = (values[1] - values[0]) / (bounds[1] - bounds[0])
    constant = values[0] - slope * bounds[0]
    return _Lines(np.array([constant[0], slope[0]]), np.array([constant[1:], slope[1:]]))


def _within(
    lines: _Lines, pieces: tuple[tuple[float, ...], ...], bounds: tuple[float, float], largest: float, points: int
) -> list[Stretch]:
    slopes, offsets = np.array([p[2] for p in pieces]), np.array([p[3] for p in pieces])
    limits = [(unit, edge) for unit, p in enumerate(pieces) for edge in p[:2] if np.isfinite(edge)]
    # A rate s z + c that reaches +-largest ends the stretch too.
    limits += [(unit, (end - p[3]) / p[2]) for unit, p in enumerate(pieces) if p[2] > 0 for end in (-largest, largest)]
    roots = [_root(lines.determinant)] + [
        _root(lines.inputs[:, unit] - edge * lines.determinant) for unit, edge in limits
    ]
    cuts = np.unique([*bounds, *(r for r in roots if bounds[0] < r < bounds[1])])
    found = []
    for low, high in pairwise(cuts):
        if high - low <= 1e-12 * (bounds[1] - bounds[0]):
            continue
        determinant, inputs = lines.at(np.array(0.5 * (low + high)))
        if determinant == 0.0:
            continue
        z = inputs / determinant
        inside = all(p[0] <= z[unit] <= p[1] for unit, p in enumerate(pieces))
        if inside and np.abs(slopes * z + offsets).max() <= largest:
            share = max(9, round(points * (high - low) / (bounds[1] - bounds[0])))
            found.append(_sampled(lines, np.linspace(low, high, share), slopes, offsets))
    return found


def _sampled(lines: _Lines, value: Floats, slopes: Floats, offsets: Floats) -> Stretch:
    determinant, inputs = lines.at(value)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.where(slopes > 0, slopes * inputs / determinant[:, None], 0.0) + offsets
    good = np.isfinite(rates).all(axis=1)
    return Stretch(value[good], rates[good], slopes)


def _root(line: Floats) -> float:
    return float(-line[0] / line[1]) if line[1] != 0.0 else float("nan")


class Chain(NamedTuple):
    """Stretches that join end to end.

    Attributes
    ----------
    value : (K,) float64 array
    rates, slopes : (K, 2) float64 arrays
    joints : tuple of (int, bool)
        Index of each joint, and whether the curve turns back there.
    """

    value: Floats
    rates: Floats
    slopes: Floats
    joints: tuple[tuple[int, bool], ...]


def chained(parts: list[Stretch], span: float) -> list[Chain]:
    """Join stretches whose ends are the same point; where three or more meet, none is joined.

    Parameters
    ----------
    parts : list of Stretch
    span : float
        Length of the parameter's range: distances along it count relative to this.

    Returns
    -------
    list of Chain
    """
    ends = [np.append(p.rates[k], p.value[k] / span) for p in parts for k in (0, -1)]
    partner: dict[int, int] = {}
    for a, here in enumerate(ends):
        near = [
            b
            for b, there in enumerate(ends)
            if b // 2 != a // 2 and np.abs(here - there).max() <= _SAME * (1.0 + np.abs(here).max())
        ]
        if len(near) == 1:
            partner[a] = near[0]
    partner = {a: b for a, b in partner.items() if partner.get(b) == a}
    chains, seen = [], set[int]()
    free = [a for a in range(len(ends)) if a not in partner]
    for a in free + list(range(len(ends))):
        if a // 2 not in seen:
            chains.append(_walked(parts, partner, a, seen))
    return chains


def _walked(parts: list[Stretch], partner: dict[int, int], start: int, seen: set[int]) -> Chain:
    """Walk from one end through all that is joined to it."""
    value: list[Floats] = []
    rates: list[Floats] = []
    slopes: list[Floats] = []
    joints: list[tuple[int, bool]] = []
    end: int | None = start
    while end is not None and end // 2 not in seen:
        part = parts[end // 2]
        seen.add(end // 2)
        order = slice(None) if end % 2 == 0 else slice(None, None, -1)
        if value:
            turned = (part.value[order][-1] - part.value[order][0]) * (value[-1][-1] - value[-1][0]) < 0
            joints.append((sum(map(len, value)), bool(turned)))
        value.append(part.value[order])
        rates.append(part.rates[order])
        slopes.append(np.tile(part.slopes, (len(part.value), 1)))
        end = partner.get(end ^ 1)
    return Chain(np.concatenate(value), np.concatenate(rates), np.concatenate(slopes), tuple(joints))
