"""What was proved of a circuit's stability, with the object that proves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result

Floats = NDArray[np.float64]
Verdict = Literal["certified", "refuted", "undecided"]


@dataclass(frozen=True)
class Rung:
    """One test of the ladder.

    Attributes
    ----------
    name : str
    kind : {"necessary", "sufficient", "exact"}
    outcome : {"passed", "failed", "undecided", "not run"}
    value : float
        The number that decided, for example an eigenvalue; NaN if none.
    detail : str
        What the number is, in words.
    """

    name: str
    kind: str
    outcome: str
    value: float
    detail: str


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class StabilityResult(Result):
    """Whether A = W - diag(1/L) is Lyapunov diagonally stable (LDS), and why.

    Attributes
    ----------
    verdict : {"certified", "refuted", "undecided"}
        "refuted" says that A is not LDS, not that the circuit is unstable.
    rung : str
        Name of the test that decided; "" if undecided.
    rungs : tuple of Rung
        The ladder, in the order it was climbed.
    matrix : (N, N) float64 array
        A.
    scaling : (N,) float64 array or None
        q > 0, mean 1: diag(q) A + A' diag(q) is negative definite. The certificate.
    margin : float
        -1/2 of the largest eigenvalue of diag(q) A + A' diag(q); NaN without a certificate.
    dual : (N, N) float64 array or None
        H, positive semidefinite, trace 1, with diag(A H) >= 0: no q exists. The refutation.
    dual_margin : float
        Smallest entry of diag(A H); NaN without.
    rate : float, 1/s
        Proved rate at which the circuit's Lyapunov function falls (distances fall at half of it), where `claims` holds
        global exponential stability; else NaN. That of `lyapunov_function`.
    lipschitz : float
        Largest change of the equilibrium per change of the input, both in Euclidean norm; NaN without a certificate.
    claims : tuple of str
        What follows for this circuit (its activations, time constants and delays).
    open : tuple of str
        What does not follow, and why.
    """

    verdict: Verdict
    rung: str
    rungs: tuple[Rung, ...]
    matrix: Floats
    scaling: Floats | None
    margin: float
    dual: Floats | None
    dual_margin: float
    rate: float
    lipschitz: float
    claims: tuple[str, ...]
    open: tuple[str, ...]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ContractionResult(Result):
    """Whether the circuit contracts in a fixed norm ||x||_P, at which rate.

    Attributes
    ----------
    verdict : {"certified", "refuted", "undecided"}
    rate : float
        c, proved; in 1/s (unequal or given time constants), NaN without.
    metric : (N, N) float64 array or None
        P, positive definite.
    scaling : (N,) float64 array or None
        The multiplier q > 0 of the linear matrix inequality.
    margin : float
        Minus the largest eigenvalue of the inequality's block matrix, relative to its size.
    claims, open : tuple of str
    rate_bound : float, 1/s
        No larger rate can be proved by this inequality; NaN where not computed.
    dual_frequency : (K,) float64 array or None
        Frequencies of `dual`, in 1/s (for steps: of the map onto continuous time).
    dual : (K, M, M) complex128 array or None
        Factors U_k of H_k = U_k U_k*, which exclude every scaling q. The refutation.
    """

    verdict: Verdict
    rate: float
    metric: Floats | None
    scaling: Floats | None
    margin: float
    claims: tuple[str, ...]
    open: tuple[str, ...]
    rate_bound: float = float("nan")
    dual_frequency: Floats | None = None
    dual: NDArray[np.complex128] | None = None
