"""Weights that are stable by construction, whatever numbers go in; and the numbers behind given stable weights."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes, require_setting
from interplay._core.errors import ConfigError, DataError
from interplay.ops import stable_weights as kernels

Floats = NDArray[np.float64]
_SLACK = 1e-6


class ContractingParameters(NamedTuple):
    """What `contracting_weights` builds from.

    Attributes
    ----------
    mixing, factor : (N, N) float64 arrays
    scaling : (N,) float64 array
    """

    mixing: Floats
    factor: Floats
    scaling: Floats


class StableParameters(NamedTuple):
    """What `diagonally_stable_weights` builds from.

    Attributes
    ----------
    skew, factor : (N, N) float64 arrays
    scaling : (N,) float64 array
    """

    skew: Floats
    factor: Floats
    scaling: Floats


def contracting_weights(
    mixing: ArrayLike,
    factor: ArrayLike,
    scaling: ArrayLike,
    *,
    rate: float = 0.0,
    tau: ArrayLike = 1.0,
    max_slope: ArrayLike = 1.0,
) -> tuple[Floats, Floats]:
    """Build the weights of a circuit that contracts at a rate.

    Parameters
    ----------
    mixing : (N, N) float array
        X, any.
    factor : (N, N) float array
        F, invertible.
    scaling : (N,) float array, > 0
        q, the multiplier.
    rate : float, 1/s, 0 <= rate < 1 / max(tau)
    tau : float or (N,) float array, > 0, s
    max_slope : float or (N,) float array, > 0
        L: slopes of the activations lie in [0, L].

    Returns
    -------
    (N, N) float64 array
        W.
    (N, N) float64 array
        P: in its norm any two states approach each other at least like exp(-rate t).

    Raises
    ------
    DataError
        On a wrong shape or range, or a factor that is not invertible.
    ConfigError
        If the rate is out of range.

    Notes
    -----
    W = Q^-1 (sqrt(2) Q^(1/2) L^(-1/2) S F - T^-1 P), P_ij = (F'F)_ij / (1/tau_i + 1/tau_j - 2 rate), S = X C^-T with
    C C' = 1 + X'X. Every weight matrix that the contraction inequality proves, and no other, has this form. The
    published form is that of equal time constants and L = 1, with (1 + X'X)^(-1/2) for C^-T; unequal ones are ours.

    References
    ----------
    Gokhale, Proskurnikov, Kawano, Bullo (2026), arXiv 2604.15238.
    """
    shapes = Shapes()
    x, f = shapes.array("mixing", mixing, "N N"), shapes.array("factor", factor, "N N")
    q, times, slope = _settings(shapes, scaling, tau, max_slope)
    _require_rate(rate, times)
    if np.linalg.matrix_rank(f) < len(f):
        raise DataError("`factor` must be invertible, but its rank is lower than its size. Add to its diagonal.")
    return kernels.contracting(x, f, q, times, slope, rate)


def contracting_parameters(
    weights: ArrayLike,
    metric: ArrayLike,
    scaling: ArrayLike,
    *,
    rate: float = 0.0,
    tau: ArrayLike = 1.0,
    max_slope: ArrayLike = 1.0,
) -> ContractingParameters:
    """Find what `contracting_weights` would build given weights from.

    Parameters
    ----------
    weights : (N, N) float array
    metric : (N, N) float array
        P of a `ContractionResult`.
    scaling : (N,) float array, > 0
        Its q.
    rate : float, 1/s
        At most its rate.
    tau, max_slope : float or (N,) float array, > 0
        As in `contracting_weights`.

    Returns
    -------
    ContractingParameters

    Raises
    ------
    DataError
        If P and q do not prove this rate of these weights.
    """
    shapes = Shapes()
    w, p = shapes.array("weights", weights, "N N"), shapes.array("metric", metric, "N N")
    q, times, slope = _settings(shapes, scaling, tau, max_slope)
    _require_rate(rate, times)
    try:
        x, f = kernels.contracting_parts(w, p, q, times, slope, rate)
    except np.linalg.LinAlgError:
        raise DataError(
            f"`metric` and `scaling` must prove that `weights` contract at rate={rate:g}, but they do not. Take them "
            "from `contraction(circuit, rate)`; a proof at the largest rate has no room left for this."
        ) from None
    return ContractingParameters(x, f, q)


def diagonally_stable_weights(
    skew: ArrayLike, factor: ArrayLike, scaling: ArrayLike, *, margin: float = 1e-3, max_slope: ArrayLike = 1.0
) -> Floats:
    """Build weights for which W - diag(1/L) is diagonally stable.

    Parameters
    ----------
    skew : (N, N) float array
        Any; only its skew part K = (S - S') / 2 counts.
    factor : (N, N) float array
        F, any.
    scaling : (N,) float array, > 0
        q, the certificate.
    margin : float, > 0
    max_slope : float or (N,) float array, > 0
        L.

    Returns
    -------
    (N, N) float64 array
        W = diag(1/L) + Q^-1 (K - F F' - margin), for which Q A + A' Q <= -2 margin with A = W - diag(1/L).

    Raises
    ------
    DataError
        On a wrong shape or range.
    ConfigError
        If the margin is not positive.

    Notes
    -----
    Every diagonally stable W has this form, with some q and a margin that is small enough.
    """
    require_setting("margin", margin, above=0)
    shapes = Shapes()
    k, f = shapes.array("skew", skew, "N N"), shapes.array("factor", factor, "N N")
    q, _, slope = _settings(shapes, scaling, 1.0, max_slope)
    return kernels.diagonally_stable(k, f, q, slope, margin)


def diagonally_stable_parameters(
    weights: ArrayLike, scaling: ArrayLike, *, margin: float = 1e-3, max_slope: ArrayLike = 1.0
) -> StableParameters:
    """Find what `diagonally_stable_weights` would build given weights from.

    Parameters
    ----------
    weights : (N, N) float array
    scaling : (N,) float array, > 0
        q of a `StabilityResult`.
    margin : float, > 0
        Less than the margin of q.
    max_slope : float or (N,) float array, > 0
        L.

    Returns
    -------
    StableParameters

    Raises
    ------
    DataError
        If q does not certify the weights with this margin.
    """
    require_setting("margin", margin, above=0)
    shapes = Shapes()
    w = shapes.array("weights", weights, "N N")
    q, _, slope = _settings(shapes, scaling, 1.0, max_slope)
    try:
        k, f = kernels.diagonally_stable_parts(w, q, slope, margin)
    except np.linalg.LinAlgError:
        raise DataError(
            f"`scaling` must certify `weights` with a margin above {margin:g}, but it does not. Take it from "
            "`certify`, or lower `margin`."
        ) from None
    return StableParameters(k, f, q)


def dale_weights(
    weights: ArrayLike,
    sign: ArrayLike,
    scaling: ArrayLike,
    *,
    rate: float | None = None,
    tau: ArrayLike = 1.0,
    max_slope: ArrayLike = 1.0,
) -> Floats:
    """Make weights obey Dale's law, and shrink them as far as a scaling needs to certify them again.

    Parameters
    ----------
    weights : (N, N) float array
    sign : (N,) int array in {-1, 0, +1}
        Of the columns; 0 leaves a column as it is.
    scaling : (N,) float array, > 0
        q.
    rate : float, 1/s, or None
        None: W - diag(1/L) is to be diagonally stable by q. Else the circuit is to contract at this rate with q.
    tau, max_slope : float or (N,) float array, > 0
        As in `contracting_weights`; `tau` counts with a rate only.

    Returns
    -------
    (N, N) float64 array
        The weights with entries of the wrong sign set to 0, times the largest factor <= 1 with which q certifies them
        (less a millionth).

    Raises
    ------
    DataError
        On a wrong shape or range.
    ConfigError
        If the rate is out of range.

    Notes
    -----
    Setting entries to 0 can destroy a certificate; scaling the weights down always brings it back, because both
    criteria compare a number that is proportional to the weights with 1.
    """
    shapes = Shapes()
    w = shapes.array("weights", weights, "N N")
    columns = shapes.array("sign", sign, "N", "int")
    if (np.abs(columns) > 1).any():
        raise DataError(f"`sign` must be -1, 0 or +1, got {columns[np.abs(columns) > 1][0]}. Give one per column.")
    q, times, slope = _settings(shapes, scaling, tau, max_slope)
    if rate is not None:
        _require_rate(rate, times)
    kept = kernels.with_signs(w, columns)
    level = kernels.level(kept, q, slope, times, rate)
    return kept * min(1.0, (1 - _SLACK) / max(level, 1e-300))


def _settings(shapes: Shapes, scaling: ArrayLike, tau: ArrayLike, slope: ArrayLike) -> tuple[Floats, Floats, Floats]:
    found = []
    for name, value in (("scaling", scaling), ("tau", tau), ("max_slope", slope)):
        spread = (
            np.broadcast_to(np.asarray(value, dtype=np.float64), shapes.sizes["N"]) if np.ndim(value) == 0 else value
        )
        array = shapes.array(name, spread, "N")
        if not (array > 0).all():
            k = int(np.argmin(array > 0))
            raise DataError(f"`{name}` must be > 0, got {name}[{k}]={array[k]:g}. Give positive numbers.")
        found.append(array)
    return found[0], found[1], found[2]


def _require_rate(rate: float, tau: Floats) -> None:
    require_setting("rate", rate, least=0)
    if rate >= 1 / tau.max():
        raise ConfigError(
            f"`rate` must be < 1 / max(tau) = {1 / tau.max():g}, the decay of the slowest unit alone, got {rate!r}."
        )
