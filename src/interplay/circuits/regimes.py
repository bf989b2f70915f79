"""In which regime an excitatory-inhibitory circuit works: the word, and the numbers behind it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay.circuits.attractors import Fates, follow_runs
from interplay.circuits.circuit import RateCircuit, require_drive
from interplay.circuits.motif_results import RegimeResult
from interplay.circuits.planar import planar_equilibria
from interplay.ops.planar import planar_margin

Floats = NDArray[np.float64]

#: Real parts nearer to zero than this, times the fastest decay rate, decide nothing.
_UNDECIDED = 1e-9


def regime(circuit: RateCircuit, drive: ArrayLike, *, certificate: bool = True) -> RegimeResult:
    """Say how a circuit with excitatory and inhibitory units works under one input.

    Parameters
    ----------
    circuit : RateCircuit
        With at least one unit of each sign.
    drive : (N,) float array
    certificate : bool
        Whether the margin of diagonal stability is computed too (NaN if not); the word does not depend on it.

    Returns
    -------
    RegimeResult
        "self_regulating": one attractor, an equilibrium at which the excitatory units would be stable without feedback
        from inhibition. "inhibition_stabilised": one attractor, an equilibrium at which they would not.
        "oscillatory": no stable equilibrium, rates stay bounded. "bistable": more than one attractor.
        "runaway": some trajectory grows without bound. "undecided": an eigenvalue on the border, or nothing found.

    Raises
    ------
    DataError
        If there is no excitatory or no inhibitory unit, or `drive` does not fit.

    Notes
    -----
    The words are ours and neutral on purpose: "antagonistic" and "cooperative" are used in the literature both for the
    sign of responses and for how costs move. Every index is given instead. Attractors are the stable equilibria found
    (all of them for activations made of straight pieces, within the limit of enumeration) plus what simulation from
    rest, from around unstable equilibria and from high rates finds: an attractor with a small basin can be missed.
    Indices hold at the stable equilibrium with the smallest rates, or, with none stable, at the equilibrium with the
    smallest rates. Delays are left out of the linearisation; a circuit with delays is "undecided".

    Cost: the equilibria, one certificate, and one short simulation of at most a dozen runs.

    References
    ----------
    Tsodyks, Skaggs, Sejnowski, McNaughton (1997), J Neurosci 17:4382, for inhibition-stabilised states and the
    paradoxical response.
    """
    u = require_drive(circuit, drive)
    if not len(circuit.excitatory) or not len(circuit.inhibitory):
        raise DataError(
            "`circuit` must have excitatory and inhibitory units, got "
            f"{len(circuit.excitatory)} and {len(circuit.inhibitory)} of {circuit.n_units}. "
            "Give `sign`, or columns of one sign."
        )
    points = _equilibria(circuit, u)
    abscissa = np.array([np.linalg.eigvals(circuit.jacobian(x, u)).real.max() for x in points])
    starts = starts_around(circuit, u, points, abscissa < 0)
    many = 0 if circuit.delayed else len(starts)
    fates = follow_runs([circuit] * many, np.tile(u, (many, 1)), starts[:many], [points[abscissa < 0]] * many)
    here = situation(circuit, u, points, abscissa, fates)
    return RegimeResult(
        config={"certificate": certificate},
        made_from=digest(circuit.digest, u),
        citations=("betteti2025competition", "tsodyks1997paradoxical"),
        regime=here.word,
        indices={
            **here.indices,
            "margin": _margin(circuit) if certificate else float("nan"),
            "asymmetry": _asymmetry(circuit.weights),
        },
        reason=here.reason,
    )


class Situation(NamedTuple):
    """What equilibria and trajectories say of a circuit under one input.

    Attributes
    ----------
    points : (K, N) float64 array
        Equilibria.
    word, reason : str
        The regime, and why.
    indices : dict of str to float
    """

    points: Floats
    word: str
    reason: str
    indices: dict[str, float]


def situation(circuit: RateCircuit, u: Floats, points: Floats, abscissa: Floats, fates: Fates) -> Situation:
    """Put together what is known.

    Parameters
    ----------
    circuit : RateCircuit
    u : (N,) float64 array
    points : (K, N) float64 array
        Equilibria.
    abscissa : (K,) float64 array, 1/s
        Largest real part of the linearisation at each.
    fates : Fates
        Of simulated runs; of none, if there were none.

    Returns
    -------
    Situation
    """
    border = _UNDECIDED * float((1.0 / circuit.tau).max())
    stable = abscissa < -border
    state = _State.at(circuit, u, points, stable)
    word, reason = _word(circuit, u, points, abscissa, fates, state.e_block, border)
    return Situation(
        points,
        word,
        reason,
        {
            "n_equilibria": float(len(points)),
            "n_stable": float(stable.sum()),
            "abscissa": state.abscissa,
            "e_block_abscissa": state.e_block,
            "e_gain": state.e_gain,
            "paradoxical_response": state.response,
            "escaping_starts": _share(fates.escaped),
            "cycling_starts": _share(fates.persists),
        },
    )


def _share(runs: NDArray[np.bool_]) -> float:
    return float(runs.mean()) if runs.size else float("nan")


class _State(NamedTuple):
    """Indices at one equilibrium."""

    abscissa: float
    e_block: float
    e_gain: float
    response: float

    @classmethod
    def at(cls, circuit: RateCircuit, u: Floats, points: Floats, stable: NDArray[np.bool_]) -> _State:
        e, i = circuit.excitatory, circuit.inhibitory
        block = circuit.weights[np.ix_(e, e)]
        gain = np.multiply(circuit.max_slopes[e][:, None], block, where=block != 0, out=np.zeros_like(block))
        e_gain = float(np.linalg.eigvals(gain).real.max()) if np.isfinite(gain).all() else float("inf")
        if not len(points):
            return cls(float("nan"), float("nan"), e_gain, float("nan"))
        order = np.argsort(points.sum(axis=1))
        x = points[next((k for k in order if stable[k]), order[0])]
        jacobian = circuit.jacobian(x, u)
        slopes = circuit.slopes(circuit.weights @ x + u)
        try:
            response = np.linalg.solve(np.eye(len(x)) - slopes[:, None] * circuit.weights, np.diag(slopes))
        except np.linalg.LinAlgError:
            response = np.full((len(x), len(x)), np.nan)
        return cls(
            float(np.linalg.eigvals(jacobian).real.max()),
            float(np.linalg.eigvals(jacobian[np.ix_(e, e)]).real.max()),
            e_gain,
            float(response[np.ix_(i, i)].sum()),
        )


def _equilibria(circuit: RateCircuit, u: Floats) -> Floats:
    if circuit.n_units == 2:
        return planar_equilibria(circuit, u)
    from interplay.circuits.enumeration import all_equilibria

    return all_equilibria(circuit, u).rates


def _margin(circuit: RateCircuit) -> float:
    if not np.isfinite(circuit.max_slopes).all():
        return float("nan")
    if circuit.n_units == 2:
        return float(planar_margin(circuit.stability_matrix)[0])
    from interplay.circuits.certificates import certify

    return certify(circuit).margin


def _asymmetry(weights: Floats) -> float:
    size = float(np.linalg.norm(weights))
    return float(np.linalg.norm(weights - weights.T)) / (2 * size) if size else 0.0


def starts_around(circuit: RateCircuit, u: Floats, points: Floats, stable: NDArray[np.bool_]) -> Floats:
    """Give starts from which attractors are found.

    Parameters
    ----------
    circuit : RateCircuit
    u : (N,) float64 array
    points : (K, N) float64 array
        Equilibria.
    stable : (K,) bool array

    Returns
    -------
    (R, N) float64 array
        Rest; high rates of all, of E alone, of I alone; both sides of up to four unstable equilibria.
    """
    low, high = np.array([p.domain for p in circuit.activations]).T
    rest = np.clip(np.zeros(len(u)), low, high)
    size = 3.0 * (1.0 + np.abs(u).max() + (np.abs(points).max() if points.size else 0.0))
    top = np.where(np.isfinite(high), high, size)
    starts = [
        rest,
        top,
        *(np.where(np.isin(np.arange(len(u)), k), top, rest) for k in (circuit.excitatory, circuit.inhibitory)),
    ]
    for x in points[~stable][:4]:
        value, vector = np.linalg.eig(circuit.jacobian(x, u))
        away = vector[:, np.argmax(value.real)].real
        step = 0.05 * max(1.0, float(np.abs(x).max())) * away / max(float(np.abs(away).max()), 1e-300)
        starts += [np.clip(x + step, low, high), np.clip(x - step, low, high)]
    return np.array(starts)


def _word(
    circuit: RateCircuit, u: Floats, points: Floats, abscissa: Floats, fates: Fates, e_block: float, border: float
) -> tuple[str, str]:
    stable = abscissa < -border
    n_stable, cycling = int(stable.sum()), bool(fates.persists.any())
    if circuit.delayed:
        return "undecided", "The circuit has delays, which the linearisation leaves out."
    if fates.escaped.any():
        beside = f"; {n_stable} stable equilibria beside" if n_stable else ""
        return (
            "runaway",
            f"From {int(fates.escaped.sum())} of {len(fates.escaped)} starts rates grow without bound{beside}.",
        )
    if n_stable + cycling > 1:
        more = " and activity that goes on" if cycling else ""
        return "bistable", f"{n_stable} stable {'equilibrium' if n_stable == 1 else 'equilibria'}{more}, by start."
    if len(abscissa) and (np.abs(abscissa) <= border).any():
        return "undecided", "An equilibrium has an eigenvalue on the border of stability."
    if n_stable == 1 and not fates.settled.size:
        return "undecided", "One equilibrium is stable; nothing was simulated, so other attractors are not known."
    if n_stable == 1:
        if abs(e_block) <= border:
            return "undecided", "The excitatory units alone are on the border of stability."
        if e_block < 0:
            return (
                "self_regulating",
                "One attractor; the excitatory units would be stable without inhibition's feedback.",
            )
        return (
            "inhibition_stabilised",
            "One attractor; without inhibition's feedback the excitatory units would run away.",
        )
    if cycling:
        return "oscillatory", "No stable equilibrium; rates stay bounded and do not settle."
    return "undecided", "No stable equilibrium was found, and no trajectory settled."
