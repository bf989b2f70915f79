"""How well `CircuitFit` finds a circuit that is known because it made the recording."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from interplay._core.checks import Shapes
from interplay._core.errors import DataError
from interplay._core.provenance import digest
from interplay.circuits.fit_results import CircuitFitResult, FitRecovery, require_fit
from interplay.measures.recovery import roc_auc

Floats = NDArray[np.float64]


def fit_recovery(
    fit: CircuitFitResult, truth: ArrayLike, *, trivial: Mapping[str, ArrayLike] | None = None
) -> FitRecovery:
    """Score a fit against the true weights.

    Parameters
    ----------
    fit : CircuitFitResult
    truth : (N, N) or (S, N, N) float array
        True weights of the units that were fitted, `truth[post, pre]`, for all windows or for each.
    trivial : mapping of str to (N, N) or (S, N, N) float arrays, or None
        Scores that stand beside, for example correlations; NaN counts as 0.

    Returns
    -------
    FitRecovery

    Raises
    ------
    DataError
        If shapes do not fit.

    Notes
    -----
    Own weights are left out of every score but coverage. Cost: one certificate per window and per different truth.
    """
    require_fit(fit)
    windows, n = fit.rates.shape
    true = _spread("truth", truth, windows, n)
    scores = {"circuit": fit.weights}
    for name, value in (trivial or {}).items():
        if name in ("circuit", "all excitatory"):
            raise DataError(f"`trivial` must not use the name {name!r}, which is taken. Choose another name.")
        scores[name] = np.nan_to_num(_spread(name, value, windows, n))
    off = ~np.eye(n, dtype=bool)
    pairs = {name: value[:, off] for name, value in scores.items()}
    real = true[:, off]
    present, known = true != 0, ~np.isnan(fit.low)
    inside = (fit.low <= true) & (true <= fit.high)
    away = (fit.low > 0) | (fit.high < 0)
    exists, missing = present & known, ~present & known
    verdicts = _verdicts(fit, true)
    return FitRecovery(
        config={"trivial": tuple(scores)[1:]},
        made_from=digest(fit.made_from, fit.weights, true),
        bounds=fit.bounds,
        correlation={k: np.array([_correlation(a, b) for a, b in zip(v, real, strict=True)]) for k, v in pairs.items()},
        edge_auc={
            k: np.array([roc_auc(b != 0, np.abs(a)) for a, b in zip(v, real, strict=True)]) for k, v in pairs.items()
        },
        sign_accuracy=_sign_accuracy(fit, true, scores, off),
        slope=np.array([_slope(a, b) for a, b in zip(pairs["circuit"], real, strict=True)]),
        covered_present=_share(inside, exists),
        covered_absent=_share(inside, missing),
        detected=_share(away, exists),
        false_detected=_share(away, missing),
        half_width=np.array(
            [
                np.median((h - w)[e]) / 2 if e.any() else np.nan
                for w, h, e in zip(fit.low, fit.high, exists, strict=True)
            ]
        ),
        verdict=verdicts[0],
        true_verdict=verdicts[1],
    )


def _spread(name: str, value: ArrayLike, windows: int, n: int) -> Floats:
    array = np.asarray(value)
    shape = Shapes(S=windows, N=n).array(name, array, "N N" if array.ndim == 2 else "S N N", finite=False)
    return np.broadcast_to(shape, (windows, n, n)).astype(np.float64)


def _correlation(a: Floats, b: Floats) -> float:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _slope(found: Floats, true: Floats) -> float:
    spread = true - true.mean()
    power = float(spread @ spread)
    return float(spread @ found) / power if power else float("nan")


def _share(hits: NDArray[np.bool_], among: NDArray[np.bool_]) -> Floats:
    return np.array([h[a].mean() if a.any() else np.nan for h, a in zip(hits, among, strict=True)])


def _sign_accuracy(
    fit: CircuitFitResult, true: Floats, scores: Mapping[str, Floats], off: NDArray[np.bool_]
) -> dict[str, float]:
    """Compare signs of columns; a unit counts if all its true weights have one sign."""
    excites, inhibits = (true > 0).any(axis=(0, 1)), (true < 0).any(axis=(0, 1))
    counted = excites ^ inhibits
    sign = np.where(excites, 1, -1)[counted]
    if not counted.any():
        return dict.fromkeys([*scores, "all excitatory"], float("nan"))
    column = {name: np.where(off, value, 0.0).sum(axis=(0, 1)) for name, value in scores.items()}
    if fit.sign_source != "free":
        column["circuit"] = fit.sign.astype(np.float64)
    shares = {name: float((np.sign(value[counted]) == sign).mean()) for name, value in column.items()}
    return shares | {"all excitatory": float((sign > 0).mean())}


def _verdicts(fit: CircuitFitResult, true: Floats) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    from interplay.circuits.certificates import diagonal_stability

    inverse = 1.0 / fit.circuit(0).max_slopes
    if not np.isfinite(inverse).all() or (inverse == 0).any():
        nothing = np.full(len(true), "undecided")
        return nothing, nothing.copy()
    seen: dict[bytes, str] = {}

    def verdict(weights: Floats) -> str:
        key = weights.tobytes()
        if key not in seen:
            seen[key] = diagonal_stability(weights - np.diag(inverse)).verdict
        return seen[key]

    return np.array([verdict(w) for w in fit.weights]), np.array([verdict(w) for w in true])
