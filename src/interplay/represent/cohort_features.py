"""What a scan says without a model: the features that every model of cohorts must beat."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import ConfigError, DataError, unknown_name
from interplay.data import Cohort

Kind = Literal["function", "regions", "structure", "both"]
Floats = NDArray[np.float64]


def scan_features(
    cohort: Cohort, kind: Kind = "function", *, fisher: bool = True, transform: Literal["none", "log"] = "none"
) -> Floats:
    """Take features from every scan.

    Parameters
    ----------
    cohort : Cohort
    kind : {"function", "regions", "structure", "both"}
        "function": correlations of all pairs of regions. "regions": mean and standard deviation (divisor T) of every
        region. "structure": weights of all pairs; of all ordered pairs where the two directions of any matrix differ by
        more than 1e-9 of its largest weight. "both": "function" and "structure" side by side.
    fisher : bool
        Correlations as their inverse hyperbolic tangent, held within 1 - 1e-9 of zero.
    transform : {"none", "log"}
        Of weights; "log" is sign(w) log10(1 + abs(w)).

    Returns
    -------
    (S, F) float64 array
        F is R (R - 1) / 2 or R (R - 1), 2 R for "regions", their sum for "both". NaN where a scan lacks the modality or
        a region, and for correlations of a region that is constant or has samples missing.

    Raises
    ------
    ConfigError
        If a word is unknown.
    DataError
        If no scan has what is asked for.

    Notes
    -----
    Pairs are in the order of ``numpy.triu_indices(R, 1)``; ordered pairs row by row, the diagonal left out. Cost
    O(L R^2) over the L samples of all scans.

    Examples
    --------
    >>> from interplay.circuits import simulate_cohort
    >>> scan_features(simulate_cohort(n_subjects=3, n_regions=10, times=20), "both").shape
    (3, 90)
    """
    for name, value, valid in (("kind", kind, Kind), ("transform", transform, Literal["none", "log"])):
        if value not in get_args(valid):
            raise ConfigError(unknown_name(f"`{name}`", str(value), get_args(valid)))
    if kind == "both":
        parts = [scan_features(cohort, part, fisher=fisher, transform=transform) for part in ("function", "structure")]
        return np.concatenate(parts, axis=1)
    has = cohort.has_structure if kind == "structure" else cohort.has_function
    if not has.any():
        lacking = "structure" if kind == "structure" else "function"
        raise DataError(f"`cohort` must hold scans with {lacking} for {kind!r} features, got none. Ask for others.")
    if kind == "structure":
        return _weights(cohort, transform)
    size = 2 * cohort.n_regions if kind == "regions" else cohort.n_regions * (cohort.n_regions - 1) // 2
    out = np.full((len(cohort), size), np.nan)
    for s in np.flatnonzero(has).tolist():
        values = np.asarray(cohort.scan(s), dtype=np.float64)
        out[s] = np.concatenate([values.mean(axis=0), values.std(axis=0)]) if kind == "regions" else _pairs(values)
    return np.asarray(np.arctanh(np.clip(out, -1 + 1e-9, 1 - 1e-9))) if kind == "function" and fisher else out


def _pairs(values: Floats) -> Floats:
    mean, spread = values.mean(axis=0), values.std(axis=0)
    # What is left of a constant after its mean is taken off is rounding.
    alive = spread > 1e-12 * np.maximum(np.abs(mean), 1e-300)
    scaled = (values - mean) / np.where(alive, spread, np.nan)
    return np.asarray((scaled.T @ scaled / len(values))[np.triu_indices(values.shape[1], 1)])


def _weights(cohort: Cohort, transform: str) -> Floats:
    rows = np.flatnonzero(cohort.has_structure).tolist()
    directed = any(_directed(np.asarray(cohort.matrix(s), dtype=np.float64)) for s in rows)
    apart = ~np.eye(cohort.n_regions, dtype=bool)
    kept = apart if directed else np.triu(apart)
    out = np.full((len(cohort), int(kept.sum())), np.nan)
    for s in rows:
        weight = np.asarray(cohort.matrix(s), dtype=np.float64)[kept]
        out[s] = np.sign(weight) * np.log10(1 + np.abs(weight)) if transform == "log" else weight
    return out


def _directed(weight: Floats) -> bool:
    """Tell whether more than rounding stands between the two directions."""
    size = np.nanmax(np.abs(weight), initial=0.0)
    return not np.allclose(weight, weight.T, rtol=0.0, atol=1e-9 * size, equal_nan=True)
