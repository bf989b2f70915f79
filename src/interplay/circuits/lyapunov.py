"""A function of a circuit's state that falls along every course, at a proved rate, to 0 at the equilibrium."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.errors import DataError
from interplay.circuits.bounds import circuit_margin
from interplay.circuits.circuit import RateCircuit
from interplay.circuits.circuit_checks import require_circuit, require_drive
from interplay.circuits.stability_claims import lyapunov_rate
from interplay.circuits.stability_results import ContractionResult, StabilityResult

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LyapunovFunction:
    """V(x) >= 0, with V(x(t)) <= exp(-rate t) V(x(0)) along every course under one constant input.

    Make one with `lyapunov_function`.

    Attributes
    ----------
    circuit : RateCircuit
    drive : (N,) float64 array
    equilibrium : (N,) float64 array
    kind : {"diagonal", "norm"}
        "diagonal": q-weighted integrals of the activations plus a quadratic term, both of the inputs z = W x + u.
        "norm": the squared distance to the equilibrium in the norm of P.
    rate : float, 1/s
        Proved. The distance to the equilibrium falls at half of it.
    scaling : (N,) float64 array or None
        q, of kind "diagonal".
    quadratic : float
        e, the weight of |z - z*|^2 / 2, of kind "diagonal".
    metric : (N, N) float64 array or None
        P, of kind "norm".
    """

    circuit: RateCircuit
    drive: Floats
    equilibrium: Floats
    kind: str
    rate: float
    scaling: Floats | None
    quadratic: float
    metric: Floats | None

    def __call__(self, x: ArrayLike) -> Floats:
        """Evaluate V.

        Parameters
        ----------
        x : (..., N) float array
            Rates.

        Returns
        -------
        (...) float64 array, >= 0 up to rounding
        """
        rates = np.asarray(x, dtype=np.float64)
        if self.metric is not None:
            away = rates - self.equilibrium
            return np.asarray(np.einsum("...i,ij,...j->...", away, self.metric, away))
        assert self.scaling is not None
        z, settled = self.circuit.input(rates, self.drive), self.circuit.input(self.equilibrium, self.drive)
        away = z - settled
        rise = _integral(self.circuit, z) - _integral(self.circuit, settled) - self.circuit.rates(settled) * away
        return np.asarray((self.scaling * rise).sum(-1) + 0.5 * self.quadratic * (away**2).sum(-1))


def lyapunov_function(
    circuit: RateCircuit,
    proof: StabilityResult | ContractionResult,
    drive: ArrayLike,
    *,
    equilibrium: ArrayLike | None = None,
) -> LyapunovFunction:
    """Turn a certificate into a Lyapunov function.

    Parameters
    ----------
    circuit : RateCircuit
    proof : StabilityResult or ContractionResult
        Certified, of this circuit: by `certify` (equal time constants) or by `contraction` (firing-rate form,
        continuous time; any time constants).
    drive : (N,) float array
        The constant input u.
    equilibrium : (N,) float array or None
        The equilibrium x* under `drive`; found by `steady_states` where None.

    Returns
    -------
    LyapunovFunction

    Raises
    ------
    DataError
        If the proof is of another circuit, certifies nothing, or does not cover delays or unequal time constants.

    Notes
    -----
    From diagonal stability, with z = W x + u, f = phi(z) - phi(z*), d = z - z*, and delta the margin of q,

        V = sum_i q_i int_{z*_i}^{z_i} (phi_i(s) - phi_i(z*_i)) ds + e/2 |d|^2,
        tau V' <= -delta |f|^2 - e |d|^2 + e ||W|| |d| |f| <= -(e - e^2 ||W||^2 / (4 delta)) |d|^2,
        V <= (max_i q_i L_i + e) |d|^2 / 2,

    and e is chosen for the largest quotient (see `stability_claims.lyapunov_rate`); `certify` quotes the same rate. The
    integrals come from the activations' costs: int phi = z x - x^2/2 - cost(x) at x = phi(z). V is 0 at all states with
    W x = W x*, from which the rates themselves reach x* like exp(-t / tau).

    References
    ----------
    Forti, Tesi (1995), for functions of this form; e and the rate are derived here.
    """
    require_circuit(circuit)
    if not isinstance(proof, StabilityResult | ContractionResult):
        raise DataError(f"`proof` must be a result of `certify` or `contraction`, got {type(proof).__name__}.")
    _require_proof(circuit, proof)
    u = require_drive(circuit, drive)
    if equilibrium is None:
        from interplay.circuits.equilibria import steady_states

        settled = steady_states(circuit, u[None])[0]
    else:
        settled = require_drive(circuit, equilibrium)
        left = float(np.abs(circuit.residual(settled, u)).max())
        if left > 1e-6 * (1 + float(np.abs(settled).max())):
            raise DataError(
                f"`equilibrium` must be one under `drive`, but leaves a residual of {left:g}. Use `steady_state`, or "
                "None."
            )
    if isinstance(proof, ContractionResult):
        return LyapunovFunction(circuit, u, settled, "norm", 2 * proof.rate, None, 0.0, proof.metric)
    scaling, margin = circuit_margin(circuit, proof)
    rate, e = lyapunov_rate(circuit, scaling, margin)
    return LyapunovFunction(circuit, u, settled, "diagonal", rate, scaling, e, None)


def _require_proof(circuit: RateCircuit, proof: StabilityResult | ContractionResult) -> None:
    if proof.verdict != "certified":
        raise DataError(
            f"`proof` must be certified, got {proof.verdict!r}. Without a certificate there is no function."
        )
    if circuit.delayed:
        raise DataError(
            "`circuit` must have no delays (a condition of the theorem), but some connections are delayed. Drop "
            "`delay` to judge the circuit without."
        )
    if isinstance(proof, ContractionResult):
        if proof.made_from != circuit.digest:
            raise DataError("`proof` must be of `circuit`: their digests differ. Ask `contraction` of this circuit.")
        if proof.config.form != "firing_rate" or proof.config.step_s is not None:
            raise DataError(
                f"`proof` must be of the firing-rate form in continuous time, got form={proof.config.form!r}, "
                f"step_s={proof.config.step_s!r}. Ask `contraction` with its defaults."
            )
    elif not circuit.equal_tau:
        raise DataError(
            "`circuit` must have equal time constants (a condition of the theorem on diagonal stability), got tau from "
            f"{circuit.tau.min():g} to {circuit.tau.max():g} s. Use a proof by `contraction`, which allows any."
        )


def _integral(circuit: RateCircuit, z: Floats) -> Floats:
    """Antiderivative of every unit's activation, up to a constant of the unit."""
    x = circuit.rates(z)
    return np.asarray(z * x - 0.5 * x**2 - circuit.activation_costs(x))
