"""What a scan says without a model, and the linear read-out that it shares with a model's vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from interplay._core.rng import stream
from interplay.data import Cohort
from interplay.job.cohort_targets import CohortTask
from interplay.report.cohort_findings import CohortScans
from interplay.stats.gram_ridge import choose_penalty, factor, predict_classes, predict_numbers, standardised_gram

Floats = NDArray[np.float64]
#: Folds inside the labelled subjects that a penalty is chosen by, and shufflings of labels for chance.
_FOLDS, SHUFFLES = 5, 100
#: Columns of a description that say how well a scan went, not what the brain did.
_QUALITY = ("samples", "missing_regions", "constant_regions", "signal_to_noise", "step", "largest_jump", "edges")


@dataclass(frozen=True, eq=False)
class Features:
    """One row of numbers per scan.

    Attributes
    ----------
    values : (S, F) float64 array
        NaN where a scan lacks them.
    about : str
    """

    values: Floats
    about: str


def baseline_features(cohort: Cohort, scans: CohortScans, *, transform: str) -> dict[str, Features]:
    """Take from every scan what needs no model.

    Parameters
    ----------
    cohort : Cohort
    scans : CohortScans
        Its description.
    transform : {"none", "log"}
        Of structure, as the model reads it.

    Returns
    -------
    dict of str to Features
        Those that the cohort has, and that vary.
    """
    upper = np.triu_indices(cohort.n_regions, 1)
    n = len(cohort)
    out: dict[str, Features] = {}
    if cohort.has_function.any():
        triangle, means = np.full((n, len(upper[0])), np.nan), np.full((n, 2 * cohort.n_regions), np.nan)
        for s in np.flatnonzero(cohort.has_function):
            values = np.asarray(cohort.scan(int(s)), dtype=np.float64)
            mean, spread = values.mean(axis=0), values.std(axis=0)
            means[s] = np.concatenate([mean, spread])
            alive = spread > 1e-12 * np.maximum(np.abs(mean), 1e-300)
            scaled = (values - mean) / np.where(alive, spread, np.nan)
            triangle[s] = np.arctanh(np.clip((scaled.T @ scaled / len(values))[upper], -1 + 1e-9, 1 - 1e-9))
        out["function, all pairs"] = Features(triangle, "correlations of all pairs of regions, Fisher's z")
        out["regions, mean and size"] = Features(means, "mean and standard deviation of every region")
    if cohort.has_structure.any():
        directed = _directed(scans)
        size = cohort.n_regions * (cohort.n_regions - 1) if directed else len(upper[0])
        edges = np.full((n, size), np.nan)
        off = ~np.eye(cohort.n_regions, dtype=bool)
        for s in np.flatnonzero(cohort.has_structure):
            matrix = np.asarray(cohort.matrix(int(s)), dtype=np.float64)
            if transform == "log":
                matrix = np.sign(matrix) * np.log10(1 + np.abs(matrix))
            edges[s] = matrix[off] if directed else matrix[upper]
        out["structure, all pairs"] = Features(edges, "weights of all pairs of regions")
    if {"function, all pairs", "structure, all pairs"} <= set(out):
        both = [out[name].values for name in ("function, all pairs", "structure, all pairs")]
        out["function and structure, all pairs"] = Features(np.concatenate(both, axis=1), "both side by side")
    quality = [np.asarray(scans.columns[name], np.float64) for name in _QUALITY if name in scans.columns]
    varied = [column for column in quality if len(np.unique(column[np.isfinite(column)])) > 1]
    if varied:
        out["quality of the scan"] = Features(
            np.stack(varied, axis=1), "length, gaps and jumps: what a machine or a movement leaves"
        )
    return out


def _directed(scans: CohortScans) -> bool:
    asymmetry = scans.columns.get("asymmetry")
    return asymmetry is not None and bool((np.nan_to_num(asymmetry) > 1e-9).any())


def linear_readout(features: Features, task: CohortTask, subject: NDArray[np.str_], *, seed: int) -> Floats:
    """Foretell the tested scans by ridge regression, or a ridge discriminant for classes.

    Parameters
    ----------
    features : Features
        What a scan lacks is taken to be as in the mean over the labelled scans.
    task : CohortTask
        All that are told are learnt from: the penalty is chosen by folds of their subjects.
    subject : (S,) text array
    seed : int
        Of the folds.

    Returns
    -------
    (n,) float64 array
        Numbers, or codes of classes.
    """
    return _Linear(features, task, subject, seed).foretell(task.code[task.told][:, None])[:, 0]


def shuffled_readout(features: Features, task: CohortTask, subject: NDArray[np.str_], *, seed: int) -> Floats:
    """Foretell after the labels were shuffled among the labelled scans: what the method reaches by chance.

    Parameters
    ----------
    features, task, subject, seed
        As for `linear_readout`.

    Returns
    -------
    (n, P) float64 array
        One column per shuffling.
    """
    rng = stream(seed, "cohort", "shuffle", task.name)
    known = task.code[task.told]
    return _Linear(features, task, subject, seed).foretell(
        np.stack([rng.permutation(known) for _ in range(SHUFFLES)], axis=1)
    )


class _Linear:
    """Features and folds of one task, for any labels."""

    def __init__(self, features: Features, task: CohortTask, subject: NDArray[np.str_], seed: int) -> None:
        self.task, told = task, task.told
        rows = np.concatenate([told, task.test])
        values = features.values[rows]
        n = len(told)
        known = np.isfinite(values[:n])
        mean = np.where(known, values[:n], 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
        values = np.where(np.isfinite(values), values, mean)
        self.learn, self.test = np.arange(n), np.arange(n, len(rows))
        self.gram = standardised_gram(values, self.learn)
        self.folds = subject_folds(subject[told], seed)

    def foretell(self, labels: Floats) -> Floats:
        """Learn from (n, P) labels, and foretell the tested scans, (m, P)."""
        n, task = len(self.learn), self.task
        padded = np.zeros((len(self.gram), *labels.shape[1:]))
        padded[:n] = labels
        if task.classes:
            columns = (padded[:, :, None] == np.arange(len(task.classes))).astype(np.float64)
            choice = choose_penalty(self.gram, self.folds, columns)
            fitted = factor(self.gram, self.learn, self.test)
            return predict_classes(fitted, labels.astype(np.int64), len(task.classes), choice).astype(np.float64)
        choice = choose_penalty(self.gram, self.folds, padded[:, :, None])
        return predict_numbers(factor(self.gram, self.learn, self.test), labels, choice)


def subject_folds(subject: NDArray[np.str_], seed: int) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Cut rows into folds so that no subject is on two sides.

    Parameters
    ----------
    subject : (n,) text array
    seed : int

    Returns
    -------
    list of (train, test) int arrays
    """
    names, who = np.unique(subject, return_inverse=True)
    order = stream(seed, "cohort", "folds").permutation(len(names))
    fold = np.empty(len(names), dtype=np.int64)
    fold[order] = np.arange(len(names)) % min(_FOLDS, len(names))
    side = fold[who]
    return [(np.flatnonzero(side != k), np.flatnonzero(side == k)) for k in range(int(fold.max()) + 1)]


def usual_answer(task: CohortTask) -> Floats:
    """Foretell the mean of the labelled scans, or their most frequent class, of every tested scan."""
    told = task.code[task.told]
    usual = float(np.bincount(told.astype(np.int64)).argmax()) if task.classes else float(told.mean())
    return np.full(len(task.test), usual)


def best_name(values: Mapping[str, float], higher: bool = True) -> str:
    """Name the best of some scores."""
    known = {name: v if higher else -v for name, v in values.items() if np.isfinite(v)}
    return max(known, key=lambda name: known[name]) if known else next(iter(values))
