"""What becomes of a pair's equilibria and cycles as one parameter moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_increasing, require_setting
from interplay._core.provenance import digest
from interplay.circuits.circuit_checks import require_drive
from interplay.circuits.family import Family
from interplay.circuits.linear_stability import LinearStability, abscissa_of, linear_stability
from interplay.circuits.motif_results import BifurcationResult, Branch
from interplay.circuits.nash import nash_gap
from interplay.circuits.piecewise_branches import Chain, chained, stretches
from interplay.circuits.planar import planar_equilibria
from interplay.circuits.smooth_branches import Zeros, curves
from interplay.circuits.sweep import Sweep, cycles, swept
from interplay.ops.continuation import refine

if TYPE_CHECKING:
    from interplay.circuits.wilson_cowan import WilsonCowan

Floats = NDArray[np.float64]
Special = tuple[str, float, Floats]


@dataclass(frozen=True, kw_only=True)
class BifurcationConfig:
    """Settings of `bifurcation`.

    Attributes
    ----------
    pair : WilsonCowan
    parameter : str
    largest : float, > 0
    points : int, >= 2
    simulate_cycles : bool
    """

    pair: WilsonCowan
    parameter: str = "w_ee"
    largest: float = 10.0
    points: int = 201
    simulate_cycles: bool = True

    def __post_init__(self) -> None:
        """Check."""
        require_setting("largest", self.largest, above=0)
        require_setting("points", self.points, least=2, whole=True)


def bifurcation(
    pair: WilsonCowan,
    parameter: str,
    values: ArrayLike,
    drive: ArrayLike,
    *,
    largest: float = 10.0,
    points: int = 201,
    simulate_cycles: bool = True,
) -> BifurcationResult:
    """Follow equilibria and cycles over one parameter.

    Parameters
    ----------
    pair : WilsonCowan
    parameter : str
        "w_ee", "w_ei", "w_ie", "w_ii", "u_e", "u_i", "tau_e" or "tau_i".
    values : (S,) float array, strictly increasing, S >= 2
        Where the sweep looks for cycles, energies and regimes; branches run from the first to the last.
    drive : (2,) float array
    largest : float, > 0
        Branches end where a rate exceeds it.
    points : int, >= 2
        Samples of a branch over the whole range (activations made of straight pieces), or the inverse of the longest
        step of the continuation in units of the range (smooth ones).
    simulate_cycles : bool
        Whether cycles and regimes are looked for by simulation; without, no cycle branch, and regimes are "undecided"
        wherever an equilibrium alone does not tell.

    Returns
    -------
    BifurcationResult

    Raises
    ------
    ConfigError
        If the parameter is unknown or a setting is out of range.
    DataError
        If the values do not increase, or `drive` does not fit.

    Notes
    -----
    Activations made of straight pieces: every branch and every point where it changes piece is exact. Smooth ones:
    pseudo-arclength continuation from the equilibria at nine values of the parameter; a closed curve between two of
    these values can be missed. "fold": the branch turns back. "hopf": the trace of the linearisation is 0 where its
    determinant is positive. "branch point": three or more ends meet, or one eigenvalue crosses 0 where the branch does
    not turn. "boundary": an activation changes its straight piece; stability can change there without an eigenvalue
    on the border. Stable cycles come from simulation; unstable ones are not followed.
    """
    sweep_at = Shapes().array("values", values, "S")
    require_setting("len(values)", len(sweep_at), least=2, whole=True)
    require_increasing("values", sweep_at, strictly=True, remedy="Sort them and drop repeats.")
    config = BifurcationConfig(
        pair=pair, parameter=parameter, largest=largest, points=points, simulate_cycles=simulate_cycles
    )
    u = require_drive(pair.circuit(), drive)
    family, bounds = Family(pair, u, parameter), (float(sweep_at[0]), float(sweep_at[-1]))
    family.require(*bounds)
    if all(phi.pieces for phi in pair.circuit().activations):
        parts = stretches(family, bounds, largest, points)
        branches, special = _of_chains(family, chained(parts, bounds[1] - bounds[0]))
    else:
        branches, special = _of_curves(family, bounds, largest, points)
    along: Sweep = swept(family, sweep_at, simulate_cycles=simulate_cycles)
    return BifurcationResult(
        config=config,
        made_from=digest(pair, u, sweep_at),
        citations=("wilson1972excitatory",),
        parameter=parameter,
        names=pair.circuit().names,
        branches=(*branches, *cycles(sweep_at, along)),
        special=tuple(sorted(special, key=lambda s: s[1])),
        thresholds=_thresholds(pair, u, parameter),
        value=sweep_at,
        margin=along.margin,
        energy=along.energy,
        response=along.response,
        regime=along.regime,
        notes=along.notes,
    )


def _thresholds(pair: WilsonCowan, u: Floats, parameter: str) -> dict[str, float]:
    if parameter != "w_ee" or not np.isfinite(pair.circuit().max_slopes).all():
        return {}
    return pair.thresholds(u)


def _branch(family: Family, value: Floats, rates: Floats, stable: NDArray[np.bool_]) -> Branch:
    gap = np.array(
        [float(nash_gap(family.circuit(p), x, family.drive(p)).max()) for p, x in zip(value, rates, strict=True)]
    )
    return Branch("equilibrium", value, rates, None, stable, gap)


def _on_all_sides(family: Family, value: float, x: Floats) -> LinearStability:
    return linear_stability(family.circuit(value), x[None], family.drive(value))


def _of_chains(family: Family, chains: list[Chain]) -> tuple[list[Branch], list[Special]]:
    branches: list[Branch] = []
    special: list[Special] = []
    for chain in chains:

        def jacobian(k: int, chain: Chain = chain) -> Floats:
            return family.circuit(chain.value[k]).linearised(chain.slopes[k])

        branches.append(_branch(family, chain.value, chain.rates, _stable_along(family, chain, jacobian)))
        for joint, turned in chain.joints:
            special.append(("fold" if turned else "boundary", float(chain.value[joint]), chain.rates[joint]))
        special += _straight_hopf(family, chain, jacobian)
    special += _meetings(chains)
    return branches, special


def _stable_along(family: Family, chain: Chain, jacobian: Callable[[int], Floats]) -> NDArray[np.bool_]:
    """Judge each stretch with its own slopes; one along which a unit stays on a kink, with those of both sides."""
    stable = np.empty(len(chain.value), dtype=bool)
    for first, stop in pairwise([0, *(joint for joint, _ in chain.joints), len(stable)]):
        middle = (first + stop) // 2
        on_kink = _on_all_sides(family, chain.value[middle], chain.rates[middle]).on_kink.any()
        for k in range(first, stop):
            if on_kink:
                stable[k] = _on_all_sides(family, chain.value[k], chain.rates[k]).stable[0]
            else:
                stable[k] = abscissa_of(jacobian(k)) < 0
    return stable


def _straight_hopf(family: Family, chain: Chain, jacobian: Callable[[int], Floats]) -> list[Special]:
    """Find where the trace vanishes inside a stretch: it is monotone in every parameter, so it is bisected."""
    trace = np.array([np.trace(jacobian(k)) for k in range(len(chain.value))])
    found = []
    for k in np.flatnonzero((trace[:-1] < 0) != (trace[1:] < 0)):
        a, b = chain.value[k], chain.value[k + 1]
        if a == b or (chain.slopes[k] != chain.slopes[k + 1]).any() or np.linalg.det(jacobian(int(k))) <= 0:
            continue
        at, falling = a, trace[k] < 0
        for _ in range(80):
            at = 0.5 * (a + b)
            circuit = family.circuit(at)
            here = ((chain.slopes[k] * circuit.weights.diagonal() - 1.0) / circuit.tau).sum()
            a, b = (at, b) if (here < 0) == falling else (a, at)
        there = planar_equilibria(family.circuit(at), family.drive(at))
        found.append(("hopf", float(at), there[np.argmin(np.abs(there - chain.rates[k]).max(axis=1))]))
    return found


def _meetings(chains: list[Chain]) -> list[Special]:
    """Points at which three or more ends meet."""
    ends = [(c.value[k], c.rates[k]) for c in chains for k in (0, -1)]
    found: list[Special] = []
    for p, x in ends:
        near = [q for q, y in ends if abs(p - q) <= 1e-8 * (1 + abs(p)) and np.abs(x - y).max() <= 1e-8]
        if len(near) >= 3 and not any(
            abs(p - q) <= 1e-8 * (1 + abs(p)) and np.abs(x - y).max() <= 1e-8 for _, q, y in found
        ):
            found.append(("branch point", float(p), x))
    return found


def _of_curves(
    family: Family, bounds: tuple[float, float], largest: float, points: int
) -> tuple[list[Branch], list[Special]]:
    zeros = Zeros(family, bounds)
    branches: list[Branch] = []
    special: list[Special] = []
    for curve, along in curves(zeros, largest, step=2.0 / points):
        value, rates = bounds[0] + curve[:, -1] * zeros.span, curve[:, :-1]
        stable = [_on_all_sides(family, p, x).stable[0] for p, x in zip(value, rates, strict=True)]
        branches.append(_branch(family, value, rates, np.array(stable, dtype=bool)))
        special += _curve_points(zeros, curve, along)
    return branches, special


def _curve_points(zeros: Zeros, curve: Floats, along: Floats) -> list[Special]:
    """Folds, Hopf points and simple branch points of one curve, refined by bisection."""

    def trace(y: Floats) -> float:
        return float(np.trace(zeros.linearised(y)))

    def determinant(y: Floats) -> float:
        return float(np.linalg.det(zeros.linearised(y)))

    traces, determinants = np.array([trace(y) for y in curve]), np.array([determinant(y) for y in curve])
    found: list[Special] = []
    for k in np.flatnonzero((determinants[:-1] < 0) != (determinants[1:] < 0)):
        y, _ = refine(zeros.residual, zeros.jacobian, curve[k], curve[k + 1], determinant)
        kind = "fold" if along[k, -1] * along[k + 1, -1] < 0 else "branch point"
        found.append((kind, zeros.value(y[-1]), y[:-1]))
    for k in np.flatnonzero((traces[:-1] < 0) != (traces[1:] < 0)):
        y, _ = refine(zeros.residual, zeros.jacobian, curve[k], curve[k + 1], trace)
        if determinant(y) > 0:
            found.append(("hopf", zeros.value(y[-1]), y[:-1]))
    return found
