"""Hidden regions told from the others: over the tested subjects, with intervals, beside simpler ways."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay.job.cohort_scores import interval, weighted_means
from interplay.report.cohort_findings import ToldRegions


def told_regions(found: Any, *, seed: int) -> ToldRegions:
    """Average the scores of hidden regions over subjects.

    Parameters
    ----------
    found : BrainReconstruction
        Of the tested scans.
    seed : int
        Of the draws of subjects.

    Returns
    -------
    ToldRegions
    """
    names = tuple(found.r2)
    means = {
        score: {name: weighted_means(getattr(found, score)[name], found.subject, seed) for name in names}
        for score in ("r2", "correlation", "error")
    }

    def shown(score: str) -> NDArray[np.float64]:
        return np.array([interval(means[score][name]) for name in names])

    r2 = means["r2"]
    others = [name for name in names if name not in ("model", "permuted")]
    best = max(others, key=lambda name: r2[name][0] if np.isfinite(r2[name][0]) else -np.inf)
    return ToldRegions(
        name=names,
        r2=shown("r2"),
        correlation=shown("correlation"),
        error=shown("error"),
        difference=interval(r2["model"] - r2[best]),
        compared=best,
        n_subjects=len(np.unique(found.subject)),
        n_scans=len(found.subject),
        n_hidden=round(float(found.hidden.sum(axis=1).mean())),
    )
