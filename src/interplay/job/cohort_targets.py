"""Which covariates of a cohort are read out, and which subjects are learnt from and scored."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from interplay._core.errors import DataError, unknown_name
from interplay._core.rng import stream
from interplay.data import Cohort
from interplay.data.cohort import CohortSplit
from interplay.job.plan import Plan

#: How the names of what stands behind a simulated cohort begin: its truth, which is read out where it is named.
TRUTH = "cause_"
#: Covariates that are read out without being named, at most: the first of the cohort.
MOST = 4
#: Fewest subjects with a known value, to learn from and to be scored on, before a covariate is read out.
LEAST_LABELLED, LEAST_TESTED = 10, 6
#: A number with at most so many different whole values is taken as classes; a class needs so many labelled subjects.
_FEW_VALUES, _LEAST_OF_CLASS = 4, 3
#: Most classes of a covariate.
_MOST_CLASSES = 12
#: Share of the subjects that trainings are stopped by.
_WATCHED = 0.15


@dataclass(frozen=True, eq=False, kw_only=True)
class CohortTask:
    """One covariate, and whose is known when.

    Attributes
    ----------
    name : str
    kind : {"number", "class"}
    classes : tuple of str
    code : (S,) float64 array
        The number, or the number of the class; NaN where unknown.
    train, validation, test : int arrays
        Scans whose value is told, by which trainings are stopped, and that are scored: all known.
    """

    name: str
    kind: str
    classes: tuple[str, ...]
    code: NDArray[np.float64]
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]

    @property
    def told(self) -> NDArray[np.int64]:
        """Scans whose value some training sees, rising."""
        return np.sort(np.concatenate([self.train, self.validation]))


def split_cohort(plan: Plan, cohort: Cohort) -> tuple[CohortSplit, tuple[str, ...]]:
    """Split by subject; with fewer than four, nothing is held out.

    Parameters
    ----------
    plan : Plan
    cohort : Cohort

    Returns
    -------
    split : CohortSplit
    notes : tuple of str
    """
    n = cohort.n_subjects
    none = np.empty(0, dtype=np.int64)
    if n < 2:
        return CohortSplit(np.arange(len(cohort)), none, none), (
            "There is one subject: nothing is held out, and nothing can be scored.",
        )
    watched = _WATCHED if n >= 4 else 0.0
    try:
        return cohort.split(validation=watched, test=plan.cohort_test, seed=plan.seed), ()
    except DataError:
        test = min(plan.cohort_test, 1 - 1 / n)
        return cohort.split(validation=0.0, test=test, seed=plan.seed), (
            f"There are {n} subjects: none is left to stop trainings by.",
        )


def choose_tasks(plan: Plan, cohort: Cohort, split: CohortSplit) -> tuple[tuple[CohortTask, ...], tuple[str, ...]]:
    """Choose the covariates to read out.

    Parameters
    ----------
    plan : Plan
        A covariate that it names must be fit to be read out; of "auto", the first four that are.
    cohort : Cohort
    split : CohortSplit

    Returns
    -------
    tasks : tuple of CohortTask
    notes : tuple of str
        What was left out, and why.

    Raises
    ------
    DataError
        If a named covariate is unknown, or is not fit.
    """
    names = plan.cohort_target
    if names == ("none",):
        return (), ("No covariate was asked to be read out.",)
    if names == ("auto",):
        found, notes = [], []
        for name in cohort.covariates:
            if plan.input is None and name.startswith(TRUTH):
                continue
            try:
                found.append(task_of(plan, cohort, split, name))
            except DataError as error:
                notes.append(f"Not read out: {str(error)[0].lower()}{str(error)[1:]}")
        more = [task.name for task in found[MOST:]]
        if more:
            notes.append(
                f"Not read out, to keep the run short: {', '.join(more)}. Name covariates with --cohort-target."
            )
        if not cohort.covariates:
            notes.append("The cohort knows no covariates, so that nothing is read out.")
        return tuple(found[:MOST]), tuple(notes)
    return tuple(task_of(plan, cohort, split, name) for name in names), ()


def task_of(plan: Plan, cohort: Cohort, split: CohortSplit, name: str) -> CohortTask:
    """Prepare one covariate.

    Parameters
    ----------
    plan : Plan
    cohort : Cohort
    split : CohortSplit
    name : str

    Returns
    -------
    CohortTask

    Raises
    ------
    DataError
        If it is unknown, or too few subjects have it.
    """
    if name not in cohort.covariates:
        raise DataError(unknown_name("covariate", name, cohort.covariates))
    values = cohort.covariates[name]
    code, classes = _coded(values)
    known = np.isfinite(code)
    rows = [part[known[part]] for part in split]
    rows[0] = _labelled(plan, cohort, rows[0])
    rows[1] = _labelled(plan, cohort, rows[1])
    told, tested = (len(np.unique(cohort.subject[part])) for part in (np.concatenate(rows[:2]), rows[2]))
    if told < LEAST_LABELLED or tested < LEAST_TESTED:
        raise DataError(
            f"The covariate {name!r} must be known of {LEAST_LABELLED} subjects to learn from and {LEAST_TESTED} to "
            f"score, got {told} and {tested}. Leave it out, or give a larger cohort."
        )
    learnt = code[np.concatenate(rows[:2])]
    if len(np.unique(learnt)) < 2:
        raise DataError(f"The covariate {name!r} must vary, got one value for all labelled subjects. Leave it out.")
    if classes:
        counts = np.bincount(learnt.astype(np.int64), minlength=len(classes))
        if len(classes) > _MOST_CLASSES or (counts < _LEAST_OF_CLASS).any():
            raise DataError(
                f"The covariate {name!r} must have at most {_MOST_CLASSES} classes of {_LEAST_OF_CLASS} labelled "
                f"scans each, got {len(classes)}, the smallest of {int(counts.min())}. Leave it out, or join classes."
            )
    return CohortTask(
        name=name,
        kind="class" if classes else "number",
        classes=classes,
        code=code,
        train=rows[0],
        validation=rows[1],
        test=rows[2],
    )


def as_text(cohort: Cohort, task: CohortTask) -> Cohort:
    """Give the cohort with the covariate of a task as text where it is one of classes, as heads need it.

    Parameters
    ----------
    cohort : Cohort
    task : CohortTask

    Returns
    -------
    Cohort
    """
    if not task.classes:
        return cohort
    names = np.array(["", *task.classes])
    text = names[np.where(np.isfinite(task.code), task.code + 1, 0).astype(np.int64)]
    return replace(cohort, covariates={**cohort.covariates, task.name: text})


def _coded(values: NDArray[np.generic]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Turn classes into numbers; numbers stay as they are, but for few whole ones."""
    if values.dtype.kind in "US":
        known = values != ""
        classes, place = np.unique(values[known], return_inverse=True)
        code = np.full(len(values), np.nan)
        code[known] = place
        return code, tuple(map(str, classes))
    number = values.astype(np.float64)
    known = np.isfinite(number)
    levels = np.unique(number[known])
    if 2 <= len(levels) <= _FEW_VALUES and (levels == np.round(levels)).all():
        code = np.full(len(values), np.nan)
        code[known] = np.searchsorted(levels, number[known])
        return code, tuple(f"{level:g}" for level in levels)
    return number, ()


def _labelled(plan: Plan, cohort: Cohort, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keep the share of the subjects whose values the read-outs are told."""
    if plan.cohort_labels >= 1 or not len(rows):
        return rows
    names = np.unique(cohort.subject[rows])
    keep = max(1, round(plan.cohort_labels * len(names)))
    chosen = stream(plan.seed, "cohort", "labels").permutation(names)[:keep]
    return rows[np.isin(cohort.subject[rows], chosen)]
