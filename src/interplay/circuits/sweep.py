"""Regimes, costs, responses and cycles of a pair at the values of one parameter, all runs simulated together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay.circuits.attractors import Fates, follow_runs
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.family import Family
from interplay.circuits.known_equilibria import known_equilibria
from interplay.circuits.linear_stability import response
from interplay.circuits.motif_results import Branch
from interplay.circuits.nash import energies
from interplay.circuits.regimes import LATE, Situation, reach_of, situation, starts_around
from interplay.ops.planar import planar_margin

Floats = NDArray[np.float64]

#: Places named in a note before the rest is only counted.
_NAMED = 6


@dataclass(frozen=True)
class Sweep:
    """What was found at each of S values.

    Attributes
    ----------
    margin : (S,) float64 array
    energy, response : (S, 2) float64 arrays
    regime : (S,) text array
    cycle_low, cycle_high : (S, 2) float64 arrays
        Extremes of the widest cycle; NaN where none was met.
    period : (S,) float64 array, s
    notes : tuple of str
    """

    margin: Floats
    energy: Floats
    response: Floats
    regime: NDArray[np.str_]
    cycle_low: Floats
    cycle_high: Floats
    period: Floats
    notes: tuple[str, ...]


def situations(
    circuits: Sequence[RateCircuit], drives: Floats, *, simulate: bool
) -> tuple[list[Situation], list[Fates]]:
    """Find equilibria, attractors and regime of many pairs, simulating all runs of all pairs together.

    Parameters
    ----------
    circuits : sequence of S RateCircuit
        Of two units.
    drives : (S, 2) float64 array
    simulate : bool
        Without, nothing is known of cycles and escapes.

    Returns
    -------
    list of S Situation, list of S Fates
    """
    found = [known_equilibria(circuit, u) for circuit, u in zip(circuits, drives, strict=True)]
    starts = [
        starts_around(c, u, known) if simulate else np.empty((0, 2))
        for c, u, known in zip(circuits, drives, found, strict=True)
    ]
    reach = np.array([reach_of(known, s) for known, s in zip(found, starts, strict=True)])
    owner = np.repeat(np.arange(len(circuits)), [len(s) for s in starts])
    fates = follow_runs(
        [circuits[k] for k in owner.tolist()],
        drives[owner],
        np.concatenate(starts),
        [found[k].points[found[k].can_hold()] for k in owner.tolist()],
        reach[owner],
    )
    parts = [fates.of(owner == k) for k in range(len(circuits))]
    told = [
        situation(circuit, u, known, part)
        for circuit, u, known, part in zip(circuits, drives, found, parts, strict=True)
    ]
    return told, parts


def late_runs(names: Sequence[str], places: Floats, fates: Sequence[Fates]) -> tuple[str, ...]:
    """Say where runs were still on their way when time was up, and what was made of them.

    Parameters
    ----------
    names : sequence of P str
        Parameters.
    places : (S, P) float64 array
        Their values.
    fates : sequence of S Fates

    Returns
    -------
    tuple of str
        One note, or none.
    """
    late = np.array([int(part.fading.sum()) for part in fates], dtype=np.int64)
    where = np.flatnonzero(late)
    if not where.size:
        return ()
    named = [" and ".join(f"{n} = {v:.6g}" for n, v in zip(names, places[k], strict=True)) for k in where[:_NAMED]]
    more = f" and at {where.size - _NAMED} more" if where.size > _NAMED else ""
    runs = f"{late.sum()} simulated run{'s' if late.sum() > 1 else ''}"
    return (f"{runs}, at {'; '.join(named)}{more}, {LATE}",)


def swept(family: Family, values: Floats, *, simulate_cycles: bool) -> Sweep:
    """Look at every value of the parameter.

    Parameters
    ----------
    family : Family
    values : (S,) float64 array
    simulate_cycles : bool

    Returns
    -------
    Sweep
    """
    circuits = [family.circuit(p) for p in values]
    drives = np.array([family.drive(p) for p in values])
    told, fates = situations(circuits, drives, simulate=simulate_cycles)
    n = len(values)
    energy, low, high, period = (
        np.full((n, 2), np.nan),
        np.full((n, 2), np.nan),
        np.full((n, 2), np.nan),
        np.full(n, np.nan),
    )
    for k, (here, part) in enumerate(zip(told, fates, strict=True)):
        if len(here.points):
            lowest = here.points[np.argmin(here.points.sum(axis=1))]
            energy[k] = energies(circuits[k], lowest, drives[k]).total
        if part.persists.any() and here.word != "undecided":
            runs = np.flatnonzero(part.persists)
            widest = runs[np.argmax((part.highest - part.lowest)[runs].max(axis=1))]
            low[k], high[k], period[k] = part.lowest[widest], part.highest[widest], part.period[widest]
    finite = all(np.isfinite(c.max_slopes).all() for c in circuits)
    margin = planar_margin(np.array([c.stability_matrix for c in circuits]))[0] if finite else np.full(n, np.nan)
    return Sweep(
        margin=margin,
        energy=energy,
        response=np.array([_own_responses(c, s, u) for c, s, u in zip(circuits, told, drives, strict=True)]),
        regime=np.array([here.word for here in told]),
        cycle_low=low,
        cycle_high=high,
        period=period,
        notes=late_runs([family.parameter], values[:, None], fates),
    )


def _own_responses(circuit: RateCircuit, here: Situation, u: Floats) -> Floats:
    """Give d x_j / d u_j at the equilibrium with the smallest rates."""
    if not len(here.points):
        return np.full(2, np.nan)
    x = here.points[np.argmin(here.points.sum(axis=1))]
    return response(circuit, x, u).diagonal()


def cycles(values: Floats, sweep: Sweep) -> list[Branch]:
    """Make one branch of each run of neighbouring values with a cycle.

    Parameters
    ----------
    values : (S,) float64 array
    sweep : Sweep

    Returns
    -------
    list of Branch
    """
    has = np.isfinite(sweep.cycle_low).all(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], has, [False]]).astype(int)))
    return [
        Branch(
            "cycle",
            values[a:b],
            sweep.cycle_high[a:b],
            sweep.cycle_low[a:b],
            np.ones(b - a, dtype=bool),
            np.full(b - a, np.nan),
            sweep.period[a:b],
        )
        for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]
