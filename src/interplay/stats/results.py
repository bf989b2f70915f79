"""What the room gives back: tests, intervals, window targets, and the read-out with its baselines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from interplay._core.provenance import Result


@dataclass(frozen=True, eq=False, kw_only=True)
class PermutationResult:
    """Answer of a permutation test.

    Attributes
    ----------
    statistic : float
        Of the data as they are.
    pvalue : float, in (0, 1]
    null : (M,) float array
        The statistic of every arrangement drawn, or of all arrangements where `exact` (the data's own among them).
    exact : bool
        Whether every arrangement was enumerated.
    kind : {"independent", "paired", "correlation"}
    alternative : {"two-sided", "greater", "less"}
    """

    statistic: float
    pvalue: float
    null: NDArray[np.float64]
    exact: bool
    kind: Literal["independent", "paired", "correlation"]
    alternative: Literal["two-sided", "greater", "less"]


@dataclass(frozen=True, eq=False, kw_only=True)
class BootstrapInterval:
    """An estimate with a bootstrap interval.

    Attributes
    ----------
    estimate, low, high : float
    level : float, in (0, 1)
        Nominal coverage.
    method : {"percentile", "bca"}
    block : int, rows
        Length of the resampled blocks; 1 resamples single rows.
    replicates : (M,) float array
        The statistic of every resample.
    """

    estimate: float
    low: float
    high: float
    level: float
    method: Literal["percentile", "bca"]
    block: int
    replicates: NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class WindowTarget:
    """What a read-out should tell about each of S windows.

    Attributes
    ----------
    name : str
        Of the behaviour or the epochs it came from.
    kind : {"classes", "number"}
    values : (S,) int64 or float64 array
        Class codes into `classes`, -1 where unusable; or numbers, NaN where unusable.
    classes : tuple of str
        Empty for numbers.
    usable : (S,) bool array
        Windows that have a value.
    bounds : (S, 2) float array, s
        The windows, used and unused.
    description : str
        The rule in words, with the thresholds that were found.
    notes : tuple of str
        What was left out and why, with counts.
    """

    name: str
    kind: Literal["classes", "number"]
    values: NDArray[Any]
    classes: tuple[str, ...]
    usable: NDArray[np.bool_]
    bounds: NDArray[np.float64]
    description: str
    notes: tuple[str, ...] = ()

    @property
    def n_usable(self) -> int:
        """Number of windows with a value."""
        return int(self.usable.sum())

    def counts(self) -> dict[str, int]:
        """Windows per class; empty for numbers."""
        return {name: int((self.values == k).sum()) for k, name in enumerate(self.classes)}


@dataclass(frozen=True, eq=False, kw_only=True)
class ReadoutRow:
    """How well one set of vectors tells the target.

    Attributes
    ----------
    name : str
    role : {"network", "decoder", "baseline", "chance"}
        A decoder reads the windows' activity itself, and not vectors.
    score : float
        Of the held-out windows of all folds together; with several seeds, the mean over them.
    low, high : float
        95 % bootstrap interval over blocks, and over seeds where there are several.
    fold_scores : (F,) float array
        NaN where a fold's test block has no variation; with several seeds, means over them.
    pvalue : float
        Against null targets as slow as the true one, same folds; NaN for the chance row. With several seeds, mean
        scores are compared with mean scores.
    n_features : int
    predicted : (S,) array
        Held-out prediction per window; empty for the chance row. With several seeds, of the one whose score is nearest
        to the mean.
    null_mean, null_high : float
        Mean and 95th percentile of the scores under null targets, for this row's own vectors.
    about : str
        What the vectors are.
    seed_scores : (R,) float array
        The score of each seed, where the vectors were made anew from several seeds; empty where there is one.
    """

    name: str
    role: Literal["network", "decoder", "baseline", "chance"]
    score: float
    low: float
    high: float
    fold_scores: NDArray[np.float64]
    pvalue: float
    n_features: int
    predicted: NDArray[Any]
    null_mean: float = float("nan")
    null_high: float = float("nan")
    about: str = ""
    seed_scores: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    @property
    def n_seeds(self) -> int:
        """How often the vectors were made anew; 1 where they were given once."""
        return max(len(self.seed_scores), 1)

    @property
    def spread(self) -> float:
        """Standard deviation of the score over seeds (divided by R - 1); NaN for one."""
        return float(self.seed_scores.std(ddof=1)) if len(self.seed_scores) > 1 else float("nan")

    @property
    def seed_interval(self) -> tuple[float, float]:
        """95 % interval of the mean over seeds by Student's t, the windows taken as they are; NaN for one seed."""
        from scipy.special import stdtrit

        n = len(self.seed_scores)
        if n < 2:
            return float("nan"), float("nan")
        reach = float(stdtrit(n - 1, 0.975)) * self.spread / n**0.5
        return self.score - reach, self.score + reach


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ReadoutResult(Result):
    """A read-out of one target, from the network and from everything trivial, by the same code.

    Attributes
    ----------
    target : str
        What is read out, in words.
    kind : {"classes", "number"}
    metric : str
        Name of the score, with its range, direction and chance level.
    classes : tuple of str
        Empty for numbers.
    truth : (S,) array
        The target per tested window: every used one, or with `train_until` the later ones.
    bounds : (S, 2) float array, s
        The tested windows.
    n_folds : int
    rows : tuple of ReadoutRow
        Network rows first, then decoders, then the baselines, then chance.
    verdict : str
        One honest sentence: does the network say more than the best baseline?
    difference : (3,) tuple of float
        Score of the best network row minus that of the best baseline, and its 95 % interval by paired block resampling.
        Both rows were chosen on the windows that are scored, and the interval takes them as given: the more network
        rows there are, the more the choice favours them. `verdict` and `notes` say so where there are several.
    compared : (network, baseline) tuple of str
        The two rows of `difference`.
    decoder_difference : (3,) tuple of float
        The same for the best decoder in the place of the network; NaN without one.
    block : int, windows
        Length of the bootstrap blocks.
    train_until : float or None, s
        Where one prefix was trained on and what follows was tested: the end of the prefix. `n_folds` is 1 then, and S
        counts the tested windows. None for folds.
    """

    target: str
    kind: Literal["classes", "number"]
    metric: str
    classes: tuple[str, ...]
    truth: NDArray[Any]
    bounds: NDArray[np.float64]
    n_folds: int
    rows: tuple[ReadoutRow, ...]
    verdict: str
    difference: tuple[float, float, float] = (float("nan"), float("nan"), float("nan"))
    compared: tuple[str, str] = ("", "")
    decoder_difference: tuple[float, float, float] = (float("nan"), float("nan"), float("nan"))
    block: int = 1
    train_until: float | None = None
