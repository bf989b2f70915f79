"""Networks found among regions without being told: clusters of a model's vectors, and of what needs no model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.protocols import Progress
from interplay._core.rng import stream
from interplay.data import Cohort
from interplay.job.cohort_scans import signal_numbers
from interplay.job.cohort_scores import interval, weighted_means
from interplay.measures.agreement import adjusted_mutual_information
from interplay.measures.region_vectors import region_similarity
from interplay.report.cohort_findings import FoundNetworks, Role

Floats = NDArray[np.float64]
#: Most scans that are clustered, and random beginnings of each clustering.
_MOST, _STARTS = 100, 4


def find_networks(
    cohort: Cohort, rows: NDArray[np.int64], embedding: Any, *, seed: int, progress: Progress
) -> FoundNetworks:
    """Cluster the regions of every scan, and compare the clusters with the networks that the atlas names.

    Parameters
    ----------
    cohort : Cohort
        Its atlas names at least two networks; regions without one are left out.
    rows : int array
        Scans that are clustered: the tested ones.
    embedding : BrainEmbedding or None
        Of the same cohort.
    seed : int
    progress : callable

    Returns
    -------
    FoundNetworks
    """
    rows = rows[:_MOST]
    named = cohort.regions.group != ""
    names, code = np.unique(cohort.regions.group[named], return_inverse=True)
    ways = _ways(cohort, rows, embedding)
    agreement: dict[str, Floats] = {name: np.full(len(rows), np.nan) for name in ways}
    for k, s in enumerate(rows.tolist()):
        for name, (_, _, read) in ways.items():
            found = read(s)
            if found is None:
                continue
            there = np.isfinite(found).any(axis=1) & named
            if there.sum() > len(names):
                mine = clusters(np.nan_to_num(found[there]), len(names), seed=seed, key=f"{name} {s}")
                agreement[name][k] = adjusted_mutual_information(mine, code[there[named]])
        progress(k + 1, len(rows))
    kept = [name for name in ways if np.isfinite(agreement[name]).any()]
    subject = cohort.subject[rows]
    return FoundNetworks(
        name=tuple(kept),
        role=tuple(ways[name][0] for name in kept),
        about=tuple(ways[name][1] for name in kept),
        agreement=np.array([interval(weighted_means(agreement[name], subject, seed)) for name in kept]).reshape(-1, 3),
        n_networks=len(names),
        n_scans=len(rows),
        similarity=None if embedding is None else region_similarity(embedding.embedding[rows], embedding.present[rows]),
    )


def _ways(cohort: Cohort, rows: NDArray[np.int64], embedding: Any) -> dict[str, tuple[Role, str, Any]]:
    """Name what is clustered: its role, what it is, and how it is read of a scan."""
    out: dict[str, tuple[Role, str, Any]] = {}
    if embedding is not None:
        for name, values in (
            ("vectors", embedding.embedding),
            ("vectors of function", embedding.function),
            ("vectors of structure", embedding.structure),
        ):
            if values is not None and (name == "vectors" or embedding.gate is not None):
                out[name] = ("model", f"the model's {name} of a scan's regions", _reader(values))

    def correlations(s: int) -> Floats | None:
        return signal_numbers(np.asarray(cohort.scan(s), np.float64))[1] if cohort.has_function[s] else None

    def weights(s: int) -> Floats | None:
        return np.asarray(cohort.matrix(s), np.float64) if cohort.has_structure[s] else None

    def nothing(s: int) -> Floats:
        return stream(0, "cohort", "random vectors", s).standard_normal((cohort.n_regions, 16))

    if cohort.has_function[rows].any():
        out["rows of correlations"] = ("baseline", "correlations of a region with all others", correlations)
    if cohort.has_structure[rows].any():
        out["rows of structure"] = ("baseline", "weights of a region's edges", weights)
    out["random vectors"] = ("chance", "16 numbers per region, drawn anew", nothing)
    return out


def _reader(values: Floats) -> Any:
    return lambda s: values[s] if np.isfinite(values[s]).any() else None


def clusters(vectors: Floats, n: int, *, seed: int, key: str) -> NDArray[np.int64]:
    """Cluster rows by k-means, the best of several random beginnings.

    Parameters
    ----------
    vectors : (R, D) float64 array
    n : int
        Number of clusters.
    seed : int
    key : str
        Beginnings differ by it.

    Returns
    -------
    (R,) int64 array
        Equal rows share a cluster where there are fewer different ones than clusters.
    """
    from sklearn.cluster import KMeans

    different, place = np.unique(vectors, axis=0, return_inverse=True)
    if len(different) <= n:
        return np.asarray(place.ravel(), dtype=np.int64)
    start = int(stream(seed, "cohort", "clusters", key).integers(2**31 - 1))
    return np.asarray(KMeans(n, n_init=_STARTS, random_state=start).fit_predict(vectors), dtype=np.int64)
