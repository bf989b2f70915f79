"""What regions draw on, by network, and where it differs between two sessions of the same subjects."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError
from interplay._core.protocols import Progress
from interplay.data import Cohort
from interplay.job.cohort_scans import signal_numbers
from interplay.job.cohort_size import CohortSize
from interplay.job.plan import Plan

#: Numbers that the maps of all scans may take up together.
_ROOM = 100_000_000
#: Arrangements of sessions that are tried.
_RESAMPLES = 9999


def attend(plan: Plan, size: CohortSize, model: Any, cohort: Cohort, progress: Progress) -> dict[str, Any]:
    """Read the attention of a trained model.

    Parameters
    ----------
    plan : Plan
    size : CohortSize
    model : BrainModel
    cohort : Cohort
    progress : callable

    Returns
    -------
    dict
        importance : AttentionImportance; change, change_correlation : AttentionChange or None, of attention and of
        plain correlations, where the scans are of two sessions; notes : tuple of str, what was left out and why.
    """
    from interplay.explain import BrainAttention

    notes: list[str] = []
    most = max(4, _ROOM // cohort.n_regions**2)
    if len(cohort) > most:
        names = np.unique(cohort.subject)
        per = len(cohort) / len(names)
        kept = names[: max(2, int(most / per))]
        cohort = cohort.take(np.isin(cohort.subject, kept))
        notes.append(f"Attention is of the first {len(kept)} of {len(names)} subjects: more maps take too much memory.")
    maps = size.config.attention(model, cohort, which="cross", device=plan.device)
    progress(1, 2)
    reader = BrainAttention()
    importance = reader.importance(maps, cohort)
    sessions = list(dict.fromkeys(cohort.session[cohort.session != ""].tolist()))
    found: dict[str, Any] = {"change": None, "change_correlation": None}
    if len(sessions) == 2:
        for name, what in (("change", "attention"), ("change_correlation", "plain correlations")):
            if name == "change_correlation":
                reader, maps = BrainAttention(unit="raw"), correlation_maps(cohort)
            try:
                found[name] = reader.change(
                    maps,
                    cohort,
                    first=sessions[0],
                    second=sessions[1],
                    families=("block", "network") if len(importance.network_names) else ("region",),
                    resamples=_RESAMPLES,
                    seed=plan.seed,
                )
            except DataError as error:
                notes.append(f"The sessions were not compared by {what}: {error}")
    elif len(sessions) > 2:
        notes.append(f"There are {len(sessions)} sessions: two are compared, so that none were.")
    progress(2, 2)
    return {"importance": importance, **found, "notes": tuple(notes)}


def correlation_maps(cohort: Cohort) -> NDArray[np.float64]:
    """Give Pearson's correlations of every scan, as maps to be compared beside attention.

    Parameters
    ----------
    cohort : Cohort

    Returns
    -------
    (S, R, R) float64 array
        NaN for regions that a scan lacks; NaN throughout for a scan without function, or with a region that never
        changes.
    """
    out = np.full((len(cohort), cohort.n_regions, cohort.n_regions), np.nan)
    for s in np.flatnonzero(cohort.has_function).tolist():
        values = np.asarray(cohort.scan(s), dtype=np.float64)
        there = ~np.isnan(values).all(axis=0)
        found = signal_numbers(values)[1]
        if np.isfinite(found[np.ix_(there, there)]).all():
            out[s] = found
    return out
