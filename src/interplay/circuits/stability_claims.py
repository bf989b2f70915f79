"""What follows from diagonal stability for a circuit, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from interplay.circuits.circuit import RateCircuit
    from interplay.circuits.ladder import Ladder

Floats = NDArray[np.float64]


def lyapunov_rate(circuit: RateCircuit, scaling: Floats, margin: float) -> tuple[float, float]:
    """Rate at which the circuit's Lyapunov function falls, and the weight in that function which gives it.

    Parameters
    ----------
    circuit : RateCircuit
        With equal time constants tau and largest slopes L.
    scaling : (N,) float array
        q.
    margin : float, > 0
        delta.

    Returns
    -------
    float, 1/s
        2 (e - k e^2) / (m + e) / tau, with m = max(q_i L_i) and k = ||W||^2 / (4 delta).
    float
        e = sqrt(m^2 + m / k) - m, which makes it largest.

    Notes
    -----
    With z = W x + u, f = phi(z) - phi(z*), d = z - z* and V = sum_i q_i int (phi_i - phi_i(z*)) + e/2 |d|^2:
    f_i d_i >= f_i^2 / L_i turns tau times the derivative of the first term into at most f' diag(q) (W - diag(1/L)) f <=
    -delta |f|^2; that of the second is -e |d|^2 + e d' W f. Together they are at most -(e - k e^2) |d|^2, the square
    in |f| completed, and V <= (m + e)/2 |d|^2. The published rate has L = 1 and e = delta / ||W||^2 with
    e |d| ||W|| |f| <= e/2 (|d|^2 + ||W||^2 |f|^2), which gives e / (max q_i + e): between half and two thirds of this
    one, ours.
    """
    norm = float(np.linalg.norm(circuit.weights, 2)) * (1 + 1e-12)
    steep = float((scaling * circuit.max_slopes).max())
    curb = norm**2 / (4 * margin)
    # Without weights any e is as good as another: the rate tends to 2 / tau from below as e grows.
    e = 1e6 * steep
    if curb > 0:
        e = min(e, steep / (curb * steep + np.sqrt((curb * steep) ** 2 + curb * steep)))
    return float(2 * e * (1 - curb * e) / (steep + e) / circuit.tau[0]), float(e)


def circuit_claims(circuit: RateCircuit, ladder: Ladder) -> tuple[float, float, tuple[str, ...], tuple[str, ...]]:
    """Rate, Lipschitz constant, claims and open questions of one circuit's verdict."""
    if ladder.verdict != "certified" or ladder.scaling is None:
        return float("nan"), float("nan"), *_without(circuit, ladder)
    lipschitz = float(ladder.scaling.max()) / ladder.margin
    claims = [
        "Every input has exactly one equilibrium.",
        "The equilibrium is a Nash point: no unit can lower its own cost alone.",
        f"A change of the input by d moves the equilibrium by at most {lipschitz:.4g} d (Euclidean norms).",
    ]
    still_open = []
    rate = float("nan")
    if circuit.delayed:
        still_open.append("Delays: the proof is for circuits without them, so nothing is claimed of the dynamics.")
        return rate, lipschitz, tuple(claims), tuple(still_open)
    claims.append(
        "Every linearisation is stable, whatever the time constants: the equilibrium is locally exponentially stable "
        "(where the activations are differentiable)."
    )
    if circuit.equal_tau:
        rate, _ = lyapunov_rate(circuit, ladder.scaling, ladder.margin)
        claims.append(
            "Globally exponentially stable for every input: a Lyapunov function falls at least as fast as exp(-r t), "
            f"r = {rate:.4g}/s; distances at half that rate."
        )
    elif circuit.n_units == 2:
        claims.append("Globally asymptotically stable for every input (two units, any time constants).")
        still_open.append("A rate of convergence: not proved for unequal time constants.")
    else:
        still_open.append(
            "Global stability: with unequal time constants and more than two units it does not follow from diagonal "
            "stability (an open question in general)."
        )
    still_open.append("Contraction in one fixed norm is stronger and does not follow; ask `contraction`.")
    return rate, lipschitz, tuple(claims), tuple(still_open)


def matrix_claims(ladder: Ladder) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Claims and open questions of a bare matrix."""
    if ladder.verdict == "certified":
        return (
            "diag(d) A is Hurwitz for every d > 0.",
            "-A is a P-matrix: all its principal minors are positive.",
        ), ()
    if ladder.verdict == "refuted":
        return ("No q > 0 makes diag(q) A + A' diag(q) negative definite.",), (
            "diag(d) A may still be Hurwitz for every d > 0.",
        )
    return (), ("Whether A is diagonally stable.",)


def _without(circuit: RateCircuit, ladder: Ladder) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Claims and open questions without a certificate."""
    claims, still_open = [], []
    rungs = ladder.found
    if ladder.verdict == "refuted":
        claims.append("The circuit is not diagonally stable: no quadratic form with a diagonal matrix can prove it.")
        still_open.append("Stability: states may still be stable, even globally; judge them by `steady_state`.")
    else:
        still_open.append("Whether the circuit is diagonally stable; undecided does not mean unstable.")
    if "minors" in rungs and rungs["minors"].outcome == "passed":
        claims.append("No input has more than one equilibrium: all principal minors of diag(1/L) - W are positive.")
    own = np.diag(circuit.stability_matrix)
    if (own > 0).any():
        units = ", ".join(str(circuit.names[k]) for k in np.flatnonzero(own > 0)[:8])
        claims.append(f"The own cost of {units} is not convex: an equilibrium need not be a Nash point.")
    hurwitz = rungs.get("hurwitz")
    slopes = circuit.max_slopes
    steep = bool((slopes == slopes[0]).all()) and circuit.equal_tau and not circuit.delayed
    if hurwitz is not None and hurwitz.outcome == "failed" and steep:
        claims.append("A state at which every unit works at its steepest slope is unstable.")
    return tuple(claims), tuple(still_open)
