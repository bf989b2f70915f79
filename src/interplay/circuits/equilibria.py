"""Where a circuit rests: steady states under given drives."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, InterplayWarning, NumericalError, unknown_name
from interplay._core.provenance import digest
from interplay._core.rng import stream
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_drive, require_state
from interplay.circuits.flow import MARGINAL, follow
from interplay.circuits.linear_pieces import by_complementarity
from interplay.circuits.linear_stability import linear_stability
from interplay.circuits.newton import newton
from interplay.circuits.results import EquilibriumResult

Floats = NDArray[np.float64]

_METHODS = ("auto", "newton", "lemke", "flow")
#: Methods in words, for notes.
_CALLED = {
    "newton": "Newton's method",
    "lemke": "Lemke's method",
    "flow": "following the dynamics",
    "starts": "Newton's method from more starts",
}
_STARTS = 16
_MOST_MINORS = 12


def steady_state(
    circuit: RateCircuit,
    drive: ArrayLike,
    *,
    start: ArrayLike | None = None,
    tolerance: float = 1e-12,
    method: str = "auto",
) -> EquilibriumResult:
    """Find one equilibrium x = phi(W x + u).

    Parameters
    ----------
    circuit : RateCircuit
    drive : (N,) float array
        The input u, constant.
    start : (N,) float array or None
        Rates to begin at; phi(u) where None.
    tolerance : float, > 0
        A unit's residual |x - phi(W x + u)| may be this times (1 + |x| + |W| |x| + |u|), its own.
    method : {"auto", "newton", "lemke", "flow"}
        "newton" from the start alone: an equilibrium near it, stable or not. "flow": the one that the dynamics reach
        from the start. "lemke": by linear complementarity, for activations made of straight lines; ignores the start.
        "auto": Newton, then Lemke where it applies (without a start), then the flow, then Newton from 16 more starts.

    Returns
    -------
    EquilibriumResult
        With K = 1. `method` says what found it; `complete` is True where the circuit provably has no other equilibrium.

    Raises
    ------
    NumericalError
        If none is found. There may be none: rates without a top can run away for every start.
    DataError, ConfigError
        On a wrong shape, or an unknown method.

    Notes
    -----
    Newton: x <- (I - D W)^{-1} (phi(z) - D z + D u), z = W x + u, with D the slopes at z, 30 full steps and then 60
    damped ones. The flow ignores delays, which move no equilibrium, but can take its stability: then a note says so.
    Uniqueness is claimed where diag(1/L) - W is a P-matrix: by diagonal dominance or its symmetric part in any size,
    by all principal minors up to 12 units. Time O(N^3) a step.

    References
    ----------
    Betteti et al. (2025), arXiv 2512.05252, for the circuits as games; the solver is ours.

    Examples
    --------
    >>> pair = RateCircuit.of_blocks(0.5, 2.0, 2.0, 0.5)
    >>> steady_state(pair, [0.6, 0.0]).rates.round(4).tolist()
    [[0.1895, 0.2526]]
    """
    u = require_drive(circuit, drive)
    require_setting("tolerance", tolerance, above=0, below=1)
    if method not in _METHODS:
        raise ConfigError(unknown_name("method", method, _METHODS))
    first = circuit.rates(u) if start is None else require_state(circuit, start, "start")
    tried: list[str] = []
    for name in _order(method, circuit, given=start is not None):
        x = _attempt(name, circuit, u, first, tolerance)
        if x is not None:
            lost = " and ".join(_CALLED[other] for other in tried)
            notes = (f"found by {_CALLED[name]} after {lost} failed",) if tried else ()
            return describe_equilibria(
                circuit, u, x[None], name, unique_by_slopes(circuit), notes=notes, tolerance=tolerance
            )
        tried.append(name)
    raise NumericalError(
        f"`steady_state` must end at an equilibrium, but none was found from this start (tried: {', '.join(tried)}). "
        "If rates can grow without bound there may be none: lower the excitation, or take an activation that "
        "saturates ('clip', 'tanh', 'logistic'). Else give another `start`, or ask `all_equilibria`."
    )


def steady_states(
    circuit: RateCircuit, drives: ArrayLike, *, start: ArrayLike | None = None, tolerance: float = 1e-12
) -> Floats:
    """Find one equilibrium for each of many drives.

    Parameters
    ----------
    circuit : RateCircuit
    drives : (M, N) float array
    start : (N,) or (M, N) float array or None
        Rates to begin at; phi(u) where None. Where a circuit has several equilibria, the start decides which is found.
    tolerance : float, > 0
        As in `steady_state`.

    Returns
    -------
    (M, N) float64 array

    Raises
    ------
    NumericalError
        If a drive has no equilibrium that `steady_state` finds; the message names the first.

    Notes
    -----
    All drives take their Newton steps together; those that fail go through `steady_state` one by one.
    """
    u = require_drive(circuit, drives, "M N")
    if start is None:
        first = circuit.rates(u)
    else:
        axes = "N" if np.ndim(start) == 1 else "M N"
        first = np.broadcast_to(Shapes(M=len(u), N=circuit.n_units).array("start", start, axes), u.shape)
    x, found = newton(circuit, u, first, tolerance)
    for m in np.flatnonzero(~found):
        try:
            x[m] = steady_state(circuit, u[m], start=first[m], tolerance=tolerance).rates[0]
        except NumericalError as error:
            raise NumericalError(f"drives[{m}] = {u[m].tolist()}: {error}") from error
    return x


def _order(method: str, circuit: RateCircuit, *, given: bool) -> tuple[str, ...]:
    if method != "auto":
        return (method,)
    straight = all(phi.pieces for phi in circuit.activations)
    lemke = ("lemke",) if straight else ()
    return ("newton", "flow", *lemke, "starts") if given else ("newton", *lemke, "starts", "flow")


def _attempt(name: str, circuit: RateCircuit, u: Floats, start: Floats, tolerance: float) -> Floats | None:
    if name == "flow":
        return follow(circuit, u, start, tolerance)
    if name == "lemke":
        guess = by_complementarity(circuit, u)
        guesses = None if guess is None else guess[None]
    elif name == "starts":
        draws = stream(0, "steady state").standard_normal((_STARTS, circuit.n_units))
        size = 1.0 + np.abs(u).max() + np.abs(start).max()
        guesses = np.vstack([np.zeros(circuit.n_units), circuit.rates(size * draws)])
    else:
        guesses = start[None]
    if guesses is None:
        return None
    x, found = newton(circuit, np.broadcast_to(u, guesses.shape), guesses, tolerance)
    return x[np.argmax(found)] if found.any() else None


def describe_equilibria(
    circuit: RateCircuit,
    u: Floats,
    rates: Floats,
    method: str,
    complete: bool,
    *,
    notes: tuple[str, ...] = (),
    tolerance: float,
    seed: int | None = None,
) -> EquilibriumResult:
    """Add residuals, linearisations and what must be said to equilibria that were found, (K, N)."""
    linear = linear_stability(circuit, rates, u)
    notes += linear.notes
    marginal = np.flatnonzero(np.abs(linear.abscissa) <= MARGINAL / circuit.tau.min())
    if marginal.size:
        which = ", ".join(str(k + 1) for k in marginal)
        notes += (f"marginal: the largest real part at equilibrium {which} is 0 within rounding",)
    if circuit.delayed:
        text = "stability is that of the circuit without delays, which can destabilise it"
        warnings.warn(InterplayWarning(text), stacklevel=3)
        notes += (text,)
    return EquilibriumResult(
        config={"tolerance": tolerance, "circuit": repr(circuit)},
        made_from=digest(circuit.digest, u),
        seed=seed,
        notes=notes,
        citations=("betteti2025competition",),
        rates=rates,
        drive=u,
        residual=np.abs(circuit.residual(rates, u)).max(axis=1, initial=0.0),
        eigenvalues=linear.eigenvalues,
        stable=linear.stable,
        method=method,
        complete=complete,
    )


def unique_by_slopes(circuit: RateCircuit) -> bool:
    """Whether diag(1/L) - W is proved a P-matrix, so that no drive has two equilibria.

    Parameters
    ----------
    circuit : RateCircuit

    Returns
    -------
    bool
        False also where it could not be decided: unbounded slopes, or more than 12 units that pass no quick test.

    Notes
    -----
    Two equilibria x, y would satisfy (I - D W)(x - y) = 0 with secant slopes D in [0, L]; the determinant is
    multi-affine in D, so its sign is fixed where all principal minors of diag(1/L) - W are positive.
    """
    if not np.isfinite(circuit.max_slopes).all():
        return False
    matrix = np.diag(1.0 / circuit.max_slopes) - circuit.weights
    margin = 1e-12 * (1.0 + float(np.abs(matrix).sum(axis=1).max()))
    if np.linalg.eigvalsh(matrix + matrix.T)[0] > margin:
        return True
    off = np.abs(matrix).sum(axis=1) - np.abs(np.diagonal(matrix))
    if (np.diagonal(matrix) - off > margin).all():
        return True
    if circuit.n_units > _MOST_MINORS:
        return False
    from interplay.ops.principal_minors import minors_positive

    return minors_positive(matrix)
