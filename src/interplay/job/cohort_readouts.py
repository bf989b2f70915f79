"""Covariates read out of scans: by the model, by what needs no model, and by chance, of the same subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from interplay.data import Cohort
from interplay.job.cohort_baselines import Features, linear_readout, shuffled_readout, usual_answer
from interplay.job.cohort_scores import Judge
from interplay.job.cohort_targets import CohortTask
from interplay.report.cohort_findings import OF_KIND, CohortReadout, CohortScore

Floats = NDArray[np.float64]


def tell_linearly(
    features: Mapping[str, Features], task: CohortTask, cohort: Cohort, *, seed: int
) -> dict[str, Floats]:
    """Foretell one covariate from every kind of features, and after its labels were shuffled.

    Parameters
    ----------
    features : mapping of name to Features
    task : CohortTask
    cohort : Cohort
    seed : int

    Returns
    -------
    dict of str to (n,) or (n, P) float64 array
        By name of the features; "shuffled NAME" for the first of them.
    """
    out = {name: linear_readout(one, task, cohort.subject, seed=seed) for name, one in features.items()}
    if features:
        first = next(iter(features))
        out[f"shuffled {first}"] = shuffled_readout(features[first], task, cohort.subject, seed=seed)
    return out


def readout_of(
    task: CohortTask,
    cohort: Cohort,
    models: Mapping[str, tuple[Floats, str]],
    baselines: Mapping[str, tuple[Floats, str]],
    shuffled: Floats | None,
    *,
    seed: int,
    notes: Sequence[str] = (),
) -> CohortReadout:
    """Score all ways of telling one covariate.

    Parameters
    ----------
    task : CohortTask
    cohort : Cohort
    models, baselines : mapping of name to (foretold of the tested scans, what it reads and how)
    shuffled : (n, P) float64 array or None
        What the first baseline foretells after its labels were shuffled.
    seed : int
        Of the draws of subjects.
    notes : sequence of str

    Returns
    -------
    CohortReadout
    """
    truth, subject = task.code[task.test], cohort.subject[task.test]
    spread = float(np.var(task.code[task.told])) or 1.0
    judge = Judge.of(task.kind, truth, subject, classes=task.classes, scale=spread, seed=seed)
    main = OF_KIND[task.kind][0]

    def ranked(ways: Mapping[str, tuple[Floats, str]], role: str) -> list[CohortScore]:
        rows = [judge.row(name, role, about, told) for name, (told, about) in ways.items()]  # type: ignore[arg-type]
        return sorted(rows, key=lambda row: -row.value[main] if np.isfinite(row.value[main]) else np.inf)

    mine, theirs = ranked(models, "model"), ranked(baselines, "baseline")
    usual = "the most frequent class" if task.classes else "the mean"
    chance = [judge.row(f"always {usual}", "chance", "of the labelled scans", usual_answer(task))]
    if shuffled is not None:
        chance.append(_by_chance(judge, shuffled, next(iter(baselines))))
    difference, compared = (float("nan"),) * 3, ("", "")
    if mine and theirs:
        compared = (mine[0].name, theirs[0].name)
        difference = judge.difference(models[compared[0]][0], baselines[compared[1]][0])
    truth_shown = np.array(task.classes)[truth.astype(np.int64)] if task.classes else truth
    counts = [len(np.unique(cohort.subject[rows])) for rows in (task.train, task.validation, task.test)]
    return CohortReadout(
        target=task.name,
        kind=task.kind,  # type: ignore[arg-type]
        classes=task.classes,
        rows=(*mine, *theirs, *chance),
        truth=truth_shown,
        subject=subject,
        n_labelled=counts[0],
        n_watched=counts[1],
        n_tested=counts[2],
        difference=difference,
        compared=compared,
        notes=tuple(notes),
    )


def _by_chance(judge: Judge, shuffled: Floats, name: str) -> CohortScore:
    """Give the mean over shufflings of every score, and the middle 95 % of them."""
    once = Judge(judge.kind, judge.truth, judge.classes, judge.scale, judge.weights[:1])
    found = [once.scores(shuffled[:, k]) for k in range(shuffled.shape[1])]
    value, low, high = {}, {}, {}
    for score in OF_KIND[judge.kind]:
        values = np.array([row[score][0] for row in found])
        known = values[np.isfinite(values)]
        value[score] = float(known.mean()) if len(known) else float("nan")
        low[score], high[score] = (map(float, np.quantile(known, (0.025, 0.975)))) if len(known) else (np.nan, np.nan)
    return CohortScore(
        name="shuffled labels",
        role="chance",
        about=f"{name}, its labels shuffled {shuffled.shape[1]} times: mean, and the middle 95 % of the shufflings",
        value=value,
        low=low,
        high=high,
        predicted=np.empty(0),
    )
