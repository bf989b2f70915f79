"""Robust scaling, fitted on training scans only, and what else is learnt from them without a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay.data import Cohort

#: How signals are scaled: by numbers of the training scans, or each scan by its own.
ScaleBy = Literal["training", "scan"]
#: What is done to the entries of structure before they are scaled.
StructureTransform = Literal["none", "log"]
#: Samples that medians are taken over, at most; beyond that, evenly spaced ones of every scan.
_SAMPLES = 1 << 16


@dataclass(frozen=True, eq=False, kw_only=True)
class Scaling:
    """How raw numbers become what the network reads.

    Attributes
    ----------
    by : {"training", "scan"}
    centre, spread : (R,) float64 arrays
        Median and interquartile range of every region over the training scans; a region with a spread of
        0, as a constant one has, is read as 0 throughout.
    transform : {"none", "log"}
        Of structure: as it is, or sign(w) log10(1 + |w|), as for streamline counts.
    structure : float, > 0
        Root mean square of the training matrices' entries off the diagonal, by which all are divided.
    notes : tuple of str
    """

    by: ScaleBy
    centre: NDArray[np.float64]
    spread: NDArray[np.float64]
    transform: StructureTransform
    structure: float
    notes: tuple[str, ...] = ()

    def signal(
        self, values: NDArray[Any], own: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    ) -> NDArray[np.float32]:
        """Scale (T, R) samples of one scan to (R, T); NaN of missing regions becomes 0.

        `own` are the quartiles of the whole scan, where the samples are a part of it and each scan is scaled by itself.
        """
        centre, spread = (self.centre, self.spread) if self.by == "training" else own or quartiles(values)
        out = (values - centre) / np.where(spread > 0, spread, np.inf)
        return np.ascontiguousarray(np.where(np.isnan(out), 0.0, out).T, dtype=np.float32)

    def weights(self, matrix: NDArray[Any]) -> NDArray[np.float32]:
        """Scale one (R, R) matrix; NaN of missing regions becomes 0."""
        out = transformed(np.nan_to_num(np.asarray(matrix, np.float64), nan=0.0), self.transform)
        return (out / self.structure).astype(np.float32)


def quartiles(values: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give median and interquartile range of the columns of (T, R) samples, (R,) each; NaN where all are NaN."""
    there = ~np.isnan(values).any(axis=0)
    found = np.full((3, values.shape[1]), np.nan)
    if there.any():
        found[:, there] = np.quantile(values[:, there].astype(np.float64), (0.25, 0.5, 0.75), axis=0)
    return found[1], found[2] - found[0]


def transformed(matrix: NDArray[np.float64], transform: StructureTransform) -> NDArray[np.float64]:
    """Apply the transform of structure, entry by entry."""
    return np.sign(matrix) * np.log10(1 + np.abs(matrix)) if transform == "log" else matrix


def regions_of(cohort: Cohort, s: int) -> NDArray[np.bool_]:
    """Tell which regions scan s has, (R,).

    Raises
    ------
    DataError
        If a region is NaN at some times only, or a value is infinite.
    """
    values = cohort.scan(s)
    bad = ~np.isfinite(values)
    missing = bad.all(axis=0)
    partly = bad.any(axis=0) & ~missing
    if partly.any() or np.isinf(values).any():
        r = int(np.argmax(partly)) if partly.any() else int(np.argmax(np.isinf(values).any(axis=0)))
        t = int(np.argmax(bad[:, r]))
        raise DataError(
            f"a region must have a finite value at every sample of a scan, or be NaN throughout: {cohort.named(s)}, "
            f"region {str(cohort.regions.id[r])!r}, sample {t} is {values[t, r]}. Cut the scan there, "
            "fill the gap by a rule of your own, or mark the region as missing."
        )
    if missing.all():
        raise DataError(f"{cohort.named(s)} has no region with a value. Leave it out.")
    return np.asarray(~missing)


def nodes_of(cohort: Cohort, s: int) -> NDArray[np.bool_]:
    """Tell which regions the structure of scan s has, (R,): a missing one is NaN in its row and its column.

    Raises
    ------
    DataError
        If single entries are NaN, or an entry is infinite.
    """
    matrix = np.asarray(cohort.matrix(s))
    bad = ~np.isfinite(matrix)
    off = bad | np.eye(len(matrix), dtype=bool)
    missing = off.all(axis=0) & off.all(axis=1) & bad.any(axis=0)
    left = bad & ~missing[:, None] & ~missing[None, :]
    if left.any() or np.isinf(matrix).any():
        i, j = (int(k) for k in np.argwhere(left if left.any() else np.isinf(matrix))[0])
        raise DataError(
            f"structure must be finite, or NaN in whole rows and columns of missing regions: {cohort.named(s)}, "
            f"entry [{i}, {j}] is {matrix[i, j]}. Give 0 for an edge that is not there."
        )
    return np.asarray(~missing)


def fit_scaling(
    cohort: Cohort, rows: NDArray[np.int64], *, by: ScaleBy = "training", transform: StructureTransform = "none"
) -> Scaling:
    """Fit the scaling on some scans.

    Parameters
    ----------
    cohort : Cohort
    rows : (K,) int array
        The training scans; no other is read.
    by : {"training", "scan"}
    transform : {"none", "log"}

    Returns
    -------
    Scaling

    Notes
    -----
    One pass, one scan in memory at a time, beside at most 65 536 samples for the medians.
    """
    notes: list[str] = []
    n = cohort.n_regions
    with_function = rows[cohort.has_function[rows]]
    centre, spread = np.zeros(n), np.ones(n)
    if len(with_function):
        centre, spread = _pooled(cohort, with_function, notes)
        flat = cohort.regions.id[np.isfinite(spread) & (spread == 0)]
        if len(flat) and by == "training":
            names = ", ".join(flat[:5])
            notes.append(f"regions with an interquartile range of 0 in the training scans are read as 0: {names} ...")
        unseen = np.isnan(spread)
        if unseen.any():
            names = ", ".join(cohort.regions.id[unseen][:5])
            notes.append(f"{int(unseen.sum())} regions are missing from all training scans ({names}): not scaled")
            centre, spread = np.where(unseen, 0.0, centre), np.where(unseen, 1.0, spread)
    square, count = 0.0, 0
    largest = 0.0
    for s in rows[cohort.has_structure[rows]]:
        nodes = nodes_of(cohort, int(s))
        raw = np.asarray(cohort.matrix(int(s)), np.float64)[np.ix_(nodes, nodes)]
        matrix = transformed(raw, transform)[~np.eye(int(nodes.sum()), dtype=bool)]
        square, count = square + float((matrix**2).sum()), count + matrix.size
        largest = max(largest, float(np.abs(raw).max(initial=0.0)))
    if largest > 1000 and transform == "none":
        notes.append(
            f'structure has entries up to {largest:.3g}, as raw streamline counts do: transform="log" is usual then'
        )
    size = float(np.sqrt(square / count)) if count else 0.0
    if count and size == 0:
        notes.append("structure of the training scans has no edge at all")
    return Scaling(by=by, centre=centre, spread=spread, transform=transform, structure=size or 1.0, notes=tuple(notes))


def _pooled(cohort: Cohort, rows: NDArray[np.int64], notes: list[str]) -> tuple[NDArray[Any], NDArray[Any]]:
    total = int(cohort.lengths[rows].sum())
    stride = -(-total // _SAMPLES)
    if stride > 1:
        notes.append(f"medians are taken over every {stride}th of the {total} training samples")
    parts = []
    for s in rows:
        regions_of(cohort, int(s))
        parts.append(np.asarray(cohort.scan(int(s))[::stride], np.float64))
    pool = np.concatenate(parts)
    found = np.full((3, cohort.n_regions), np.nan)
    for r in range(cohort.n_regions):
        column = pool[:, r]
        column = column[~np.isnan(column)]
        if len(column):
            found[:, r] = np.quantile(column, (0.25, 0.5, 0.75))
    return found[1], found[2] - found[0]


def training_moments(
    cohort: Cohort, rows: NDArray[np.int64], scaling: Scaling
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give covariance and mean correlation of the regions over some scans.

    Parameters
    ----------
    cohort : Cohort
    rows : (K,) int array
        Scans with function.
    scaling : Scaling

    Returns
    -------
    tuple of (R, R) float64 arrays
        Covariance of the scaled signals, each scan about its own mean, pooled over samples; and the mean over scans of
        Pearson's correlation. Pairs that no scan has together, or that
        never change, are 0.
    """
    n = cohort.n_regions
    product, samples, correlation, scans = (np.zeros((n, n)) for _ in range(4))
    for s in rows:
        there = regions_of(cohort, int(s))
        x = scaling.signal(cohort.scan(int(s))).astype(np.float64)
        x = x - x.mean(axis=1, keepdims=True)
        square = x @ x.T
        moving = there & (np.diag(square) > 0)
        pairs, alive = np.outer(there, there), np.outer(moving, moving)
        product += square * pairs
        samples += pairs * x.shape[1]
        size = np.sqrt(np.where(moving, np.diag(square), 1.0))
        correlation += np.where(alive, square / np.outer(size, size), 0.0)
        scans += alive
    return product / np.maximum(samples, 1), correlation / np.maximum(scans, 1)
