"""What judging predicted probabilities gives back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, kw_only=True)
class Reliability:
    """Said and true shares of right answers, bin by bin of what was said.

    Attributes
    ----------
    count : (B,) int64 array
        Samples of each bin.
    confidence : (B,) float64 array, in [0, 1]
        Mean probability of the told class; NaN where a bin is empty, as in all that follow.
    accuracy : (B,) float64 array, in [0, 1]
        Share of right answers.
    low, high : (B,) float64 arrays
        95 % Wilson interval of the accuracy, samples taken as independent.
    start, stop : (B,) float64 arrays
        What was said of the least and the most sure sample in bins of equal counts; the bounds (start, stop] of those
        of equal width.
    """

    count: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    start: NDArray[np.float64]
    stop: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error: mean over samples of |accuracy - confidence| of their bin."""
        held = self.count > 0
        gap = np.abs(self.accuracy[held] - self.confidence[held])
        return float((gap * self.count[held]).sum() / self.count.sum())


@dataclass(frozen=True, eq=False, kw_only=True)
class RiskCoverage:
    """Share of wrong answers where only the surest are given.

    Attributes
    ----------
    coverage : (K,) float64 array, in (0, 1], rising
        Share of samples that are answered; one entry per distinct confidence, since samples that tie are answered
        together.
    risk : (K,) float64 array, in [0, 1]
        Share of wrong answers among them; the last is 1 - accuracy.
    area : float, in [0, 1]
        Mean over samples of the risk at the coverage that first answers them. Lower is better.
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    area: float


@dataclass(frozen=True, eq=False, kw_only=True)
class CalibrationScores:
    """How right, and how rightly sure, predicted probabilities are.

    Attributes
    ----------
    n, n_classes : int
        S samples, C classes.
    accuracy : (value, low, high)
        With its 95 % interval: Wilson's, or from whole groups drawn anew.
    nll : (value, low, high), nats
        Mean negative log-likelihood; infinite where a true class was given probability 0. Lower is better.
    brier : (value, low, high), in [0, 2]
        Mean squared distance from the truth, summed over classes. Lower is better.
    ece : float, in [0, 1]
        Expected calibration error over bins of equal width. Lower is better.
    adaptive_ece : float, in [0, 1]
        The same over bins of equal counts.
    ece_if_calibrated : (mean, high)
        What the error over bins of equal width would be if the probabilities were right: mean and 95th percentile over
        drawn truths. Finite samples never give 0.
    reliability : Reliability
        Of bins of equal width.
    risk_coverage : RiskCoverage
    """

    n: int
    n_classes: int
    accuracy: tuple[float, float, float]
    nll: tuple[float, float, float]
    brier: tuple[float, float, float]
    ece: float
    adaptive_ece: float
    ece_if_calibrated: tuple[float, float]
    reliability: Reliability
    risk_coverage: RiskCoverage


@dataclass(frozen=True, eq=False, kw_only=True)
class Detection:
    """How well a score tells foreign samples from those of the task.

    Attributes
    ----------
    auroc : float, in [0, 1]
        How often a foreign sample scores above one of the task, ties counting half; 0.5 by chance.
    aupr_foreign, aupr_own : float, in [0, 1]
        Average precision where foreign samples, or those of the task, are what is sought; their share by chance.
    false_alarms : float, in [0, 1]
        Share of the task's samples that are refused at the highest threshold that refuses 95 % of the foreign ones.
    n_foreign, n_own : int
    """

    auroc: float
    aupr_foreign: float
    aupr_own: float
    false_alarms: float
    n_foreign: int
    n_own: int
