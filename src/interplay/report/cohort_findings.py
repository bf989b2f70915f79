"""What was found in a cohort of brain scans: its scans, how well it was read out, and what was told from what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

#: How scores are called, what they lie in, and whether greater is better.
METRICS = {
    "r2": ("R\N{SUPERSCRIPT TWO}, held-out subjects", True),
    "rho": ("Spearman's rho", True),
    "mse": ("mean squared error, standardised", False),
    "balanced": ("balanced accuracy, held-out subjects", True),
    "accuracy": ("accuracy", True),
    "f1": ("F1, mean over classes", True),
}
#: The score that rows are ranked by, then the others.
OF_KIND = {"number": ("r2", "rho", "mse"), "class": ("balanced", "accuracy", "f1")}
Role = Literal["model", "baseline", "chance"]


@dataclass(frozen=True, eq=False, kw_only=True)
class CohortScans:
    """What the scans of a cohort are, before anything is learnt from them.

    Attributes
    ----------
    columns : mapping of str to (S,) arrays
        One row per scan: subject, session, samples, missing and constant regions, signal and structure in numbers. NaN
        where a number is undefined.
    regions, networks : (R,) text arrays
    correlation : (R, R) float64 array
        Mean over the scans of Pearson's correlation, by Fisher's z; NaN where no scan has the pair.
    structure : (R, R) float64 array or None
        Mean over the scans; None where no scan has structure.
    dt_s : float, s
    digest : str
        Of the cohort.
    notes : tuple of str
    """

    columns: Mapping[str, NDArray[Any]]
    regions: NDArray[np.str_]
    networks: NDArray[np.str_]
    correlation: NDArray[np.float64]
    structure: NDArray[np.float64] | None
    dt_s: float
    digest: str
    notes: tuple[str, ...] = ()

    @property
    def n_scans(self) -> int:
        """Number of scans S."""
        return len(self.columns["subject"])

    @property
    def n_subjects(self) -> int:
        """Number of different subjects."""
        return len(np.unique(self.columns["subject"]))


@dataclass(frozen=True, eq=False, kw_only=True)
class CohortScore:
    """How well one way tells a covariate of subjects it has not seen.

    Attributes
    ----------
    name : str
    role : {"model", "baseline", "chance"}
    about : str
        What it reads, and how.
    value, low, high : mapping of str to float
        Per score of `OF_KIND`, with a 95 % interval from subjects drawn anew.
    predicted : (n,) array
        Of the tested scans; empty for chance.
    """

    name: str
    role: Role
    about: str
    value: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    predicted: NDArray[Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class CohortReadout:
    """One covariate, told by models and by everything trivial, of the same subjects.

    Attributes
    ----------
    target : str
    kind : {"number", "class"}
    classes : tuple of str
        Empty for numbers.
    rows : tuple of CohortScore
        Models, baselines, chance; each group best first.
    truth, subject : (n,) arrays
        Of the tested scans; text for classes.
    n_labelled, n_watched, n_tested : int
        Subjects whose covariate was told, that trainings were stopped by, and that were scored.
    difference : (value, low, high)
        Of the main score, best model minus best baseline, by resampling subjects, the same for both; NaN without a
        model. Both were chosen on the subjects that are scored.
    compared : (model, baseline) tuple of str
    notes : tuple of str
    """

    target: str
    kind: Literal["number", "class"]
    classes: tuple[str, ...]
    rows: tuple[CohortScore, ...]
    truth: NDArray[Any]
    subject: NDArray[np.str_]
    n_labelled: int
    n_watched: int
    n_tested: int
    difference: tuple[float, float, float]
    compared: tuple[str, str]
    notes: tuple[str, ...] = ()

    @property
    def main(self) -> str:
        """Name of the score that rows are ranked by."""
        return OF_KIND[self.kind][0]

    def of(self, role: Role) -> tuple[CohortScore, ...]:
        """Give the rows of one role, best first."""
        return tuple(row for row in self.rows if row.role == role)


@dataclass(frozen=True, eq=False, kw_only=True)
class ToldRegions:
    """How well hidden regions were told from the others, per way, over the tested subjects.

    Attributes
    ----------
    name : tuple of str
        "model", then the baselines.
    r2, correlation, error : (K, 3) float64 arrays
        Mean over subjects of each score, and its 95 % interval from subjects drawn anew.
    difference : (3,) tuple of float
        Of r2, the model less the best baseline.
    compared : str
        That baseline.
    n_subjects, n_scans, n_hidden : int
        Regions hidden per scan, rounded mean.
    """

    name: tuple[str, ...]
    r2: NDArray[np.float64]
    correlation: NDArray[np.float64]
    error: NDArray[np.float64]
    difference: tuple[float, float, float]
    compared: str
    n_subjects: int
    n_scans: int
    n_hidden: int


@dataclass(frozen=True, eq=False, kw_only=True)
class FoundNetworks:
    """How well clusters of regions agree with the networks that the atlas names.

    Attributes
    ----------
    name : tuple of str
    role : tuple of {"model", "baseline", "chance"}
    about : tuple of str
    agreement : (K, 3) float64 array
        Adjusted mutual information, at most 1, 0 by chance: mean over scans, and a 95 % interval from subjects drawn
        anew.
    n_networks, n_scans : int
    similarity : (R, R) float64 array or None
        Mean over scans of the cosine of the model's vectors, for a picture.
    """

    name: tuple[str, ...]
    role: tuple[Role, ...]
    about: tuple[str, ...]
    agreement: NDArray[np.float64]
    n_networks: int
    n_scans: int
    similarity: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class FoundSubjects:
    """How well subjects are found again in their other session.

    Attributes
    ----------
    name : tuple of str
    role : tuple of {"model", "baseline", "chance"}
    accuracy : (K, 3) float64 array
        Share of subjects that are found, mean of both directions, with a 95 % interval from subjects drawn anew (looked
        for among all).
    differential, rank : (K,) float64 arrays
        As in `stats.Identification`.
    n_subjects : int
    """

    name: tuple[str, ...]
    role: tuple[Role, ...]
    accuracy: NDArray[np.float64]
    differential: NDArray[np.float64]
    rank: NDArray[np.float64]
    n_subjects: int


@dataclass(frozen=True, eq=False, kw_only=True)
class CohortFindings:
    """All that a run has found in a cohort.

    Attributes
    ----------
    scans : CohortScans
    model : BrainModel or str
        Or why there is none.
    embedding : BrainEmbedding or None
    readouts : tuple of CohortReadout
    trained : tuple of BrainReadout
        Heads that were trained on labels: pre-trained and from scratch.
    told : ToldRegions or None
    reconstruction : BrainReconstruction or None
    networks : FoundNetworks or None
    subjects : FoundSubjects or None
        Where the tested have two sessions.
    attention : AttentionImportance or None
        By region and network.
    change, change_correlation : AttentionChange or None
        Between two sessions of the same subjects: of attention, and of plain correlations.
    skipped : tuple of str
        What was left out, and why.
    """

    scans: CohortScans
    model: Any
    embedding: Any = None
    readouts: tuple[CohortReadout, ...] = ()
    trained: tuple[Any, ...] = ()
    told: ToldRegions | None = None
    reconstruction: Any = None
    networks: FoundNetworks | None = None
    subjects: FoundSubjects | None = None
    attention: Any = None
    change: Any = None
    change_correlation: Any = None
    skipped: tuple[str, ...] = ()
