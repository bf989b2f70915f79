"""The game that a circuit plays: every unit's own cost, its best response, and what it could gain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import require_setting
from interplay._core.provenance import digest
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_circuit, require_drive, require_rates, require_state
from interplay.circuits.linear_stability import LinearStability, abscissa_of, linear_stability
from interplay.circuits.potentials import asymmetry, potential
from interplay.circuits.results import GameResult

Floats = NDArray[np.float64]


class Energies(NamedTuple):
    """Costs of all units.

    Attributes
    ----------
    interaction : (..., N) float64 array
        E_int = (1 - W_ii) x_i^2 / 2 - s_i x_i, with s_i = sum over j != i of W_ij x_j, plus u_i.
    activation : (..., N) float64 array
        E_act: the cost of which phi is the proximal operator; inf outside its domain.
    total : (..., N) float64 array
        Their sum.
    """

    interaction: Floats
    activation: Floats
    total: Floats


def energies(circuit: RateCircuit, rates: ArrayLike, drive: ArrayLike) -> Energies:
    """Compute every unit's cost at a state.

    Parameters
    ----------
    circuit : RateCircuit
    rates, drive : (..., N) float arrays
        x and u; leading axes broadcast.

    Returns
    -------
    Energies
        Of three (..., N) arrays. A state is an equilibrium iff no unit's cost has a slope in its own rate there.

    Notes
    -----
    Terms without x_i are left out: no unit can change them alone. tau dx/dt = -x + prox of E_act at
    x - dE_int/dx: the circuit is a proximal gradient flow of each unit on its own cost. That does not make the
    costs fall along trajectories, since the others move too. Time O(N^2) a state.

    References
    ----------
    Betteti et al. (2025), arXiv 2512.05252, for the names and the idea; only its abstract could be read, and the
    formulae are a reconstruction from the dynamics.

    Examples
    --------
    >>> pair = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5)
    >>> energies(pair, [0.18947, 0.25263], [0.6, 0.0]).total.round(4).tolist()
    [-0.009, -0.0479]
    """
    require_circuit(circuit)
    rates = require_rates(circuit, rates)
    x, others = _state(circuit, rates, drive)
    interaction = 0.5 * (1.0 - np.diagonal(circuit.weights)) * x**2 - others * x
    activation = circuit.activation_costs(x)
    return Energies(interaction, activation, interaction + activation)


def best_response(circuit: RateCircuit, rates: ArrayLike, drive: ArrayLike) -> Floats:
    """Find the rate that would cost each unit least while all others stay.

    Parameters
    ----------
    circuit : RateCircuit
    rates, drive : (..., N) float arrays
        x and u; leading axes broadcast.

    Returns
    -------
    (..., N) float64 array
        The global minimum over the unit's domain, also where its cost is not convex (W_ii > 1/L_i); infinite where the
        cost has no minimum; the present rate where all rates cost the same, within rounding (W_ii = 1 / L_i, and
        inputs in balance: a perfect integrator).

    Notes
    -----
    A minimum solves y = phi(W_ii y + s_i). Straight-lined activations are minimised exactly, piece by piece; the
    others by Newton inside a bracket on either side of the stretch where the cost is concave. Compiled; time O(N^2)
    a state.
    """
    require_circuit(circuit)
    rates = require_rates(circuit, rates)
    from interplay.ops.own_cost import ROUNDING, least_cost_rates

    x, others = _state(circuit, rates, drive)
    shape = x.shape
    flat = (-1, circuit.n_units)
    own = np.array(np.diagonal(circuit.weights))
    size = np.abs(x) @ np.abs(circuit.weights).T + np.abs(np.asarray(drive, dtype=np.float64))
    slack = ROUNDING * (size + np.abs(circuit.parameters).sum(axis=1))
    found = least_cost_rates(
        circuit.codes,
        circuit.parameters,
        own,
        np.array(others.reshape(flat), order="C"),
        np.array(x.reshape(flat), order="C"),
        np.array(slack.reshape(flat), order="C"),
    )
    return np.asarray(found.reshape(shape))


def nash_gap(circuit: RateCircuit, rates: ArrayLike, drive: ArrayLike) -> Floats:
    """Compute what each unit could gain by changing its rate alone.

    Parameters
    ----------
    circuit : RateCircuit
    rates, drive : (..., N) float arrays
        x and u; leading axes broadcast.

    Returns
    -------
    (..., N) float64 array, >= 0
        Its cost minus the cost of its best response: 0 for every unit exactly at a Nash equilibrium; inf where the
        cost has no lower bound, or the rate lies outside the domain.

    Notes
    -----
    Differences below 0, which only rounding can give, are returned as 0. The gap is at least (1/L_i + W_ii) r_i^2 / 2,
    r = x - phi(W x + u): moving to phi(W x + u) gains that much (derived here; 1/L_i = 1 for ReLU). A rate near its
    best response has a gap that is small to second order: judge equilibria by the residual, not by the gap.
    """
    require_circuit(circuit)
    rates = require_rates(circuit, rates)
    x, others = _state(circuit, rates, drive)
    now = energies(circuit, rates, drive).total
    best = best_response(circuit, rates, drive)
    here = np.isfinite(best)
    own = np.diagonal(circuit.weights)
    y = np.where(here, best, x)
    least = 0.5 * (1.0 - own) * y**2 - others * y + circuit.activation_costs(y)
    kinds = np.array([phi.kind for phi in circuit.activations])
    # A softplus unit with own weight 1 and no drive approaches its lowest cost, 0, and never reaches it.
    approached = (kinds == "softplus") & (own == 1.0) & (others == 0.0)
    with np.errstate(invalid="ignore"):
        gap = np.where(here, now - least, np.where(approached, now, np.inf))
    return np.maximum(gap, 0.0)


def game(circuit: RateCircuit, rates: ArrayLike, drive: ArrayLike, *, tolerance: float = 1e-9) -> GameResult:
    """See a state as a move in the game between units: costs, best responses, gaps, and what the state is.

    Parameters
    ----------
    circuit : RateCircuit
    rates : (N,) float array
        The state x.
    drive : (N,) float array
        The input u.
    tolerance : float, > 0
        With c = 1 + the largest |W| |x| + |u|: the state is an equilibrium if |x - phi(W x + u)| <= tolerance c, and a
        Nash point if besides no gap exceeds tolerance c^2.

    Returns
    -------
    GameResult

    Raises
    ------
    DataError
        On a wrong shape, or values that are not finite.

    Notes
    -----
    Every Nash point is an equilibrium of the dynamics. The converse holds if all own costs are convex
    (`own_curvature` >= 0). Where one is not, a stable equilibrium can sit at the maximum of a unit's cost: if the
    excitatory units would run away with inhibition frozen, `verdict` calls it inhibition-stabilised. Diagonal
    stability of W - diag(1/L) is Rosen's diagonal strict convexity of this game: it gives uniqueness and convexity.

    References
    ----------
    Rosen (1965), Econometrica 33:520; Monderer, Shapley (1996), Games and Economic Behavior 14:124, for potentials;
    Betteti et al. (2025), arXiv 2512.05252 (abstract), for circuits as games. The formulae are a reconstruction.

    Examples
    --------
    >>> circuit = RateCircuit([[1.5, -2.0], [2.0, -0.5]], "clip", names=["E", "I"])
    >>> seen = game(circuit, [6 / 13, 8 / 13], [1.0, 0.0])
    >>> seen.stable, seen.nash, round(float(seen.nash_gap[0]), 4)
    (True, False, 0.0725)
    """
    require_setting("tolerance", tolerance, above=0)
    u = require_drive(circuit, drive)
    x = require_state(circuit, rates, "rates")
    cost, best, gap = energies(circuit, x, u), best_response(circuit, x, u), nash_gap(circuit, x, u)
    scale = 1.0 + float((np.abs(circuit.weights) @ np.abs(x) + np.abs(u)).max())
    residual = float(np.abs(circuit.residual(x, u)).max())
    equilibrium = residual <= tolerance * scale
    linear = linear_stability(circuit, x[None], u)
    stable = bool(linear.stable[0])
    weights = potential(circuit)
    kind = "none" if weights is None else "exact" if (weights == 1.0).all() else "weighted"
    gainers = gap > tolerance * scale**2
    curvature = 1.0 / circuit.max_slopes - np.diagonal(circuit.weights)
    notes = linear.notes if equilibrium else ()
    if circuit.delayed:
        notes += ("`stable` is that of the circuit without delays",)
    return GameResult(
        config={"tolerance": tolerance, "circuit": repr(circuit)},
        made_from=digest(circuit.digest, x, u),
        notes=notes,
        citations=(
            "betteti2025competition",
            "rosen1965existence",
            *(() if weights is None else ("monderer1996potential",)),
        ),
        names=circuit.names,
        sign=circuit.sign,
        rates=x,
        drive=u,
        interaction=cost.interaction,
        activation=cost.activation,
        energy=cost.total,
        best_response=best,
        nash_gap=gap,
        own_curvature=curvature,
        residual=residual,
        equilibrium=equilibrium,
        nash=equilibrium and not gainers.any(),
        stable=stable,
        tolerance=tolerance,
        asymmetry=asymmetry(circuit.weights),
        potential=kind,
        potential_weights=weights,
        verdict=_verdict(
            circuit, equilibrium, linear, gap, gainers, residual, circuit.jacobian(x, u), np.isfinite(cost.total)
        ),
    )


def _state(circuit: RateCircuit, rates: ArrayLike, drive: ArrayLike) -> tuple[Floats, Floats]:
    """Give rates and the drives that units get from all others, both (..., N)."""
    total = circuit.input(rates, drive)
    x = np.broadcast_to(np.asarray(rates, dtype=np.float64), total.shape)
    # Without the own weight, not by taking its share away again: rounding must not leave a drive where there is none.
    others = x @ (circuit.weights - np.diag(np.diagonal(circuit.weights))).T + np.asarray(drive, dtype=np.float64)
    return x, others


def _verdict(
    circuit: RateCircuit,
    equilibrium: bool,
    linear: LinearStability,
    gap: Floats,
    gainers: NDArray[np.bool_],
    residual: float,
    jacobian: Floats,
    inside: NDArray[np.bool_],
) -> str:
    top = int(np.argmax(gap))
    name = str(circuit.names[top])
    gain = f"unit {name!r} would gain {gap[top]:.3g} by changing its rate alone"
    if not np.isfinite(gap[top]):
        gain = f"unit {name!r} could lower its cost without bound"
        if not inside[top]:
            gain = f"the rate of unit {name!r} is none that its activation can give"
    if not equilibrium:
        return f"Not an equilibrium: rates are up to {residual:.3g} from what their inputs ask for" + (
            f"; {gain}." if gainers.any() else "."
        )
    stable = bool(linear.stable[0])
    state = "stable" if stable else "unstable"
    if linear.on_kink.any() and not stable and linear.eigenvalues.real.max() < 0:
        state = "on a kink and not stable by its linearisation on every side"
    if not gainers.any():
        return (
            f"A Nash equilibrium: no unit gains by changing its rate alone; as a state of the dynamics it is {state}."
        )
    e = circuit.excitatory
    loose = e.size > 0 and abscissa_of(jacobian[np.ix_(e, e)]) > 0
    if stable and loose and circuit.inhibitory.size:
        return (
            f"Inhibition-stabilised: stable, not a Nash equilibrium; {gain}. With inhibition frozen the excitatory "
            "units would run away."
        )
    return f"An equilibrium of the dynamics, {state}, but not a Nash equilibrium: {gain}."
