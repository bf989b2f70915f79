"""Subjects found again in their other scan: by a model's vectors, and by what needs no model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import stream
from interplay.data import Cohort
from interplay.job.cohort_baselines import Features
from interplay.job.cohort_scores import interval, weighted_means
from interplay.report.cohort_findings import FoundSubjects, Role
from interplay.stats import identification

Floats = NDArray[np.float64]
#: Fewest subjects to be told apart.
_LEAST = 3


def paired_rows(cohort: Cohort, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Find the scans of subjects with two sessions, both with function.

    Parameters
    ----------
    cohort : Cohort
    rows : int array
        Scans that may be taken.

    Returns
    -------
    (first, second) int arrays, or None
        Of the same subjects in the same order; None where the cohort has not two sessions, or too few subjects both.
    """
    sessions = list(dict.fromkeys(cohort.session[cohort.session != ""].tolist()))
    if len(sessions) != 2:
        return None
    usable = rows[cohort.has_function[rows]]
    sides = [{str(cohort.subject[s]): int(s) for s in usable if cohort.session[s] == name} for name in sessions]
    both = sorted(sides[0].keys() & sides[1].keys())
    if len(both) < _LEAST:
        return None
    return np.array([sides[0][name] for name in both]), np.array([sides[1][name] for name in both])


def find_subjects(
    cohort: Cohort,
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    known: NDArray[np.int64],
    baselines: dict[str, Features],
    embedding: Any,
    *,
    seed: int,
) -> FoundSubjects:
    """Look for every tested subject among all tested ones, in the other session, by function alone.

    Parameters
    ----------
    cohort : Cohort
    pairs : (first, second) int arrays
        From `paired_rows`.
    known : int array
        Training scans: every feature is standardised on them.
    baselines : dict of str to Features
    embedding : BrainEmbedding or None
    seed : int

    Returns
    -------
    FoundSubjects
    """
    ways: dict[str, tuple[Role, Floats]] = {}
    if embedding is not None and embedding.function is not None:
        values = np.where(embedding.present[:, :, None], embedding.function, np.nan)
        ways["vectors of function"] = ("model", values.reshape(len(values), -1))
    for name in ("function, all pairs", "regions, mean and size"):
        if name in baselines:
            ways[name] = ("baseline", baselines[name].values)
    ways["random numbers"] = ("chance", stream(seed, "cohort", "random features").standard_normal((len(cohort), 64)))
    subject = cohort.subject[pairs[0]]
    rows = []
    for _, values in ways.values():
        found = identification(*_standardised(values, pairs, known))
        rows.append((*interval(weighted_means(_hits(found.similarity), subject, seed)), found.differential, found.rank))
    return FoundSubjects(
        name=tuple(ways),
        role=tuple(role for role, _ in ways.values()),
        accuracy=np.array([row[:3] for row in rows]),
        differential=np.array([row[3] for row in rows]),
        rank=np.array([row[4] for row in rows]),
        n_subjects=len(subject),
    )


def _standardised(
    values: Floats, pairs: tuple[NDArray[np.int64], NDArray[np.int64]], known: NDArray[np.int64]
) -> tuple[Floats, Floats]:
    """Scale by the training scans; what a scan lacks is as in their mean, and what is flat there counts for nothing."""
    there = np.isfinite(values[known])
    count = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, values[known], 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(there, values[known] - mean, 0.0) ** 2).sum(axis=0) / count)
    alive = spread > 1e-12 * np.maximum(np.abs(mean), 1e-300)
    first, second = (np.nan_to_num((values[side] - mean)[:, alive] / spread[alive]) for side in pairs)
    return first, second


def _hits(similarity: Floats) -> Floats:
    """Tell of every subject in how many of both directions it was found, as a share; a tie counts as its part."""
    out = np.zeros(len(similarity))
    for way in (similarity, similarity.T):
        filled = np.where(np.isnan(way), -np.inf, way)
        ties = filled == filled.max(axis=1, keepdims=True)
        out += np.diag(ties) / ties.sum(axis=1) / 2
    return out
