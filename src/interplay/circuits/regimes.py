"""In which regime an excitatory-inhibitory circuit works: the word, and the numbers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay.circuits.attractors import LONGEST, SLOWEST, Fates, follow_runs
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_drive
from interplay.circuits.known_equilibria import Known, known_equilibria, outer_starts
from interplay.circuits.linear_stability import abscissa_of, linear_stability, response
from interplay.circuits.motif_results import RegimeResult
from interplay.circuits.potentials import asymmetry
from interplay.ops.planar import planar_margin

Floats = NDArray[np.float64]

#: Real parts nearer to zero than this, times the fastest decay rate, decide nothing.
_UNDECIDED = 1e-9
#: Slopes this far to both sides of an input, relative to 1 plus its size, show whether it lies on a kink.
_BESIDE = 1e-6
#: What became of runs that neither settled, escaped nor repeated themselves, for notes.
LATE = (
    f"neither settled, escaped nor came back on themselves within {LONGEST:g} time constants: counted as no attractor; "
    "the regime rests on the equilibria and the other runs."
)


@dataclass(frozen=True, kw_only=True)
class RegimeConfig:
    """Settings of `regime`.

    Attributes
    ----------
    certificate : bool
    """

    certificate: bool = True


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
        "oscillatory": no stable equilibrium; simulated rates swing on and come back. "bistable": more than one
        attractor. "runaway": some trajectory grows without bound. "undecided": an eigenvalue on the border, an
        equilibrium on a kink that grows on one side, or nothing found. `notes` tell of equilibria that may be missing
        and of runs still on their way when time was up.

    Raises
    ------
    DataError
        If there is no excitatory or no inhibitory unit, or `drive` does not fit.

    Notes
    -----
    The words are ours and neutral on purpose: "antagonistic" and "cooperative" are used in the literature both for the
    sign of responses and for how costs move. Every index is given instead. Attractors are the stable equilibria found
    (all of them for activations made of straight pieces, up to 65,536 combinations of pieces; otherwise those that
    Newton's method finds from several starts) plus what simulation from rest, from around unstable equilibria and from
    high rates finds: an attractor with a small basin can be missed. An equilibrium at which a unit rests on a kink is
    stable if no combination of one-sided slopes has a growing direction; if one has, nothing is said.
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
    known = known_equilibria(circuit, u)
    starts = starts_around(circuit, u, known)
    many = 0 if circuit.delayed else len(starts)
    fates = follow_runs(
        [circuit] * many,
        np.tile(u, (many, 1)),
        starts[:many],
        [known.points[known.can_hold()]] * many,
        np.full(many, reach_of(known, starts)),
    )
    here = situation(circuit, u, known, fates)
    late = int(fates.fading.sum())
    return RegimeResult(
        config=RegimeConfig(certificate=certificate),
        made_from=digest(circuit.digest, u),
        notes=known.notes + ((f"{late} of {many} simulated runs {LATE}",) if late else ()),
        citations=("betteti2025competition", "tsodyks1997paradoxical"),
        regime=here.word,
        indices={
            **here.indices,
            "margin": _margin(circuit) if certificate else float("nan"),
            "asymmetry": asymmetry(circuit.weights),
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


def situation(circuit: RateCircuit, u: Floats, known: Known, fates: Fates) -> Situation:
    """Put together what is known.

    Parameters
    ----------
    circuit : RateCircuit
    u : (N,) float64 array
    known : Known
        Equilibria.
    fates : Fates
        Of simulated runs; of none, if there were none.

    Returns
    -------
    Situation
    """
    border = _UNDECIDED * float((1.0 / circuit.tau).max())
    stable = known.abscissa < -border
    state = _State.at(circuit, u, known, stable)
    word, reason = _word(circuit, known, fates, state, border)
    return Situation(
        known.points,
        word,
        reason if known.all_found or word in ("runaway", "undecided") else reason + _others(circuit, known),
        {
            "n_equilibria": float(len(known.points)),
            "n_stable": float(stable.sum()),
            "abscissa": state.abscissa,
            "e_block_abscissa": state.e_block,
            "e_gain": state.e_gain,
            "paradoxical_response": state.response,
            "escaping_starts": _share(fates.escaped),
            "cycling_starts": _share(fates.persists),
        },
    )


def _others(circuit: RateCircuit, known: Known) -> str:
    """Say that equilibria may be missing, where the word could change with them."""
    if not known.notes:
        return ""
    return f" Not all equilibria may be known ({len(known.points)} found)."


def _share(runs: NDArray[np.bool_]) -> float:
    return float(runs.mean()) if runs.size else float("nan")


class _State(NamedTuple):
    """Indices at one equilibrium; of the real parts, the largest over the sides of its kinks."""

    abscissa: float
    e_block: float
    e_block_split: bool
    e_gain: float
    response: float

    @classmethod
    def at(cls, circuit: RateCircuit, u: Floats, known: Known, stable: NDArray[np.bool_]) -> _State:
        e, i = circuit.excitatory, circuit.inhibitory
        block = circuit.weights[np.ix_(e, e)]
        gain = np.multiply(circuit.max_slopes[e][:, None], block, where=block != 0, out=np.zeros_like(block))
        e_gain = abscissa_of(gain) if np.isfinite(gain).all() else float("inf")
        if not len(known.points):
            return cls(float("nan"), float("nan"), False, e_gain, float("nan"))
        order = np.argsort(known.points.sum(axis=1))
        at = next((k for k in order if stable[k]), order[0])
        x = known.points[at]
        alone = RateCircuit(block, [circuit.activations[k] for k in e], circuit.tau[e], sign=circuit.sign[e])
        held = linear_stability(alone, x[e][None], circuit.input(x, u)[e] - block @ x[e])
        inside = float(held.eigenvalues.real.max())
        return cls(
            float(known.abscissa[at]),
            float(held.abscissa[0]),
            bool((inside < 0) != (held.abscissa[0] < 0)),
            e_gain,
            float(response(circuit, x, u)[np.ix_(i, i)].sum()),
        )


def _margin(circuit: RateCircuit) -> float:
    if not np.isfinite(circuit.max_slopes).all():
        return float("nan")
    if circuit.n_units == 2:
        return float(planar_margin(circuit.stability_matrix)[0])
    from interplay.circuits.certificates import certify

    return certify(circuit).margin


def starts_around(circuit: RateCircuit, u: Floats, known: Known) -> Floats:
    """Give starts from which attractors are found.

    Parameters
    ----------
    circuit : RateCircuit
    u : (N,) float64 array
    known : Known
        Equilibria.

    Returns
    -------
    (R, N) float64 array
        Rest; high rates of all, of E alone, of I alone; both sides of up to four equilibria that are not stable.
    """
    points = known.points
    low, high = np.array([p.domain for p in circuit.activations]).T
    size = 3.0 * (1.0 + np.abs(u).max() + (np.abs(points).max() if points.size else 0.0))
    starts = [*outer_starts(circuit, float(size))]
    for x in points[known.abscissa >= 0][:4]:
        # On a kink, growth comes from the side with the larger slope.
        z = circuit.input(x, u)
        near = _BESIDE * (1.0 + np.abs(z))
        slopes = np.maximum(circuit.slopes(z - near), circuit.slopes(z + near))
        value, vector = np.linalg.eig(circuit.linearised(slopes))
        away = vector[:, np.argmax(value.real)].real
        step = 0.05 * max(1.0, float(np.abs(x).max())) * away / max(float(np.abs(away).max()), 1e-300)
        starts += [np.clip(x + step, low, high), np.clip(x - step, low, high)]
    return np.array(starts)


def reach_of(known: Known, starts: Floats) -> float:
    """Give the largest rate among starts and equilibria: runs far beyond have left.

    Parameters
    ----------
    known : Known
    starts : (R, N) float64 array

    Returns
    -------
    float
    """
    return float(max(np.abs(starts).max(initial=0.0), np.abs(known.points).max(initial=0.0)))


def _word(circuit: RateCircuit, known: Known, fates: Fates, state: _State, border: float) -> tuple[str, str]:
    n_stable, cycling = int((known.abscissa < -border).sum()), bool(fates.persists.any())
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
    if known.doubtful.any():
        return "undecided", _said_of_kinks(known, fates)
    if (np.abs(known.abscissa) <= border).any():
        return "undecided", "An equilibrium has an eigenvalue on the border of stability."
    if n_stable == 1:
        return _one_attractor(fates, state, border)
    if cycling:
        return _cycling(circuit, known)
    on = " Runs were still on their way when time was up." if fates.fading.any() else ""
    return "undecided", f"No stable equilibrium was found, and no trajectory settled.{on}"


def _said_of_kinks(known: Known, fates: Fates) -> str:
    held = known.points[known.can_hold()]
    there = known.doubtful[known.can_hold()][fates.settled[fates.settled >= 0]].sum() if len(held) else 0
    runs = f" {int(there)} of {len(fates.settled)} simulated runs settled there." if fates.settled.size else ""
    return (
        "An equilibrium rests on a kink of an activation, with a growing direction on one side: the linearisation does "
        f"not tell whether it is stable.{runs}"
    )


def _one_attractor(fates: Fates, state: _State, border: float) -> tuple[str, str]:
    if not fates.settled.size:
        return "undecided", "One equilibrium is stable; nothing was simulated, so other attractors are not known."
    if abs(state.e_block) <= border or state.e_block_split:
        return "undecided", "The excitatory units alone are on the border of stability."
    if state.e_block < 0:
        return "self_regulating", "One attractor; the excitatory units would be stable without inhibition's feedback."
    return "inhibition_stabilised", "One attractor; without inhibition's feedback the excitatory units would run away."


def _cycling(circuit: RateCircuit, known: Known) -> tuple[str, str]:
    bounded = np.isfinite([phi.domain for phi in circuit.activations]).all()
    slow = known.abscissa.min(initial=np.inf) * float(circuit.tau.max()) < SLOWEST
    if slow and not bounded:
        return (
            "undecided",
            f"An equilibrium is so near the border that within {LONGEST:g} time constants a cycle around it cannot be "
            "told from slow growth.",
        )
    return "oscillatory", "No stable equilibrium; rates swing on, within bounds."
