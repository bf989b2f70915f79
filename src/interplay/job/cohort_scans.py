"""What the scans of a cohort are: lengths, gaps, quality in numbers, and the mean of function and structure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.protocols import Progress
from interplay.data import Cohort
from interplay.report.cohort_findings import CohortScans

#: A mean below so many standard deviations is that of a centred series: its ratio to noise says nothing.
_CENTRED = 0.5
#: Scans further than so many scaled median deviations from the median are named.
_FAR = 5.0
#: Correlations are cut here before Fisher's z.
_MOST = 1 - 1e-9
#: Numbers by which a scan may stand out, and how they are called.
_WATCHED = {
    "mean_correlation": "mean correlation",
    "step": "change from sample to sample",
    "largest_jump": "largest jump",
    "density": "density of structure",
}


def describe_scans(cohort: Cohort, *, progress: Progress | None = None) -> CohortScans:
    """Describe every scan, one in memory at a time.

    Parameters
    ----------
    cohort : Cohort
    progress : callable or None

    Returns
    -------
    CohortScans
        With these columns. samples; missing_regions (NaN throughout), constant_regions; signal_to_noise: median over
        regions of mean over standard deviation, NaN for centred series; step: root mean square of the change from
        sample to sample over the standard deviation, median over regions, in [0, 2] (sqrt 2 for white noise);
        largest_jump: the largest change of all regions together over its median; mean_correlation of all pairs;
        edges, density (share of pairs with an edge), negative (share of edges below 0), asymmetry (|W - W'| over
        |W| + |W'|) of structure.
    """
    rows: list[dict[str, Any]] = []
    together = [_Mean(cohort.n_regions), _Mean(cohort.n_regions)]
    for s in range(len(cohort)):
        row: dict[str, Any] = {"samples": int(cohort.lengths[s])}
        if cohort.has_function[s]:
            values = np.asarray(cohort.scan(s), dtype=np.float64)
            found, correlation = signal_numbers(values)
            row |= found
            together[0].add(np.arctanh(np.clip(correlation, -_MOST, _MOST)))
        if cohort.has_structure[s]:
            matrix = np.asarray(cohort.matrix(s), dtype=np.float64)
            row |= structure_numbers(matrix)
            together[1].add(matrix)
        rows.append(row)
        if progress is not None:
            progress(s + 1, len(cohort))
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns: dict[str, NDArray[Any]] = {"subject": cohort.subject, "session": cohort.session}
    columns |= {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}
    correlation = np.tanh(together[0].value())
    np.fill_diagonal(correlation, 1.0)
    return CohortScans(
        columns=columns,
        regions=cohort.regions.id,
        networks=cohort.regions.group,
        correlation=correlation,
        structure=together[1].value() if cohort.has_structure.any() else None,
        dt_s=cohort.dt_s,
        digest=cohort.digest,
        notes=(*cohort.notes, *_remarks(cohort, columns)),
    )


class _Mean:
    """A mean of matrices that leaves NaN out."""

    def __init__(self, n: int) -> None:
        self.total, self.count = np.zeros((n, n)), np.zeros((n, n))

    def add(self, matrix: NDArray[np.float64]) -> None:
        there = np.isfinite(matrix)
        self.total += np.where(there, matrix, 0.0)
        self.count += there

    def value(self) -> NDArray[np.float64]:
        return np.where(self.count > 0, self.total / np.maximum(self.count, 1), np.nan)


def signal_numbers(values: NDArray[np.float64]) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Put one scan into numbers.

    Parameters
    ----------
    values : (T, R) float64 array
        A region with a NaN counts as missing where it is NaN throughout, and as broken otherwise.

    Returns
    -------
    numbers : dict
        See `describe_scans`.
    correlation : (R, R) float64 array
        NaN for regions that are missing, broken or constant.
    """
    absent = np.isnan(values).all(axis=0)
    broken = np.isnan(values).any(axis=0) & ~absent
    mean = np.full(values.shape[1], np.nan)
    spread = mean.copy()
    whole = ~(absent | broken)
    mean[whole], spread[whole] = values[:, whole].mean(axis=0), values[:, whole].std(axis=0)
    flat = whole & (spread <= 1e-12 * np.maximum(np.abs(mean), 1e-300))
    alive = whole & ~flat
    out: dict[str, Any] = {
        "missing_regions": int(absent.sum()),
        "broken_regions": int(broken.sum()),
        "constant_regions": int(flat.sum()),
        "signal_to_noise": np.nan,
        "step": np.nan,
        "largest_jump": np.nan,
        "mean_correlation": np.nan,
    }
    correlation = np.full((values.shape[1],) * 2, np.nan)
    if not alive.any() or len(values) < 3:
        return out, correlation
    scaled = (values[:, alive] - mean[alive]) / spread[alive]
    ratio = float(np.median(np.abs(mean[alive]) / spread[alive]))
    out["signal_to_noise"] = ratio if ratio > _CENTRED else np.nan
    change = np.diff(scaled, axis=0)
    out["step"] = float(np.median(np.sqrt((change**2).mean(axis=0))))
    jump = np.sqrt((change**2).mean(axis=1))
    out["largest_jump"] = float(jump.max() / np.median(jump)) if np.median(jump) > 0 else np.nan
    pairs = scaled.T @ scaled / len(scaled)
    correlation[np.ix_(alive, alive)] = pairs
    if len(pairs) > 1:
        out["mean_correlation"] = float(pairs[~np.eye(len(pairs), dtype=bool)].mean())
    return out, correlation


def structure_numbers(matrix: NDArray[np.float64]) -> dict[str, Any]:
    """Put one connectivity matrix into numbers.

    Parameters
    ----------
    matrix : (R, R) float64 array
        NaN in rows and columns of missing regions.

    Returns
    -------
    dict
        See `describe_scans`.
    """
    off = ~np.eye(len(matrix), dtype=bool) & np.isfinite(matrix)
    edges = matrix[off]
    there = edges != 0
    size = np.abs(matrix) + np.abs(matrix.T)
    both = off & off.T
    total = float(size[both].sum())
    return {
        "edges": int(there.sum()),
        "density": float(there.mean()) if len(edges) else np.nan,
        "negative": float((edges < 0).sum() / there.sum()) if there.any() else np.nan,
        "asymmetry": float(np.abs(matrix - matrix.T)[both].sum() / total) if total > 0 else np.nan,
        "largest_weight": float(np.abs(edges).max()) if len(edges) else np.nan,
    }


def _remarks(cohort: Cohort, columns: dict[str, NDArray[Any]]) -> list[str]:
    """Say what a reader must know before trusting anything made of these scans."""
    out = []
    for name, said in (
        ("missing_regions", "lack regions"),
        ("broken_regions", "have regions with gaps, which the model refuses"),
        ("constant_regions", "have regions that never change, which correlate with nothing"),
    ):
        if name in columns:
            count = int((np.nan_to_num(columns[name]) > 0).sum())
            out += [f"{count} of {len(cohort)} scans {said}."] if count else []
    if "edges" in columns and (columns["edges"] == 0).any():
        empty = int((columns["edges"] == 0).sum())
        out.append(f"{empty} of {len(cohort)} scans have structure without a single edge.")
    alone = int((cohort.has_function ^ cohort.has_structure).sum())
    if alone and cohort.has_function.any() and cohort.has_structure.any():
        out.append(f"{alone} of {len(cohort)} scans have function or structure, not both.")
    if "largest_weight" in columns and np.nanmax(columns["largest_weight"], initial=0.0) > 1000:
        out.append(
            f"Structure reaches {np.nanmax(columns['largest_weight']):.3g}, as raw streamline counts do: "
            "--cohort-transform log is usual then."
        )
    if "signal_to_noise" in columns and np.isnan(columns["signal_to_noise"]).all():
        out.append("The signals are centred, so that no ratio of signal to noise can be given.")
    for name, said in _WATCHED.items():
        if name not in columns:
            continue
        far = _far(columns[name])
        if len(far):
            who = ", ".join(_who(cohort, int(s)) for s in far[:5])
            out.append(
                f"{len(far)} of {len(cohort)} scans stand out by their {said}: {who}{' ...' if len(far) > 5 else ''}. "
                "Nothing was left out."
            )
    return out


def _far(values: NDArray[Any]) -> NDArray[np.int64]:
    """Find values far from the median in scaled median deviations; none among few."""
    known = np.isfinite(values)
    if known.sum() < 8:
        return np.empty(0, dtype=np.int64)
    middle = np.median(values[known])
    deviation = 1.4826 * np.median(np.abs(values[known] - middle))
    if deviation == 0:
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(known & (np.abs(values - middle) > _FAR * deviation))


def _who(cohort: Cohort, s: int) -> str:
    session = str(cohort.session[s])
    return f"{cohort.subject[s]} ({session})" if session else str(cohort.subject[s])
