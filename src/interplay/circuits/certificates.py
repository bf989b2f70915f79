"""certify: is a circuit stable for every input, and why."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError, InterplayWarning
from interplay._core.provenance import digest
from interplay.circuits.circuit_checks import require_circuit
from interplay.circuits.ladder import Ladder
from interplay.circuits.stability_claims import circuit_claims, matrix_claims
from interplay.circuits.stability_results import StabilityResult
from interplay.ops.diagonal_stability_proofs import refutation_margin, scaling_margin

if TYPE_CHECKING:
    from interplay.circuits.circuit import RateCircuit

Floats = NDArray[np.float64]

#: Who drew the consequences for networks.
_NETWORKS = "forti1995new"
#: Who is behind a rung, beside those behind every verdict.
_CITED = {
    "forest": ("berman1983matrix",),
    "three units": ("redheffer1985volterra",),
    "majorant": ("davydov2021contraction",),
}

#: Up to so many units `certify` sharpens unasked.
MOST_SHARPENED = 40


@dataclass(frozen=True, kw_only=True)
class CertifyConfig:
    """Settings of `certify` and `diagonal_stability`.

    Attributes
    ----------
    time_limit_s : float or None, > 0
    tolerance : float, > 0
    sharpen : bool or None
    """

    time_limit_s: float | None = None
    tolerance: float = 1e-12
    sharpen: bool | None = None

    def __post_init__(self) -> None:
        if self.time_limit_s is not None:
            require_setting("time_limit_s", self.time_limit_s, above=0)
        require_setting("tolerance", self.tolerance, above=0, below=1)


def certify(
    circuit: RateCircuit, *, time_limit_s: float | None = None, tolerance: float = 1e-12, sharpen: bool | None = None
) -> StabilityResult:
    """Prove that a circuit is stable for every input, prove that there is no such proof, or say that neither was found.

    Asked is whether A = W - diag(1/L) is Lyapunov diagonally stable (LDS): whether a q > 0 makes diag(q) A + A' diag(q)
    negative definite, where L are the largest slopes of the activations. Then every input has exactly one equilibrium,
    a Nash point of the units' own costs, and what else follows is listed in `claims`, what does not in `open`.

    Parameters
    ----------
    circuit : RateCircuit
    time_limit_s : float or None, > 0, s
        The interior-point method stops there, with the verdict "undecided".
    tolerance : float, in (0, 1)
        A matrix this near to the boundary, relative to its size after scaling, is left undecided.
    sharpen : bool or None
        Whether to go on from the first certificate, towards that of the greatest margin, to the one of the smallest
        `lipschitz` on the way. None: up to 40 units, where that takes some milliseconds. `verdict` and `rung` are the
        same; False is the fastest where only these are wanted.

    Returns
    -------
    StabilityResult
        "refuted" says that A is not LDS: some other proof of stability may exist.

    Raises
    ------
    DataError
        If an activation's slope has no bound (powers): a condition of the theorem.
    ConfigError
        If a setting is out of range.

    Notes
    -----
    Tests run from cheap to expensive and end at the first proof; each verdict rests on a proof that includes all
    rounding errors (see `verify`), not on the test. Time O(N^3) per step of the interior-point method, memory O(N^2).

    References
    ----------
    Barker, Berman, Plemmons (1978): the alternative between q and H. Forti, Tesi (1995): what q says of a network.

    Examples
    --------
    >>> from interplay.circuits import RateCircuit, certify
    >>> result = certify(RateCircuit([[0.5, -2.0], [2.0, -0.5]]))
    >>> result.verdict, result.rung
    ('certified', 'identity')
    >>> certify(RateCircuit([[1.5, -2.0], [2.0, -0.5]])).verdict
    'refuted'
    """
    require_circuit(circuit)
    config = CertifyConfig(time_limit_s=time_limit_s, tolerance=tolerance, sharpen=sharpen)
    ladder = _climb(np.array(circuit.stability_matrix), config)
    if sharpen or (sharpen is None and circuit.n_units <= MOST_SHARPENED):
        ladder.sharpen_response()
    rate, lipschitz, claims, still_open = circuit_claims(circuit, ladder)
    return _result(ladder, config, circuit.digest, rate, lipschitz, claims, still_open)


def diagonal_stability(
    matrix: ArrayLike, *, time_limit_s: float | None = None, tolerance: float = 1e-12, sharpen: bool = False
) -> StabilityResult:
    """Decide whether a matrix is Lyapunov diagonally stable.

    Parameters
    ----------
    matrix : (N, N) float array
        A.
    time_limit_s : float or None, > 0, s
        As in `certify`.
    tolerance : float, in (0, 1)
        As in `certify`.
    sharpen : bool
        Whether to go on from the first certificate to the one of the greatest margin. The verdict is the same.

    Returns
    -------
    StabilityResult
        `rate` and `lipschitz` are NaN: they belong to circuits.

    Raises
    ------
    DataError
        If the matrix is not square, empty or not finite.
    ConfigError
        If a setting is out of range.
    """
    config = CertifyConfig(time_limit_s=time_limit_s, tolerance=tolerance, sharpen=sharpen)
    a = np.asarray(matrix)
    if a.ndim != 2 or a.shape[0] != a.shape[1] or not a.size:
        raise DataError(f"`matrix` must be square, with at least one row, got shape {a.shape}. Give A itself.")
    a = np.array(Shapes().array("matrix", a, "N N"), dtype=np.float64)
    ladder = _climb(a, config)
    if sharpen:
        ladder.sharpen()
    claims, still_open = matrix_claims(ladder)
    return _result(ladder, config, digest(a), float("nan"), float("nan"), claims, still_open)


def verify(result: StabilityResult) -> bool:
    """Prove a verdict again, from `matrix` and the certificate alone.

    Parameters
    ----------
    result : StabilityResult
        From anywhere, also from a file.

    Returns
    -------
    bool
        True if "certified" with a `scaling` q > 0 for which the largest eigenvalue of diag(q) A + A' diag(q) is
        negative by more than all rounding errors, or "refuted" with a `dual` H that is positive semidefinite, not 0,
        and has diag(A H) >= 0, rounding errors included. False for "undecided": nothing is claimed.
    """
    if not isinstance(result, StabilityResult):
        raise ConfigError(
            f"`result` must be a StabilityResult, got {type(result).__name__}. Of a ContractionResult ask "
            "`verify_contraction`."
        )
    if result.verdict == "certified" and result.scaling is not None:
        return scaling_margin(np.asarray(result.matrix), np.asarray(result.scaling)) > 0
    if result.verdict == "refuted" and result.dual is not None:
        return refutation_margin(np.asarray(result.matrix), np.asarray(result.dual)) >= 0
    return False


def _climb(matrix: Floats, config: CertifyConfig) -> Ladder:
    limit = config.time_limit_s
    deadline = None if limit is None else time.monotonic() + limit
    ladder = Ladder(matrix, tolerance=config.tolerance, deadline=deadline).climb()
    if ladder.timed_out and ladder.verdict == "undecided":
        warnings.warn(f"certify: {ladder.notes[-1]}", InterplayWarning, stacklevel=3)
    return ladder


def _result(
    ladder: Ladder,
    config: CertifyConfig,
    made_from: str,
    rate: float,
    lipschitz: float,
    claims: tuple[str, ...],
    still_open: tuple[str, ...],
) -> StabilityResult:
    return StabilityResult(
        config=config,
        made_from=made_from,
        notes=ladder.notes,
        citations=("barker1978positive", *_CITED.get(ladder.rung, ()), *((_NETWORKS,) if lipschitz > 0 else ())),
        verdict=ladder.verdict,
        rung=ladder.rung,
        rungs=ladder.rungs(),
        matrix=_frozen(ladder.matrix),
        scaling=None if ladder.scaling is None else _frozen(ladder.scaling),
        margin=ladder.margin,
        dual=None if ladder.dual is None else _frozen(ladder.dual),
        dual_margin=ladder.dual_margin,
        rate=rate,
        lipschitz=lipschitz,
        claims=claims,
        open=still_open,
    )


def _frozen(array: Floats) -> Floats:
    array.flags.writeable = False
    return array
